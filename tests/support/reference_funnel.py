"""A funnel by docs/rules/funnel-semantics.md, by brute force: every attempt of a unit is listed, then the best taken.

It shares no code with the SQL of the shared package, which must agree. A definition is the dict that a macro returns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from support.reference_funnel_plan import DAY, Definition, Plan, holds, make_plan

Taken = tuple[tuple[int, int], ...]
"""An attempt in the making: the number of each step taken, and the place of its event in the unit's order."""
_SECOND = timedelta(seconds=1)
_LAST = datetime.max  # noqa: DTZ901  the warehouse's times have no zone


@dataclass(frozen=True)
class Event:
    """A row of the stream; `occurred_at` is UTC, without a zone."""

    event_id: str
    session_id: str | None
    user_id: str | None
    account_id: str | None
    application_id: str | None
    event_type: str | None
    occurred_at: datetime
    business_date: date
    country: str | None
    device: str | None
    product_id: str | None


@dataclass(frozen=True)
class UnitResult:
    """What a funnel says of one unit; tuples have one value a step, `segments` one set of values a breakdown."""

    unit_id: str
    unit_date: date
    entered_at: datetime
    times: tuple[datetime | None, ...]
    furthest_step_number: int
    steps_taken: int
    closes_at: datetime
    seconds_from_previous: tuple[int | None, ...]
    seconds_from_entry: tuple[int | None, ...]
    is_pending: bool
    entered: bool
    segments: tuple[frozenset[str | None], ...]


@dataclass(frozen=True)
class DayFigures:
    """What a funnel says of one step on one day; the lists of seconds are of the units that reached it, sorted."""

    entered: int
    reached: int
    pending: int
    is_final: bool
    seconds_from_previous: tuple[int, ...]
    seconds_from_entry: tuple[int, ...]


@dataclass(frozen=True)
class _Placed:
    """An event of a unit, the steps it fulfils, its place in the order, and which exclusions it meets."""

    event: Event
    steps: tuple[int, ...]
    key: tuple[datetime, int, int]
    excluded: tuple[bool, ...]


@dataclass(frozen=True)
class _Attempt:
    entered_at: datetime
    times: tuple[datetime | None, ...]

    @property
    def reached(self) -> list[int]:
        """Places of the steps taken, from 0."""
        return [place for place, time in enumerate(self.times) if time]

    def rank(self) -> tuple[int, int, datetime, list[datetime]]:
        """The less, the better: furthest, most steps, earliest entry, earliest steps."""
        reached = self.reached
        return (-reached[-1], -len(reached), self.entered_at, [time or _LAST for time in self.times])


def funnel_units(events: Sequence[Event], definition: Definition) -> list[UnitResult]:
    """Return the units in the funnel, by unit id."""
    plan = make_plan(definition)
    watermark = max(event.occurred_at for event in events)
    units: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        unit_id = getattr(event, f"{plan.unit}_id")
        if unit_id is not None and holds(plan.filter, event):
            units[unit_id].append(event)
    results = [_unit(plan, unit_id, units[unit_id], watermark) for unit_id in sorted(units)]
    return [result for result in results if result]


def daily(
    results: Sequence[UnitResult], definition: Definition, events: Sequence[Event]
) -> dict[tuple[date, int], DayFigures]:
    """Return the figures of each day that has a unit, and of each step of it."""
    by_day: dict[date, list[UnitResult]] = defaultdict(list)
    for result in results:
        by_day[result.unit_date].append(result)
    plan, today = make_plan(definition), watermark_day(events, definition)
    return {
        (day, number): _figures(units, number, is_final=_is_final(day, units, today, plan))
        for day, units in by_day.items()
        for number in range(1, len(definition["steps"]) + 1)
    }


def watermark_day(events: Sequence[Event], definition: Definition) -> date:
    """Return the highest day of the stream's latest events."""
    watermark = max(event.occurred_at for event in events)
    return max(_day(event, definition.get("time_zone")) for event in events if event.occurred_at == watermark)


def _figures(units: Sequence[UnitResult], number: int, *, is_final: bool) -> DayFigures:
    place = number - 1
    previous = [unit.seconds_from_previous[place] for unit in units]
    since_entry = [unit.seconds_from_entry[place] for unit in units]
    return DayFigures(
        entered=sum(unit.entered for unit in units),
        reached=sum(unit.times[place] is not None for unit in units),
        pending=sum(unit.entered and unit.is_pending and unit.times[place] is None for unit in units),
        is_final=is_final,
        seconds_from_previous=tuple(sorted(seconds for seconds in previous if seconds is not None)),
        seconds_from_entry=tuple(sorted(seconds for seconds in since_entry if seconds is not None)),
    )


def _is_final(day: date, units: Sequence[UnitResult], today: date, plan: Plan) -> bool:
    if plan.unit in {"user", "account"} or any(unit.is_pending for unit in units):
        return False
    return today > day + timedelta(days=-(-plan.settles_after // DAY))


def _unit(plan: Plan, unit_id: str, events: list[Event], watermark: datetime) -> UnitResult | None:
    row = sorted((_place(plan, event) for event in events), key=lambda placed: placed.key)
    attempts = _any_attempts(plan, row) if plan.order == "any" else _attempts(plan, row)
    best = min(attempts, key=_Attempt.rank, default=None)
    if best is None:
        return None
    first_at = best.entered_at if plan.unit in {"user", "account"} else row[0].event.occurred_at
    closes_at = _closes_at(plan, row)
    is_done = len(best.reached) == len(plan.steps) if plan.order == "any" else best.times[-1] is not None
    return UnitResult(
        unit_id=unit_id,
        unit_date=min(_day(event, plan.time_zone) for event in events if event.occurred_at == first_at),
        entered_at=best.entered_at,
        times=best.times,
        furthest_step_number=best.reached[-1] + 1,
        steps_taken=len(best.reached),
        closes_at=closes_at,
        seconds_from_previous=_from_previous(best),
        seconds_from_entry=tuple(_seconds(best.entered_at, time) if time else None for time in best.times),
        is_pending=watermark <= closes_at and not is_done,
        entered=plan.order != "any" or best.times[0] is not None,
        segments=tuple(_segment(how, _values(by, row, best)) for by, how in plan.breakdown),
    )


def _place(plan: Plan, event: Event) -> _Placed:
    steps = tuple(
        number
        for number, step in enumerate(plan.steps, start=1)
        if all(holds(condition, event) for condition in step.conditions)
    )
    lowest = steps[0] if steps else len(plan.steps) + 1
    key = (event.occurred_at, lowest, sum(1 << (number - 1) for number in steps))
    return _Placed(event, steps, key, tuple(holds(exclusion.when, event) for exclusion in plan.exclusions))


def _any_attempts(plan: Plan, row: Sequence[_Placed]) -> Iterator[_Attempt]:
    for entered_at in [placed.event.occurred_at for placed in row if placed.steps]:
        times: list[datetime | None] = [None] * len(plan.steps)
        for placed in row:
            time = placed.event.occurred_at
            if time < entered_at or (plan.window is not None and time - entered_at > plan.window):
                continue
            for number in placed.steps:
                times[number - 1] = times[number - 1] or time
        yield _Attempt(entered_at, tuple(times))


def _attempts(plan: Plan, row: Sequence[_Placed]) -> Iterator[_Attempt]:
    for place, placed in enumerate(row):
        for number in placed.steps:
            if number == 1 or plan.open_entry:
                for taken in _extend(plan, row, ((number, place),)):
                    times = {step: row[at].event.occurred_at for step, at in taken}
                    yield _Attempt(placed.event.occurred_at, tuple(map(times.get, range(1, len(plan.steps) + 1))))


def _extend(plan: Plan, row: Sequence[_Placed], taken: Taken) -> Iterator[Taken]:
    """List an attempt and all that go on from it."""
    yield taken
    for place in range(taken[-1][1] + 1, len(row)):
        for number in row[place].steps:
            if _may_follow(plan, row, taken, number, place):
                yield from _extend(plan, row, (*taken, (number, place)))


def _may_follow(plan: Plan, row: Sequence[_Placed], taken: Taken, number: int, place: int) -> bool:
    last, last_place = taken[-1]
    if number <= last or row[place].key <= row[last_place].key:
        return False
    if not all(step.optional for step in plan.steps[last : number - 1]):
        return False
    # Equal events of one instant stand in the row one after another: a duplicate is a neighbour like any other.
    if plan.order == "strict" and place != last_place + 1:
        return False
    time, step = row[place].event.occurred_at, plan.steps[number - 1]
    if plan.window is not None and time - row[taken[0][1]].event.occurred_at > plan.window:
        return False
    wait = time - row[last_place].event.occurred_at
    if (step.min_wait is not None and wait < step.min_wait) or (step.max_wait is not None and wait > step.max_wait):
        return False
    return not any(
        exclusion.after <= last < exclusion.before
        and number <= exclusion.before
        and any(other.excluded[which] and row[last_place].key < other.key < row[place].key for other in row)
        for which, exclusion in enumerate(plan.exclusions)
    )


def _closes_at(plan: Plan, row: Sequence[_Placed]) -> datetime:
    any_step = max(placed.event.occurred_at for placed in row if placed.steps)
    if plan.window is not None:
        if plan.order == "any" or plan.open_entry:
            return any_step + plan.window
        return max(placed.event.occurred_at for placed in row if 1 in placed.steps) + plan.window
    hopes = [step.max_wait for step in plan.steps if step.max_wait is not None]
    if any(step.max_wait is None for step in plan.steps[1:]) or not hopes:
        hopes.append(plan.settles_after)
    return any_step + max(hopes)


def _from_previous(best: _Attempt) -> tuple[int | None, ...]:
    seconds: list[int | None] = []
    previous: datetime | None = None
    for time in best.times:
        seconds.append(_seconds(previous, time) if previous and time else None)
        previous = time or previous
    return tuple(seconds)


def _seconds(start: datetime, end: datetime) -> int:
    """Return the whole seconds between, as datediff counts them: by the clock's seconds, not by the time passed."""
    return (end.replace(microsecond=0) - start.replace(microsecond=0)) // _SECOND


def _values(column: str, row: Sequence[_Placed], best: _Attempt) -> list[str | None]:
    """Return the column's value at each step."""
    values: list[str | None] = []
    for number, time in enumerate(best.times, start=1):
        at_step = [placed.event for placed in row if number in placed.steps and placed.event.occurred_at == time]
        known = [value for event in at_step if (value := getattr(event, column)) is not None]
        values.append(min(known, default=None))
    return values


def _segment(attribution: Any, values: Sequence[str | None]) -> frozenset[str | None]:
    if isinstance(attribution, int):
        return frozenset([values[attribution]])
    known = [value for value in values if value is not None] or values[:1]  # without any value: null
    return frozenset({"first": known[:1], "last": known[-1:], "all": known}[attribution])


def _day(event: Event, time_zone: str | None) -> date:
    if time_zone is None:
        return event.business_date
    return event.occurred_at.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(time_zone)).date()
