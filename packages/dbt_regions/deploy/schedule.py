"""When jobs start: fire times of crons in their time zones, runs that would meet, and a cron told in UTC. Pure.

A cron of `deployment.yml` is meant in its own time zone, on days of a clock change too: what a change skips runs at the
change, what it repeats runs once (cronsim's reading of Debian's cron, and GitHub's).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from heapq import merge
from zoneinfo import ZoneInfo

from cronsim import CronSim

from dbt_regions.domain import Job

_YEAR = datetime(2027, 1, 1, tzinfo=timezone.utc)
_DAYS = 366
_DAY = 24 * 60


@dataclass(frozen=True)
class UtcCron:
    """A cron in UTC that is right while its zone is `offset` minutes ahead of UTC, and whether that is so all year."""

    cron: str
    offset: int
    is_constant: bool

    @property
    def utc_offset(self) -> str:
        """The offset as people write it, such as UTC-05:00."""
        hours, minutes = divmod(abs(self.offset), 60)
        return f"UTC{'-' if self.offset < 0 else '+'}{hours:02}:{minutes:02}"


def fire_times(cron: str, time_zone: str, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield when a cron fires from `start` to `end`, in UTC."""
    for moment in CronSim(cron, start.astimezone(ZoneInfo(time_zone))):
        if moment >= end:
            return
        yield moment.astimezone(timezone.utc)


def find_overlaps(jobs: Sequence[Job], days: int = _DAYS) -> tuple[str, ...]:
    """Return a sentence for each two jobs by cron, or one with itself, of which a run may begin before one has ended.

    A run may take up to its time-out. The first such moment of 2027 is named, or of its first `days`: the whole year
    has every weekday, month and change of clocks.
    """
    end = _YEAR + timedelta(days=days)
    runs = merge(*(_runs(job, end) for job in jobs if job.cron))
    open_runs: dict[str, tuple[datetime, Job]] = {}
    found: dict[tuple[str, str], str] = {}
    for moment, name, job in runs:
        for other, (end, before) in open_runs.items():
            if moment < end and (other, name) not in found and (name, other) not in found:
                found[other, name] = _overlap(job, before, moment)
        open_runs[name] = (moment + timedelta(minutes=job.timeout_minutes), job)
    return tuple(found.values())


def _runs(job: Job, end: datetime) -> Iterator[tuple[datetime, str, Job]]:
    return ((moment, job.name, job) for moment in fire_times(str(job.cron), str(job.time_zone), _YEAR, end))


def _overlap(job: Job, before: Job, moment: datetime) -> str:
    what = "itself" if job.name == before.name else before.name
    return (
        f"job {job.name} starts at {moment:%Y-%m-%d %H:%M} UTC while a run of {what} may last"
        f" (timeout_minutes {before.timeout_minutes}); move its cron, or shorten timeout_minutes"
    )


def plan_utc_cron(cron: str, time_zone: str) -> UtcCron:
    """Return the cron in UTC that fires when a cron in a zone does, while the zone is least ahead of UTC.

    ValueError where one cron in UTC cannot say it: days or months that begin on another day there.
    """
    offsets = _offsets(time_zone)
    return UtcCron(_shift(cron, offsets[0]), offsets[0], len(offsets) == 1)


@functools.cache
def _offsets(time_zone: str) -> tuple[int, ...]:
    """Return the minutes that a zone is ahead of UTC in the course of 2027, each once, from behind to ahead."""
    zone = ZoneInfo(time_zone)
    hours = (_YEAR + timedelta(hours=hour) for hour in range(_DAYS * 24))
    told = (moment.astimezone(zone).utcoffset() or timedelta() for moment in hours)
    return tuple(sorted({int(offset.total_seconds()) // 60 for offset in told}))


def _shift(cron: str, offset: int) -> str:
    """Return the cron in UTC of a cron in a zone that is `offset` minutes ahead."""
    parsed = CronSim(cron, _YEAR)
    day, month, weekday = cron.split()[2:]
    is_any_day = (day, month, weekday) == ("*", "*", "*")
    moved = [divmod(hour * 60 + minute - offset, _DAY) for hour in parsed.hours for minute in parsed.minutes]
    shifts = {0 if is_any_day else days for days, _ in moved}
    hours, minutes = {rest // 60 for _, rest in moved}, {rest % 60 for _, rest in moved}
    if len(shifts) > 1 or len(hours) * len(minutes) != len({rest for _, rest in moved}):
        message = f"cron {cron!r} is no one cron in UTC; take hours that are on the same day there"
        raise ValueError(message)
    (shift,) = shifts
    if shift:
        if (day, month) != ("*", "*"):
            message = f"cron {cron!r} names a day or month that begins on another day in UTC; take another hour"
            raise ValueError(message)
        weekday = _list({(one + shift) % 7 for one in parsed.weekdays if isinstance(one, int)}, 7)
    return " ".join([_list(minutes, 60), _list(hours, 24), day, month, weekday])


def _list(values: Iterable[int], count: int) -> str:
    found = sorted(set(values))
    return "*" if len(found) == count else ",".join(map(str, found))
