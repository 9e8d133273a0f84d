"""Days of a funnel: the real data set's figures in three zones, and each session on one day where clocks change."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from support.funnel_answers import answer, fill_events
from support.integration_project import IntegrationProject
from support.monorepo import GREENERY
from support.reference_funnel import Event

PRODUCT: dict[str, Any] = {
    "unit": "session",
    "order": "any",
    "steps": [
        {"step": "total", "when": {"event_type": "page_view"}},
        {"step": "cart", "when": {"event_type": "add_to_cart"}},
        {"step": "checkout", "when": {"event_type": "checkout"}},
    ],
}
GOLDEN = {
    "UTC": {"2021-02-09": (2, 2, 2), "2021-02-10": (175, 175, 175), "2021-02-11": (401, 290, 184)},
    "America/New_York": {"2021-02-09": (33, 33, 33), "2021-02-10": (177, 177, 177), "2021-02-11": (368, 257, 151)},
    "Asia/Singapore": {"2021-02-10": (119, 119, 119), "2021-02-11": (394, 283, 177), "2021-02-12": (65, 65, 65)},
}
CLOCK_CHANGES = {  # the local day on which clocks change, and how many minutes it has
    "America/New_York": {date(2024, 3, 10): 23 * 60, date(2024, 11, 3): 25 * 60},
    "Europe/Berlin": {date(2024, 3, 31): 23 * 60, date(2024, 10, 27): 25 * 60},
    "Australia/Lord_Howe": {date(2024, 4, 7): 24 * 60 + 30, date(2024, 10, 6): 24 * 60 - 30},
    "Pacific/Auckland": {date(2024, 9, 29): 23 * 60, date(2024, 4, 7): 25 * 60},
    "America/Sao_Paulo": {date(2018, 11, 4): 23 * 60, date(2018, 2, 17): 25 * 60},
    "Africa/Casablanca": {date(2023, 3, 19): 25 * 60, date(2023, 4, 23): 23 * 60},
}
EVERY_MINUTES = 5


def _definition(zone: str) -> dict[str, Any]:
    return {**PRODUCT, "funnel": f"product_{zone.replace('/', '_').lower()}", "time_zone": zone}


def _event(number: int, session: str, kind: str, at: datetime) -> Event:
    return Event(f"e{number}", session, None, None, None, kind, at, at.date(), None, None, None)


@pytest.mark.skipif(not GREENERY.is_dir(), reason="the Greenery CSV files are not beside this repository")
def test_the_real_figures_by_the_sessions_day_in_three_zones(project: IntegrationProject) -> None:
    """578 / 467 / 361 sessions fall on the days that the issue counted, in UTC, New York and Singapore."""
    with (GREENERY / "events.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    times = [datetime.fromisoformat(row["created_at"].removesuffix("Z")) for row in rows]
    events = [
        _event(number, row["session_id"], row["event_type"], at)
        for number, (row, at) in enumerate(zip(rows, times, strict=True))
    ]
    fill_events(project, events)
    definitions = [_definition(zone) for zone in GOLDEN]
    answer(project, definitions)
    for zone, definition in zip(GOLDEN, definitions, strict=True):
        days: dict[str, list[int]] = {}
        for day, reached in project.rows(
            f"select unit_date::text, reached from answers.{definition['funnel']}_days order by unit_date, step_number"
        ):
            days.setdefault(day, []).append(reached)
        assert {day: tuple(figures) for day, figures in days.items()} == GOLDEN[zone]
        newest = f"select reached_to_date from answers.{definition['funnel']}_days order by unit_date desc, step_number"
        assert [row[0] for row in project.rows(f"{newest} limit 3")] == [578, 467, 361]
        shares = f"""
            select round(100 * drop_off_of_previous, 2), round(100 * drop_off_of_entry, 2) from (
                select sum(entered) as entered, sum(reached) as reached, step_number,
                    1 - sum(reached) / lag(sum(reached)) over (order by step_number) as drop_off_of_previous,
                    (lag(sum(reached)) over (order by step_number) - sum(reached)) / sum(entered) as drop_off_of_entry
                from answers.{definition["funnel"]}_days group by step_number
            ) as steps where step_number > 1 order by step_number
        """
        assert [tuple(map(float, row)) for row in project.rows(shares)] == [(19.2, 19.2), (22.7, 18.34)]


def test_each_session_has_one_day_where_clocks_change(project: IntegrationProject) -> None:
    """Around both changes of six zones, each session is on its local day once, and the days sum to all."""
    sessions: dict[str, dict[str, date]] = {}
    events: list[Event] = []
    for zone, changes in CLOCK_CHANGES.items():
        sessions[zone] = {}
        for day in changes:
            start = datetime(day.year, day.month, day.day) - timedelta(days=2)  # noqa: DTZ001  the warehouse's times
            for minute in range(0, 4 * 24 * 60, EVERY_MINUTES):
                at = start + timedelta(minutes=minute)
                name = f"{zone} {at}"
                events.append(_event(len(events), name, "page_view", at))
                events.append(_event(len(events), name, "checkout", at + timedelta(hours=30)))
                sessions[zone][name] = at.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).date()
    fill_events(project, events)
    definitions = [{**_definition(zone), "filter": {"session_id": {"like": f"{zone} %"}}} for zone in CLOCK_CHANGES]
    answer(project, definitions)
    for zone, definition in zip(CLOCK_CHANGES, definitions, strict=True):
        expected = Counter(sessions[zone].values())
        for day, minutes in CLOCK_CHANGES[zone].items():
            assert expected[day] == minutes // EVERY_MINUTES, f"{zone} {day}: the test's own calendar is wrong"
        table = f"answers.{definition['funnel']}"
        assert dict(project.rows(f"select session_id, unit_date from {table}")) == sessions[zone]
        days = project.rows(f"select unit_date, reached from {table}_days where step = 'checkout' and reached > 0")
        assert dict(days) == expected
        assert sum(reached for _, reached in days) == len(sessions[zone])
