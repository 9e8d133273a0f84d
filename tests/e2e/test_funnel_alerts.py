"""Alerts on changed rates keep the rate of false alarms that they state, and catch the fall that they promise to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from random import Random

import pytest

from support.funnel_alert_days import (
    WEEK,
    Shop,
    alert_limits,
    falling_rows,
    false_alarms,
    judge,
    quiet_rows,
)
from support.integration_project import IntegrationProject

FALSE_ALARMS = 0.001
"""Stated: at most this share of judged days and steps on which nothing changed."""
CAUGHT = 0.80
"""Stated: at least this share of falls of FALL at SHOP, on their first or second day."""
SHOP = Shop(sessions=1000, rate=0.62)
RARE = Shop(sessions=1000, rate=0.037)  # hardly more of the rarer side than is needed
FALL = 0.05
JUDGED_DAYS = 730
SEED = 20260726

Record = Callable[[str, object], None]


@dataclass(frozen=True)
class Size:
    """How many funnels of two judged years without a change, and how many funnels with one fall."""

    quiet: int
    falls: int


QUICK = pytest.param(Size(20, 200), id="quick")
FULL = pytest.param(Size(200, 2000), id="full", marks=pytest.mark.proof)


@pytest.mark.parametrize("size", [QUICK, FULL])
@pytest.mark.parametrize("shop", [pytest.param(SHOP, id="usual"), pytest.param(RARE, id="rare")])
def test_false_alarms_keep_their_rate(
    project: IntegrationProject, shop: Shop, size: Size, record_property: Record
) -> None:
    """Where no rate changes but by the weekday, alerts are at most as many as stated, up to three standard errors.

    The error is that of a binomial count, but for its variance, which is doubled: an extreme day may be an alert
    alone and once more with the day after it, so alerts come in pairs.
    """
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    days = JUDGED_DAYS + int(alert_limits()["baseline_days"]) * WEEK
    judge(project, [row for run in range(size.quiet) for row in quiet_rows(f"quiet_{run}", shop, days, random)])
    counts = "count(case when is_judged then 1 end), count(case when is_alert then 1 end), count(distinct funnel)"
    judged, alerts, funnels = project.rows(f"select {counts} from answers.funnel_changes")[0]
    allowed = FALSE_ALARMS * judged + 3 * sqrt(2 * FALSE_ALARMS * judged)
    _say(
        record_property,
        f"{alerts} false alarms on {judged} judged days of {funnels} funnels at {shop}: {alerts / judged:.5f},"
        f" stated {FALSE_ALARMS}, allowed here {allowed / judged:.5f}",
    )
    assert funnels == size.quiet
    assert judged == size.quiet * JUDGED_DAYS if shop is SHOP else judged > 0.5 * size.quiet * JUDGED_DAYS
    assert alerts <= allowed


@pytest.mark.parametrize("size", [QUICK, FULL])
def test_a_fall_is_caught_within_two_days(project: IntegrationProject, size: Size, record_property: Record) -> None:
    """A fall of 5 points at 1,000 sessions a day is an alert within two days as often as stated, up to three errors."""
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    weeks = int(alert_limits()["baseline_weeks"])
    rows = [
        row
        for run in range(size.falls)
        for row in falling_rows(f"fall_{run}", SHOP, weeks * WEEK + random.randrange(WEEK), FALL, random)
    ]
    judge(project, rows)
    caught_on_day = [
        project.rows(
            f"""
            select count(distinct changes.funnel) from answers.funnel_changes as changes
            inner join (select funnel, max(unit_date) as last_day from answers.funnel_changes group by funnel) as lasts
                on changes.funnel = lasts.funnel and changes.unit_date in ({days})
            where changes.is_alert and changes.reason like '% fell from %'
            """
        )[0][0]
        for days in ("lasts.last_day - 1", "lasts.last_day - 1, lasts.last_day")
    ]
    first, within_two = (caught / size.falls for caught in caught_on_day)
    _say(
        record_property,
        f"a fall of {FALL} at {SHOP} caught on its first day {first:.3f}, within two {within_two:.3f} of {size.falls}"
        f" falls, stated {CAUGHT}",
    )
    assert within_two >= CAUGHT - 3 * sqrt(CAUGHT * (1 - CAUGHT) / size.falls)


@pytest.mark.parametrize(("sessions", "weeks"), [(100, 4), (100, 8), (400, 8), (400, 80), (2000, 8)])
def test_the_rate_holds_at_the_least_volumes(sessions: int, weeks: int) -> None:
    """With no more entries on the rarer side than needed, both tests together alarm at most as often as stated.

    Computed exactly, from the binomial distribution; 80 weeks stand for a day with a tenth of its usual volume. The
    chance that one of two tests alarms is at most the sum of their chances.
    """
    limits = alert_limits()
    rate = limits["rarer"] / sessions
    alone = false_alarms(sessions, weeks * sessions, rate, limits["z_one_day"])
    together = false_alarms(2 * sessions, 2 * weeks * sessions, rate, limits["z_two_days"])
    assert alone + together <= FALSE_ALARMS


def _say(record_property: Record, figures: str) -> None:
    record_property("funnel alerts", figures)
    print(f"\n{figures}")  # noqa: T201  pytest -s shows the figures
