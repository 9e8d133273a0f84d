"""Generated rows of int_funnel_unit_steps, and periods to compare, for the analyses of funnels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from support.integration_project import IntegrationProject

FIRST_DAY = date(2024, 5, 1)
DAYS = 8
_TABLES = """
    create schema if not exists raw;
    drop table if exists raw.funnel_unit_steps;
    create table raw.funnel_unit_steps (
        funnel varchar(64), unit varchar(16), unit_id varchar(64), user_id varchar(64), unit_date date,
        step_number integer, step varchar(64), entered boolean, reached_at timestamp, is_pending boolean,
        is_final boolean, seconds_from_previous bigint, seconds_from_entry bigint,
        country varchar(16), device varchar(16), product varchar(64)
    );
    drop table if exists raw.funnel_periods;
    create table raw.funnel_periods (
        funnel varchar(64), base_from date, base_to date, period_from date, period_to date
    )
"""


@dataclass(frozen=True)
class UnitStep:
    """One row: a unit of a funnel at one of its steps."""

    funnel: str
    unit: str
    unit_id: str
    user_id: str | None
    unit_date: date
    step_number: int
    step: str
    entered: bool
    reached_at: datetime | None
    is_pending: bool
    is_final: bool
    seconds_from_previous: int | None
    seconds_from_entry: int | None
    country: str | None
    device: str | None
    product: str | None


@dataclass(frozen=True)
class Periods:
    """Two periods of a funnel, ends included."""

    funnel: str
    base_from: date
    base_to: date
    period_from: date
    period_to: date


def fill(project: IntegrationProject, rows: Sequence[UnitStep], periods: Sequence[Periods]) -> None:
    """Make both tables anew."""
    project.execute(_TABLES)
    project.fill("raw.funnel_unit_steps", [astuple(row) for row in rows])
    project.fill("raw.funnel_periods", [astuple(pair) for pair in periods])


def make_funnel(funnel: str, random: Random) -> list[UnitStep]:
    """Return the rows of one funnel of up to 240 units, with one, few or many users, each with steps that it stops at.

    In some funnels only the first user stops; in some a step is reached without those before it, or none at all.
    """
    users: list[str | None] = [f"user-{number:02}" for number in range(random.choice([1, 2, 3, 12, 80]))]
    users += [None] * random.choice([0, 0, 1, 3])
    weights = [random.choice([1, 1, 1, 20]) for _ in users]
    steps, skips = random.randint(2, 4), random.random() < 0.4
    chances = [[random.choice([0.3, 0.8, 1.0, 1.0]) for _ in range(steps)] for _ in users]
    if random.random() < 0.3:
        chances[1:] = [[1.0] * steps for _ in chances[1:]]
    rows: list[UnitStep] = []
    for number in range(random.choice([1, 2, 5, 30, 60, 240])):
        place = random.choices(range(len(users)), weights)[0]
        taken = [random.random() < chance for chance in chances[place]]
        if not skips:
            taken = [all(taken[1 : step + 1]) for step in range(steps)]
        rows += _unit(f"{funnel}-{number}", users[place], taken, random)
    return rows


def _unit(unit_id: str, user: str | None, taken: Sequence[bool], random: Random) -> list[UnitStep]:
    day = random.randrange(DAYS)
    country = random.choice(["US", "CA", None]) if day < DAYS / 2 else random.choice(["US", "unknown", "MX"])
    device = random.choice(["mobile", "desktop", None])
    product = "not provided" if unit_id.startswith("funnel-1") else random.choice(["cash", None])
    at = datetime.combine(FIRST_DAY, time(10)) + timedelta(days=day)
    pending = not taken[-1] and random.random() < 0.3
    rows = []
    since_entry, met = 0, False
    for number, reached in enumerate(taken, start=1):
        seconds = random.choice([0, 1, 7, random.randrange(100_000)])
        since_entry += seconds if reached and met else 0
        rows.append(
            UnitStep(
                funnel=unit_id.rsplit("-", 1)[0],
                unit="session",
                unit_id=unit_id,
                user_id=user,
                unit_date=at.date(),
                step_number=number,
                step=f"step_{number}",
                entered=taken[0],
                reached_at=at + timedelta(seconds=since_entry) if reached else None,
                is_pending=pending,
                is_final=not pending,
                seconds_from_previous=seconds if reached and met else None,
                seconds_from_entry=since_entry if reached else None,
                country=country,
                device=device,
                product=product,
            )
        )
        met = met or reached
    return rows


def make_periods(funnel: str, random: Random) -> Periods:
    """Return two periods of a funnel: neighbours, far apart, overlapping or outside of all its days."""
    starts = [FIRST_DAY + timedelta(days=random.randint(-2, DAYS)) for _ in range(2)]
    ends = [start + timedelta(days=random.choice([0, 1, 3, 6])) for start in starts]
    return Periods(funnel, starts[0], ends[0], starts[1], ends[1])
