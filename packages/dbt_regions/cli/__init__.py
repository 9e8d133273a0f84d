"""The command `dbt-regions`: arguments, printing, and the exit code of each error. No logic."""

from dbt_regions.cli import (
    accepting,
    building,
    comparing,
    deploying,
    inspecting,
    linting,
    proving,
    replaying,
    scaffolding,
    serving,
    warehouse,
)
from dbt_regions.cli.app import main

__all__ = [
    "accepting",
    "building",
    "comparing",
    "deploying",
    "inspecting",
    "linting",
    "main",
    "proving",
    "replaying",
    "scaffolding",
    "serving",
    "warehouse",
]
