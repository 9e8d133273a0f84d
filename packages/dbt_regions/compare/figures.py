"""One region's funnel as values: what was counted in its marts, and the shares that follow from the counts. Pure.

A figure that the region can't know, because its source does not send what it counts, is `NOT_PROVIDED` and never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from typing import Any, Literal

NOT_PROVIDED: Literal["not provided"] = "not provided"
OF_PREVIOUS = "of the previous step"
OF_ENTRY = "of entry"
_Z = 1.959964  # the 95 % point that shared_macros.rate_bound takes

Count = int | Literal["not provided"]
Share = float | Literal["not provided"] | None
"""A share of 1; None where nobody is there to be shared."""


@dataclass(frozen=True)
class Period:
    """The days that are compared, both ends included; None is an open end, and both open means to date."""

    start: date | None = None
    end: date | None = None

    @property
    def is_cut(self) -> bool:
        """Whether it names a day: then it matters where a day begins and ends."""
        return self.start is not None or self.end is not None


@dataclass(frozen=True)
class StepCounts:
    """What a funnel counted at one step over a period, in units, by the definitions of agg_funnel_days."""

    step: str
    entered: int
    reached: int
    pending: int
    waiting: int


@dataclass(frozen=True)
class Amount:
    """What the units that reached a step are worth in one currency; `amount` is None where none of them says it."""

    step: str
    currency: str
    units: int
    units_without_amount: int
    amount: Decimal | None


@dataclass(frozen=True)
class FunnelCounts:
    """One region's funnel: its definition, whose day it counts by, what is not provided, and its counts.

    `day` is an IANA time zone, `visitor` (each visitor's own), or None where the region does not say it. `code` maps
    each model and macro that made the figures to a digest, `missing` a step to why the region does not provide it.
    """

    region: str
    funnel: str
    definition: Mapping[str, Any]
    code: Mapping[str, str]
    revision: str | None
    day: str | None
    missing: Mapping[str, str]
    first_day: date | None
    last_day: date | None
    days: int
    provisional_days: int
    steps: tuple[StepCounts, ...]
    amounts: tuple[Amount, ...] = ()
    amount_of: str = "amount"

    @property
    def unit(self) -> str:
        """What the funnel counts: session, user, account or application."""
        return str(self.definition.get("unit", "session"))

    @property
    def defined_steps(self) -> tuple[str, ...]:
        """The names of the steps in their order, as the definition has them."""
        return tuple(step["step"] for step in self.definition["steps"])


@dataclass(frozen=True)
class StepFigures:
    """One step as it is shown: `rate` of the settled entries, its 95 % interval, and both drop-offs by name.

    The interval reaches from that in which no pending unit gets to the step to that in which all do.
    """

    step: str
    reached: Count
    pending: Count
    rate: Share
    rate_low: Share
    rate_high: Share
    drop_off_of_previous: Share
    drop_off_of_entry: Share


@dataclass(frozen=True)
class DropOff:
    """A region's largest drop-off by one definition: `of the previous step` or `of entry`."""

    definition: str
    step: str
    share: float


def step_figures(steps: Sequence[StepCounts], missing: Mapping[str, str]) -> tuple[StepFigures, ...]:
    """Return the figures of a funnel's steps by the formulas of agg_funnel_days; `missing` as a region has it."""
    befores: list[StepCounts | None] = [None, *steps[:-1]]
    return tuple(_figures(step, before, steps[0], missing) for step, before in zip(steps, befores, strict=True))


def _figures(step: StepCounts, before: StepCounts | None, first: StepCounts, missing: Mapping[str, str]) -> StepFigures:
    settled = step.entered - step.pending
    lost = before.reached - step.waiting - step.reached if before else 0
    known = step.step not in missing
    entry_known = known and first.step not in missing
    change_known = before is None or (known and before.step not in missing)
    low, _ = wilson_interval(step.reached, step.entered)
    _, high = wilson_interval(step.reached + step.pending, step.entered)
    return StepFigures(
        step=step.step,
        reached=step.reached if known else NOT_PROVIDED,
        pending=step.pending if entry_known else NOT_PROVIDED,
        rate=_share(step.reached, settled) if entry_known else NOT_PROVIDED,
        rate_low=low if entry_known else NOT_PROVIDED,
        rate_high=high if entry_known else NOT_PROVIDED,
        drop_off_of_previous=_drop_off(before, lost, before.reached - step.waiting if before else 0)
        if change_known
        else NOT_PROVIDED,
        drop_off_of_entry=_drop_off(before, lost, settled) if change_known and entry_known else NOT_PROVIDED,
    )


def _drop_off(before: StepCounts | None, lost: int, whole: int) -> float | None:
    return _share(lost, whole) if before else None


def _share(part: int, whole: int) -> float | None:
    if not whole:
        return None
    return float((Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"), ROUND_HALF_UP))  # numeric(18, 6)


def wilson_interval(successes: int, trials: int) -> tuple[float | None, float | None]:
    """Return the ends of a rate's 95 % interval as shared_macros.rate_bound does; None where there is no such rate."""
    if trials <= 0 or successes > trials:
        return None, None
    rate = successes / trials
    middle = rate + _Z * _Z / 2 / trials
    spread = _Z * sqrt((rate * (1 - rate) + _Z * _Z / 4 / trials) / trials)
    whole = 1 + _Z * _Z / trials
    return round((middle - spread) / whole, 6), round((middle + spread) / whole, 6)


def largest_drop_offs(figures: Sequence[StepFigures]) -> tuple[DropOff, ...]:
    """Return the largest drop-off by each definition, the earliest step of equal ones; none where nothing drops off."""
    found = []
    for definition, name in ((OF_PREVIOUS, "drop_off_of_previous"), (OF_ENTRY, "drop_off_of_entry")):
        shares = [(getattr(step, name), step.step) for step in figures]
        known = [(share, step) for share, step in shares if isinstance(share, float) and share > 0]
        if known:
            share, step = max(known, key=lambda pair: pair[0])
            found.append(DropOff(definition, step, share))
    return tuple(found)


def missing_steps(definition: Mapping[str, Any], not_sent: frozenset[str]) -> Mapping[str, str]:
    """Return the steps that can't be known where these event types are never sent, each with the reason.

    In an ordered or strict funnel nothing after a needed step that is missing can be reached either.
    """
    missing: dict[str, str] = {}
    for step in definition["steps"]:
        types = _event_types(step, not_sent)
        if types:
            missing[step["step"]] = f"its source never sends {', '.join(types)}"
    needs = [step["step"] for step in definition["steps"] if not step.get("optional", False)]
    barrier = next((step for step in needs if step in missing), None)
    if barrier and definition.get("order", "any") != "any" and not definition.get("open_entry", False):
        names = [step["step"] for step in definition["steps"]]
        for step in names[names.index(barrier) + 1 :]:
            missing.setdefault(step, f"{barrier} comes before it and is {NOT_PROVIDED}")
    return missing


def _event_types(step: Mapping[str, Any], not_sent: frozenset[str]) -> tuple[str, ...]:
    """Return the event types that a step takes, if none of them is ever sent; `not` and `like` name no types."""
    for condition in (step["when"], step.get("filter", {})):
        value = condition.get("event_type", {"not": None})
        listed = () if isinstance(value, Mapping) else (value,) if isinstance(value, str) else tuple(value or ())
        if listed and not_sent.issuperset(listed):
            return listed
    return ()
