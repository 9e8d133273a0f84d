"""Pure values and rules of a build: regions, stages, results, exit codes, retention.

Nothing here reads, writes, or knows of dbt, Postgres or a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

STAGES = ("deps", "load", "gate", "snapshot", "run", "test", "publish", "document", "record")
JobStage = Literal["gate", "snapshot", "run", "test", "publish", "document"]
JOB_STAGES: tuple[JobStage, ...] = get_args(JobStage)
"""The stages that a job of a deployment may choose from; deps, load and record belong to every build."""
EMBEDDED_TARGET = "embedded"

Status = Literal["passed", "failed", "skipped", "interrupted"]

_WORLD_SIGNS = (
    "could not connect",
    "connection refused",
    "connection to server",
    "server closed the connection",
    "terminating connection",
    "the database system is",
    "could not translate host name",
    "no space left on device",
    "check free disk space",
    "read-only file system",
    "permission denied for database",
    "password authentication failed",
    "no password supplied",
    "connection already closed",
    "cursor already closed",
    "ssl syscall error",
    "too many connections",
    "communication error",
    "socket closed",
    "connection time out",
    "writer lock: another run",
)
_REQUEST_SIGNS = (
    "yaml",
    "parsing error",
    "env var",
    "does not match any nodes",
    "could not find profile",
    "does not have a target named",
    "is not valid under any of the given schemas",
    "usage error",
    "no such option",
    "nothing is archived yet",
)
_PROFILE_SIGNS = (
    "field(s) are required",
    "invalid 'method' in profile",
    "must be provided for provisioned cluster",
    "could not convert value",
)


@dataclass(frozen=True)
class Job:
    """One cadence of a region: by `load` (the post-load job triggers it) or by `cron` in an IANA time zone.

    `sweep` is a cron in UTC at which a load is looked for that nobody announced. `select` and `exclude` are dbt's
    selections, None for all and for nothing.
    """

    name: str
    trigger: Literal["load", "cron"]
    description: str
    cron: str | None
    time_zone: str | None
    sweep: str | None
    stages: tuple[str, ...]
    select: str | None
    exclude: str | None
    target: str
    timeout_minutes: int
    retries: int
    owner_team: str
    owner_email: str


@dataclass(frozen=True)
class DbtCloudPlace:
    """Where dbt Cloud keeps a region: the ids of account, project and deployment environment."""

    account_id: int
    project_id: int
    environment_id: int


@dataclass(frozen=True)
class Region:
    """A folder under `projects/` with a `dbt_project.yml`: one regional dbt project."""

    name: str
    path: Path
    owner_team: str
    owner_email: str
    jobs: tuple[Job, ...]
    dbt_cloud: DbtCloudPlace | None = None


@dataclass(frozen=True)
class SourceTable:
    """One raw table as a region declares it: its columns with their types, in order.

    `needed`: an input depends on it and the region does not build without it. `watermark`: the column or SQL
    expression (a UTC timestamp) whose highest value is a load's watermark; None when the region declares none.
    """

    name: str
    schema: str
    columns: tuple[tuple[str, str], ...]
    needed: bool
    watermark: str | None


@dataclass(frozen=True)
class LoadReport:
    """What the load stage did: the load's id, rows by table (empty when it was loaded before), what is missing."""

    load_id: str | None
    rows: Mapping[str, int]
    note: str


@dataclass(frozen=True)
class StageResult:
    """How one stage of a build ended. `seconds` is wall time, `nodes` counts dbt nodes by dbt's own status."""

    name: str
    status: Status
    seconds: float
    nodes: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None
    exit_code: int = 0
    note: str | None = None


@dataclass(frozen=True)
class BuildSummary:
    """What `summary.json` says of one build of one region; times are UTC, ISO 8601.

    `figures` are the published ones after this build (None before a first publication), `first_error` the message
    of the first stage that did not pass, `generated_data` whether the raw data is this project's generated sample,
    `findings` sentences on the funnels: what moved on the newest judged day, and which user makes a rate, `job` the job
    of deployment.yml that ran (None: none, all was built or what was selected), `loads_seen` the newest loads of
    `load_manifest` before anything was read for that job, with their watermarks as text (None: not asked).
    """

    region: str
    run_id: str
    target: str
    started_at: str
    finished_at: str
    git_revision: str | None
    dbt_version: str
    dbt_utils: str | None
    load_ids: tuple[str, ...]
    generated_data: bool | None
    stages: tuple[StageResult, ...]
    first_error: str | None
    figures: Mapping[str, Any] | None
    docs: str | None
    exit_code: int
    findings: tuple[str, ...] = ()
    job: str | None = None
    loads_seen: Mapping[str, str | None] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON-ready data, field by field under the same names."""
        return asdict(self)


def build_exit_code(stages: Iterable[StageResult]) -> int:
    """Return the exit code of the first stage that did not pass, 0 when all did."""
    return next((stage.exit_code for stage in stages if stage.exit_code), 0)


def combined_exit_code(codes: Iterable[int]) -> int:
    """Return one exit code for several regions: an interruption, then our bug, the world, the request, the data."""
    seen = set(codes) - {0}
    return next((code for code in (130, 70, 3, 2, 1) if code in seen), max(seen, default=0))


def failure_exit_code(message: str) -> int:
    """Classify a failed dbt stage by its message: 3 the world, 2 the request (configuration), else 1 the data.

    dbt names the node whose SQL failed ("Database Error in model ..."); without one, the connection itself failed.
    """
    text = message.lower()
    if any(sign in text for sign in _PROFILE_SIGNS):  # the adapter says it as it says that the connection failed
        return 2
    of_connection = text.startswith("database error") and not text.startswith("database error in ")
    if of_connection or text.endswith("timed out") or any(sign in text for sign in _WORLD_SIGNS):
        return 3
    if any(sign in text for sign in _REQUEST_SIGNS):
        return 2
    return 1


def plan_retention(runs: Iterable[tuple[str, bool]], keep: int) -> tuple[str, ...]:
    """Return the run ids to delete: all but the newest `keep` passed and the newest `4 * keep` failed runs.

    `runs` pairs a run id (sorting by time) with whether the run passed.
    """
    ordered = sorted(runs, reverse=True)
    passed = [run for run, ok in ordered if ok]
    failed = [run for run, ok in ordered if not ok]
    return tuple(sorted(passed[keep:] + failed[4 * keep :]))
