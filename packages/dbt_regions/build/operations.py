"""What a command needs that runs one dbt operation on a region outside a build."""

from __future__ import annotations

import os
from pathlib import Path

from dbt_regions import files
from dbt_regions.build.packages import install_packages
from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import DbtSession
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.regions import read_region
from dbt_regions.warehouse import Server


def open_session(root: Path, home: Path, name: str, target: str, purpose: str, run_id: str) -> DbtSession:
    """Return a session of the region with its packages installed; its files lie under `build/<region>/<purpose>`.

    `home` is the embedded warehouse's folder, asked for the region's login where the target is embedded.
    """
    region = read_region(root, name)
    connection = Server(home).region(name) if target == EMBEDDED_TARGET else None
    os.environ.update(dbt_environment(connection, run_id))
    session = DbtSession(region.path, files.make_folder(root / "build" / name / purpose), target=target)
    install_packages(root, region.path, session)
    return session
