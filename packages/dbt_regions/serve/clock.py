"""Starts jobs by cron, and looks for loads that nobody announced: also what was due while the server was down.

Crons are followed in their own time zones. The store knows up to when a job's cron was followed, in the transaction
that puts its run to the queue: a server that is killed in between does neither, and the next one does both.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any, Literal

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import RowMapping, select
from tenacity import Retrying, retry_if_exception_type, stop_when_event_set, wait_fixed

from dbt_regions.deploy.schedule import fire_times
from dbt_regions.errors import WorldError
from dbt_regions.serve.queue import fire
from dbt_regions.serve.rollout import read_job
from dbt_regions.serve.store import Store, jobs

_AGAIN_SECONDS = 5.0
_NEVER = datetime(9999, 1, 1, tzinfo=timezone.utc)
_log: Any = structlog.get_logger("clock")


class _Cron(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """A cron in its zone, followed from a moment on; APScheduler's own counts a week's days from Monday as 0."""

    def __init__(self, cron: str, time_zone: str, since: datetime) -> None:
        self._cron, self._time_zone, self._since = cron, time_zone, since

    def get_next_fire_time(self, previous: datetime | None, _now: datetime) -> datetime | None:
        """Return the next time after the one before, or after the moment from which the cron is followed."""
        return next(fire_times(self._cron, self._time_zone, previous or self._since, _NEVER), None)


class Clock:
    """The scheduler of one server; `wake` is called after a run was put to the queue."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        self._store, self._wake = store, wake
        self._stops = threading.Event()
        self._scheduler = BackgroundScheduler(timezone=timezone.utc, executors={"default": ThreadPoolExecutor(1)})

    def start(self) -> None:
        """Begin to follow the jobs' crons."""
        self.reschedule()
        self._scheduler.start()

    def stop(self) -> None:
        """Follow them no more."""
        self._stops.set()
        self._scheduler.shutdown(wait=True)

    def reschedule(self) -> None:
        """Follow the crons of the jobs as they are in the store now."""
        with self._store.transaction() as connection:
            rows = connection.execute(select(jobs).where(jobs.c.deleted_at.is_(None))).mappings().all()
        wanted = {f"{kind} {row['id']}": (kind, row, trigger) for row in rows for kind, trigger in _triggers(row)}
        for job in self._scheduler.get_jobs():
            if job.id not in wanted:
                job.remove()
        for key, (kind, row, trigger) in wanted.items():
            options = {"id": key, "replace_existing": True, "coalesce": True, "misfire_grace_time": None}
            self._scheduler.add_job(self._fire, trigger, (row["id"], kind), **options)

    def _fire(self, job_id: int, kind: Literal["cron", "sweep"]) -> None:
        again = retry_if_exception_type(WorldError)  # the store may be locked, or the disk full, for a while
        for attempt in Retrying(retry=again, wait=wait_fixed(_AGAIN_SECONDS), stop=stop_when_event_set(self._stops)):
            with attempt, self._store.transaction() as connection:
                run_id = fire(connection, job_id, kind)
                _log.info("cron fired", job=job_id, kind=kind, run=run_id)
        self._wake()


def _triggers(row: RowMapping) -> Iterator[tuple[Literal["cron", "sweep"], _Cron]]:
    job = read_job(row)
    if job.cron:
        yield "cron", _Cron(job.cron, str(job.time_zone), row["fired_at"])
    if job.sweep:
        yield "sweep", _Cron(job.sweep, "UTC", row["fired_at"])
