"""The analyses of funnels counted anew in exact fractions, unit by unit, without any of the SQL's sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product

from support.funnel_unit_steps import Periods, UnitStep

SEGMENT_COLUMNS = ("country", "device", "product")
Rows = Iterable[UnitStep]
Key = tuple[object, ...]


def settled(rows: Rows) -> list[UnitStep]:
    """Return the settled entries among rows of one step."""
    return [row for row in rows if row.entered and (row.reached_at or not row.is_pending)]


def reached(rows: Rows) -> list[UnitStep]:
    """Return the rows that reached their step."""
    return [row for row in rows if row.reached_at]


def rate(rows: Rows) -> Fraction | None:
    """Return the honest rate of rows of one step."""
    rows = list(rows)
    return Fraction(len(reached(rows)), len(settled(rows))) if settled(rows) else None


def rounded(value: Fraction | None, places: int = 6) -> Decimal | None:
    """Return a fraction as the warehouse's numeric holds it."""
    if value is None:
        return None
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def segment(row: UnitStep, column: str) -> str:
    """Return a unit's value of a segment column."""
    return getattr(row, column) or "unknown"


def _grouped(rows: Rows, key: Callable[[UnitStep], Key]) -> dict[Key, list[UnitStep]]:
    groups: dict[Key, list[UnitStep]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def count_segments(rows: Sequence[UnitStep]) -> set[Key]:
    """Return funnel, day, column, segment, step number, entered, reached, pending, rate."""
    found: set[Key] = set()
    for column in SEGMENT_COLUMNS:
        groups = _grouped(rows, lambda r, c=column: (r.funnel, r.unit_date, c, segment(r, c), r.step_number))  # type: ignore[misc]  # mypy can't infer a lambda's default
        for key, group in groups.items():
            entered = [row for row in group if row.entered]
            pending = len(entered) - len(settled(group))
            found.add((*key, len(entered), len(reached(group)), pending, rounded(rate(group))))
    return found


def _percentile(values: Sequence[int], share: Fraction) -> Fraction:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _measures(values: Sequence[int]) -> tuple[Fraction | None, ...]:
    if not values:
        return (None, None, None)
    return (
        Fraction(sum(values), len(values)),
        _percentile(values, Fraction(1, 2)),
        _percentile(values, Fraction(9, 10)),
    )


def measure_times(rows: Sequence[UnitStep]) -> dict[Key, tuple[Fraction | None, ...]]:
    """Return by funnel, day (None: all) and step number: units, then mean, median and p90 of both times."""
    late = [row for row in rows if row.step_number > 1 and row.reached_at]
    groups = _grouped(late, lambda row: (row.funnel, row.unit_date, row.step_number))
    groups |= _grouped(late, lambda row: (row.funnel, None, row.step_number))
    return {
        key: (
            Fraction(len(group)),
            *_measures([row.seconds_from_previous for row in group if row.seconds_from_previous is not None]),
            *_measures([row.seconds_from_entry for row in group if row.seconds_from_entry is not None]),
        )
        for key, group in groups.items()
    }


@dataclass(frozen=True)
class Movement:
    """What is said of one segment: the whole's change, the segment's mix and within effect."""

    change: Fraction | None
    mix: Fraction | None
    within: Fraction | None


def explain_movements(rows: Sequence[UnitStep], periods: Periods) -> Iterator[tuple[Key, Movement]]:
    """Give the movement of one funnel's rows by funnel, column, segment and step number."""

    def between(group: Rows, first: date, last: date) -> list[UnitStep]:
        return [row for row in group if first <= row.unit_date <= last]

    for column, number in product(SEGMENT_COLUMNS, sorted({row.step_number for row in rows})):
        step = [row for row in rows if row.step_number == number]
        before = between(step, periods.base_from, periods.base_to)
        after = between(step, periods.period_from, periods.period_to)
        for name in {segment(row, column) for row in (*before, *after)}:
            inside = [[row for row in group if segment(row, column) == name] for group in (before, after)]
            yield (periods.funnel, column, name, number), _movement(before, after, *inside)


def _movement(before: Rows, after: Rows, inside_0: Rows, inside_1: Rows) -> Movement:
    whole_0, whole_1 = rate(before), rate(after)
    if whole_0 is None or whole_1 is None:
        return Movement(None, None, None)
    weight_0 = Fraction(len(settled(inside_0)), len(settled(before)))
    weight_1 = Fraction(len(settled(inside_1)), len(settled(after)))
    rate_0, rate_1 = rate(inside_0), rate(inside_1)
    unentered = Fraction(0)
    if rate_1 is None:
        rate_1 = rate_0
        unentered += Fraction(len(reached(inside_1)), len(settled(after)))
    if rate_0 is None:
        rate_0 = rate_1
        unentered -= Fraction(len(reached(inside_0)), len(settled(before)))
    if rate_0 is None or rate_1 is None:
        return Movement(whole_1 - whole_0, Fraction(0), unentered)
    mix = (weight_1 - weight_0) * ((rate_0 + rate_1) / 2 - (whole_0 + whole_1) / 2)
    return Movement(whole_1 - whole_0, mix, (rate_1 - rate_0) * (weight_0 + weight_1) / 2 + unentered)


@dataclass(frozen=True)
class Member:
    """A member's drop-offs and what the rate is without it."""

    name: str
    settled: int
    reached: int
    rate_without: Decimal | None
    since_previous: int
    since_entry: int


@dataclass(frozen=True)
class Whole:
    """The whole that a step's members of a kind are part of."""

    kind: str
    step: str
    rate: Decimal | None
    members: int
    since_previous: int
    since_entry: int


def judge_members(rows: Sequence[UnitStep], largest: int = 20) -> set[Key]:
    """Return what funnel_influence says, each row by the names of its columns in their order, but the rates' own."""
    came = {(row.unit_id, row.step_number) for row in rows if row.reached_at}
    steps = _grouped(rows, lambda row: (row.funnel, row.step_number))
    found: set[Key] = set()
    for (funnel, number), group in steps.items():
        known = [
            row
            for row in group
            if row.step_number > 1
            and (row.reached_at or (not row.is_pending and (row.entered or (row.unit_id, row.step_number - 1) in came)))
        ]
        concentrations = _concentration(known, came), _concentration([row for row in known if row.entered], None)
        for kind in ("user", *SEGMENT_COLUMNS):
            found |= {
                (funnel, number, *said, *concentrations) for said in _judge_kind(known, kind, came, largest) if known
            }
    return found


def _drop_offs(rows: Rows, came: set[tuple[str, int]] | None) -> list[UnitStep]:
    lost = [row for row in rows if not row.reached_at]
    if came is None:
        return [row for row in lost if row.entered]
    return [row for row in lost if (row.unit_id, row.step_number - 1) in came]


def _name(row: UnitStep, kind: str) -> tuple[str, bool]:
    """Return who a unit belongs to, and whether it is somebody: an anonymous unit is its own."""
    if kind == "user":
        return (row.user_id, True) if row.user_id else (row.unit_id, False)
    return segment(row, kind), True


def _concentration(rows: Rows, came: set[tuple[str, int]] | None) -> Decimal | None:
    owners = [_name(row, "user") for row in _drop_offs(rows, came)]
    if not owners:
        return None
    return rounded(sum((Fraction(owners.count(one), len(owners)) ** 2 for one in set(owners)), Fraction(0)))


def _judge_kind(known: list[UnitStep], kind: str, came: set[tuple[str, int]], largest: int) -> set[Key]:
    names = {_name(row, kind) for row in known}
    members = []
    for name in sorted(name for name, is_somebody in names if is_somebody):
        own = [row for row in known if _name(row, kind) == (name, True)]
        others = [row for row in known if _name(row, kind) != (name, True)]
        counts = len(settled(own)), len(reached(own)), rounded(rate(others))
        members.append(Member(name, *counts, len(_drop_offs(own, came)), len(_drop_offs(own, None))))
    if not members:
        return set()
    drop_offs = len(_drop_offs(known, came)), len(_drop_offs(known, None))
    whole = Whole(kind, known[0].step, rounded(rate(known)), len(names), *drop_offs)
    orders = (
        sorted(members, key=lambda one: (-abs(_influence(one, whole) or Decimal(0)), one.name)),
        sorted(members, key=lambda one: (-one.since_previous, one.name)),
        sorted(members, key=lambda one: (-one.since_entry, one.name)),
    )
    found: set[Key] = set()
    for member in members:
        ranks = [order.index(member) + 1 for order in orders]
        if min(ranks) <= largest:
            found.add((kind, member.name, len(names), *_said_of(member, whole), *ranks))
    return found


def _influence(member: Member, whole: Whole) -> Decimal | None:
    return None if member.rate_without is None or whole.rate is None else whole.rate - member.rate_without


def _said_of(member: Member, whole: Whole) -> Key:
    reason = _reason(member, whole)
    shares = [
        rounded(Fraction(own, of_all)) if of_all else None
        for own, of_all in (
            (member.since_previous, whole.since_previous),
            (member.since_entry, whole.since_entry),
        )
    ]
    figures = member.settled, member.reached, whole.rate, member.rate_without, _influence(member, whole)
    return (*figures, member.since_previous, member.since_entry, *shares, reason is not None, reason)


def _percent(share: Decimal) -> str:
    return str((100 * share).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _reason(member: Member, whole: Whole) -> str | None:
    influence = _influence(member, whole)
    words = None
    for own, of_all, since in (
        (member.since_entry, whole.since_entry, "entry"),
        (member.since_previous, whole.since_previous, "the step before"),
    ):
        if words is None and whole.members > 1 and own >= 10 and own >= of_all / 2:
            words = f"owns {'all' if own == of_all else f'{own} of'} {of_all} drop-offs since {since}"
    if words is None and influence is not None and abs(influence) >= Decimal("0.05"):
        words = f"{'lowers' if influence < 0 else 'raises'} the rate by {_percent(abs(influence))} points"
    if words is None:
        return None
    if member.rate_without is not None and whole.rate is not None:
        words += f"; without this {whole.kind} {_percent(member.rate_without)} % reach {whole.step}"
        words += f", with it {_percent(whole.rate)} %"
    return f"{whole.kind} {member.name} {words}"
