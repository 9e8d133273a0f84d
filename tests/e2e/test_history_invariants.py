"""The shipped tests of a history: what each of them finds is what a brute-force reading in Python finds."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_regions.warehouse import Server
from dbt_regions.warehouse.connection import connect
from support.monorepo import Monorepo, copy_monorepo

END = 9
"""Stands for the sentinel."""
TESTS = {
    "one_current_row": "['part', 'item'], 'valid_to'",
    "no_overlap": "['part', 'item'], 'valid_from', 'valid_to'",
    "no_overlap known": "['part', 'item'], 'valid_from', 'valid_to', 'known_from', 'known_to'",
    "no_gap": "['part', 'item'], 'valid_from', 'valid_to'",
    "no_gap known": "['part', 'item'], 'valid_from', 'valid_to', 'known_to'",
    "valid_from_before_valid_to": "'valid_from', 'valid_to'",
}
Key = tuple[int | None, int | None]
Version = tuple[int | None, int | None, int | None, int | None, int | None, int | None]


@pytest.fixture(scope="module")
def na() -> Iterator[Monorepo]:
    """NA stands, with its first load."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder), regions=["na"])
        assert copy.build_one("na").exit_code == 0
        yield copy
        copy.stop()


@pytest.fixture(scope="module")
def statements(na: Monorepo) -> dict[str, str]:
    """The SQL of each test on the table `versions`, with that table's own columns."""
    calls = (f"shared_macros.test_{name.split()[0]}('versions', {arguments})" for name, arguments in TESTS.items())
    inline = "\n".join(f"--- sql\n{{{{ {call} }}}}" for call in calls)
    compiled = na.cli("dbt", "na", "--", "compile", "--quiet", "--inline", inline)
    assert compiled.returncode == 0, compiled.stdout
    return dict(zip(TESTS, compiled.stdout.split("--- sql")[1:], strict=True))


@pytest.fixture(scope="module")
def cursor(na: Monorepo) -> Iterator[psycopg2.extensions.cursor]:
    """A session that has the table `versions`."""
    connection = connect(Server(na.home).region("na"))
    with connection.cursor() as opened:
        opened.execute("""
            create temporary table versions (
                part integer, item integer,
                valid_from timestamp, valid_to timestamp, known_from timestamp, known_to timestamp
            )
        """)
        yield opened
    connection.close()


def _time(number: int | None) -> datetime | None:
    if number is None or number == END:
        return None if number is None else datetime(9999, 12, 31)  # noqa: DTZ001  the columns have no time zone
    return datetime(2024, 5, 1) + timedelta(days=number)  # noqa: DTZ001  the warehouse's times have no zone


def _moments(start: int | None, end: int | None) -> set[int]:
    return set() if start is None or end is None else set(range(start, end))


def _has_gap(held: set[int]) -> bool:
    return bool(held) and held != set(range(min(held), max(held) + 1))


def _violates(test: str, key: Key, versions: list[Version]) -> bool:
    """Whether the test must find the key that has these versions: times are counted moment by moment."""
    times = [version[2:] for version in versions]
    valid = [_moments(time[0], time[1]) for time in times]
    known = [_moments(time[2], time[3]) if test.endswith("known") else {0} for time in times]
    if test.startswith("one_current_row"):
        return None in key or sum(time[1] == END for time in times) > 1
    if test.startswith("valid_from"):
        return any(not moments for moments in valid)
    judged = {"no_overlap known": (0, 1, 2, 3), "no_gap known": (0, 1, 3)}.get(test, (0, 1))
    if None in key or any(time[column] is None for time in times for column in judged):
        return True
    if test.startswith("no_overlap"):
        return any(valid[a] & valid[b] and known[a] & known[b] for a, b in combinations(range(len(times)), 2))
    now = [moments for moments, time in zip(valid, times, strict=True) if test == "no_gap" or time[3] == END]
    return _has_gap(set().union(*now))


_numbers = st.integers(0, END)
_rare_null = st.one_of(*[_numbers] * 15, st.none())
_part = st.sampled_from((1, 1, 1, 1, 2, 2, 2, 2, None))
_versions = st.tuples(_part, _part, _rare_null, _rare_null, _rare_null, _rare_null)
_chains = st.lists(st.integers(0, END - 1), min_size=1, max_size=5, unique=True).map(
    lambda starts: [(1, 1, a, b, 0, END) for a, b in zip(sorted(starts), [*sorted(starts)[1:], END], strict=True)]
)


@pytest.mark.proof
@given(st.one_of(st.lists(_versions, max_size=8), _chains, st.tuples(_chains, st.lists(_versions, max_size=2)).map(
    lambda both: [*both[0], *both[1]]
)))  # fmt: skip
@settings(max_examples=400, deadline=None, derandomize=True, database=None)
def test_each_finds_what_a_reading_moment_by_moment_finds(
    statements: dict[str, str], cursor: psycopg2.extensions.cursor, versions: list[Version]
) -> None:
    """On any set of versions of composite keys, each test's rows name exactly the keys that break its rule."""
    cursor.execute("delete from versions")
    for part, item, *times in versions:
        cursor.execute("insert into versions values (%s, %s, %s, %s, %s, %s)", (part, item, *map(_time, times)))
    keys = {version[:2] for version in versions}
    for test, statement in statements.items():
        cursor.execute(statement)
        found = {row[:2] for row in cursor.fetchall()}
        wanted = {key for key in keys if _violates(test, key, [v for v in versions if v[:2] == key])}
        assert found == wanted, test


@pytest.mark.proof
def test_a_snapshot_with_deletes_and_returns_has_no_gap(na: Monorepo) -> None:
    """An order that its source deletes, and one that comes back, leave a history that every shipped test passes."""
    na.rows("na", "create table raw.orders_kept as select * from raw.orders where status = 'preparing'")
    for change in ("delete from raw.orders where status = 'preparing'",
                   "insert into raw.orders select * from raw.orders_kept"):  # fmt: skip
        na.rows("na", change)
        done = na.cli("dbt", "na", "--", "snapshot")
        assert done.returncode == 0, done.stdout
    states = "select count(*) from analytics_snapshots.order_snapshot where dbt_is_deleted = 'True'"
    assert na.rows("na", states)[0][0] > 0
    done = na.cli("dbt", "na", "--", "test", "--select", "order_snapshot")
    assert done.returncode == 0, done.stdout
