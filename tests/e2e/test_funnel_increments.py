"""Load by load, the units of funnels equal those computed anew, and days that were final change with a reason only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from support.funnel_loads import FUNNELS, START, Feed, disturb, feed
from support.funnel_streams import SEED
from support.integration_project import integration_project

FIGURES = """
    select unit_date, step, entered, reached from analytics.agg_funnel_days
    where funnel = 'product_funnel' and is_final
"""
ALL_FIGURES = """
    select unit_date, step, entered, reached from analytics.agg_funnel_days where funnel = 'product_funnel'
"""
RESTATED = """
    select distinct session_date, step from analytics_published.restatements
    where publication_id = (select max(publication_id) from analytics_published.product_funnel_publication)
"""
PUBLICATION = ("int_sessions_agg", "int_watermarks", "agg_funnel_days", "agg_funnel_steps",
               "product_funnel_publication", "restatements", "int_application_events", "canonical_applications",
               "fct_underwriting_funnel")  # fmt: skip


@pytest.fixture(scope="module")
def visits() -> Iterator[Feed]:
    """A feed without events."""
    with feed() as ready:
        yield ready


@pytest.mark.parametrize("batches", [pytest.param(4, id="quick"), pytest.param(50, id="full", marks=pytest.mark.proof)])
def test_increments_equal_a_full_refresh(visits: Feed, batches: int) -> None:
    """After late, duplicated, reordered, corrected, moved and deleted events, every row is that of a full refresh."""
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    written = []
    for _ in range(batches):
        for _ in range(3):
            disturb(visits, random)
        visits.load()
        for funnel in FUNNELS:
            visits.project.operate("compute_anew", funnel=funnel)
            assert visits.rows_of(f"analytics.fct_{funnel}") == visits.rows_of("answers.anew"), funnel
        written.append(visits.project.rows("select count(*), count(distinct batch) from analytics.fct_product_funnel"))
    assert written[-1][0][1] > 1, "every load wrote every row: nothing was incremental"
    visits.load(full_refresh=True)
    assert visits.project.rows("select count(distinct batch) from analytics.fct_product_funnel") == ((1,),)


def test_changed_definition_computes_every_unit_anew() -> None:
    """Without --full-refresh no row of the old definition stays, not of units left alone nor of those now outside."""
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    written = "select session_id from analytics.fct_product_funnel"
    with feed() as visits:
        for session in range(30):
            visits.begin_session(random, f"s{session}", START + timedelta(hours=session))
        visits.load()
        before, sessions = visits.rows_of("analytics.fct_product_funnel"), set(visits.project.rows(written))
        visits.monorepo.edit(
            "packages/shared_macros/macros/funnel/product_funnel.sql",
            ("'total', 'when': {'event_type': 'page_view'}", "'total', 'when': {'event_type': 'package_shipped'}"),
        )
        with integration_project(visits.monorepo) as visits.project:
            visits.load()
            visits.project.operate("compute_anew", funnel="product_funnel")
            after = visits.rows_of("analytics.fct_product_funnel")
            assert after == visits.rows_of("answers.anew")
            assert after != before
            assert sessions - set(visits.project.rows(written)), "no unit left the funnel: the case is not tested"


def _is_over(day: date, visits: Feed) -> bool:
    newest = max(visit.happened_at for visit in visits.visits.values())
    return newest.date() > day + timedelta(days=1)


@pytest.mark.proof
def test_final_days_change_with_a_restatement_only() -> None:
    """Over 60 daily and 48 hourly loads, some with late events, each changed figure of a final day is in the ledger."""
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    with feed() as visits:
        final: dict[Any, Any] = {}
        changed = restated_days = 0
        moments = [START + timedelta(days=n + 1) for n in range(60)]
        moments += [moments[-1] + timedelta(hours=n + 1) for n in range(48)]
        since = START
        for number, until in enumerate(moments):
            hours = int((until - since).total_seconds()) // 3600
            for session in range(4 * hours if hours < 2 else 40):
                at = since + timedelta(seconds=random.randrange(hours * 3600))
                visits.begin_session(random, f"s{number}-{session}", at)
            if number % 9 == 8:
                disturb(visits, random)
            visits.load(*PUBLICATION)
            since = until
            now = {row[:2]: row[2:] for row in visits.project.rows(ALL_FIGURES)}
            restated = set(visits.project.rows(RESTATED))
            moved = {key for key, figures in final.items() if now.get(key) != figures}
            assert moved <= restated, f"load {number}: {sorted(moved - restated)} changed without a word"
            changed += len(moved)
            final = {row[:2]: row[2:] for row in visits.project.rows(FIGURES)}
            restated_days += bool(restated)
            assert number % 9 == 8 or not moved, f"load {number} brought no late event and changed {sorted(moved)}"
            assert all(_is_over(day, visits) for day, _ in final)
        assert len(final) > 150
        assert changed > 10
