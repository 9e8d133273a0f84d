"""Reads what a comparison stands on: each region's newest build, and sums over its own marts through its own login.

Only the relations of `agg_funnel_days` and `agg_funnel_amounts` are read, and only sums by funnel, step and currency
leave the region's warehouse: no row of a session, a user or an application.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from dbt_regions import files
from dbt_regions.artifacts import FunnelFacts, RelationName, read_funnel_facts
from dbt_regions.compare.comparison import RegionState
from dbt_regions.compare.declarations import Declarations, read_declarations
from dbt_regions.compare.figures import Amount, FunnelCounts, Period, StepCounts, missing_steps
from dbt_regions.dbt_runner import DbtSession
from dbt_regions.domain import EMBEDDED_TARGET, Region
from dbt_regions.errors import RequestError, WorldError
from dbt_regions.regions import has_sample
from dbt_regions.warehouse import Server, query, relation_exists

Rows = Sequence[Mapping[str, Any]]
_LIMIT = 10_000


@dataclass(frozen=True)
class _Build:
    """A build that came to its marts: the folder of its run stage, its summary, and what is wrong with it."""

    folder: Path
    summary: Mapping[str, Any]
    warnings: tuple[str, ...]


def read_region_state(root: Path, home: Path, region: Region, target: str, period: Period) -> RegionState:
    """Return what a region's newest build for a target left; `home` is the embedded warehouse's folder."""
    build = _newest_build(root / "build" / region.name / "runs", region.name, target)
    again = f"dbt-regions build {region.name}" + ("" if target == EMBEDDED_TARGET else f" --target {target}")
    if build is None and target == EMBEDDED_TARGET and not has_sample(region.path):
        return RegionState(region.name, absent="keeps its raw tables elsewhere: compare with --target prod")
    if build is None:
        return RegionState(region.name, absent=f"was never built for target {target}: {again}")
    facts = read_funnel_facts(build.folder)
    if facts is None:
        return RegionState(region.name, absent=f"was built before there were marts to compare: {again}")
    declarations = read_declarations(facts.inputs, facts.event_types, region.name)
    counted = _ask(root, home, region, target, (facts.days, facts.amounts), statements(facts, period))
    if counted is None:
        return RegionState(region.name, absent=f"has no mart to compare in its warehouse: {again}")
    days, amounts = counted
    funnels, stale = _funnels(region.name, facts, declarations, build, days, () if period.is_cut else amounts)
    warnings = (*build.warnings, *(f"{region.name}: {name} was left by another revision: {again}" for name in stale))
    return RegionState(region.name, funnels, warnings=warnings, generated=build.summary.get("generated_data") is True)


def statements(facts: FunnelFacts, period: Period) -> tuple[str, str]:
    """Return the two queries that a comparison asks a region: its days summed up over the period, and its amounts."""
    bounds = [
        f"unit_date {operator} cast('{day.isoformat()}' as date)"
        for operator, day in ((">=", period.start), ("<=", period.end))
        if day is not None
    ]
    where = f"where {' and '.join(bounds)}" if bounds else ""
    days = f"""
        select
            funnel, unit, step_number, step, min(unit_date) as first_day, max(unit_date) as last_day, count(*) as days,
            sum(case when is_final then 0 else 1 end) as provisional_days, sum(entered) as entered,
            sum(reached) as reached, sum(pending) as pending, sum(waiting) as waiting
        from {_name(facts.days)} {where}
        group by funnel, unit, step_number, step
    """  # noqa: S608  names from the manifest, dates from date.isoformat
    amounts = f"select funnel, step, currency, units, units_without_amount, amount from {_name(facts.amounts)}"  # noqa: S608  as above
    return days, amounts


def _name(relation: RelationName) -> str:
    return ".".join(f'"{part}"' for part in (relation.database, relation.schema, relation.identifier))


def _newest_build(runs: Path, region: str, target: str) -> _Build | None:
    """Return the newest run for the target that came to its marts, with a warning where it, or a later one, failed."""
    later: str | None = None
    for folder in sorted(runs.iterdir(), reverse=True) if runs.is_dir() else ():
        summary = files.read_json(folder / "summary.json")
        if not isinstance(summary, dict) or summary.get("target") != target:
            continue
        if (folder / "run" / "manifest.json").is_file():
            return _Build(folder / "run", summary, tuple(_warnings(region, summary, later)))
        later = later or str(summary.get("first_error"))
    return None


def _warnings(region: str, summary: Mapping[str, Any], later: str | None) -> Iterator[str]:
    if later:
        yield f"{region}: a later build failed and changed nothing here ({later})"
    status = {stage["name"]: stage["status"] for stage in summary["stages"]}
    if status.get("test") != "passed":
        yield f"{region}: the figures are untested, the build that left them failed ({summary['first_error']})"


def _ask(
    root: Path, home: Path, region: Region, target: str, marts: Sequence[RelationName], asked: Sequence[str]
) -> tuple[Rows, Rows] | None:
    """Return the answers of a region's warehouse, asked as the region's own role; None where a mart is not there."""
    if target == EMBEDDED_TARGET:
        return _ask_embedded(home, region.name, marts, asked)
    return _ask_by_dbt(root, region, target, marts, asked)


def _ask_embedded(
    home: Path, region: str, marts: Sequence[RelationName], asked: Sequence[str]
) -> tuple[Rows, Rows] | None:
    server = Server(home)
    if not home.is_dir():
        message = f"no warehouse in {home}, though {region} was built; build it again: dbt-regions build {region}"
        raise WorldError(message)
    server.start()
    connection = server.region_connection(region)
    if not all(relation_exists(connection, (mart.schema, mart.identifier)) for mart in marts):
        return None
    results = [query(connection, statement) for statement in asked]
    days, amounts = ([dict(zip(result.columns, row, strict=True)) for row in result.rows] for result in results)
    return days, amounts


def _ask_by_dbt(
    root: Path, region: Region, target: str, marts: Sequence[RelationName], asked: Sequence[str]
) -> tuple[Rows, Rows] | None:
    session = DbtSession(region.path, files.make_folder(root / "build" / region.name / "compare"), target=target)
    parsed = session.parse()
    if not parsed.success:
        message = f"{region.name}: {parsed.error or 'dbt parse failed'}; correct what it names and compare again"
        raise RequestError(message)
    if not session.show_rows("select 1 as one", limit=1):
        message = (
            f"the warehouse of {region.name}, target {target}, does not answer; check it and the variables that "
            f"projects/{region.name}/profiles.yml reads"
        )
        raise WorldError(message)
    if not all(session.show_rows(f"select count(*) as days from {_name(mart)}", limit=1) for mart in marts):  # noqa: S608  as above
        return None
    days, amounts = (session.show_rows(statement, limit=_LIMIT) for statement in asked)
    return days, amounts


def _funnels(
    region: str, facts: FunnelFacts, declarations: Declarations, build: _Build, days: Rows, amounts: Rows
) -> tuple[tuple[FunnelCounts, ...], tuple[str, ...]]:
    """Return the region's funnels, and the names of those whose mart does not have the steps of the definition."""
    found, stale = [], []
    for definition, stream in facts.funnels:
        name = definition["funnel"]
        rows = sorted((row for row in days if row["funnel"] == name), key=lambda row: int(row["step_number"]))
        steps = [step["step"] for step in definition["steps"]]
        if rows and [row["step"] for row in rows] != steps:
            stale.append(name)
            continue
        found.append(
            FunnelCounts(
                region=region,
                funnel=name,
                definition=definition,
                code=facts.code[name],
                revision=build.summary.get("git_revision"),
                day=declarations.day_of(definition, stream),
                missing=missing_steps(definition, declarations.not_sent_in(stream)),
                first_day=_day(rows[0]["first_day"]) if rows else None,
                last_day=_day(rows[0]["last_day"]) if rows else None,
                days=int(rows[0]["days"]) if rows else 0,
                provisional_days=int(rows[0]["provisional_days"]) if rows else 0,
                steps=tuple(map(_counts, rows)) or tuple(StepCounts(step, 0, 0, 0, 0) for step in steps),
                amounts=tuple(sorted((_amount(row) for row in amounts if row["funnel"] == name), key=_currency)),
                amount_of=facts.amount,
            )
        )
    return tuple(found), tuple(stale)


def _counts(row: Mapping[str, Any]) -> StepCounts:
    return StepCounts(row["step"], *(int(row[name]) for name in ("entered", "reached", "pending", "waiting")))


def _amount(row: Mapping[str, Any]) -> Amount:
    amount = None if row["amount"] is None else Decimal(str(row["amount"]))
    return Amount(row["step"], row["currency"], int(row["units"]), int(row["units_without_amount"]), amount)


def _currency(amount: Amount) -> str:
    return amount.currency


def _day(value: object) -> date:
    return date.fromisoformat(str(value)[:10])
