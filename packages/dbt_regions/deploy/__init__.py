"""Deployments: which job builds what, and the files that dbt Cloud and GitHub Actions read, from `deployment.yml`."""

from dbt_regions.deploy.cadence import Cadence, read_cadences
from dbt_regions.deploy.rendering import (
    Drift,
    find_drift,
    refuse_taken_workflow,
    render_files,
    write_files,
    write_region,
)

__all__ = [
    "Cadence",
    "Drift",
    "find_drift",
    "read_cadences",
    "refuse_taken_workflow",
    "render_files",
    "write_files",
    "write_region",
]
