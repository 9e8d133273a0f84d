"""What the stand-in's PostgreSQL answers for Redshift: the shim against a reference, and the denied functions."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
import pytest

from dbt_regions.warehouse.connection import connect
from support.redshift.rewrites import DATE_PARTS
from support.redshift.standin import USER, RedshiftStandin, running_standin

DENIED = (
    "string_agg('a', ',')",
    "array_agg(1)",
    "generate_series(1, 2)",
    "age(now())",
    "clock_timestamp()",
    "div(5, 2)",
)
SECONDS = {"hour": 3600, "minute": 60, "second": 1}
Run = Callable[[str, tuple[object, ...]], object]


@pytest.fixture(scope="module")
def standin() -> Iterator[RedshiftStandin]:
    """A running stand-in without any project."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder, running_standin(Path(folder)) as running:
        yield running


@pytest.fixture
def run(standin: RedshiftStandin) -> Iterator[Run]:
    """Run a query as dbt's user and return its one value."""
    with connect(standin.connection(USER)) as opened, opened.cursor() as cursor:

        def value(statement: str, arguments: tuple[object, ...]) -> object:
            cursor.execute(statement, arguments)
            row = cursor.fetchone()
            assert row is not None
            return row[0]

        yield value


def _moments() -> list[datetime]:
    random_moments = random.Random(3)  # noqa: S311  a test's own numbers, no secrets
    edges = [datetime(2020, 2, 29, 23, 59, 59), datetime(2021, 1, 1), datetime(2021, 3, 14, 9, 59, 59)]  # noqa: DTZ001  the warehouse's times have no zone
    start = datetime(2019, 1, 1)  # noqa: DTZ001  Redshift's timestamps have no zone
    return [*edges, *(start + timedelta(seconds=random_moments.randrange(10**8)) for _ in range(40))]


def _boundaries(part: str, earlier: datetime, later: datetime) -> int:
    """Count the boundaries of a part between two times, as Redshift's manual tells of datediff."""
    if part in SECONDS:
        epoch = datetime(1970, 1, 1)  # noqa: DTZ001  the warehouse's times have no zone
        return (later - epoch) // timedelta(seconds=SECONDS[part]) - (earlier - epoch) // timedelta(
            seconds=SECONDS[part]
        )
    if part == "day":
        return (later.date() - earlier.date()).days
    months = {"month": 1, "quarter": 3, "year": 12}[part]
    return (later.year * 12 + later.month - 1) // months - (earlier.year * 12 + earlier.month - 1) // months


@pytest.mark.parametrize("part", sorted(DATE_PARTS - {"microsecond"}))  # no SQL of ours counts them
def test_datediff_counts_boundaries(run: Run, part: str) -> None:
    """datediff counts the boundaries that lie between two times, forwards and backwards."""
    moments = _moments()
    for earlier, later in zip(moments, reversed(moments), strict=True):
        seen = run("select datediff(%s, %s::timestamp, %s::timestamp)", (part, earlier, later))
        assert seen == _boundaries(part, earlier, later), (earlier, later)


@pytest.mark.parametrize(("part", "step"), [("day", 86400), *SECONDS.items(), ("microsecond", 1e-6)])
def test_dateadd_adds(run: Run, part: str, step: float) -> None:
    """dateadd moves a time by whole parts, and makes a timestamp of a date."""
    for number, moment in enumerate(_moments()):
        seen = run("select dateadd(%s, %s, %s::timestamp)", (part, number - 5, moment))
        assert seen == moment + timedelta(seconds=step * (number - 5))
    assert run("select dateadd('day', 1, %s::date)", (date(2020, 2, 28),)) == datetime(2020, 2, 29)  # noqa: DTZ001  the warehouse's times have no zone
    assert run("select dateadd('quarter', 1, %s::timestamp)", (datetime(2020, 11, 30),)) == datetime(2021, 2, 28)  # noqa: DTZ001  the warehouse's times have no zone


def test_convert_timezone_converts(run: Run) -> None:
    """convert_timezone gives the wall clock of another zone, daylight saving included."""
    for moment in _moments():
        wanted = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None)
        assert run("select convert_timezone('UTC', 'America/New_York', %s::timestamp)", (moment,)) == wanted


@pytest.mark.parametrize("call", DENIED)
def test_denied_functions_fail(run: Run, call: str) -> None:
    """dbt's user is no superuser and cannot call what Redshift lacks."""
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match=r"permission denied for (function|aggregate)"):
        run(f"select {call}", ())
