"""A region's jobs on the server: taken over from a client that deploys, if they are what deployment.yml says here.

A job is what the client gave, in dbt Cloud's form, and the job of deployment.yml that it is rendered from. The server
runs the latter. It refuses a job that differs from its own checkout: client and server are at different commits then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from dbt_regions.deploy.dbt_cloud import plan_dbt_cloud_jobs
from dbt_regions.domain import Job, Region
from dbt_regions.errors import RequestError
from dbt_regions.regions import find_job, find_place, read_region
from dbt_regions.serve.store import jobs, now

_MARK = re.compile(r"\[\[(?P<region>[a-z0-9_-]+?)-(?P<job>[a-z][a-z0-9_]*)\]\]$")


def put_job(connection: Connection, root: Path, region: str, body: Mapping[str, Any], job_id: int | None) -> int:
    """Take a job over, new or in the place of one, and return its number, which a job keeps for good.

    RequestError where it is not a job of the region, or not as the checkout's deployment.yml says.
    """
    there = read_region(root, region)
    job = _find(there, str(body.get("name", "")))
    _compare(there, job, body)
    chosen = select(jobs).where(jobs.c.region == region, jobs.c.name == job.name)
    row = connection.execute(chosen).mappings().one_or_none()
    if job_id is not None and (row is None or row["id"] != job_id):
        message = f"job {job_id} is not {region}-{job.name}"
        raise RequestError(message)
    definition = {**asdict(job), "stages": list(job.stages)}
    moment = now()
    values = {"body": dict(body), "definition": definition, "updated_at": moment, "deleted_at": None}
    if row is None or row["deleted_at"] or _times(row["definition"]) != _times(definition):
        values["fired_at"] = moment  # its cron is followed from here on
    first = {"region": region, "name": job.name, "created_at": moment, "fired_at": moment}
    statement = upsert(jobs).values({**first, **values})
    done = statement.on_conflict_do_update(index_elements=["region", "name"], set_=values).returning(jobs.c.id)
    return int(connection.execute(done).scalar_one())


def delete_job(connection: Connection, job_id: int) -> None:
    """Take a job off; its runs and its number stay."""
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(deleted_at=now()))


def read_job(row: RowMapping) -> Job:
    """Return the job that a row holds."""
    return Job(**{**row["definition"], "stages": tuple(row["definition"]["stages"])})


def _times(definition: Mapping[str, Any]) -> tuple[Any, ...]:
    return definition["cron"], definition["time_zone"], definition["sweep"]


def _find(region: Region, name: str) -> Job:
    found = _MARK.search(name)
    if found is None or found["region"] != region.name:
        message = f"{name!r} is no job of {region.name}: its name ends with [[{region.name}-JOB]]"
        raise RequestError(message)
    return find_job(region, found["job"])


def _compare(region: Region, job: Job, body: Mapping[str, Any]) -> None:
    wanted = plan_dbt_cloud_jobs(region, find_place(region))[f"{region.name}-{job.name}"]
    wanted = {**wanted, "name": f"{wanted['name']} [[{region.name}-{job.name}]]"}
    for key, value in wanted.items():
        if not _has(body.get(key), value):
            message = (
                f"{key} is not as projects/{region.name}/deployment.yml says on the server: bring client and server"
                " to one commit, then deploy again"
            )
            raise RequestError(message)


def _has(given: Any, wanted: Any) -> bool:
    """Return whether a value is the wanted one; of an object, whether it is so in all that is wanted."""
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(_has(given.get(key), value) for key, value in wanted.items())
    return bool(given == wanted)
