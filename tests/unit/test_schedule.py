"""Crons in their zones: the same told in UTC, and runs that meet, against plain counting minute by minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import combinations_with_replacement
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_regions.deploy.schedule import find_overlaps, fire_times, plan_utc_cron
from support.jobs import cron_job

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Phoenix", "Asia/Kolkata", "Asia/Singapore",
    "Australia/Lord_Howe", "Pacific/Auckland", "America/St_Johns", "Pacific/Kiritimati",
)  # fmt: skip
WEEKDAYS = ("*", "1-5", "0", "MON,SUN", "6,2")


@st.composite
def crons(draw: st.DrawFn) -> str:
    """Return a cron of any minutes, hours and weekdays."""
    minutes = draw(st.sets(st.integers(0, 59), min_size=1, max_size=4))
    hours = draw(st.one_of(st.just({-1}), st.sets(st.integers(0, 23), min_size=1, max_size=4)))
    told = "*" if hours == {-1} else ",".join(map(str, hours))
    return f"{','.join(map(str, minutes))} {told} * * {draw(st.sampled_from(WEEKDAYS))}"


@settings(deadline=None, max_examples=60)
@given(cron=crons(), zone=st.sampled_from(ZONES), day=st.integers(0, 350))
def test_a_cron_in_utc_fires_when_the_zone_says(cron: str, zone: str, day: int) -> None:
    """In a week that the zone spends at its least offset, the cron in UTC fires when the cron does, and only then."""
    start = datetime(2027, 1, 1, tzinfo=timezone.utc) + timedelta(days=day)
    end = start + timedelta(days=8)
    offsets = {(start + timedelta(hours=hour)).astimezone(ZoneInfo(zone)).utcoffset() for hour in range(9 * 24)}
    try:
        told = plan_utc_cron(cron, zone)
    except ValueError:
        return  # that only what has no cron in UTC is refused is the next tests' property
    if offsets == {timedelta(minutes=told.offset)}:
        assert set(fire_times(told.cron, "UTC", start, end)) == set(fire_times(cron, zone, start, end))


@pytest.mark.parametrize(
    ("cron", "zone", "expected"),
    [
        ("30 4 * * *", "America/New_York", ("30 9 * * *", "UTC-05:00", False)),
        ("0 5 * * *", "America/Phoenix", ("0 12 * * *", "UTC-07:00", True)),
        ("30 4 * * *", "Asia/Kolkata", ("0 23 * * *", "UTC+05:30", True)),
        ("30 4 * * 1-5", "Asia/Kolkata", ("0 23 * * 0,1,2,3,4", "UTC+05:30", True)),
        ("0 * * * *", "America/New_York", ("0 * * * *", "UTC-05:00", False)),
        ("*/15 * * * *", "Asia/Kolkata", ("0,15,30,45 * * * *", "UTC+05:30", True)),
        ("0 */2 * * *", "Europe/Berlin", ("0 1,3,5,7,9,11,13,15,17,19,21,23 * * *", "UTC+01:00", False)),
        ("30 14 1 6 *", "Asia/Tokyo", ("30 5 1 6 *", "UTC+09:00", True)),
        ("30 2 * * *", "UTC", ("30 2 * * *", "UTC+00:00", True)),
    ],
)
def test_a_cron_told_in_utc(cron: str, zone: str, expected: tuple[str, str, bool]) -> None:
    """Hours, minutes and weekdays move as they must; whether the zone keeps its offset all year is said."""
    told = plan_utc_cron(cron, zone)
    assert (told.cron, told.utc_offset, told.is_constant) == expected


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("30 4 1 * *", "begins on another day in UTC"),
        ("30 4 * 6 *", "begins on another day in UTC"),
        ("30 4,14 * * 1", "on the same day there"),
    ],
)
def test_what_utc_cannot_say_is_refused(cron: str, words: str) -> None:
    """A day or a month that begins on another day in UTC, and hours of two days, have no one cron there."""
    with pytest.raises(ValueError, match=words):
        plan_utc_cron(cron, "Asia/Tokyo")


def minutes_of(cron: str, zone: str, days: int) -> Iterator[int]:
    """Yield the minutes since the first of 2027 at which a cron fires."""
    start = datetime(2027, 1, 1, tzinfo=timezone.utc)
    for moment in fire_times(cron, zone, start, start + timedelta(days=days)):
        yield int((moment - start).total_seconds()) // 60


def meet_by_counting(first: Sequence[int], second: Sequence[int], lengths: tuple[int, int], *, same: bool) -> bool:
    """Return whether a run of one begins while a run of the other lasts, every pair looked at."""
    pairs = ((a, b) for a in first for b in second if not (same and a == b))
    return any(a <= b < a + lengths[0] or b <= a < b + lengths[1] for a, b in pairs)


@settings(deadline=None, max_examples=20)
@given(
    told=st.lists(st.tuples(crons(), st.sampled_from(ZONES), st.sampled_from([1, 20, 60, 600])), min_size=1, max_size=3)
)
def test_meeting_runs_are_found(told: list[tuple[str, str, int]]) -> None:
    """Two jobs are reported exactly if a run of one begins while one of the other may last; so is one with itself."""
    jobs = [cron_job(f"job{number}", cron, zone, minutes) for number, (cron, zone, minutes) in enumerate(told)]
    found = find_overlaps(jobs, days=15)
    for one, other in combinations_with_replacement(jobs, 2):
        times = [list(minutes_of(str(job.cron), str(job.time_zone), 15)) for job in (one, other)]
        lengths = (one.timeout_minutes, other.timeout_minutes)
        meets = meet_by_counting(times[0], times[1], lengths, same=one is other)
        said = any(
            sentence.startswith(f"job {a.name} ") and f"of {'itself' if a is b else b.name} may last" in sentence
            for sentence in found
            for a, b in ((one, other), (other, one))
        )
        assert said == meets


def test_jobs_by_load_do_not_overlap() -> None:
    """Only crons are looked at: when a load comes nobody knows."""
    job = cron_job("hourly", "0 * * * *", "UTC", 60)
    assert find_overlaps([replace(job, trigger="load", cron=None, time_zone=None, timeout_minutes=600)]) == ()
    assert find_overlaps([job]) == ()
    (said,) = find_overlaps([replace(job, timeout_minutes=61)])
    assert said.startswith("job hourly starts at 2027-01-01 02:00 UTC while a run of itself may last")
