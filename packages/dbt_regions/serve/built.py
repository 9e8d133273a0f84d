"""What a run's builds have built, written down: by the run itself, or after its death from their summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from dbt_regions import files
from dbt_regions.serve.planning import Place, builds_loads
from dbt_regions.serve.queue import Load, read_built, record_built, take_load
from dbt_regions.serve.rollout import read_job
from dbt_regions.serve.store import SUCCESS, Store, jobs, runs, works

_SHOWN = 10
"""How many load ids a message has."""


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
        new = None
        if row["must"] == "look":
            built = read_built(connection, row["region"])
            new = [load for load in found if load.load_id not in built]
            for load in new:
                take_load(connection, run_id, load)
        unseen = record_built(connection, run_id, found)
        message = _tell(new, unseen)
        if message:
            connection.execute(update(runs).where(runs.c.id == run_id).values(message=message))


def _tell(new: Sequence[Load] | None, unseen: Sequence[str]) -> str | None:
    """Return a run's message, None for none; `new` are the loads that a sweep found, None where it was no sweep."""
    if unseen:
        return f"not in load_manifest, so not seen: {_list(unseen)}"
    if new is None:
        return None
    found = _list([load.load_id for load in new])
    return f"loads that nobody had announced: {found}" if found else "no new load: nothing was built"


def _list(load_ids: Sequence[str]) -> str:
    more = f" and {len(load_ids) - _SHOWN} more" if len(load_ids) > _SHOWN else ""
    return ", ".join(load_ids[:_SHOWN]) + more


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
