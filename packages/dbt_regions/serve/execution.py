"""One run, from its claim to its end, in a process of its own: builds its jobs in order and writes down how it goes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from sqlalchemy import RowMapping, insert, select, update

from dbt_regions.build.events import BuildStarted, Event, NodeEnded, StageEnded, StageStarted, TryingAgain
from dbt_regions.build.plan import BuildRequest
from dbt_regions.build.workers import BuildFailure, Outcome, run_builds
from dbt_regions.domain import StageResult
from dbt_regions.errors import DbtRegionsError, InterruptedByUserError, describe_bug, one_line
from dbt_regions.serve.built import record_work
from dbt_regions.serve.planning import Place, plan_request, timeout_seconds
from dbt_regions.serve.queue import Claim, bury, end_run, hand_on, is_due, read_built
from dbt_regions.serve.rollout import read_job
from dbt_regions.serve.store import CANCELLED, ERROR, RUNNING, SUCCESS, Store, jobs, now, read_row, runs, steps, works

Build = Callable[[BuildRequest, Callable[[Event], None]], Outcome]
_GRACE_SECONDS = 60
_STEP_STATUS = {"passed": SUCCESS, "failed": ERROR, "interrupted": CANCELLED}


@dataclass
class _Run:
    """A run on its way: which step is open, and why it was told to stop."""

    store: Store
    claim: Claim
    position: int = 0
    folder: str | None = None
    nodes: list[str] = field(default_factory=list)
    is_late: bool = False
    tries_again: bool = False
    is_stopped: bool = False


def run_claim(place: Place, claim: Claim, build: Build | None = None) -> None:
    """Build a claimed run's jobs one after another until one fails, and write down its end.

    SIGINT stops the run: it ends cancelled where that was asked for, or it took too long; else the server stops, and
    what is left of it is put to the queue again. So is what is left where a build's process was killed.
    """
    run = _Run(Store(place.store), claim)
    _listen(run)
    build = build or _builder(place)
    for work in claim.works:
        failure = _do(run, place, work, build)
        if failure:
            _end_badly(run, failure)
            return
    with run.store.transaction() as connection:
        status = connection.execute(select(runs.c.message).where(runs.c.id == claim.run_id)).scalar()
        end_run(connection, claim.run_id, SUCCESS, status)


def _builder(place: Place) -> Build:
    def build(request: BuildRequest, on_event: Callable[[Event], None]) -> Outcome:
        return run_builds(place.root, place.home, [request], on_event)[0]

    return build


def _listen(run: _Run) -> None:
    """Take SIGINT between builds as a wish to stop, and the alarm clock as one; during a build it gets both."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        run.is_stopped = True

    def ring(_number: int, _frame: FrameType | None) -> None:
        run.is_late = True
        signal.alarm(_GRACE_SECONDS)  # the second SIGINT kills
        os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, ring)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _do(run: _Run, place: Place, work: RowMapping, build: Build) -> BuildFailure | None:
    """Build one job of a run; return what failed."""
    region = run.claim.region
    with run.store.transaction() as connection:
        job = read_job(read_row(connection, jobs, work["job_id"]))
        known = read_built(connection, region) if work["must"] == "look" else None
        if not is_due(connection, work):  # a job of this run before it built the loads
            done = (works.c.run_id == work["run_id"]) & (works.c.position == work["position"])
            connection.execute(update(works).where(done).values(status=SUCCESS))
            return None
    if run.is_stopped:
        return BuildFailure(region, "stopped", InterruptedByUserError.exit_code)
    try:
        request = plan_request({**work, "region": region}, job, place.target, known)
        signal.alarm(timeout_seconds(job, work["overrides"]))
        outcome = build(request, lambda event: _write_event(run, work, event))
    except Exception as error:  # noqa: BLE001  a bug of ours must end the run, not its process
        return _as_failure(region, error)
    finally:
        signal.alarm(0)
    if isinstance(outcome, BuildFailure):
        return outcome
    if outcome.exit_code:
        return BuildFailure(region, outcome.first_error or "", outcome.exit_code)
    record_work(run.store, run.claim.run_id, work["position"], outcome.loads_seen)
    return None


def _as_failure(region: str, error: Exception) -> BuildFailure:
    if isinstance(error, DbtRegionsError):
        return BuildFailure(region, one_line(error), error.exit_code)
    return BuildFailure(region, f"{describe_bug(error)}; please report it", DbtRegionsError.exit_code)


def _end_badly(run: _Run, failure: BuildFailure) -> None:
    run_id = run.claim.run_id
    with run.store.transaction() as connection:
        asked = connection.execute(select(runs.c.is_cancel_asked).where(runs.c.id == run_id)).scalar_one()
        if run.is_late or asked:
            end_run(connection, run_id, CANCELLED, "cancelled" if asked else "timed out")
        elif failure.was_killed:
            bury(connection, run_id)
        elif failure.exit_code != InterruptedByUserError.exit_code:
            end_run(connection, run_id, ERROR, failure.message)
        else:
            hand_on(connection, run_id, CANCELLED, "stop", "stopped with the server")


def _write_event(run: _Run, work: RowMapping, event: Event) -> None:
    if isinstance(event, BuildStarted):
        run.folder = event.run_id
        if run.is_stopped:  # before its build could be told
            os.kill(os.getpid(), signal.SIGINT)
        chosen = (works.c.run_id == run.claim.run_id) & (works.c.position == work["position"])
        with run.store.transaction() as connection:
            connection.execute(update(works).where(chosen).values(build=event.run_id))
            if run.tries_again:  # what failed before is not how the run goes now
                connection.execute(update(runs).where(runs.c.id == run.claim.run_id).values(message=None))
                run.tries_again = False
            values = {"status": RUNNING, "started_at": now()}
            fresh = (runs.c.id == run.claim.run_id) & runs.c.started_at.is_(None)
            connection.execute(update(runs).where(fresh).values(values))
    elif isinstance(event, StageStarted):
        run.position += 1
        run.nodes.clear()
        values = {"run_id": run.claim.run_id, "position": run.position, "name": event.stage, "status": RUNNING}
        folder = f"{run.folder}/{event.stage}"
        with run.store.transaction() as connection:
            connection.execute(insert(steps).values(**values, log="", folder=folder, started_at=now()))
    elif isinstance(event, NodeEnded):
        run.nodes.append(f"{event.status} {event.node}")
    elif isinstance(event, StageEnded) and event.result.status != "skipped":
        _write_stage(run, event.result)
    elif isinstance(event, TryingAgain):
        run.tries_again = True
        message = f"{event.error}; trying again in {event.seconds:.0f} s"
        with run.store.transaction() as connection:
            connection.execute(update(runs).where(runs.c.id == run.claim.run_id).values(message=message))


def _write_stage(run: _Run, result: StageResult) -> None:
    lines = [*run.nodes, *(text for text in (result.note, result.error) if text)]
    values = {"status": _STEP_STATUS[result.status], "finished_at": now(), "log": "\n".join(lines)}
    chosen = (steps.c.run_id == run.claim.run_id) & (steps.c.position == run.position)
    with run.store.transaction() as connection:
        connection.execute(update(steps).where(chosen).values(values))
