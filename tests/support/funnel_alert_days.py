"""Daily counts of shops whose true rates are known, for the alerts on changed rates; and what the limits promise."""

from __future__ import annotations

import ast
import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from math import exp, lgamma, log, sqrt
from random import Random

from support.integration_project import IntegrationProject
from support.repo import SHARED

FIRST_DAY = date(2022, 1, 3)  # a Monday
VOLUME_SEASON = (1.06, 1.05, 1.04, 1.03, 1.02, 0.92, 0.88)  # Monday to Sunday; the mean is 1
VOLUME_NOISE = (0.95, 0.975, 1.0, 1.025, 1.05)
RATE_SEASON = (0.03, 0.02, 0.01, 0.0, 0.0, -0.02, -0.04)  # as a share of the rate
WEEK = 7
_TABLE = """
    create schema if not exists raw;
    drop table if exists raw.funnel_day_counts cascade;
    create table raw.funnel_day_counts (
        funnel varchar(64), unit varchar(16), unit_date date, step_number integer, step varchar(64),
        entered bigint, reached bigint, pending bigint, is_final boolean
    )
"""

Row = tuple[str, str, date, int, str, int, int, int, bool]


@dataclass(frozen=True)
class Shop:
    """What a funnel's days are drawn from: sessions a day and rate, both with a weekly season."""

    sessions: int
    rate: float

    def day(self, number: int, random: Random, fall: float = 0.0) -> tuple[int, int]:
        """Draw a day's entries and how many reached the step; `fall` is taken off the true rate."""
        weekday = number % WEEK
        entered = round(self.sessions * VOLUME_SEASON[weekday] * random.choice(VOLUME_NOISE))
        rate = self.rate * (1 + RATE_SEASON[weekday]) - fall
        return entered, bisect(_cumulative(entered, rate), random.random())


@cache
def probabilities(trials: int, rate: float) -> tuple[float, ...]:
    """Return the binomial probabilities of 0 to `trials` successes."""
    whole = lgamma(trials + 1)
    return tuple(
        exp(whole - lgamma(hits + 1) - lgamma(trials - hits + 1) + hits * log(rate) + (trials - hits) * log(1 - rate))
        for hits in range(trials + 1)
    )


@cache
def _cumulative(trials: int, rate: float) -> tuple[float, ...]:
    return tuple(accumulate(probabilities(trials, rate)))[:-1]  # what rounding leaves to 1 belongs to the last


def quiet_rows(name: str, shop: Shop, days: int, random: Random) -> Iterator[Row]:
    """Yield days of one true rate a weekday: every alert on them is false."""
    for number in range(days):
        yield _row(name, number, *shop.day(number, random))


def falling_rows(name: str, shop: Shop, falls_on: int, fall: float, random: Random) -> Iterator[Row]:
    """Yield days up to the second one of a true fall, which begins on the day numbered `falls_on`."""
    for number in range(falls_on + 2):
        yield _row(name, number, *shop.day(number, random, fall if number >= falls_on else 0.0))


def _row(name: str, number: int, entered: int, reached: int) -> Row:
    return (name, "session", FIRST_DAY + timedelta(days=number), 2, "checkout", entered, reached, 0, True)


def judge(project: IntegrationProject, rows: list[Row]) -> None:
    """Let the SQL judge the days, into answers.funnel_changes."""
    project.execute(_TABLE)
    project.fill("raw.funnel_day_counts", rows)
    project.operate("judge_changes")


def alert_limits() -> dict[str, float]:
    """Return the limits as the macro has them."""
    text = (SHARED / "macros" / "funnel" / "funnel_changes.sql").read_text(encoding="utf-8")
    found = re.search(r"macro _alert_limits\(\).*?return\((\{.*?\})\)", text, re.DOTALL)
    assert found, "funnel_changes.sql has no macro _alert_limits that returns a dict"
    return dict(ast.literal_eval(found.group(1)))


def false_alarms(trials: int, base_trials: int, rate: float, limit: float) -> float:
    """Return the exact probability that two samples of one rate differ by a z of the limit or more."""
    trials_both = trials + base_trials
    likely = [(hits, p) for hits, p in enumerate(probabilities(trials, rate)) if p > 1e-14]
    total = 0.0
    for base_hits, base_p in enumerate(probabilities(base_trials, rate)):
        if base_p < 1e-10:
            continue
        for hits, p in likely:
            excess = (hits * base_trials - base_hits * trials) / trials_both
            both = (hits + base_hits) / trials_both
            variance = trials * base_trials / trials_both * both * (1 - both)
            total += p * base_p if variance > 0 and abs(excess) >= limit * sqrt(variance) else 0.0
    return total
