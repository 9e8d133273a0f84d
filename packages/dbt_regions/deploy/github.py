"""Renders a region's jobs as a workflow of GitHub Actions, from `workflow.yml.jinja`. Reads only."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dbt_regions.domain import Job, Region
from dbt_regions.regions import read_output

_ACTIONS = {
    "checkout": "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8  # v6.0.1",
    "python": "actions/setup-python@83679a892e2d95755f2dac6acb0bfd1e9ac5d548  # v6.1.0",
    "upload": "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f  # v6.0.0",
}
_VARIABLE = re.compile(r"env_var\(\s*'(\w+)'(?:\s*,\s*'([^']*)')?\s*\)")
_HIDDEN = "DBT_ENV_SECRET_"
"""dbt's prefix of the names of secrets."""


def render_workflow(region: Region) -> str:
    """Return the text of a region's workflow; RequestError where a job's target is not there."""
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
    jinja.filters.update(quote=shlex.quote)
    return jinja.get_template("workflow.yml.jinja").render(
        region=region,
        actions=_ACTIONS,
        loads=any(job.trigger == "load" for job in region.jobs),
        schedules=any(job.cron or job.sweep for job in region.jobs),
        environments={job.name: _environment(region, job) for job in region.jobs},
    )


def _environment(region: Region, job: Job) -> tuple[tuple[str, str], ...]:
    """Return the variables that the job's target reads, each with the expression that gives its value."""
    output = read_output(region.path, job.target)
    found = {name: default for value in output.values() for name, default in _VARIABLE.findall(str(value))}
    return tuple((name, _expression(name, default)) for name, default in found.items())


def _expression(name: str, default: str) -> str:
    place = "secrets" if name.startswith(_HIDDEN) else "vars"
    return f"{place}.{name} || '{default}'" if default else f"{place}.{name}"
