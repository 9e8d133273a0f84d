"""One run, from its claim to its end, in a process of its own: builds its jobs in order and writes down how it goes."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

import click
from sqlalchemy import RowMapping, insert, select, update

from dbt_regions import files
from dbt_regions.build.events import BuildStarted, Event, NodeEnded, StageEnded, StageStarted, TryingAgain
from dbt_regions.build.plan import BuildRequest, check_request, request_job
from dbt_regions.build.workers import BuildFailure, Outcome, run_builds
from dbt_regions.domain import Job, StageResult
from dbt_regions.errors import DbtRegionsError, InterruptedByUserError, RequestError, describe_bug, one_line
from dbt_regions.serve.queue import Claim, Load, bury, end_run, find_new_loads, record_built, requeue, take_load
from dbt_regions.serve.rollout import read_job
from dbt_regions.serve.store import CANCELLED, ERROR, RUNNING, SUCCESS, Store, jobs, loads, now, runs, steps, works

Build = Callable[[BuildRequest, Callable[[Event], None]], Outcome]
_GRACE_SECONDS = 60
_STEP_STATUS = {"passed": SUCCESS, "failed": ERROR, "interrupted": CANCELLED}


@dataclass(frozen=True)
class Place:
    """Where the server works: the checkout, the embedded warehouse's folder, the store, the target of all jobs.

    `target` None: each job's own.
    """

    root: Path
    home: Path
    store: Path
    target: str | None = None


@dataclass
class _Run:
    """A run on its way: which step is open, and why it was told to stop."""

    store: Store
    claim: Claim
    position: int = 0
    folder: str | None = None
    nodes: list[str] = field(default_factory=list)
    is_late: bool = False
    is_stopped: bool = False


def plan_request(work: Mapping[str, Any], job: Job, target: str | None, built: Iterable[str]) -> BuildRequest:
    """Return the build that a job of a run asks for; RequestError where its overrides contradict it."""
    given = work["overrides"]
    seconds = timeout_seconds(job, given)
    named = given.get("target") or target or job.target
    request = BuildRequest(region=str(work["region"]), target=named, lock_timeout=seconds)
    if "select" in given:
        request = replace(request, **{key: given[key] for key in ("select", "exclude", "full_refresh")})
    else:
        request = request_job(request, job)
    if given.get("document") is not None and request.job:
        stages = tuple(stage for stage in request.stages if stage != "document")
        request = replace(request, stages=(*stages, "document") if given["document"] else stages)
    if work["must"] == "look":
        request = replace(request, built_loads=frozenset(built))
    check_request(request)
    return replace(request, retries=job.retries)


def timeout_seconds(job: Job, overrides: Mapping[str, Any]) -> int:
    """Return after how many seconds a job is stopped."""
    return int(overrides.get("timeout_seconds") or job.timeout_minutes * 60)


def builds_loads(job: Job, overrides: Mapping[str, Any]) -> bool:
    """Return whether a job, run so, builds the region's loads."""
    return job.trigger == "load" and not {"select", "target"} & overrides.keys()


def read_steps_override(commands: Sequence[str]) -> dict[str, Any]:
    """Return the overrides that dbt commands mean; RequestError for others than one `dbt build --select …`."""
    parser = click.Command("build", params=[
        click.Option(["--select", "-s"], required=True, multiple=True),
        click.Option(["--exclude"], multiple=True),
        click.Option(["--full-refresh", "-f"], is_flag=True),
    ])  # fmt: skip
    message = f"steps_override {list(commands)!r}: give one `dbt build --select … [--exclude …] [--full-refresh]`"
    if len(commands) != 1:
        raise RequestError(message)
    try:
        words = shlex.split(commands[0])
        values = parser.make_context("build", words[2:]).params if words[:2] == ["dbt", "build"] else None
    except (ValueError, click.ClickException) as error:
        raise RequestError(message) from error
    if values is None:
        raise RequestError(message)
    select_, exclude = (" ".join(values[key]) for key in ("select", "exclude"))
    return {"select": select_, "exclude": exclude or None, "full_refresh": values["full_refresh"]}


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


@contextlib.contextmanager
def held_back(number: signal.Signals) -> Iterator[None]:
    """Hold a signal back from this process, and from those that it starts in the block until they want it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _do(run: _Run, place: Place, work: RowMapping, build: Build) -> BuildFailure | None:
    """Build one job of a run; return what failed."""
    region = run.claim.region
    with run.store.transaction() as connection:
        job = read_job(connection.execute(select(jobs).where(jobs.c.id == work["job_id"])).mappings().one())
        built = select(loads.c.load_id).where(loads.c.region == region, loads.c.built_by.is_not(None))
        known = list(connection.execute(built).scalars())
    if run.is_stopped:
        return BuildFailure(region, "stopped", InterruptedByUserError.exit_code)
    try:
        request = plan_request({**work, "region": region}, job, place.target, known)
        signal.alarm(timeout_seconds(job, work["overrides"]))
        outcome = build(request, lambda event: _write_event(run, work, event))
    except DbtRegionsError as error:
        return BuildFailure(region, one_line(error), error.exit_code)
    except Exception as error:  # noqa: BLE001  a bug of ours must end the run, not its process
        return BuildFailure(region, f"{describe_bug(error)}; please report it", 70)
    finally:
        signal.alarm(0)
    if isinstance(outcome, BuildFailure):
        return outcome
    if outcome.exit_code:
        return BuildFailure(region, outcome.first_error or "", outcome.exit_code)
    record_work(run.store, run.claim.run_id, work["position"], outcome.loads_seen)
    return None


def record_work(store: Store, run_id: int, position: int, seen: Mapping[str, str | None] | None) -> None:
    """Write that a job of a run is done, and which loads were built by that."""
    found = [Load(load_id, watermark) for load_id, watermark in (seen or {}).items()]
    chosen = (works.c.run_id == run_id) & (works.c.position == position)
    with store.transaction() as connection:
        query = select(works, jobs.c.definition, runs.c.region).join(jobs, works.c.job_id == jobs.c.id)
        row = connection.execute(query.join(runs, works.c.run_id == runs.c.id).where(chosen)).mappings().one()
        connection.execute(update(works).where(chosen).values(status=SUCCESS))
        if not builds_loads(read_job(row), row["overrides"]):
            return
        new = find_new_loads(connection, row["region"], found)
        if row["must"] == "look":
            for load in new:
                take_load(connection, run_id, load)
        unseen = record_built(connection, run_id, found)
        message = _tell(row["must"] == "look", new, unseen)
        if message:
            connection.execute(update(runs).where(runs.c.id == run_id).values(message=message))


def _tell(is_sweep: bool, new: Sequence[Load], unseen: Sequence[str]) -> str | None:  # noqa: FBT001  one caller
    if unseen:
        return f"not in load_manifest, so not seen: {', '.join(unseen)}"
    if not is_sweep:
        return None
    found = ", ".join(load.load_id for load in new)
    return f"loads that nobody had announced: {found}" if found else "no new load: nothing was built"


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
            end_run(connection, run_id, CANCELLED, "stopped with the server")
            new = requeue(connection, run_id, "stop")
            words = f"stopped with the server; run {new} does its work"
            connection.execute(update(runs).where(runs.c.id == run_id).values(message=words))
        open_steps = (steps.c.run_id == run_id) & steps.c.finished_at.is_(None)
        connection.execute(update(steps).where(open_steps).values(status=ERROR, finished_at=now()))


def _write_event(run: _Run, work: RowMapping, event: Event) -> None:
    if isinstance(event, BuildStarted):
        run.folder = event.run_id
        if run.is_stopped:  # before its build could be told
            os.kill(os.getpid(), signal.SIGINT)
        chosen = (works.c.run_id == run.claim.run_id) & (works.c.position == work["position"])
        with run.store.transaction() as connection:
            connection.execute(update(works).where(chosen).values(build=event.run_id))
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
        message = f"{event.error}; trying again in {event.seconds:.0f} s"
        with run.store.transaction() as connection:
            connection.execute(update(runs).where(runs.c.id == run.claim.run_id).values(message=message))


def _write_stage(run: _Run, result: StageResult) -> None:
    lines = [*run.nodes, *(text for text in (result.note, result.error) if text)]
    values = {"status": _STEP_STATUS[result.status], "finished_at": now(), "log": "\n".join(lines)}
    chosen = (steps.c.run_id == run.claim.run_id) & (steps.c.position == run.position)
    with run.store.transaction() as connection:
        connection.execute(update(steps).where(chosen).values(values))


def recover_works(place: Place, store: Store, run_id: int) -> None:
    """Write down which jobs of a run were built whose process died before it could: their builds' summaries tell."""
    with store.transaction() as connection:
        query = select(works, runs.c.region).join(runs, works.c.run_id == runs.c.id)
        rows = connection.execute(query.where(works.c.run_id == run_id, works.c.status != SUCCESS)).mappings().all()
    for row in rows:
        if row["build"]:
            summary = files.read_json(place.root / "build" / row["region"] / "runs" / row["build"] / "summary.json")
            if summary and summary["exit_code"] == 0:
                record_work(store, run_id, row["position"], summary["loads_seen"])
