"""What a region's `deployment.yml` may say: its owner, its jobs, and where they run. Pure; `regions` reads the file.

The published JSON schema (docs/deployment.schema.json) is made of these classes, and so are the errors.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from dbt_regions.domain import JOB_STAGES, Job, JobStage

_SELECTION = "dbt's selection, words with spaces between them"
_JOB_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_CRON = re.compile(r"[0-9*,/-]+ [0-9*,/-]+ [0-9*,/-]+ [0-9A-Z*,/-]+ [0-6A-Z*,/-]+")
"""The form that every scheduler reads: no L, W, #, and Sunday is 0."""
_SHORTEST_MINUTES = 5  # GitHub starts nothing more often
_LONGEST_ID = 10**15


def _fold(value: str) -> str:
    """Return a text on one line; ValueError for a character that no file should carry, or where nothing is left."""
    folded = " ".join(value.split())
    if not folded or not folded.isprintable():
        message = f"{value!r} is empty, or has characters that cannot be printed"
        raise ValueError(message)
    return folded


def check_selection(value: str) -> str:
    """Return a selection of dbt's; ValueError where it smuggles in an option."""
    if any(word.startswith("-") for word in value.split()):
        message = f"{value!r} is {_SELECTION}; an option of dbt has no place in it"
        raise ValueError(message)
    return value


_Text = Annotated[str, Field(min_length=1), AfterValidator(_fold)]
_Selection = Annotated[_Text, AfterValidator(check_selection)]
_Number = Annotated[int, Field(gt=0, le=_LONGEST_ID)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class Owner(_Strict):
    """Whom an alert reaches."""

    team: _Text
    """The team's name."""
    email: Annotated[_Text, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    """Its address."""


class DbtCloud(_Strict):
    """Where dbt Cloud keeps the region: the ids that its addresses show."""

    account_id: _Number
    """The company's account."""
    project_id: _Number
    """The region's project."""
    environment_id: _Number
    """The project's deployment environment."""


class JobSpec(_Strict):
    """One cadence: what starts it, and what it builds."""

    trigger: Literal["load", "cron"]
    """What starts the job: each load, or the time."""
    description: _Text
    """What the job is for."""
    cron: _Text | None = None
    """When it starts, five fields; with trigger cron only, and needed then."""
    time_zone: str | None = None
    """The IANA time zone of `cron`; with trigger cron only, and needed then."""
    sweep: _Text | None = None
    """When to look for a load that nobody announced, five fields in UTC; with trigger load only."""
    stages: list[JobStage] = Field(default=list(JOB_STAGES), min_length=1)
    """The stages that it runs, in their order; `gate` before any that writes."""
    select: _Selection | None = Field(default=None, description=f"What it builds: {_SELECTION}; none: all.")
    exclude: _Selection | None = Field(default=None, description=f"What it leaves out: {_SELECTION}.")
    target: _Text = "prod"
    """The target of the region's profiles.yml."""
    timeout_minutes: int = Field(default=60, ge=1, le=24 * 60)
    """Minutes after which a run is stopped."""
    retries: int = Field(default=0, ge=0, le=5)
    """How often a run is begun again that ended because the world was wrong (exit code 3), not the data."""
    owner: Owner | None = None
    """Who answers for the job, where it is not the region's owner."""

    @field_validator("cron", "sweep")
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

    @field_validator("stages")
    @classmethod
    def _stages_are_safe(cls, value: list[str]) -> list[str]:
        if value != [stage for stage in JOB_STAGES if stage in value]:
            message = f"name each stage once, in this order: {', '.join(JOB_STAGES)}"
            raise ValueError(message)
        if value[0] != "gate" and {"snapshot", "run", "publish"} & set(value):
            message = "a job that writes begins with gate"
            raise ValueError(message)
        if value == ["document"]:
            message = "document alone builds nothing; name what is built too"
            raise ValueError(message)
        if "publish" in value and not {"run", "test"} <= set(value):
            message = "publish needs run and test before it: nothing untested is published"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _trigger_has_its_times(self) -> JobSpec:
        message = ""
        if self.trigger == "cron" and (self.cron is None or self.time_zone is None):
            message = "a job with trigger cron needs cron and time_zone"
        if self.trigger == "cron" and self.sweep is not None:
            message = "a job with trigger cron takes no sweep"
        if self.trigger == "load" and (self.cron is not None or self.time_zone is not None):
            message = "a job with trigger load takes neither cron nor time_zone"
        if message:
            raise ValueError(message)
        return self

    def to_job(self, name: str, owner: Owner) -> Job:
        """Return the job as the rest of the package knows it."""
        own = self.owner or owner
        values = self.model_dump(exclude={"owner", "stages"})
        return Job(name=name, stages=tuple(self.stages), owner_team=own.team, owner_email=own.email, **values)


class Deployment(_Strict):
    """A region's deployment.yml."""

    region: str
    """The folder's name."""
    owner: Owner
    """Who answers for the region."""
    jobs: dict[str, JobSpec] = Field(min_length=1)
    """The region's jobs by name: a-z, 0-9 and _, a letter first."""
    dbt_cloud: DbtCloud | None = None
    """Where dbt Cloud keeps the region; without it no jobs are rendered for dbt Cloud."""

    @field_validator("jobs")
    @classmethod
    def _jobs_are_named(cls, value: dict[str, JobSpec]) -> dict[str, JobSpec]:
        bad = [name for name in value if not _JOB_NAME.fullmatch(name) or yaml.safe_load(name) != name]
        if bad:
            message = (
                f"{', '.join(map(repr, bad))} is no name of a job; a-z, 0-9 and _, a letter first, no word of YAML"
            )
            raise ValueError(message)
        loads = [name for name, job in value.items() if job.trigger == "load"]
        if len(loads) > 1:
            message = f"{' and '.join(loads)} both have trigger load: a load would start both at once"
            raise ValueError(message)
        crons = [cron for job in value.values() for cron in (job.cron, job.sweep) if cron]
        twice = sorted({cron for cron in crons if crons.count(cron) > 1})
        if twice:
            message = f"cron {twice[0]!r} stands at two jobs: GitHub tells them apart by it; move one by a minute"
            raise ValueError(message)
        return value


def deployment_schema() -> dict[str, Any]:
    """Return the JSON schema of deployment.yml, for editors and other tools."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Deployment.model_json_schema()}


def check_cron(expression: str) -> None:
    """Raise ValueError for what is no cron expression of five fields that every scheduler reads."""
    try:
        parsed = CronSim(expression, datetime(2000, 1, 1, tzinfo=timezone.utc))
    except CronSimError as error:
        message = f"bad cron {expression!r} ({error}); five fields such as '30 4 * * *'"
        raise ValueError(message) from error
    if not _CRON.fullmatch(expression):
        message = f"bad cron {expression!r}; five fields of numbers, names, * , - and /, Sunday as 0: '30 4 * * 1-5'"
        raise ValueError(message)
    minutes = sorted(parsed.minutes)
    gaps = [after - before for before, after in zip(minutes, [*minutes[1:], minutes[0] + 60], strict=True)]
    if min(gaps) < _SHORTEST_MINUTES:
        message = f"bad cron {expression!r}: it fires more often than every {_SHORTEST_MINUTES} minutes"
        raise ValueError(message)


def check_time_zone(name: str) -> None:
    """Raise ValueError for what is no IANA time zone that is the same on every machine."""
    try:
        ZoneInfo(name)
        is_named = name == "UTC" or ("/" in name and not name.startswith(("right/", "posix/")))
    except (KeyError, ValueError, OSError):
        is_named = False
    if not is_named:
        message = f"unknown time zone {name!r}; an IANA name such as 'Europe/Berlin'"
        raise ValueError(message)
