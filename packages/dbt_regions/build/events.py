"""What a build tells while it goes: its stages, its nodes, what it waits for. Plain values, sent between processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dbt_regions.domain import StageResult


@dataclass(frozen=True)
class BuildStarted:
    """A build of a region has its lock and begins; `run_id` names its folder."""

    region: str
    run_id: str


@dataclass(frozen=True)
class StageStarted:
    """A stage of a region began."""

    region: str
    stage: str


@dataclass(frozen=True)
class NodeEnded:
    """A dbt node of a region's stage ended with dbt's status."""

    region: str
    stage: str
    node: str
    status: str


@dataclass(frozen=True)
class StageEnded:
    """A stage of a region ended."""

    region: str
    result: StageResult


@dataclass(frozen=True)
class Waiting:
    """The region's build lock is held by another process; `holder` says by whom."""

    region: str
    holder: str


@dataclass(frozen=True)
class TryingAgain:
    """A build whose warehouse or network failed is begun again after a while."""

    region: str
    seconds: float
    error: str


Event = BuildStarted | StageStarted | NodeEnded | StageEnded | Waiting | TryingAgain
Emit = Callable[[Event], None]
