"""Segments, times, movements and influence of generated funnels equal what is counted anew in exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from random import Random
from typing import Any

import pytest

from support.funnel_recounts import count_segments, explain_movements, judge_members, measure_times
from support.funnel_unit_steps import Periods, UnitStep, fill, make_funnel, make_periods
from support.integration_project import IntegrationProject

SEED = 1955
EXACT = 1e-12
MILLISECOND = 1e-3
MACROS = ("funnel_segments", "funnel_times", "funnel_movements", "funnel_influence")


@dataclass(frozen=True)
class Answered:
    """The generated rows and periods that the macros answered."""

    project: IntegrationProject
    rows: tuple[UnitStep, ...]
    periods: tuple[Periods, ...]

    def table(self, columns: str, macro: str) -> set[tuple[Any, ...]]:
        """Return columns of an answer; its rows differ in them."""
        found = self.project.rows(f"select {columns} from answers.{macro}")
        assert len(set(found)) == len(found)
        return set(found)


@pytest.fixture(
    scope="module", params=[pytest.param(80, id="quick"), pytest.param(1000, id="full", marks=pytest.mark.proof)]
)
def answered(project: IntegrationProject, request: pytest.FixtureRequest) -> Answered:
    """Funnels of all kinds side by side in one table, each with two periods."""
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    names = [f"funnel-{number}" for number in range(request.param)]
    rows = [row for name in names for row in make_funnel(name, random)]
    periods = [make_periods(name, random) for name in names]
    fill(project, rows, periods)
    project.operate("answer_funnel_analysis")
    return Answered(project, tuple(rows), tuple(periods))


def test_segments(answered: Answered) -> None:
    """Each segment's counts and rate are those of its units, one by one."""
    columns = "funnel, unit_date, segment_column, segment, step_number, entered, reached, pending, rate"
    assert answered.table(columns, "funnel_segments") == count_segments(answered.rows)


def test_segments_add_up(answered: Answered) -> None:
    """In each column, the segments of a day and step add up to the unbroken counts."""
    columns = ("country", "device", "product")
    counts = "sum(entered), sum(reached), sum(pending)"
    by = "funnel, unit_date, step_number"
    broken = answered.project.rows(
        f"select segment_column, {by}, {counts} from answers.funnel_segments group by segment_column, {by}"
    )
    whole = answered.project.rows(
        f"select {by}, sum(entered::int), count(reached_at), "
        f"sum((entered and is_pending and reached_at is null)::int) from raw.funnel_unit_steps group by {by}"
    )
    assert set(broken) == {(column, *row) for column in columns for row in whole}


def test_times(answered: Answered) -> None:
    """Units, means, medians and 90th percentiles of each day and of all days are those of the single times."""
    measures = [
        f"{measure}_seconds_from_{span}" for span in ("previous", "entry") for measure in ("mean", "median", "p90")
    ]
    found = answered.table(f"funnel, unit_date, step_number, units, {', '.join(measures)}", "funnel_times")
    expected = measure_times(answered.rows)
    assert {row[:3] for row in found} == set(expected)
    wrong = [
        (row, expected[row[:3]])
        for row in found
        if not all(_is_close(got, wanted, MILLISECOND) for got, wanted in zip(row[3:], expected[row[:3]], strict=True))
    ]
    assert not wrong, wrong[:5]


def _is_close(got: float | Decimal | None, wanted: Fraction | None, tolerance: float) -> bool:
    if got is None or wanted is None:
        return got is None and wanted is None
    return abs(Fraction(got) - wanted) <= tolerance


def test_movements(answered: Answered) -> None:
    """Each segment's mix and within effect are those of exact fractions, for periods of every kind."""
    columns = "funnel, segment_column, segment, step_number, step_rate_change, mix_effect, within_effect"
    found = answered.table(columns, "funnel_movements")
    rows_of = {name: list(rows) for name, rows in groupby(answered.rows, key=lambda row: row.funnel)}
    expected = {
        key: movement for pair in answered.periods for key, movement in explain_movements(rows_of[pair.funnel], pair)
    }
    assert {row[:4] for row in found} == set(expected)
    wrong = []
    for row in found:
        movement = expected[row[:4]]
        pairs = zip(row[4:], (movement.change, movement.mix, movement.within), strict=True)
        wrong += [] if all(_is_close(got, wanted, EXACT) for got, wanted in pairs) else [(row, movement)]
    assert not wrong, wrong[:5]


def test_movements_add_up(answered: Answered) -> None:
    """Over the segments of a column, mix and within effects add up to the change of the step's rate."""
    sums = answered.project.rows(
        "select max(abs(rest)), count(*), count(rest) from ("
        "  select sum(mix_effect + within_effect) - max(step_rate_change) as rest"
        "  from answers.funnel_movements group by funnel, segment_column, step_number"
        ") as sums"
    )
    ((largest, groups, explained),) = sums
    assert largest <= EXACT
    assert 0 < explained < groups, "some periods explain a change, some are empty"


def test_influence(answered: Answered) -> None:
    """What is said of each member is so: the rate counted without its units, its drop-offs, ranks and the words."""
    columns = (
        "funnel, step_number, member_kind, member, members, settled_entries, reached, rate, rate_without, influence, "
        "drop_offs_since_previous, drop_offs_since_entry, share_since_previous, share_since_entry, is_dominant, "
        "reason, rank_by_influence, rank_since_previous, rank_since_entry, "
        "user_concentration_since_previous, user_concentration_since_entry"
    )
    found, expected = answered.table(columns, "funnel_influence"), judge_members(answered.rows)
    assert found == expected, [sorted(map(str, found - expected))[:3], sorted(map(str, expected - found))[:3]]


def test_influence_meets_every_case(answered: Answered) -> None:
    """The generated funnels hold owners by either definition, movers of the rate, and members of every kind."""
    reasons = " ".join(
        reason for (reason,) in answered.project.rows("select reason from answers.funnel_influence") if reason
    )
    for words in ("owns all", " of ", "since entry", "since the step before", "lowers", "raises"):
        assert words in reasons
    kinds = answered.project.rows("select distinct member_kind from answers.funnel_influence")
    assert {kind for (kind,) in kinds} == {"user", "country", "device", "product"}


def test_no_data_at_all(project: IntegrationProject) -> None:
    """Without a unit there is no row and no error."""
    fill(project, [], [make_periods("funnel-0", Random(SEED))])  # noqa: S311  a test's own numbers, no secrets
    project.operate("answer_funnel_analysis")
    counts = [project.rows(f"select count(*) from answers.{macro}") for macro in MACROS]
    assert counts == [((0,),)] * len(MACROS)
