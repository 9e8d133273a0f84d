"""The comparison over regions: what may be added, and what the figures of a region's counts are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_regions.compare import Period, RegionState, compare, funnel_lines, refusal_lines
from dbt_regions.compare.additions import add_amounts, add_counts, refuse_amounts, refuse_total
from dbt_regions.compare.figures import NOT_PROVIDED, Amount, FunnelCounts, StepCounts, step_figures
from dbt_regions.errors import RequestError

STEPS = ("total", "cart", "checkout")
DEFINITION: Mapping[str, Any] = {
    "funnel": "shop",
    "steps": [{"step": step, "when": {"event_type": f"{step}_event"}} for step in STEPS],
    "settles_after": {"minute": 30},
}
CUT = Period(date(2024, 5, 1), date(2024, 5, 7))
TO_DATE = Period()
USD = Amount("checkout", "USD", 2, 0, Decimal("10.10"))
Unit = tuple[tuple[bool, ...], bool]
UNITS = st.lists(st.tuples(st.tuples(*[st.booleans()] * len(STEPS)), st.booleans()), max_size=30)


def counted(region: str, units: Sequence[Unit] = (), **changes: Any) -> FunnelCounts:
    """Return a region's funnel with the counts of units, each of the steps that it took and whether it is open."""
    base = FunnelCounts(
        region=region,
        funnel="shop",
        definition=DEFINITION,
        code={"funnel_days": "1"},
        revision="abcdef",
        day="UTC",
        missing={},
        first_day=date(2024, 5, 1),
        last_day=date(2024, 5, 7),
        days=7,
        provisional_days=1,
        steps=tuple(counts_of(units)),
    )
    return replace(base, **changes)


def counts_of(units: Sequence[Unit]) -> list[StepCounts]:
    """Count as agg_funnel_days does in any order: who took the first step entered, who is open and short is pending."""
    counts = []
    for place, step in enumerate(STEPS):
        entered = [unit for unit in units if unit[0][0]]
        short = [taken for taken, is_open in units if is_open and not all(taken) and not taken[place]]
        counts.append(
            StepCounts(
                step,
                len(entered),
                sum(taken[place] for taken, _ in units),
                sum(taken[0] for taken in short),
                sum(taken[place - 1] for taken in short) if place else 0,
            )
        )
    return counts


def exact(part: int, whole: int) -> float | None:
    """Return a share as the warehouse's numeric(18, 6) has it."""
    if not whole:
        return None
    share = Fraction(part, whole)
    return float((Decimal(share.numerator) / share.denominator).quantize(Decimal("0.000001"), ROUND_HALF_UP))


def changed(**fields: Any) -> dict[str, Any]:
    """Return the definition with other fields."""
    return {"definition": {**DEFINITION, **fields}}


@pytest.mark.parametrize(
    ("changes", "period", "kind", "words"),
    [
        (changed(unit="user"), TO_DATE, "unit", ("sessions in na", "users in eu")),
        (
            changed(steps=DEFINITION["steps"][:2]),
            TO_DATE,
            "definition",
            ("na: total, cart, checkout", "eu: total, cart"),
        ),
        (changed(settles_after={"day": 7}), TO_DATE, "definition", ("settles_after: {'minute': 30} in na",)),
        (changed(order="ordered"), TO_DATE, "definition", ("order: nothing said in na, ordered in eu",)),
        (
            changed(steps=[*DEFINITION["steps"][:2], {**DEFINITION["steps"][2], "max_wait": {"minute": 20}}]),
            TO_DATE,
            "definition",
            ("(checkout, max_wait: nothing said in na, {'minute': 20} in eu);",),
        ),
        ({"code": {"funnel_days": "2"}, "revision": "fedcba"}, TO_DATE, "definition", ("funnel_days", "eu at fedcba)")),
        (
            {"code": {"funnel_days": "2"}, "revision": "abcdef-dirty"},
            TO_DATE,
            "definition",
            ("na at abcdef, eu at abcdef with changes that are not committed)",),
        ),
        ({"missing": {"cart": "its source never sends it"}}, TO_DATE, "step", ("eu does not provide", "cart: its")),
        ({"day": "Europe/Berlin"}, CUT, "day", ("na UTC", "eu Europe/Berlin")),
        ({"day": "visitor"}, Period(end=date(2024, 5, 1)), "day", ("eu each visitor's own time zone",)),
        ({"day": None}, Period(start=date(2024, 5, 1)), "day", ("eu not declared",)),
    ],
)
def test_each_reason_against_adding_is_said(
    changes: Mapping[str, Any], period: Period, kind: str, words: Sequence[str]
) -> None:
    """Another unit, step, definition, code or day, or a missing step: one sentence of its kind, and no total."""
    regions = [counted("na"), counted("eu", **changes)]
    refusals = refuse_total(regions, period)
    assert [refusal.kind for refusal in refusals] == [kind]
    assert all(word in refusals[0].sentence for word in words), refusals
    states = [RegionState(region.region, (region,)) for region in regions]
    funnel = compare(states, "embedded", period).funnels[0]
    assert funnel.total is None
    assert f"no total: {refusals[0].sentence}" in refusal_lines(funnel)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"day": "Europe/Berlin"},
        {"last_day": date(2024, 5, 8)},
        {"revision": "fedcba"},
        changed(breakdown=[{"by": "country"}]),
        {"amounts": (USD,)},
    ],
)
def test_what_changes_no_count_is_no_reason(changes: Mapping[str, Any]) -> None:
    """To date each unit counts once whatever its day; another last day, revision or breakdown counts the same units."""
    assert refuse_total([counted("na"), counted("eu", **changes)], TO_DATE) == ()


def test_all_reasons_are_said_at_once() -> None:
    """Whoever repairs one reason has already read the others."""
    other = counted("eu", **changed(unit="user"), day="Europe/Berlin", missing={"cart": "why"}, code={})
    assert [r.kind for r in refuse_total([counted("na"), other], CUT)] == ["unit", "definition", "step", "day"]


def test_a_total_over_zones_says_that_days_are_not_added() -> None:
    """To date the total stands, and says whose days the regions keep and which last days it takes."""
    states = [
        RegionState("na", (counted("na"),)),
        RegionState("eu", (counted("eu", day="Europe/Berlin", last_day=date(2024, 5, 8)),)),
        RegionState("apac", absent="was never built"),
    ]
    funnel = compare(states, "embedded", TO_DATE).funnels[0]
    said = "\n".join(refusal_lines(funnel))
    assert funnel.total is not None
    for words in ("na UTC, eu Europe/Berlin", "na 2024-05-07, eu 2024-05-08", "the total is without apac"):
        assert words in said, said


@given(st.lists(UNITS, min_size=2, max_size=4))
def test_a_total_is_what_all_units_together_give(regions: list[list[Unit]]) -> None:
    """Counts, rates and drop-offs of a total are those counted anew over the units of all regions, in fractions."""
    added = add_counts([counted(str(number), units) for number, units in enumerate(regions)])
    units = [unit for region in regions for unit in region]
    assert list(added) == counts_of(units)
    settled = [[u for u in units if u[0][0] and (u[0][k] or not u[1] or all(u[0]))] for k in range(len(STEPS))]
    for place, figures in enumerate(step_figures(added, {})):
        reached = [unit for unit in units if unit[0][place]]
        assert figures.rate == exact(len(reached), len(settled[place]))
        if place:
            before = [u for u in units if u[0][place - 1] and (u[0][place] or not u[1] or all(u[0]))]
            lost = len(before) - len(reached)
            assert figures.drop_off_of_previous == exact(lost, len(before))
            assert figures.drop_off_of_entry == exact(lost, len(settled[place]))
        else:
            assert (figures.drop_off_of_previous, figures.drop_off_of_entry) == (None, None)


@given(UNITS, st.sets(st.sampled_from(STEPS)))
def test_what_is_not_provided_is_never_a_number(units: list[Unit], missing: set[str]) -> None:
    """A figure that a missing step takes part in says so; every other figure is as if nothing were missing."""
    region = counted("na", units)
    shown = step_figures(region.steps, dict.fromkeys(missing, "why"))
    for place, (figures, known) in enumerate(zip(shown, step_figures(region.steps, {}), strict=True)):
        needs: dict[str, set[int]] = {
            "reached": {place},
            "pending": {0, place},
            "rate": {0, place},
            "rate_low": {0, place},
            "rate_high": {0, place},
        }
        if place:
            needs |= {"drop_off_of_previous": {place - 1, place}, "drop_off_of_entry": {0, place - 1, place}}
        for name, places in needs.items():
            lacks = bool({STEPS[number] for number in places} & missing)
            assert getattr(figures, name) == (NOT_PROVIDED if lacks else getattr(known, name)), (name, place)


def test_amounts_are_added_by_currency() -> None:
    """One currency of several regions has a sum; different ones, or one that is not said, are not added to it."""
    euro = replace(USD, currency="EUR")
    silent = replace(USD, currency=NOT_PROVIDED)
    alone = counted("na", amounts=(USD,))
    assert refuse_amounts([alone, counted("us", amounts=(replace(USD, amount=Decimal("0.20")),))]) == ()
    assert [a.amount for a in add_amounts([alone, counted("us", amounts=(USD,))])] == [Decimal("20.20")]
    mixed = [alone, counted("us", amounts=(USD, silent)), counted("eu", amounts=(euro, silent))]
    assert [(a.currency, a.units, a.amount) for a in add_amounts(mixed)] == [("USD", 4, Decimal("20.20"))]
    sentences = [(refusal.kind, refusal.sentence) for refusal in refuse_amounts(mixed)]
    assert [kind for kind, _ in sentences] == ["currency", "currency"]
    assert sentences[0][1].startswith("the currency of some amounts is not provided by us and eu")
    assert "na USD; us USD; eu EUR" in sentences[1][1]
    other = counted("us", amounts=(USD,), **changed(unit="user"))
    assert add_amounts([alone, other]) == ()
    assert [refusal.kind for refusal in refuse_amounts([alone, other])] == ["unit"]


def test_the_table_shows_not_provided_and_never_built() -> None:
    """A missing step and a region that was never built stand in the table as words, not as zero."""
    units: list[Unit] = [((True, False, False), False)]
    states = [
        RegionState("na", (counted("na", units),)),
        RegionState("eu", (counted("eu", units, missing={"cart": "why"}),)),
        RegionState("apac", absent="was never built"),
    ]
    comparison = compare(states, "embedded", TO_DATE)
    _, lines = funnel_lines(comparison.funnels[0], comparison)
    rows = [line.cells for line in lines]
    assert rows[0] == ("reached", "na", "2024-05-07", "1 of 7 days", "1", "1", "0", "0")
    assert rows[1][1:] == ("eu", "2024-05-07", "1 of 7 days", "1", "1", NOT_PROVIDED, "0")
    assert rows[2][1:3] == ("apac", "never built")
    assert [row[-2:] for row in rows if row[1] == "eu"][-1] == (NOT_PROVIDED, NOT_PROVIDED)
    assert (
        json.loads(json.dumps(comparison.to_json()))["funnels"][0]["regions"][1]["steps"][1]["reached"] == NOT_PROVIDED
    )


def test_a_declared_lie_is_said() -> None:
    """Where a step that is declared as not provided was reached, the reader is told to correct the declaration."""
    lying = counted("eu", [((True, True, False), False)], missing={"cart": "why"})
    funnel = compare([RegionState("eu", (lying,))], "embedded", TO_DATE).funnels[0]
    assert "eu declares that cart is not provided, yet 1 reached it" in " ".join(refusal_lines(funnel))


def test_nothing_to_compare_is_a_wrong_request() -> None:
    """Without a built region, or for a funnel that none has, there is one line that says what to do."""
    never = RegionState("eu", absent="was never built for target embedded: dbt-regions build eu")
    with pytest.raises(RequestError, match="dbt-regions build eu"):
        compare([never], "embedded", TO_DATE)
    with pytest.raises(RequestError, match=r"unknown funnel 'shops'.* are shop"):
        compare([never, RegionState("na", (counted("na"),))], "embedded", TO_DATE, "shops")
