"""When jobs start: fire times of crons in their time zones, runs that would meet, and the same crons told in UTC. Pure.

A cron of `deployment.yml` is meant in its own time zone, on days of a clock change too: what a change skips runs at the
change, what it repeats runs once (cronsim's reading of Debian's cron). Schedulers that know UTC only get one cron for
each offset from UTC that the zone has in a year.
"""

from __future__ import annotations

import functools
from collections import defaultdict
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
_ANY_DAY = (frozenset(range(1, 32)), frozenset(range(1, 13)))


@dataclass(frozen=True)
class UtcCron:
    """A cron in UTC that is right while its zone is `offset` minutes ahead of UTC (negative: behind)."""

    cron: str
    offset: int

    @property
    def utc_offset(self) -> str:
        """The offset as `date +%z` prints it, such as -0500."""
        hours, minutes = divmod(abs(self.offset), 60)
        return f"{'-' if self.offset < 0 else '+'}{hours:02}{minutes:02}"


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


def plan_utc_crons(cron: str, time_zone: str) -> tuple[UtcCron, ...]:
    """Return crons in UTC that fire when a cron in a zone does, one or more for each offset of the zone in 2027.

    ValueError where no cron in UTC says it: a day of the month, or a month, that begins on another day in UTC.
    """
    return tuple(UtcCron(one, offset) for offset in _offsets(time_zone) for one in _shift(cron, offset))


@functools.cache
def _offsets(time_zone: str) -> tuple[int, ...]:
    """Return the minutes that a zone is ahead of UTC in the course of 2027, each once, from behind to ahead."""
    zone = ZoneInfo(time_zone)
    hours = (_YEAR + timedelta(hours=hour) for hour in range(_DAYS * 24))
    told = (moment.astimezone(zone).utcoffset() or timedelta() for moment in hours)
    return tuple(sorted({int(offset.total_seconds()) // 60 for offset in told}))


def _shift(cron: str, offset: int) -> Iterator[str]:
    """Yield the crons in UTC of a cron in a zone that is `offset` minutes ahead."""
    if not offset:
        yield cron
        return
    parsed = CronSim(cron, _YEAR)
    at: dict[tuple[int, int], set[int]] = defaultdict(set)
    for hour in parsed.hours:
        for minute in parsed.minutes:
            days, rest = divmod(hour * 60 + minute - offset, _DAY)
            at[days, rest // 60].add(rest % 60)
    same: dict[tuple[int, tuple[int, ...]], set[int]] = defaultdict(set)
    for (days, hour), minutes in at.items():
        same[days, tuple(sorted(minutes))].add(hour)
    for (days, minutes_of), hours in sorted(same.items()):
        yield " ".join([_list(minutes_of, 60), _list(hours, 24), *_move_days(cron, parsed, days)])


def _move_days(cron: str, parsed: CronSim, days: int) -> tuple[str, str, str]:
    """Return the last three fields of a cron moved by -1, 0 or 1 days."""
    day, month, weekday = cron.split()[2:]
    if not days:
        return day, month, weekday
    weekdays = {one for one in parsed.weekdays if isinstance(one, int)}
    if (frozenset(parsed.days), frozenset(parsed.months)) != _ANY_DAY or len(weekdays) < len(parsed.weekdays):
        message = (
            f"cron {cron!r} names days or months that begin on another day in UTC; take an hour further from midnight"
        )
        raise ValueError(message)
    return day, month, _list({(one + days) % 7 for one in weekdays}, 7)


def _list(values: Iterable[int], count: int) -> str:
    found = sorted(set(values))
    return "*" if len(found) == count else ",".join(map(str, found))
