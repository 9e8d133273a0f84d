"""Real data in NA's shape, from CSV files: the published figures of the Greenery data set."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.monorepo import GREENERY, Monorepo

pytestmark = pytest.mark.skipif(not GREENERY.is_dir(), reason="the Greenery CSV files are not beside this repository")

SHIPPED = (
    "914b8929-e04a-40f8-86ee-357f2be3a2a2",
    "05202733-0e17-4726-97c2-0520c024ab85",
    "939767ac-357a-4bec-91f8-a7b25edd46c9",
)
SNAPSHOT_ROWS = "select count(*) from analytics_snapshots.order_snapshot"
HISTORY = """
    select order_id, array_agg(status order by dbt_valid_from), count(*) filter (where dbt_valid_to < '9999-01-01')
    from analytics_snapshots.order_snapshot group by 1 having count(*) > 1 order by 1
"""
WHO_LOST_ALL = "d1f08820-32e6-4a31-abba-5aa533bc15a9"
LOST = """
    select member, drop_offs_since_entry, is_dominant from analytics.agg_funnel_influence
    where funnel = 'product_funnel' and step = 'checkout' and member_kind = 'user' and drop_offs_since_entry > 0
"""
FINDING = (
    f"product_funnel: user {WHO_LOST_ALL} owns all 217 drop-offs since entry; without this user 100.0 % reach checkout,"
    " with it 62.5 %"
)
GROWING = """
    select
        (select count(*) from analytics_snapshots.order_snapshot),
        (select count(*) from analytics_published.product_funnel_publication),
        (select count(*) from analytics_history.load_manifest),
        (select count(distinct load_id) from analytics_history.load_manifest where load_id like 'csv-%')
"""
PUBLISHED = """
    select session_date::text, total_sessions, cart_sessions, checkout_sessions
    from analytics_published.agg_product_funnel order by 1
"""


def test_published_figures_and_corrected_files(fresh: Monorepo, tmp_path: Path) -> None:
    """The CSV folder publishes 578 / 467 / 361, day by day as counted by hand; three shipped orders close 3 rows."""
    summary = fresh.build_one("na", raw=GREENERY)
    assert summary.exit_code == 0, summary.first_error
    assert summary.figures is not None
    assert summary.figures["cumulative_total_sessions"] == 578
    assert summary.figures["cumulative_cart_sessions"] == 467
    assert summary.figures["cumulative_checkout_sessions"] == 361
    assert f"{summary.figures['cumulative_add_to_cart_rate']:.2%}" == "80.80%"
    assert f"{summary.figures['cumulative_conversion_rate']:.2%}" == "62.46%"
    assert summary.generated_data is False
    assert fresh.rows("na", PUBLISHED) == (
        ("2021-02-09", 2, 2, 2),
        ("2021-02-10", 175, 175, 175),
        ("2021-02-11", 401, 290, 184),
    )
    assert fresh.rows("na", SNAPSHOT_ROWS) == ((361,),)
    assert fresh.rows("na", LOST) == ((WHO_LOST_ALL, 217, True),)
    assert FINDING in summary.findings

    folder = tmp_path / "raw"  # the same files elsewhere are the same load; corrected files are the next one
    shutil.copytree(GREENERY, folder)
    folder.chmod(0o755)
    before = fresh.rows("na", GROWING)
    fresh.build_one("na", raw=folder)
    assert fresh.rows("na", GROWING) == before
    assert fresh.rows("na", SNAPSHOT_ROWS) == ((361,),)
    _ship_three(folder / "orders.csv")
    fresh.build_one("na", raw=folder)
    assert fresh.rows("na", SNAPSHOT_ROWS) == ((364,),)
    assert fresh.rows("na", HISTORY) == tuple((order, ["preparing", "shipped"], 1) for order in sorted(SHIPPED))

    summary = fresh.build_one("na", raw=GREENERY)  # files that come back after others are a load of their own again
    assert summary.exit_code == 0, summary.first_error
    assert summary.load_ids[0].startswith("csv-")
    assert fresh.rows("na", GROWING)[0][-1] == before[0][-1] + 2
    assert fresh.rows("na", SNAPSHOT_ROWS) == ((367,),)


def _ship_three(orders: Path) -> None:
    lines = orders.read_text().splitlines(keepends=True)
    orders.unlink()
    orders.write_text("".join(_ship(line) if line.startswith(SHIPPED) else line for line in lines))


def _ship(line: str) -> str:
    fields = line.split(",")
    assert fields[-1].strip() == "preparing"
    return ",".join([*fields[:8], "tracking-1", "ups", "2021-02-19T10:15:26Z", "", "shipped\n"])
