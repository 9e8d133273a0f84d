"""Replay and the evolution of what is archived: end to end, on region Phoenix."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dbt_regions.warehouse import Server
from support.monorepo import Monorepo
from support.redshift.phoenix import copy_phoenix, write_load

STANDING = ("phoenix",)
ARCHIVE = "analytics_history.order_archive"
DAYS = 90
HISTORY = "analytics_history.order_history"
MODELS = "packages/shared_macros/models"
NOTE = "cast(case when changed_at > timestamp '{}' then 'a note' end as varchar(32))"
SELECTED = "order_archive order_history application_archive application_history"
STAGING = "projects/phoenix/models/staging"
STORED_TYPES = """
    select numeric_precision, numeric_scale from information_schema.columns
    where
        column_name = 'order_total' and table_schema = 'analytics_history'
        and table_name in ('order_archive', 'order_history')
"""


@pytest.fixture(scope="module")
def built(monorepo: Monorepo) -> Monorepo:
    """The scratch copy with Phoenix built once."""
    return monorepo


def test_an_untouched_history_is_what_its_archive_gives(built: Monorepo) -> None:
    """Replay of histories that nobody touched finds no difference and exits with 0."""
    result = built.cli("replay", "phoenix")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("tampering", "named"),
    [
        (
            f"update {HISTORY} set status = 'tampered' where version_id = '{{version}}'",
            "status live tampered, replayed",
        ),
        pytest.param(
            f"delete from {HISTORY} where version_id = '{{version}}'",
            "row live missing, replayed present",
            marks=pytest.mark.proof,
        ),
        pytest.param(
            f"insert into {HISTORY} select * from {HISTORY} where version_id = '{{version}}'",
            "row live present, replayed missing",
            marks=pytest.mark.proof,
        ),
    ],
    ids=["an attribute", "a deleted row", "an added row"],
)
def test_a_tampered_row_is_named(built: Monorepo, tampering: str, named: str) -> None:
    """One row changed, deleted or added by hand: replay exits with 1 and names its key and what differs."""
    version, order = built.rows("phoenix", f"select version_id, order_id from {HISTORY} order by md5(version_id)")[0]
    built.rows("phoenix", f"create table raw.kept as select * from {HISTORY}")
    try:
        built.rows("phoenix", tampering.format(version=version))
        result = built.forked_cli("replay", "phoenix")
    finally:
        built.rows("phoenix", f"truncate {HISTORY}")
        built.rows("phoenix", f"insert into {HISTORY} select * from raw.kept")
        built.rows("phoenix", "drop table raw.kept")
    assert result.returncode == 1
    assert order in result.stderr, result.stderr
    assert named in result.stderr, result.stderr
    assert "order_history: 1 rows" in result.stderr, result.stderr


def test_a_missing_history_is_named(built: Monorepo) -> None:
    """A history that is gone while its archive is there differs in every row: exit 1."""
    built.rows("phoenix", f"alter table {HISTORY} rename to kept_history")
    try:
        result = built.forked_cli("replay", "phoenix")
    finally:
        built.rows("phoenix", "alter table analytics_history.kept_history rename to order_history")
    assert result.returncode == 1
    assert "row live missing, replayed present" in result.stderr, result.stderr


def test_what_cannot_be_replayed_is_a_wrong_request(built: Monorepo) -> None:
    """An unknown region, and one with nothing archived yet, exit with 2."""
    assert built.cli("replay", "nowhere").returncode == 2
    result = built.forked_cli("replay", "na")
    assert result.returncode == 2
    assert "nothing is archived yet" in result.stderr


def widen(monorepo: Monorepo, since: datetime) -> None:
    """Give Phoenix's orders wider types and a column that changes after a time have."""
    status = "data_type: varchar({})\n        description: \"{{{{ doc('order_status'"
    wider = (("numeric(12,2)", "numeric(14,3)"), (status.format(16), status.format(32)))
    note = "      - name: note\n        data_type: varchar(32)\n        description: A note.\n      - name: country\n"
    for name in ("history/order_archive", "history/order_history", "canonical/canonical_orders"):
        monorepo.edit(f"{MODELS}/{name}.yml", *wider)
        monorepo.edit(f"{MODELS}/{name}.yml", ("      - name: country\n", note))
    monorepo.edit(f"{MODELS}/canonical/canonical_orders.sql", ("        country\n", "        note,\n        country\n"))
    country = "{{ shared_macros.not_provided('varchar(16)') }} as country"
    monorepo.edit(
        f"{STAGING}/stg_order_changes.sql",
        ("numeric(12, 2)", "numeric(14, 3)"),
        ("status as varchar(16)", "status as varchar(32)"),
        (country, f"{NOTE.format(since)} as note,\n        {country}"),
    )
    monorepo.edit(f"{STAGING}/stg_orders.sql", ("        country\n", "        note,\n        country\n"))


@pytest.fixture
def fresh() -> Iterator[Monorepo]:
    """A scratch copy of region Phoenix alone."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_phoenix(Path(folder))
        yield copy
        copy.stop()


@pytest.mark.proof
def test_ninety_days_are_replayed_row_for_row(fresh: Monorepo) -> None:
    """Ninety generated days, a column added and types widened on the way: replay gives the live histories."""
    assert fresh.build_one("phoenix").exit_code == 0
    connection = Server(fresh.home).region("phoenix")
    before = 0
    for day in range(1, DAYS):
        if day == DAYS // 2:
            before = fresh.rows("phoenix", f"select count(*) from {ARCHIVE}")[0][0]
            widen(fresh, fresh.rows("phoenix", "select max(changed_at) from raw.order_changes")[0][0])
        write_load(connection, fresh, fresh.root / "build/phoenix/target", 24 * day)
        summary = fresh.build_one("phoenix", select=SELECTED)
        assert summary.exit_code == 0, (day, summary.first_error)
        if day == DAYS // 2:
            added = fresh.rows("phoenix", f"select count(*) from {ARCHIVE}")[0][0] - before
            brought = fresh.rows("phoenix", f"select count(*) from {ARCHIVE} where note is not null")[0][0]
            assert 0 < brought <= added
    assert set(fresh.rows("phoenix", STORED_TYPES)) == {(14, 3)}
    assert fresh.rows("phoenix", f"select count(distinct load_id) from {ARCHIVE}") == ((DAYS,),)
    changes = fresh.rows("phoenix", "select count(*) from raw.order_changes")[0][0]
    assert fresh.rows("phoenix", f"select count(*) from {ARCHIVE}")[0][0] == changes
    result = fresh.cli("replay", "phoenix")
    assert result.returncode == 0, result.stderr
