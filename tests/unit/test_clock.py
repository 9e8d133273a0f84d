"""The job server's clock: each time of a cron is followed once, also where the store cannot be written then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from dbt_regions.deploy.schedule import fire_times
from dbt_regions.errors import WorldError
from dbt_regions.serve import clock
from dbt_regions.serve.store import causes
from support.load_schedules import World

START = datetime(2027, 1, 1, tzinfo=timezone.utc)
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe")
CRONS = ("0 5 * * *", "30 2 * * *", "50 * * * *", "*/5 1-3 * * 0", "0 0 1 * *")


def test_a_time_is_followed_when_the_store_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is locked, or whose disk is full, for a while: the run is asked for once it can be written."""
    world = World(tmp_path)
    woken: list[bool] = []
    real, failures = world.store.transaction, [WorldError("database is locked")] * 2

    @contextmanager
    def flaky() -> Iterator[Connection]:
        if failures:
            raise failures.pop()
        with real() as connection:
            yield connection

    monkeypatch.setattr(clock, "_AGAIN_SECONDS", 0)
    monkeypatch.setattr(world.store, "transaction", flaky)
    clock.Clock(world.store, lambda: woken.append(True))._fire(world.jobs["daily"], "cron")
    with real() as connection:
        assert connection.execute(select(causes.c.kind)).scalars().all() == ["cron"]
    assert woken == [True]


@given(st.sampled_from(CRONS), st.sampled_from(ZONES), st.integers(0, 8000), st.lists(st.integers(1, 60), max_size=4))
def test_no_time_is_missed_or_followed_twice(cron: str, zone: str, hours: int, stops: list[int]) -> None:
    """Told one by one, with servers begun anew in between: the same times as in a row, changes of clocks too."""
    since = START + timedelta(hours=hours)
    expected = []
    for moment in fire_times(cron, zone, since, since + timedelta(days=400)):
        expected.append(moment)
        if len(expected) == 40:
            break
    told: list[datetime] = []
    trigger, previous = clock._Cron(cron, zone, since), None
    while len(told) < len(expected):
        if stops and len(told) == stops[0]:
            stops.pop(0)
            trigger, previous = clock._Cron(cron, zone, told[-1]), None  # a new server goes on from what the store has
        previous = trigger.get_next_fire_time(previous, START)
        assert previous is not None
        told.append(previous)
    assert told == expected
