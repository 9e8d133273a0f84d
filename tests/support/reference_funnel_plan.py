"""A funnel's definition as the reference reads it: every default filled in, steps numbered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

Definition = Mapping[str, Any]
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Step:
    """An event takes it when all of its conditions hold."""

    name: str
    conditions: tuple[Mapping[str, Any], ...]
    optional: bool
    min_wait: timedelta | None
    max_wait: timedelta | None


@dataclass(frozen=True)
class Exclusion:
    """What may not lie between steps from number `after` to number `before`."""

    when: Mapping[str, Any]
    after: int
    before: int


@dataclass(frozen=True)
class Plan:
    """A definition with every default filled in; steps are numbered from 1."""

    unit: str
    order: str
    steps: tuple[Step, ...]
    window: timedelta | None
    filter: Mapping[str, Any]
    exclusions: tuple[Exclusion, ...]
    open_entry: bool
    breakdown: tuple[tuple[str, Any], ...]
    time_zone: str | None
    settles_after: timedelta


def holds(condition: Mapping[str, Any], event: object) -> bool:
    """Tell whether an event fulfils every column of a condition."""
    return all(_passes(test, getattr(event, column)) for column, test in condition.items())


def _passes(test: Any, value: str | None) -> bool:
    if isinstance(test, Mapping):
        if "like" in test:
            return value is not None and _pattern(test["like"]).fullmatch(value) is not None
        return value not in _listed(test["not"])
    return value in _listed(test)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


@lru_cache
def _pattern(like: str) -> re.Pattern[str]:
    return re.compile("".join({"%": ".*", "_": "."}.get(letter) or re.escape(letter) for letter in like), re.DOTALL)


def make_plan(definition: Definition) -> Plan:
    """Read a definition."""
    names = [step["step"] for step in definition["steps"]]
    settles_after = _period(definition.get("settles_after"))
    number = {name: place for place, name in enumerate(names, start=1)}
    return Plan(
        unit=definition["unit"],
        order=definition["order"],
        steps=tuple(_step(step) for step in definition["steps"]),
        window=_period(definition.get("window")),
        filter=definition.get("filter") or {},
        exclusions=tuple(
            Exclusion(each["when"], number[each.get("after") or names[0]], number[each.get("before") or names[-1]])
            for each in definition.get("exclusions") or []
        ),
        open_entry=bool(definition.get("open_entry")),
        breakdown=tuple(
            (each["by"], number[how["step"]] - 1 if isinstance(how, Mapping) else how)
            for each in definition.get("breakdown") or []
            for how in [each["attribution"]]
        ),
        time_zone=definition.get("time_zone"),
        settles_after=DAY if settles_after is None else settles_after,
    )


def _step(step: Mapping[str, Any]) -> Step:
    return Step(
        name=step["step"],
        conditions=(step["when"], step.get("filter") or {}),
        optional=bool(step.get("optional")),
        min_wait=_period(step.get("min_wait")),
        max_wait=_period(step.get("max_wait")),
    )


def _period(period: Mapping[str, int] | None) -> timedelta | None:
    return timedelta(**{f"{unit}s": count for unit, count in period.items()}) if period else None
