"""Replay and the evolution of what is archived: end to end, on region Phoenix."""

from __future__ import annotations

import pytest

from support.monorepo import Monorepo

HISTORY = "analytics_history.order_history"
MODELS = "packages/shared_macros/models"
STAGING = "projects/phoenix/models/staging"


@pytest.fixture(scope="module")
def built(monorepo: Monorepo) -> Monorepo:
    """The scratch copy with Phoenix built once."""
    assert monorepo.build_one("phoenix").exit_code == 0
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
        result = built.cli("replay", "phoenix")
    finally:
        built.rows("phoenix", f"truncate {HISTORY}")
        built.rows("phoenix", f"insert into {HISTORY} select * from raw.kept")
        built.rows("phoenix", "drop table raw.kept")
    assert result.returncode == 1
    assert order in result.stderr, result.stderr
    assert named in result.stderr, result.stderr
    assert "order_history: 1 rows" in result.stderr, result.stderr


def test_what_cannot_be_replayed_is_a_wrong_request(built: Monorepo) -> None:
    """An unknown region, and one with nothing archived yet, exit with 2."""
    assert built.cli("replay", "nowhere").returncode == 2
    result = built.cli("replay", "na")
    assert result.returncode == 2
    assert "nothing is archived yet" in result.stderr


@pytest.mark.proof
def test_a_wider_type_and_a_new_column_change_no_version(built: Monorepo) -> None:
    """With wider types and a new column the next load appends only what it brings, and replay agrees."""
    before = built.rows("phoenix", "select count(*) from analytics_history.order_archive")[0][0]
    status = "data_type: varchar({})\n        description: \"{{{{ doc('order_status'"
    wider = (("numeric(12,2)", "numeric(14,3)"), (status.format(16), status.format(32)))
    note = "      - name: note\n        data_type: varchar(32)\n        description: A note.\n      - name: country\n"
    for name in ("history/order_archive", "history/order_history", "canonical/canonical_orders"):
        built.edit(f"{MODELS}/{name}.yml", *wider)
    for name in ("history/order_archive", "history/order_history", "canonical/canonical_orders"):
        built.edit(f"{MODELS}/{name}.yml", ("      - name: country\n", note))
    built.edit(f"{MODELS}/canonical/canonical_orders.sql", ("        country\n", "        note,\n        country\n"))
    country = "{{ shared_macros.not_provided('varchar(16)') }} as country"
    for name in ("stg_orders", "stg_order_changes"):
        built.edit(
            f"{STAGING}/{name}.sql",
            ("numeric(12, 2)", "numeric(14, 3)"),
            ("status as varchar(16)", "status as varchar(32)"),
            (country, f"cast(null as varchar(32)) as note,\n        {country}"),
        )
    summary = built.build_one("phoenix", select="order_archive order_history")
    assert summary.exit_code == 0, summary.first_error
    assert built.rows("phoenix", "select count(*) from analytics_history.order_archive")[0][0] == before
    summary = built.build_one("phoenix", next_load=True)
    assert summary.exit_code == 0, summary.first_error
    types = "select numeric_precision, numeric_scale from information_schema.columns where column_name = 'order_total'"
    stored = built.rows(
        "phoenix",
        f"{types} and table_schema = 'analytics_history' and table_name in ('order_archive', 'order_history')",
    )
    assert set(stored) == {(14, 3)}
    result = built.cli("replay", "phoenix")
    assert result.returncode == 0, result.stderr
