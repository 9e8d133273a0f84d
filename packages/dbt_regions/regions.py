"""Finds the regions and reads their `deployment.yml`: every folder under `projects/` with a `dbt_project.yml`.

Reads only. A file that does not say what it must is a `RequestError` naming file, field and repair.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dbt_regions.domain import Job, Region
from dbt_regions.errors import RequestError, one_line

_REGION_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Owner(_Strict):
    team: str = Field(min_length=1)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")


class _Job(_Strict):
    trigger: Literal["load", "cron"]
    cron: str | None = None
    time_zone: str | None = None
    description: str = Field(min_length=1)

    @field_validator("cron")
    @classmethod
    def _cron_is_valid(cls, value: str | None) -> str | None:
        if value is not None:
            check_cron(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _time_zone_is_known(cls, value: str | None) -> str | None:
        if value is not None:
            check_time_zone(value)
        return value

    @model_validator(mode="after")
    def _cron_jobs_have_cron(self) -> _Job:
        if self.trigger == "cron" and (self.cron is None or self.time_zone is None):
            message = "a job with trigger cron needs cron and time_zone"
            raise ValueError(message)
        if self.trigger == "load" and (self.cron is not None or self.time_zone is not None):
            message = "a job with trigger load takes neither cron nor time_zone"
            raise ValueError(message)
        return self


class _Deployment(_Strict):
    region: str
    owner: _Owner
    jobs: dict[str, _Job] = Field(min_length=1)


def check_cron(expression: str) -> None:
    """Raise ValueError for what is no cron expression of five fields."""
    try:
        CronSim(expression, datetime(2000, 1, 1, tzinfo=timezone.utc))
    except CronSimError as error:
        message = f"bad cron {expression!r} ({error}); five fields such as '30 4 * * *'"
        raise ValueError(message) from error


def check_time_zone(name: str) -> None:
    """Raise ValueError for what is no IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        message = f"unknown time zone {name!r}; an IANA name such as 'Europe/Berlin'"
        raise ValueError(message) from error


def find_root(start: Path) -> Path:
    """Return the monorepo's root: `start` or the nearest folder above with projects/ and packages/shared_macros/."""
    for folder in (start, *start.parents):
        if (folder / "projects").is_dir() and (folder / "packages" / "shared_macros").is_dir():
            return folder
    message = f"{start} is not inside the monorepo (no projects/ and packages/shared_macros/ above it); change into it"
    raise RequestError(message)


def region_names(root: Path) -> tuple[str, ...]:
    """Return the names of all regions, sorted; the folders under projects/ are the only list of them."""
    return tuple(sorted(file.parent.name for file in (root / "projects").glob("*/dbt_project.yml")))


def project_name(region: str) -> str:
    """Return how dbt calls a region's project and profile: its folder's name, with _ for the - that dbt refuses."""
    return region.replace("-", "_")


def region_of_project(root: Path, name: str) -> str:
    """Return the region that is called so by its folder or by its dbt project, as messages of dbt call it."""
    named = [region for region in region_names(root) if name in {region, project_name(region)}]
    return named[0] if len(named) == 1 else name


def has_sample(project: Path) -> bool:
    """Return whether a region generates its raw data; one that does not reads tables that are elsewhere."""
    return (project / "sample").is_dir()


def region_folder(root: Path, name: str) -> Path:
    """Return a region's folder; RequestError for an unknown name, or one that cannot be used."""
    names = region_names(root)
    if name not in names:
        message = f"unknown region {name!r}; the regions under {root / 'projects'} are {', '.join(names) or 'none'}"
        raise RequestError(message)
    if not _REGION_NAME.fullmatch(name):
        message = f"region name {name!r} is not usable; lower-case letters, digits, - and _, a letter first"
        raise RequestError(message)
    return root / "projects" / name


def read_region(root: Path, name: str) -> Region:
    """Return one region with its validated `deployment.yml`; RequestError for an unknown name or a bad file."""
    path = region_folder(root, name)
    deployment = _read_deployment(path / "deployment.yml")
    if deployment.region != name:
        message = f"{path / 'deployment.yml'}: region is {deployment.region!r} but the folder is {name!r}; name it so"
        raise RequestError(message)
    jobs = tuple(
        Job(job_name, job.trigger, job.cron, job.time_zone, job.description)
        for job_name, job in deployment.jobs.items()
    )
    return Region(name, path, deployment.owner.team, deployment.owner.email, jobs)


def read_regions(root: Path) -> tuple[Region, ...]:
    """Return all regions in name order; RequestError names the first bad one."""
    return tuple(read_region(root, name) for name in region_names(root))


def _read_deployment(file: Path) -> _Deployment:
    value = read_yaml(file)
    try:
        return _Deployment.model_validate(value)
    except ValidationError as error:
        message = f"{file}: {list_problems(error, 'file')}; fields are described in docs/howto/deployment.md"
        raise RequestError(message) from error


def list_problems(error: ValidationError, whole: str) -> str:
    """Return what a validation found, each field with its message; `whole` names what is validated."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or whole}: {one_line(item['msg'])}" for item in error.errors()
    )


def read_yaml(file: Path) -> Any:
    """Return the value of a YAML file; RequestError when it is missing or not YAML."""
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"{file} is missing; write it as in another region"
        raise RequestError(message) from error
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror or error}; name a file of YAML"
        raise RequestError(message) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"{file} is not YAML: {one_line(error)}; correct that line"
        raise RequestError(message) from error
