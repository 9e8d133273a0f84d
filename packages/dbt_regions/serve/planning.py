"""Where a server works, and which build a job of a run is. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from dbt_regions.build.plan import BuildRequest, check_request, request_job
from dbt_regions.deployment import check_selection
from dbt_regions.domain import Job
from dbt_regions.errors import RequestError


@dataclass(frozen=True)
class Place:
    """Where the server works: the checkout, the embedded warehouse's folder, the store, the target of all jobs.

    `target` None: each job's own.
    """

    root: Path
    home: Path
    store: Path
    target: str | None = None


def plan_request(work: Mapping[str, Any], job: Job, target: str | None, built: frozenset[str] | None) -> BuildRequest:
    """Return the build that a job of a run asks for; RequestError where its overrides contradict it.

    With `built` only a load that is none of these is built.
    """
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
    check_request(request)
    return replace(request, built_loads=built, retries=job.retries)


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
    select_, exclude = (" ".join(values[key]).strip() for key in ("select", "exclude"))
    try:
        check_selection(f"{select_} {exclude}")
    except ValueError as error:
        raise RequestError(message) from error
    if not select_:
        raise RequestError(message)
    return {"select": select_, "exclude": exclude or None, "full_refresh": values["full_refresh"]}
