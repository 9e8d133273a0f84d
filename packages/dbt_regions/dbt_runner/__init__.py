"""dbt's door: a region's dbt session in this process, with a warehouse or with none. Only here dbt is imported."""

from dbt_regions.dbt_runner.offline import BRANCHES, COMPILED, OFFLINE_MACROS, OfflineProject
from dbt_regions.dbt_runner.session import (
    ARTIFACTS,
    DbtSession,
    Invocation,
    NodeEvent,
    dbt_command,
    package_hub,
    preload,
)
from dbt_regions.dbt_runner.side_by_side import held_back, run_side_by_side

__all__ = [
    "ARTIFACTS",
    "BRANCHES",
    "COMPILED",
    "OFFLINE_MACROS",
    "DbtSession",
    "Invocation",
    "NodeEvent",
    "OfflineProject",
    "dbt_command",
    "held_back",
    "package_hub",
    "preload",
    "run_side_by_side",
]
