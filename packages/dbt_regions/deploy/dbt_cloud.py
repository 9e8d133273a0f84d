"""Renders a region's jobs for dbt Cloud, in the file format of dbt-jobs-as-code. Pure.

dbt Cloud runs plain dbt commands, those that a build of the job here runs. Its crons are in UTC and one a job: where a
zone changes its clocks, a job by cron runs by the zone's winter time all year, and its description says so.
"""

from __future__ import annotations

import shlex
from typing import Any

import yaml

from dbt_regions.build.plan import BuildRequest, plan_stages, request_job
from dbt_regions.deploy.schedule import plan_utc_crons
from dbt_regions.domain import DbtCloudPlace, Job, Region
from dbt_regions.errors import RequestError

_NEVER = "0 0 1 1 *"
"""What dbt Cloud keeps as the cron of a job whose schedule is off."""
_HEAD = """\
# Rendered from deployment.yml by `nox -s deployments`: edit that file, not this one.
# `nox -s deploy-{region}` plans and applies it.
"""


def render_dbt_cloud(region: Region, place: DbtCloudPlace) -> str:
    """Return the text of a region's file of jobs; RequestError for a cron that dbt Cloud cannot keep."""
    jobs = {f"{region.name}-{job.name}": _job(region, place, job) for job in region.jobs}
    return _HEAD.format(region=region.name) + yaml.safe_dump({"jobs": jobs}, sort_keys=False, width=100)


def plan_commands(region: str, job: Job) -> tuple[tuple[str, ...], ...]:
    """Return the plain dbt commands of a job, in order, without those of documentation."""
    request = request_job(BuildRequest(region, target=job.target), job)
    stages = [stage for stage in plan_stages(request) if stage.command and not stage.skip]
    return tuple(("dbt", *stage.command) for stage in stages if stage.name != "document")


def _job(region: Region, place: DbtCloudPlace, job: Job) -> dict[str, Any]:
    cron, note = _schedule(region, job)
    return {
        "account_id": place.account_id,
        "project_id": place.project_id,
        "environment_id": place.environment_id,
        "name": f"{region.name}: {job.name}",
        "description": f"{job.description}{note} Owner: {job.owner_team} <{job.owner_email}>.",
        "settings": {"threads": 4, "target_name": job.target},
        "execution": {"timeout_seconds": job.timeout_minutes * 60},
        "execute_steps": [shlex.join(command) for command in plan_commands(region.name, job)],
        "generate_docs": "document" in job.stages,
        "run_generate_sources": False,
        "triggers": {
            "github_webhook": False,
            "git_provider_webhook": False,
            "schedule": cron is not None,
            "on_merge": False,
        },
        "schedule": {"cron": cron or _NEVER},
    }


def _schedule(region: Region, job: Job) -> tuple[str | None, str]:
    """Return a job's cron in UTC, None for none, and what its description has to say about it."""
    if not job.cron:
        said = " Started by the API for each load"
        return job.sweep, f"{said}, and by cron for a load that nobody announced." if job.sweep else f"{said}."
    try:
        crons = plan_utc_crons(job.cron, str(job.time_zone))
    except ValueError as error:
        message = f"projects/{region.name}/deployment.yml: jobs.{job.name}.cron: {error}"
        raise RequestError(message) from error
    winter = [cron for cron in crons if cron.offset == min(one.offset for one in crons)]
    if len(winter) > 1:
        told = " and ".join(repr(one.cron) for one in winter)
        message = (
            f"projects/{region.name}/deployment.yml: jobs.{job.name}.cron: {job.cron!r} in {job.time_zone} is {told} in"
            " UTC, and a job of dbt Cloud has one; make two jobs of it"
        )
        raise RequestError(message)
    changes = len({cron.offset for cron in crons}) > 1
    said = f" By cron {job.cron!r} {job.time_zone}" + (", an hour later in summer." if changes else ".")
    return winter[0].cron, said
