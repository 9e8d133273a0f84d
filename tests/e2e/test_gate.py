"""The load gate, end to end: what it stops, what it says, and that nothing was written before it stopped."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dbt_regions.domain import BuildSummary
from support.monorepo import Monorepo

REGIONS = STANDING = ("apac", "eu", "na", "phoenix")  # before anything is spoilt
MODELS = ("events", "orders", "applications")
MUTATIONS = ("drop", "rename", "retype")
# Which canonical column each case spoils: another one for each region, and other types, lengths and scales.
COLUMNS = {
    "events": ("event_id", "event_type", "occurred_at", "page_url"),
    "orders": ("status", "order_total", "ordered_at", "tracking_id"),
    "applications": ("application_id", "annual_premium", "quoted_at", "product"),
}
OTHER_TYPES = {
    "varchar": ("varchar(7)", "text", "varchar(1000)", "integer"),
    "timestamp": ("date", "timestamp with time zone", "varchar(32)", "date"),
    "numeric": ("numeric(12,3)", "numeric(13,2)", "numeric", "double precision"),
}
STATE = """
    select table_name, string_agg(column_name || ' ' || data_type, ',' order by ordinal_position)
    from information_schema.columns where table_schema = 'analytics_snapshots' group by 1 order by 1
"""
STEPS = ("gate", "snapshot", "run", "test", "publish", "document")


@pytest.fixture
def staging(monorepo: Monorepo) -> Iterator[None]:
    """Every staging model is put back after the test."""
    with monorepo.restored("projects/*/models/staging/stg_*.sql"):
        yield


def state(monorepo: Monorepo, region: str) -> tuple[Any, ...]:
    """Return the columns and all rows of the region's snapshots."""
    columns = monorepo.rows(region, STATE)
    tables = [f"select to_jsonb(t)::text from analytics_snapshots.{name} as t order by 1" for name, _ in columns]
    return (columns, *(monorepo.rows(region, statement) for statement in tables))


def canonical_columns(monorepo: Monorepo, model: str) -> dict[str, str]:
    """Return the columns of a canonical model and their types, as its contract declares them."""
    file = monorepo.root / f"packages/shared_macros/models/canonical/canonical_{model}.yml"
    declared = yaml.safe_load(file.read_text())["models"][0]["columns"]
    return {column["name"]: column["data_type"] for column in declared}


def spoil(monorepo: Monorepo, region: str, model: str, mutation: str, number: int) -> str:
    """Drop, rename or retype one column of a region's staging model; return the column."""
    columns = canonical_columns(monorepo, model)
    column = COLUMNS[model][number]
    kind = re.sub(r"\(.*", "", columns[column])
    select = dict.fromkeys(columns, "")
    for name in columns:
        select[name] = name
    if mutation == "drop":
        del select[column]
    elif mutation == "rename":
        select[column] = f"{column} as {column}_renamed"
    elif kind == "varchar" and OTHER_TYPES[kind][number] == "integer":
        select[column] = f"length({column}) as {column}"
    else:
        select[column] = f"cast({column} as {OTHER_TYPES[kind][number]}) as {column}"
    file = monorepo.root / f"projects/{region}/models/staging/stg_{model}.sql"
    text, count = re.subn(
        r"select \* from final\s*\Z", f"select {', '.join(select.values())} from final\n", file.read_text()
    )
    assert count == 1, f"{file} does not end with select * from final"
    file.write_text(text)
    return column


def _cases() -> Iterator[Any]:
    """Each model with each mutation; one a model in the fast share."""
    for model, mutation in itertools.product(MODELS, MUTATIONS):
        fast = MODELS.index(model) == MUTATIONS.index(mutation)
        yield pytest.param(model, mutation, id=f"{model}-{mutation}", marks=() if fast else pytest.mark.proof)


@pytest.mark.usefixtures("staging")
@pytest.mark.parametrize(("model", "mutation"), list(_cases()))
def test_changed_staging_column_stops_at_the_gate(monorepo: Monorepo, model: str, mutation: str) -> None:
    """In each region, a dropped, renamed or retyped column stops at the gate by name; no snapshot moves."""
    before = {region: state(monorepo, region) for region in REGIONS}
    columns = {region: spoil(monorepo, region, model, mutation, number) for number, region in enumerate(REGIONS)}
    for region, outcome in monorepo.build(*REGIONS).items():
        assert isinstance(outcome, BuildSummary), outcome
        stages = {stage.name: stage for stage in outcome.stages}
        assert stages["gate"].status == "failed"
        assert outcome.exit_code == 1
        assert outcome.first_error is not None
        assert f"region {region}" in outcome.first_error
        assert f"stg_{model}.{columns[region]}" in outcome.first_error
        assert all(stages[name].status == "skipped" for name in STEPS[1:])
        assert stages["record"].status == "passed"
        assert state(monorepo, region) == before[region]


def gate_error(monorepo: Monorepo, region: str) -> str:
    """Build a region that must stop at its gate, with its snapshots untouched; return the message."""
    before = state(monorepo, region)
    summary = monorepo.build_one(region)
    assert summary.exit_code == 1, summary.first_error
    assert [stage.name for stage in summary.stages if stage.status == "failed"] == ["gate"]
    assert state(monorepo, region) == before
    assert summary.first_error is not None
    return summary.first_error


@pytest.fixture
def raw_orders(monorepo: Monorepo) -> Iterator[None]:
    """NA's raw orders and load manifest are put back after the test."""
    monorepo.rows("na", "create table public.orders_kept as table raw.orders")
    monorepo.rows("na", "create table public.manifest_kept as table analytics_history.load_manifest")
    yield
    monorepo.rows(
        "na",
        """
        drop table if exists raw.orders;
        alter table public.orders_kept set schema raw;
        alter table raw.orders_kept rename to orders;
        truncate analytics_history.load_manifest;
        insert into analytics_history.load_manifest select * from public.manifest_kept;
        drop table public.manifest_kept
        """,
    )


@pytest.mark.usefixtures("raw_orders")
def test_lost_raw_column_stops_at_the_gate(monorepo: Monorepo) -> None:
    """A raw table without a declared column stops the build by the column's name, before staging would fail."""
    monorepo.rows("na", "alter table raw.orders drop column status")
    message = gate_error(monorepo, "na")
    assert "region na: orders.status: drift: expected varchar(16), seen no such column" in message


@pytest.mark.usefixtures("raw_orders")
def test_decisions_survive_full_refresh_and_empty(monorepo: Monorepo) -> None:
    """Neither --full-refresh nor a refusal under --empty adds or takes a decision."""
    done = monorepo.forked_cli("dbt", "na", "--", "run", "--select", "tag:gate")
    assert done.returncode == 0, done.stdout
    statement = "select md5(string_agg(d::text, '' order by d::text)) from analytics_history.gate_decisions as d"
    before = monorepo.rows("na", statement)
    done = monorepo.forked_cli("dbt", "na", "--", "run", "--select", "tag:gate", "--full-refresh")
    assert done.returncode == 0, done.stdout
    done = monorepo.forked_cli("dbt", "na", "--", "run", "--select", "tag:gate", "--empty")
    assert done.returncode == 1
    assert "stg_orders: empty: expected at least 1 row" in done.stdout
    assert monorepo.rows("na", statement) == before


@pytest.mark.usefixtures("staging")
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ("orders: {fall: 1}", "gate_limits.orders.fall: expected one of recent_loads, "),
        ("orders: {fall_share: many}", "gate_limits.orders.fall_share: expected a number from 0 on, seen many"),
        ("ordrs: {fall_share: 1}", "gate_limits.ordrs: expected a source table or a declared input"),
    ],
    ids=["unknown limit", "no number", "unknown table"],
)
def test_limit_that_is_none_is_refused(monorepo: Monorepo, limits: str, words: str) -> None:
    """A limit of another name, without a number, or of a table that is not judged stops the gate with one line."""
    done = monorepo.forked_cli(
        "dbt", "na", "--", "run", "--select", "gate_orders", "--vars", f"gate_limits: {{{limits}}}"
    )
    assert done.returncode == 1
    assert words in done.stdout


@pytest.mark.usefixtures("staging")
def test_staging_that_loses_every_row_stops_at_the_gate(monorepo: Monorepo) -> None:
    """A staging model that filters all rows away would close every snapshot row: the gate stops it."""
    monorepo.edit(
        "projects/eu/models/staging/stg_orders.sql", ("select * from final", "select * from final where 1 = 0")
    )
    assert "stg_orders" in gate_error(monorepo, "eu")


@pytest.mark.usefixtures("staging")
def test_plain_dbt_snapshot_is_gated_too(monorepo: Monorepo) -> None:
    """Without this project's Python, `dbt snapshot` stops at the same gate."""
    before = state(monorepo, "na")
    spoil(monorepo, "na", "orders", "rename", 0)
    result = monorepo.cli("dbt", "na", "--", "snapshot")
    assert result.returncode == 1
    assert "stg_orders.status" in result.stdout
    assert state(monorepo, "na") == before


def test_repaired_regions_pass_again(monorepo: Monorepo) -> None:
    """After all that was spoilt is put back, a build passes and the snapshots are the old ones."""
    before = state(monorepo, "na")
    assert monorepo.build_one("na").exit_code == 0
    assert state(monorepo, "na") == before
