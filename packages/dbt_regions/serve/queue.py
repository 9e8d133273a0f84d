"""How runs come to be: what is asked for joins the region's pending run, or becomes it. Each function is one step.

A region has at most one run that waits and one that runs. Whatever is asked for meanwhile joins the one that waits: its
jobs and loads are those of everybody who asked. The run that is on its way takes nothing more: it may have read the
raw tables already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from dbt_regions.serve.store import (
    ACTIVE,
    CANCELLED,
    ERROR,
    LIVE,
    QUEUED,
    STARTING,
    SUCCESS,
    causes,
    jobs,
    loads,
    now,
    read_row,
    run_loads,
    runs,
    steps,
    works,
)

Must = Literal["build", "loads", "look"]
_WEIGHT: Mapping[str, int] = {"look": 0, "loads": 1, "build": 2}
LONGEST_DEATHS = 3
"""As often a run is begun again whose process died; then it stays in error, and the sweep or a person takes it up."""


@dataclass(frozen=True)
class Load:
    """A load as it was announced or found: its id, and its watermark as text (None: not told)."""

    load_id: str
    watermark: str | None = None


@dataclass(frozen=True)
class Ask:
    """Something to be built: a job with its overrides, why (`kind`, `words`), and the load that it is for."""

    job_id: int
    kind: str
    words: str
    must: Must = "build"
    overrides: Mapping[str, Any] | None = None
    load: Load | None = None


@dataclass(frozen=True)
class Claim:
    """A run that was taken from the queue, with the jobs that it has to do in order: row of `work` by row."""

    run_id: int
    region: str
    works: tuple[RowMapping, ...]


def ask(connection: Connection, region: str, wanted: Ask) -> int:
    """Return the run that does what is asked for, which is put to the queue where none does yet.

    A load that was announced before answers with the run that built it, or that it waits for. A run that has ended and
    did not see it (it failed, or the load was not there yet) does not count.
    """
    if wanted.load:
        before = _run_of(connection, region, wanted.load)
        if before is not None:
            add_cause(connection, before, wanted)
            return before
    run_id = _pending(connection, region, wanted.job_id)
    _join(connection, run_id, wanted)
    return run_id


def _run_of(connection: Connection, region: str, load: Load) -> int | None:
    """Return the run that built a load, or else the one that takes it if it lives."""
    query = (
        select(loads.c.built_by, loads.c.run_id, runs.c.status)
        .select_from(loads.outerjoin(runs, loads.c.run_id == runs.c.id))
        .where(loads.c.region == region, loads.c.load_id == load.load_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.built_by is not None:
        return int(row.built_by)
    return int(row.run_id) if row.status in LIVE else None


def _pending(connection: Connection, region: str, job_id: int) -> int:
    """Return the region's run that waits; a new one where there is none."""
    found = connection.execute(select(runs.c.id).where(runs.c.region == region, runs.c.status == QUEUED)).scalar()
    if found is not None:
        return int(found)
    values = {"region": region, "job_id": job_id, "status": QUEUED, "attempt": 1, "created_at": now()}
    return int(connection.execute(insert(runs).values(values).returning(runs.c.id)).scalar_one())


def _join(connection: Connection, run_id: int, wanted: Ask) -> None:
    """Add a job, its cause and its load to a run that waits."""
    overrides = dict(wanted.overrides or {})
    there = connection.execute(select(works).where(works.c.run_id == run_id)).mappings().all()
    same = [work for work in there if work["job_id"] == wanted.job_id and work["overrides"] == overrides]
    if not same:
        values = {"run_id": run_id, "position": len(there) + 1, "job_id": wanted.job_id}
        connection.execute(insert(works).values({**values, "overrides": overrides, "must": wanted.must}))
    elif _WEIGHT[wanted.must] > _WEIGHT[same[0]["must"]]:
        chosen = (works.c.run_id == run_id) & (works.c.position == same[0]["position"])
        connection.execute(update(works).where(chosen).values(must=wanted.must))
    add_cause(connection, run_id, wanted)
    if wanted.load:
        take_load(connection, run_id, wanted.load)


def add_cause(connection: Connection, run_id: int, wanted: Ask) -> None:
    """Write down that a run was asked for, and by what; an announcement that is repeated once."""
    same = select(causes.c.id).where(causes.c.run_id == run_id, causes.c.words == wanted.words)
    if wanted.load and connection.execute(same).first():
        return
    values = {"run_id": run_id, "job_id": wanted.job_id, "kind": wanted.kind, "words": wanted.words, "at": now()}
    connection.execute(insert(causes).values(values))


def take_load(connection: Connection, run_id: int, load: Load) -> None:
    """Make a run one that a load is for, and the one that it waits for, unless another is on its way with it."""
    region = read_row(connection, runs, run_id)["region"]
    this = (loads.c.region == region) & (loads.c.load_id == load.load_id)
    on_its_way = select(runs.c.id).join(loads, loads.c.run_id == runs.c.id).where(this, runs.c.status.in_(ACTIVE))
    waits_for = connection.execute(on_its_way).scalar() or run_id
    row = {"region": region, "load_id": load.load_id, "watermark": load.watermark, "known_at": now()}
    statement = upsert(loads).values({**row, "run_id": waits_for})
    told = func.coalesce(statement.excluded.watermark, loads.c.watermark)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["region", "load_id"], set_={"run_id": waits_for, "watermark": told}
        )
    )
    pair = {"run_id": run_id, "load_id": load.load_id}
    connection.execute(upsert(run_loads).values(pair).on_conflict_do_nothing())


def claim(connection: Connection) -> Claim | None:
    """Take the run that has waited longest in a region where none runs; None where there is none.

    A run that was wanted for loads alone, all built meanwhile by the run before it, ends here as a success.
    """
    while True:
        busy = select(runs.c.region).where(runs.c.status.in_(ACTIVE))
        waiting = select(runs).where(runs.c.status == QUEUED, runs.c.region.not_in(busy)).order_by(runs.c.id).limit(1)
        run = connection.execute(waiting).mappings().one_or_none()
        if run is None:
            return None
        rows = connection.execute(select(works).where(works.c.run_id == run["id"]).order_by(works.c.position))
        due = tuple(work for work in rows.mappings().all() if is_due(connection, work))
        done = (works.c.run_id == run["id"]) & works.c.position.not_in([work["position"] for work in due])
        connection.execute(update(works).where(done).values(status=SUCCESS))
        if due:
            values = {"status": STARTING, "dequeued_at": now()}
            connection.execute(update(runs).where(runs.c.id == run["id"]).values(values))
            return Claim(run["id"], run["region"], due)
        by = ", ".join(sorted({str(builder) for builder in _builders(connection, run["id"])}))
        message = (
            f"nothing to build: its loads were built by run {by}" if by else "nothing to build: it has no load left"
        )
        end_run(connection, run["id"], SUCCESS, message)


def is_due(connection: Connection, work: RowMapping) -> bool:
    """Return whether a job of a run is to be built: not where it was wanted for loads that are all built by now."""
    return work["must"] != "loads" or None in _builders(connection, work["run_id"])


def _builders(connection: Connection, run_id: int) -> list[int | None]:
    """Return which run built each of a run's loads, None for one that is not built."""
    query = (
        select(loads.c.built_by)
        .select_from(runs.join(run_loads, run_loads.c.run_id == runs.c.id))
        .join(loads, (loads.c.region == runs.c.region) & (loads.c.load_id == run_loads.c.load_id))
        .where(runs.c.id == run_id)
    )
    return list(connection.execute(query).scalars())


def end_run(connection: Connection, run_id: int, status: int, message: str | None) -> None:
    """Write a run's end, and that of the step that it was at, unless it has one."""
    values = {"status": status, "message": message, "finished_at": now()}
    connection.execute(update(runs).where(runs.c.id == run_id, runs.c.status.in_(LIVE)).values(values))
    open_steps = update(steps).where(steps.c.run_id == run_id, steps.c.finished_at.is_(None))
    connection.execute(open_steps.values(status=status, finished_at=now()))


def record_built(connection: Connection, run_id: int, seen: Iterable[Load]) -> tuple[str, ...]:
    """Write that a run built the loads that it saw in `load_manifest`; return announced ones that it did not see.

    Where the region's loader writes no manifest none can be seen: then it built what was announced before it began.
    """
    run = read_row(connection, runs, run_id)
    region = run["region"]
    announced = set(connection.execute(select(run_loads.c.load_id).where(run_loads.c.run_id == run_id)).scalars())
    found = {load.load_id: load for load in seen}
    before = select(loads.c.load_id).where(loads.c.region == region, loads.c.known_at <= run["dequeued_at"])
    known = () if found else connection.execute(before).scalars().all()
    for load in (*found.values(), *map(Load, known)):
        row = {"region": region, "load_id": load.load_id, "watermark": load.watermark, "known_at": now()}
        statement = upsert(loads).values({**row, "run_id": run_id, "built_by": run_id})
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["region", "load_id"],
                set_={"built_by": run_id, "watermark": func.coalesce(loads.c.watermark, load.watermark)},
                where=loads.c.built_by.is_(None),
            )
        )
    return tuple(sorted(announced - set(found))) if found else ()


def read_built(connection: Connection, region: str) -> frozenset[str]:
    """Return the ids of the region's loads that a run has built."""
    built = select(loads.c.load_id).where(loads.c.region == region, loads.c.built_by.is_not(None))
    return frozenset(connection.execute(built).scalars())


def requeue(connection: Connection, run_id: int, why: str) -> int | None:
    """Put what a run has not done to the queue again; return the run that does it, None where nothing is left."""
    run = read_row(connection, runs, run_id)
    rows = connection.execute(select(works).where(works.c.run_id == run_id).order_by(works.c.position)).mappings().all()
    left = [work for work in rows if work["status"] != SUCCESS]
    if not left:
        return None
    new = _pending(connection, run["region"], left[0]["job_id"])
    attempt = func.max(runs.c.attempt, run["attempt"] + (why == "restart"))
    connection.execute(update(runs).where(runs.c.id == new).values(attempt=attempt))
    for work in left:
        words = f"{why} of run {run_id}"
        _join(connection, new, Ask(work["job_id"], why, words, work["must"], work["overrides"]))
    for row in connection.execute(
        select(loads.c.load_id, loads.c.watermark)
        .join(run_loads, run_loads.c.load_id == loads.c.load_id)
        .where(run_loads.c.run_id == run_id, loads.c.region == run["region"], loads.c.built_by.is_(None))
    ).all():
        take_load(connection, new, Load(row.load_id, row.watermark))
    return new


def bury(connection: Connection, run_id: int) -> int | None:
    """End a run whose process died, and put what it has not done to the queue again; return the run that does it."""
    chosen = select(runs).where(runs.c.id == run_id, runs.c.status.in_(ACTIVE))
    run = connection.execute(chosen).mappings().one_or_none()
    if run is None:
        return None
    if run["is_cancel_asked"]:
        end_run(connection, run_id, CANCELLED, "cancelled")
        return None
    left = select(works.c.position).where(works.c.run_id == run_id, works.c.status != SUCCESS)
    if not connection.execute(left).all():
        end_run(connection, run_id, SUCCESS, None)
        return None
    if run["attempt"] >= LONGEST_DEATHS:
        message = f"its process died, as in the {run['attempt'] - 1} runs before; it is not begun again by itself"
        end_run(connection, run_id, ERROR, message)
        return None
    return hand_on(connection, run_id, ERROR, "restart", "its process died")


def hand_on(connection: Connection, run_id: int, status: int, why: str, words: str) -> int | None:
    """End a run and put what it has not done to the queue again; return the run that does it, named in its message."""
    end_run(connection, run_id, status, words)
    new = requeue(connection, run_id, why)
    if new is not None:
        message = f"{words}; run {new} does its work"
        connection.execute(update(runs).where(runs.c.id == run_id).values(message=message))
    return new


def ask_cancel(connection: Connection, run_id: int) -> None:
    """Cancel a run that waits at once; ask one that runs to stop."""
    connection.execute(update(runs).where(runs.c.id == run_id, runs.c.status.in_(LIVE)).values(is_cancel_asked=True))
    if read_row(connection, runs, run_id)["status"] == QUEUED:
        end_run(connection, run_id, CANCELLED, "cancelled before it began")


def fire(connection: Connection, job_id: int, kind: Literal["cron", "sweep"]) -> int:
    """Ask for a job whose time has come, and remember that its cron was followed up to now; return its run."""
    job = read_row(connection, jobs, job_id)
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(fired_at=now()))
    must: Must = "look" if kind == "sweep" else "build"
    definition = job["definition"]
    words = f"by cron {definition[kind]!r} {definition['time_zone'] or 'UTC'}"
    return ask(connection, job["region"], Ask(job_id, kind, f"{kind}: {words}", must))
