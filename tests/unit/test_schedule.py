"""Crons in their zones: the same told in UTC, and runs that meet, against plain counting minute by minute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import combinations_with_replacement
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_regions.deploy.schedule import find_overlaps, fire_times, plan_utc_crons
from support.jobs import cron_job

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Phoenix", "Asia/Kolkata", "Asia/Singapore",
    "Australia/Lord_Howe", "Pacific/Auckland", "America/St_Johns", "Pacific/Kiritimati",
)  # fmt: skip
WEEKDAYS = ("*", "1-5", "0", "7", "MON,SUN", "6,2")


@st.composite
def crons(draw: st.DrawFn) -> str:
    """Return a cron of any minutes, hours and weekdays."""
    minutes = draw(st.sets(st.integers(0, 59), min_size=1, max_size=4))
    hours = draw(st.one_of(st.just({-1}), st.sets(st.integers(0, 23), min_size=1, max_size=4)))
    told = "*" if hours == {-1} else ",".join(map(str, hours))
    return f"{','.join(map(str, minutes))} {told} * * {draw(st.sampled_from(WEEKDAYS))}"


def told_in_utc(cron: str, zone: str, start: datetime, end: datetime) -> set[datetime]:
    """Return when the crons in UTC fire, each only while the zone's clock is at its offset."""
    found = set()
    for one in plan_utc_crons(cron, zone):
        for moment in CronSim(one.cron, start):
            if moment >= end:
                break
            if f"{moment.astimezone(ZoneInfo(zone)):%z}" == one.utc_offset:
                found.add(moment)
    return found


@settings(deadline=None, max_examples=60)
@given(cron=crons(), zone=st.sampled_from(ZONES), day=st.integers(0, 350))
def test_crons_in_utc_fire_when_the_zone_says(cron: str, zone: str, day: int) -> None:
    """In a week without a change of clocks, the crons in UTC fire at the moments of the cron in its zone, and only."""
    start = datetime(2027, 1, 1, tzinfo=timezone.utc) + timedelta(days=day)
    end = start + timedelta(days=8)
    offsets = {(start + timedelta(hours=hour)).astimezone(ZoneInfo(zone)).utcoffset() for hour in range(9 * 24)}
    if len(offsets) == 1:
        assert told_in_utc(cron, zone, start, end) == set(fire_times(cron, zone, start, end))


def test_a_zone_that_changes_its_clocks_has_a_cron_for_each() -> None:
    """New York's 4:30 is two crons, Phoenix's 5:00 one; a half-hour zone moves the minutes."""
    told = {
        zone: plan_utc_crons("30 4 * * *", zone) for zone in ("America/New_York", "America/Phoenix", "Asia/Kolkata")
    }
    assert [(one.cron, one.utc_offset) for one in told["America/New_York"]] == [
        ("30 9 * * *", "-0500"),
        ("30 8 * * *", "-0400"),
    ]
    assert [one.cron for one in told["America/Phoenix"]] == ["30 11 * * *"]
    assert [(one.cron, one.utc_offset) for one in told["Asia/Kolkata"]] == [("0 23 * * *", "+0530")]


@pytest.mark.parametrize("cron", ["30 4 1 * *", "30 4 * 6 *", "30 4 L * *", "30 4 * * 1#1"])
def test_what_utc_cannot_say_is_refused(cron: str) -> None:
    """A day or a month that begins on another day in UTC has no cron there; far enough from midnight it has."""
    with pytest.raises(ValueError, match="begin on another day in UTC"):
        plan_utc_crons(cron, "Asia/Tokyo")
    assert len(plan_utc_crons(cron.replace("30 4", "30 14"), "Asia/Tokyo")) == 1


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
