"""Renders a region's jobs as a workflow of GitHub Actions, from `workflow.yml.jinja`. Reads only.

GitHub's crons are in UTC: a job by cron has one for each offset of its zone, and its first step ends the run for which
the zone's clock says otherwise.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dbt_regions.deploy.schedule import UtcCron, plan_utc_crons
from dbt_regions.domain import Job, Region
from dbt_regions.errors import RequestError, one_line
from dbt_regions.regions import read_output

_ACTIONS = {
    "checkout": "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8  # v6.0.1",
    "python": "actions/setup-python@83679a892e2d95755f2dac6acb0bfd1e9ac5d548  # v6.1.0",
    "upload": "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f  # v6.0.0",
}
_VARIABLE = re.compile(r"env_var\(\s*'(\w+)'(?:\s*,\s*'([^']*)')?\s*\)")
_HIDDEN = "DBT_ENV_SECRET_"
"""dbt's prefix of the names of secrets."""


@dataclass(frozen=True)
class _WorkflowJob:
    """A job with its crons in UTC, the variables of its target, and the patterns of its clock where it needs one."""

    job: Job
    schedules: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    clock: tuple[str, ...]


def render_workflow(region: Region) -> str:
    """Return the text of a region's workflow; RequestError for a cron that UTC cannot say."""
    jinja = Environment(
        autoescape=select_autoescape(),  # of HTML alone, which this is not
        loader=FileSystemLoader(Path(__file__).parent),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    jinja.filters.update(one_line=one_line, quote=shlex.quote)
    crons = {job.name: _crons(region, job) for job in region.jobs}
    return jinja.get_template("workflow.yml.jinja").render(
        region=region,
        actions=_ACTIONS,
        loads=any(job.trigger == "load" for job in region.jobs),
        schedules=[(cron, why) for job in region.jobs for cron, why in _reasons(job, crons[job.name]).items()],
        jobs=[_workflow_job(region, job, crons[job.name]) for job in region.jobs],
    )


def _crons(region: Region, job: Job) -> tuple[UtcCron, ...]:
    if not job.cron:
        return (UtcCron(job.sweep, 0),) if job.sweep else ()
    try:
        return plan_utc_crons(job.cron, str(job.time_zone))
    except ValueError as error:
        message = f"projects/{region.name}/deployment.yml: jobs.{job.name}.cron: {error}"
        raise RequestError(message) from error


def _reasons(job: Job, crons: tuple[UtcCron, ...]) -> dict[str, str]:
    """Return why each cron of a job is there; one that is right for several offsets stands once."""
    if not job.cron:
        return {cron.cron: f"{job.name}: a load that nobody announced" for cron in crons}
    offsets: dict[str, list[str]] = {}
    for cron in crons:
        offsets.setdefault(cron.cron, []).append(cron.utc_offset)
    told = f"{job.name}: {job.cron} {job.time_zone}, while that is"
    return {cron: f"{told} {' or '.join(all_offsets)}" for cron, all_offsets in offsets.items()}


def _workflow_job(region: Region, job: Job, crons: tuple[UtcCron, ...]) -> _WorkflowJob:
    changes = len({cron.offset for cron in crons}) > 1
    clock = tuple(f'"{cron.cron} at {cron.utc_offset}"' for cron in crons) if changes else ()
    return _WorkflowJob(job, tuple(dict.fromkeys(cron.cron for cron in crons)), _environment(region, job), clock)


def _environment(region: Region, job: Job) -> tuple[tuple[str, str], ...]:
    """Return the variables that the job's target reads, each with the expression that gives its value."""
    output = read_output(region.path, job.target)
    found = {name: default for value in output.values() for name, default in _VARIABLE.findall(str(value))}
    return tuple((name, _expression(name, default)) for name, default in found.items())


def _expression(name: str, default: str) -> str:
    place = "secrets" if name.startswith(_HIDDEN) else "vars"
    return f"{place}.{name} || '{default}'" if default else f"{place}.{name}"
