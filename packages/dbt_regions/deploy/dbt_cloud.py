"""Renders a region's jobs for dbt Cloud, in the file format of dbt-jobs-as-code. Pure.

dbt Cloud runs plain dbt commands, those that a build of the job here runs. Its crons are in UTC and one a job: where a
zone changes its clocks, a job by cron keeps to one offset from UTC all year, and its description says which.
"""

from __future__ import annotations

import shlex
from typing import Any

import yaml

from dbt_regions.build.plan import plan_job_commands
from dbt_regions.deploy.schedule import plan_utc_cron
from dbt_regions.domain import DbtCloudPlace, Job, Region
from dbt_regions.errors import RequestError

_NEVER = "0 0 1 1 *"
"""What dbt Cloud keeps as the cron of a job whose schedule is off."""
_HEAD = """\
# Rendered from projects/{region}/deployment.yml by `nox -s deployments`: edit that file, not this one.
# `nox -s deploy-{region}` plans and applies it.
"""


def render_dbt_cloud(region: Region, place: DbtCloudPlace) -> str:
    """Return the text of a region's file of jobs; RequestError for a cron that dbt Cloud cannot keep."""
    jobs = plan_dbt_cloud_jobs(region, place)
    return _HEAD.format(region=region.name) + yaml.safe_dump({"jobs": jobs}, sort_keys=False, width=100)


def plan_dbt_cloud_jobs(region: Region, place: DbtCloudPlace) -> dict[str, dict[str, Any]]:
    """Return a region's jobs in dbt Cloud's form, by the mark that tells them apart there; RequestError as above."""
    return {f"{region.name}-{job.name}": _job(region, place, job) for job in region.jobs}


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
        "execute_steps": [shlex.join(("dbt", *command)) for command in plan_job_commands(region.name, job)],
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
        utc = plan_utc_cron(job.cron, str(job.time_zone))
    except ValueError as error:
        message = f"projects/{region.name}/deployment.yml: jobs.{job.name}.cron: {error}"
        raise RequestError(message) from error
    kept = "" if utc.is_constant else f", at {utc.utc_offset} all year"
    return utc.cron, f" By cron {job.cron!r} {job.time_zone}{kept}."
