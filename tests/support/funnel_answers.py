"""Generated events through the funnel engine of the integration project, and what it answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any

from support.integration_project import IntegrationProject
from support.reference_funnel import Event, UnitResult, daily, funnel_units

COLUMNS = [field.name for field in fields(Event)]
_TABLE = """
    create schema if not exists raw;
    drop table if exists raw.funnel_events;
    create table raw.funnel_events (
        event_id varchar(64), session_id varchar(64), user_id varchar(64), account_id varchar(64),
        application_id varchar(64), event_type varchar(32), occurred_at timestamp, business_date date,
        country varchar(16), device varchar(16), product_id varchar(64)
    )
"""


def fill_events(project: IntegrationProject, events: Sequence[Event]) -> None:
    """Make the table of events anew."""
    project.execute(_TABLE)
    project.fill("raw.funnel_events", [astuple(event) for event in events])
    project.execute("analyze raw.funnel_events")


def answer(project: IntegrationProject, definitions: Sequence[Mapping[str, Any]]) -> None:
    """Let the engine answer definitions on the table of events."""
    project.operate("answer_funnels", definitions=[{**definition, "columns": COLUMNS} for definition in definitions])


def units_of(project: IntegrationProject, definition: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return what the engine says of each unit: day, entry, furthest step, steps taken, end, step times, values."""
    steps = [f"{step['step']}_at" for step in definition["steps"]]
    values = [_segment_column(part) for part in definition.get("breakdown") or [] if part["attribution"] != "all"]
    columns = ["unit_date", "entered_at", "furthest_step_number", "steps_taken", "closes_at", *steps, *values]
    unit = f"{definition.get('unit', 'session')}_id"
    rows = project.rows(f"select {unit}, {', '.join(columns)} from answers.{definition['funnel']}")
    found = {row[0]: row[1:] for row in rows}
    assert len(found) == len(rows), f"{definition['funnel']} answers a unit twice"
    return found


def _segment_column(part: Mapping[str, Any]) -> str:
    attribution = part["attribution"]
    return f"{attribution if isinstance(attribution, str) else attribution['step']}_{part['by']}"


def furthest_of(project: IntegrationProject, definition: Mapping[str, Any]) -> dict[str, int] | None:
    """Return what the engine says where only the furthest step is asked for; None where the SQL is the same."""
    table = f"answers.{definition['funnel']}_furthest"
    if project.rows(f"select to_regclass('{table}')") == ((None,),):
        return None
    return dict(project.rows(f"select unit_id, furthest_step_number from {table}"))


def expected_of(definition: Mapping[str, Any], result: UnitResult) -> tuple[Any, ...]:
    """Return the reference's answer in the engine's form."""
    parts = definition.get("breakdown") or []
    values = [
        next(iter(segment))
        for part, segment in zip(parts, result.segments, strict=True)
        if part["attribution"] != "all"
    ]
    return (
        result.unit_date,
        result.entered_at,
        result.furthest_step_number,
        result.steps_taken,
        result.closes_at,
        *result.times,
        *values,
    )


def differences(project: IntegrationProject, definition: Mapping[str, Any], events: Sequence[Event]) -> list[str]:
    """Return in words where the engine and the reference differ: units, furthest steps, segments, days, seconds."""
    name = definition["funnel"]
    results = funnel_units(events, definition)
    units = {result.unit_id: result for result in results}
    wanted: dict[str, tuple[Any, Any]] = {
        "": ({unit: expected_of(definition, result) for unit, result in units.items()}, units_of(project, definition)),
        " seconds": (
            {
                unit: (r.seconds_from_previous, r.seconds_from_entry, r.is_pending, r.entered)
                for unit, r in units.items()
            },
            _seconds_of(project, definition),
        ),
        " days": (_expected_days(results, definition, events), _days_of(project, definition)),
    }
    if (furthest := furthest_of(project, definition)) is not None:
        wanted[" furthest step"] = ({unit: r.furthest_step_number for unit, r in units.items()}, furthest)
    for place, part in enumerate(definition.get("breakdown") or []):
        if part["attribution"] == "all":
            values = {unit: set(r.segments[place]) for unit, r in units.items()}
            wanted[f" all {part['by']}"] = (values, _values_of(project, definition, part["by"]))
    return [
        f"{name}{what}, {key}: expected {expected.get(key)}, seen {seen.get(key)}"
        for what, (expected, seen) in wanted.items()
        for key in sorted(expected.keys() | seen.keys(), key=str)
        if expected.get(key) != seen.get(key)
    ]


def _seconds_of(project: IntegrationProject, definition: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    rows = project.rows(
        f"select unit_id, seconds_from_previous, seconds_from_entry, is_pending, entered"
        f" from answers.{definition['funnel']}_steps order by unit_id, step_number"
    )
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for unit, *values in rows:
        found[unit].append(tuple(values))
    return {
        unit: (tuple(v[0] for v in values), tuple(v[1] for v in values), values[0][2], values[0][3])
        for unit, values in found.items()
    }


def _days_of(project: IntegrationProject, definition: Mapping[str, Any]) -> dict[Any, tuple[Any, ...]]:
    rows = project.rows(
        f"select unit_date, step_number, entered, reached, pending, is_final from answers.{definition['funnel']}_days"
        " where unit_date in (select unit_date from answers." + definition["funnel"] + ")"
    )
    return {row[:2]: row[2:] for row in rows}


def _expected_days(
    results: Sequence[UnitResult], definition: Mapping[str, Any], events: Sequence[Event]
) -> dict[Any, tuple[Any, ...]]:
    figures = daily(results, definition, events)
    return {key: (f.entered, f.reached, f.pending, f.is_final) for key, f in figures.items()}


def _values_of(project: IntegrationProject, definition: Mapping[str, Any], by: str) -> dict[str, set[Any]]:
    unit = f"{definition.get('unit', 'session')}_id"
    found: dict[str, set[Any]] = defaultdict(set)
    for key, segment in project.rows(f"select {unit}, segment from answers.{definition['funnel']}_all_{by}"):
        found[key].add(segment)
    return found
