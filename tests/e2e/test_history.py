"""Archive and history, end to end: what a load leaves, what changes nothing, and how the native snapshot differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from support.monorepo import Monorepo

QUICK, SLOW = ("na", "phoenix"), ("apac", "eu")
STANDING = QUICK  # with their first load
ENTITIES = (("order", "order_id"), ("application", "application_id"))
GROWING = """
    select table_schema, table_name from information_schema.tables
    where table_type = 'BASE TABLE'
        and table_schema in ('analytics_snapshots', 'analytics_history', 'analytics_published')
    order by 1, 2
"""
GONE, BACK = "generated-578-x1-0002", "generated-578-x1-0003"


@pytest.fixture(scope="module", autouse=True)
def built(monorepo: Monorepo) -> None:
    """NA and Phoenix stand with two loads."""
    for region, outcome in monorepo.build(*QUICK, next_load=True).items():
        assert outcome.exit_code == 0, (region, outcome)


@pytest.fixture(scope="module")
def slow_built(monorepo: Monorepo) -> None:
    """APAC and EU stand so too."""
    for options in ({}, {"next_load": True}):
        for region, outcome in monorepo.build(*SLOW, **options).items():
            assert outcome.exit_code == 0, (region, outcome)


@pytest.fixture
def region(request: pytest.FixtureRequest) -> str:
    """A region that stands with two loads."""
    name = str(request.param)
    if name in SLOW:
        request.getfixturevalue("slow_built")
    return name


def digests(monorepo: Monorepo, region: str) -> Mapping[tuple[Any, ...], Any]:
    """Return the number of rows and an md5 over all rows of each table that keeps what its source forgets."""
    tables = monorepo.rows(region, GROWING)
    form = "select count(*), md5(string_agg(to_jsonb(t)::text, '' order by to_jsonb(t)::text)) from {}.{} as t"
    return {table: monorepo.rows(region, form.format(*table))[0] for table in tables}


def differences(monorepo: Monorepo, region: str, entity: str, key: str) -> list[Mapping[str, Any]]:
    """Return the rows of the documented query: the states that only history or only the native snapshot has."""
    inline = (
        f"select * from ({{{{ shared_macros.history_differences(ref('shared_macros', '{entity}_history'),"
        f" ref('shared_macros', '{entity}_snapshot'), '{key}') }}}}) as differences"
    )
    shown = monorepo.forked_cli(
        "dbt", region, "--", "show", "--quiet", "--inline", inline, "--output", "json", "--limit", "-1"
    )
    assert shown.returncode == 0, shown.stdout[-2000:]
    rows: list[Mapping[str, Any]] = json.loads(shown.stdout[shown.stdout.index("{") :])["show"]
    return rows


@pytest.mark.parametrize(("entity", "key"), ENTITIES)
@pytest.mark.parametrize("region", ["na", pytest.param("eu", marks=pytest.mark.proof)], indirect=True)
def test_one_change_a_build_tells_the_same_states(monorepo: Monorepo, region: str, entity: str, key: str) -> None:
    """Where a key changes at most once between builds, history and native snapshot have the same states in order."""
    assert differences(monorepo, region, entity, key) == []
    kept = monorepo.rows(region, f"select count(*) from analytics_snapshots.{entity}_snapshot")[0][0]
    known = f"select count(*) from analytics_history.{entity}_history where known_to = '9999-12-31'"
    assert monorepo.rows(region, known)[0][0] == kept > 0


def test_several_changes_in_a_load_are_told_apart(monorepo: Monorepo) -> None:
    """Phoenix delivers several changes of a key in one load: history has each, and the query says which and why."""
    rows = differences(monorepo, "phoenix", "order", "order_id")
    assert {row["only_in"] for row in rows} == {"history"}
    assert {row["reason"] for row in rows} == {
        "several changes of the key in one load",
        "deleted before a snapshot had the key",
    }
    changes = monorepo.rows("phoenix", "select count(*) from raw.order_changes")[0][0]
    kept = monorepo.rows("phoenix", "select count(*) from analytics_history.order_archive")[0][0]
    known = "select count(*) from analytics_history.order_history where known_to = '9999-12-31'"
    assert kept == changes
    assert monorepo.rows("phoenix", known)[0][0] == changes


@pytest.mark.parametrize(
    "region", ["na", *(pytest.param(region, marks=pytest.mark.proof) for region in ("phoenix", *SLOW))], indirect=True
)
def test_nothing_new_changes_nothing(monorepo: Monorepo, region: str) -> None:
    """A build without a new load, a full refresh and an empty run leave every growing table as it is, row for row."""
    before = digests(monorepo, region)
    assert len(before) >= 7
    assert monorepo.build_one(region).exit_code == 0
    assert digests(monorepo, region) == before
    assert monorepo.build_one(region, full_refresh=True).exit_code == 0
    assert digests(monorepo, region) == before
    if region == "na":
        monorepo.forked_cli("dbt", region, "--", "build", "--empty")
        monorepo.forked_cli("dbt", region, "--", "run", "--empty", "--full-refresh", "--exclude", "tag:gate")
        assert digests(monorepo, region) == before
        assert monorepo.build_one(region).exit_code == 0
        assert digests(monorepo, region) == before


def test_what_the_source_deletes_and_brings_back_are_versions(monorepo: Monorepo) -> None:
    """An order that vanishes from a full feed and returns has three versions, each from the time of its load."""
    order = monorepo.rows("na", "select min(order_id) from raw.orders where status = 'delivered'")[0][0]
    monorepo.rows("na", f"create table public.kept as select * from raw.orders where order_id = '{order}'")
    monorepo.rows("na", f"delete from raw.orders where order_id = '{order}'")
    _report(monorepo, GONE)
    assert monorepo.build_one("na").exit_code == 0
    monorepo.rows("na", "insert into raw.orders select * from public.kept; drop table public.kept")
    _report(monorepo, BACK)
    assert monorepo.build_one("na").exit_code == 0
    versions = monorepo.rows(
        "na",
        f"""
        select is_deleted, status, load_id from analytics_history.order_history
        where order_id = '{order}' and known_to = '9999-12-31' order by valid_from
        """,
    )
    assert [(deleted, status) for deleted, status, _ in versions] == [
        (False, "delivered"),
        (True, None),
        (False, "delivered"),
    ]
    assert [load for *_, load in versions] == [GONE, BACK, BACK]
    assert differences(monorepo, "na", "order", "order_id") == []


def _report(monorepo: Monorepo, load_id: str) -> None:
    """Report a new load of all raw tables, as a loader would."""
    monorepo.rows(
        "na",
        f"""
        insert into analytics_history.load_manifest (load_id, source_table, loaded_at, row_count, watermark)
        select '{load_id}', source_table, now() at time zone 'UTC', max(row_count), max(watermark)
        from analytics_history.load_manifest group by source_table
        """,
    )
