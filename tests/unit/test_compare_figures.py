"""The figures of one region in a comparison: which steps it can't know, its intervals, its largest drop-offs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dbt_regions.compare.figures import (
    StepCounts,
    largest_drop_offs,
    missing_steps,
    step_figures,
    wilson_interval,
)

DEFINITION: Mapping[str, Any] = {
    "steps": [{"step": step, "when": {"event_type": f"{step}_event"}} for step in ("total", "cart", "checkout")]
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["cart"]),
        ({"order": "ordered"}, ["cart", "checkout"]),
        ({"order": "strict"}, ["cart", "checkout"]),
        ({"order": "ordered", "open_entry": True}, ["cart"]),
    ],
)
def test_steps_behind_a_missing_one(fields: Mapping[str, Any], expected: list[str]) -> None:
    """In an order nothing can come after a needed step that is never sent; in any order the others stand."""
    assert sorted(missing_steps({**DEFINITION, **fields}, frozenset({"cart_event"}))) == expected


def test_which_conditions_are_never_met() -> None:
    """A step is missing where all event types that it names are: `not` and `like` name none; optional ones bar none."""
    cases: list[tuple[Any, bool]] = [
        ("a", True),
        (["a"], True),
        (["a", "b"], False),
        ({"not": "a"}, False),
        ({"like": "a%"}, False),
    ]
    for condition, is_missing in cases:
        steps = [{"step": "x", "when": {"event_type": condition}}]
        assert bool(missing_steps({"steps": steps}, frozenset({"a"}))) == is_missing, condition
    filtered = [
        {"step": "x", "when": {"device": "tv"}, "filter": {"event_type": "a"}},
        {"step": "y", "when": {"device": "tv"}},
    ]
    assert list(missing_steps({"steps": filtered}, frozenset({"a"}))) == ["x"]
    names: dict[str, dict[str, Any]] = {"p": {}, "q": {"optional": True}, "r": {}, "s": {"optional": True}, "t": {}}
    steps = [dict(more, step=name, when={"event_type": name}) for name, more in names.items()]
    assert list(missing_steps({"order": "ordered", "steps": steps}, frozenset({"q"}))) == ["q"]
    assert list(missing_steps({"order": "ordered", "steps": steps}, frozenset({"r"}))) == ["r", "s", "t"]


def test_the_largest_drop_off_names_its_definition() -> None:
    """The two definitions may point at different steps; of equal ones the earlier counts, and none is none."""
    steps = [StepCounts("a", 100, 100, 0, 0), StepCounts("b", 100, 50, 0, 0), StepCounts("c", 100, 20, 0, 0)]
    found = largest_drop_offs(step_figures(steps, {}))
    assert [(d.definition, d.step, d.share) for d in found] == [
        ("of the previous step", "c", 0.6),
        ("of entry", "b", 0.5),
    ]
    even = [StepCounts("a", 4, 4, 0, 0), StepCounts("b", 4, 2, 0, 0), StepCounts("c", 4, 1, 0, 0)]
    assert largest_drop_offs(step_figures(even, {}))[0].step == "b"
    assert largest_drop_offs(step_figures([StepCounts("a", 4, 4, 0, 0), StepCounts("b", 4, 4, 0, 0)], {})) == ()
    assert largest_drop_offs(step_figures(even, {"b": "why"})) == ()


def test_the_interval_is_the_warehouses() -> None:
    """The ends are those that the unit test of shared_macros.rate_bound expects."""
    assert wilson_interval(361, 578) == (0.58439, 0.6631)
    assert wilson_interval(1, 10) == (0.017876, 0.40415)
    assert (wilson_interval(0, 10), wilson_interval(10, 10)) == ((0, 0.277533), (0.722467, 1))
    assert wilson_interval(0, 0) == wilson_interval(3, 2) == (None, None)


def test_the_interval_allows_for_every_pending_unit() -> None:
    """The interval reaches from that in which no pending unit gets there to that in which all do, and is there."""
    steps = [StepCounts("a", 140, 140, 0, 0), StepCounts("b", 140, 38, 102, 102)]
    last = step_figures(steps, {})[1]
    assert (last.rate, last.rate_low, last.rate_high) == (1, 0.204604, 1)
    undecided = step_figures([StepCounts("a", 9, 9, 0, 0), StepCounts("b", 9, 0, 9, 9)], {})[1]
    assert (undecided.rate, undecided.rate_low, undecided.rate_high) == (None, 0, 1)


def test_a_share_is_rounded_as_the_warehouse_does() -> None:
    """A share halfway between two values of numeric(18, 6) goes away from zero."""
    steps = [StepCounts("a", 128, 128, 0, 0), StepCounts("b", 128, 1, 0, 0), StepCounts("c", 128, 2, 0, 0)]
    figures = step_figures(steps, {})
    assert (figures[1].rate, figures[2].drop_off_of_entry) == (0.007813, -0.007813)
