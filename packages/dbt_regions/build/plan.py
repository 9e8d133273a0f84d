"""What a build will do, as data: the request of one region and the dbt command of each stage. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from dbt_regions.affected import read_variables
from dbt_regions.domain import EMBEDDED_TARGET, JOB_STAGES, STAGES, Job
from dbt_regions.errors import RequestError


@dataclass(frozen=True)
class BuildRequest:
    """What the user asked for one region.

    `raw` is a folder of CSV files (None: generated sample data), `scale` multiplies the sample (None: as loaded before,
    else 1), `next_load` lets the next hourly load arrive first. `select`, `exclude`, `variables`,
    `full_refresh` and `target` are dbt's; with `defer` what is not selected is read where the last good build left it.
    `job` names the job of the region's deployment.yml that is run, with its `stages` (none: all), its selection
    and its `retries`: how often it is begun again where the world was wrong. With `built_loads` only a load that is
    none of these is built; where `load_manifest` has no such load, the build ends after a look.
    """

    region: str
    target: str = EMBEDDED_TARGET
    raw: Path | None = None
    scale: int | None = None
    next_load: bool = False
    select: str | None = None
    exclude: str | None = None
    job: str | None = None
    stages: tuple[str, ...] = ()
    retries: int = 0
    built_loads: frozenset[str] | None = None
    variables: str | None = None
    full_refresh: bool = False
    defer: bool = False
    keep: int = 50
    lock_timeout: float = 60.0

    @property
    def is_whole(self) -> bool:
        """Whether every node of the region is built."""
        return not (self.select or self.exclude or self.job)


@dataclass(frozen=True)
class StagePlan:
    """One stage: the dbt command that it runs (none: the stage is Python's), or why it is skipped."""

    name: str
    command: tuple[str, ...] = ()
    skip: str | None = None


def check_request(request: BuildRequest) -> None:
    """Raise RequestError where the request's parts contradict each other."""
    if request.target != EMBEDDED_TARGET and (request.raw or request.scale or request.next_load):
        message = (
            f"--raw, --scale and next-load fill the embedded warehouse only, not target {request.target!r}; "
            "there the region's own loader does"
        )
        raise RequestError(message)
    if request.raw and (request.scale or request.next_load):
        message = "--raw brings its own data; leave out --scale and next-load"
        raise RequestError(message)
    if request.scale is not None and request.scale < 1:
        message = f"--scale {request.scale} must be 1 or more"
        raise RequestError(message)
    read_variables(request.variables)
    if request.defer and not request.select:
        message = "--defer reads what is not built; name what is, with --select or --since"
        raise RequestError(message)
    if request.keep < 1:
        message = f"--keep {request.keep} must be 1 or more"
        raise RequestError(message)


def request_job(request: BuildRequest, job: Job) -> BuildRequest:
    """Return the request of a region's job: what it builds and which stages; RequestError where more is selected."""
    if request.select:
        message = f"--job {job.name} says by itself what is built; leave out --select and --since"
        raise RequestError(message)
    return replace(
        request, job=job.name, stages=job.stages, select=job.select, exclude=job.exclude, retries=job.retries
    )


def plan_idle(request: BuildRequest, seen: Collection[str]) -> str | None:
    """Return why nothing is built: all loads that were seen are built; None where one is not, or none was ever seen."""
    if request.built_loads is None or not seen or not request.built_loads.issuperset(seen):
        return None
    return "no new load"


def plan_stages(request: BuildRequest, last_good: Path | None = None) -> tuple[StagePlan, ...]:
    """Return the stages of a build in order, each with its dbt command; `last_good` has the manifest to defer to."""
    select = ("--select", *request.select.split()) if request.select else ()
    left_out = tuple((request.exclude or "").split())
    exclude = ("--exclude", *left_out) if left_out else ()
    defer = ("--defer", "--state", str(last_good)) if request.defer else ()
    refresh = ("--full-refresh",) if request.full_refresh else ()
    no_unit_tests = ("--exclude-resource-types", "unit_test")
    commands: dict[str, tuple[str, ...]] = {
        "gate": ("run", "--select", "tag:gate"),
        "snapshot": ("snapshot", *select, *exclude, *defer),
        "run": ("run", *select, "--exclude", "tag:gate", "tag:publication", *left_out, *refresh, *defer),
        "test": (
            "test",
            *select,
            "--exclude",
            "tag:publication",
            *left_out,
            *no_unit_tests,
            "--no-populate-cache",
            *defer,
        ),
        "publish": ("build", "--select", "tag:publication", *no_unit_tests),
        "document": ("docs", "generate", "--static", "--no-compile"),
    }
    skips: dict[str, str] = {
        stage: f"not a stage of job {request.job}" for stage in JOB_STAGES if stage not in request.stages
    }
    if not request.job:
        part = "only part of the project was built (--select, --since): the published figures stay"
        skips = {"publish": part} if select else {}
    return tuple(StagePlan(name, commands.get(name, ()), skips.get(name)) for name in STAGES)


def plan_job_commands(region: str, job: Job) -> tuple[tuple[str, ...], ...]:
    """Return the dbt commands of a job's stages in order, without that of its documentation."""
    request = request_job(BuildRequest(region, target=job.target), job)
    stages = (stage for stage in plan_stages(request) if stage.command and not stage.skip)
    return tuple(stage.command for stage in stages if stage.name != "document")
