"""The deps stage: puts `shared_macros` and dbt_utils into a region's `dbt_packages`.

dbt_utils comes from the dbt hub; where the hub is out of reach, the stand-in under `packages/dbt_utils_standin` is
linked and said to be in use. `dbt deps` never runs without the hub: with a matching lock it empties dbt_packages first.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from dbt_regions import files
from dbt_regions.dbt_runner import DbtSession, package_hub
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.errors import RequestError, WorldError
from dbt_regions.http_client import hub_has_package
from dbt_regions.regions import read_region, read_yaml

_STANDIN_VERSION = "0.0.0"


def install_packages(root: Path, project: Path, session: DbtSession) -> str:
    """Install a region's dbt packages and return which dbt_utils is in use, such as `1.3.0 (hub)`.

    DBT_UTILS_PATH names a dbt_utils folder to use instead; a dbt_utils installed from the hub before is kept.
    """
    installed = project / "dbt_packages" / "dbt_utils"
    own = os.environ.get("DBT_UTILS_PATH")
    if own:
        _link(root, project, Path(own).absolute())
        return f"{_version(Path(own))} (DBT_UTILS_PATH)"
    if installed.is_dir() and not installed.is_symlink():
        _link_shared(root, project)
        return f"{_version(installed)} (hub)"
    if hub_has_package(package_hub(), "dbt-labs/dbt_utils"):
        return _install_from_hub(project, session)
    standin = root / "packages" / "dbt_utils_standin"
    _link(root, project, standin)
    return f"{_STANDIN_VERSION} (stand-in: the dbt hub is out of reach)"


def install_regions(root: Path, names: Sequence[str]) -> None:
    """Install the dbt packages of several regions, for a command that compiles them without a build."""
    for name in dict.fromkeys(names):
        folder = read_region(root, name).path
        target_path = root / "build" / name / "target"
        install_packages(root, folder, DbtSession(folder, target_path, target=EMBEDDED_TARGET))


def _install_from_hub(project: Path, session: DbtSession) -> str:
    outcome = session.deps()
    if not outcome.success:
        message = f"dbt deps in {project} failed: {outcome.error}; try again, or set DBT_UTILS_PATH"
        raise WorldError(message)
    return f"{_version(project / 'dbt_packages' / 'dbt_utils')} (hub)"


def _link(root: Path, project: Path, dbt_utils: Path) -> None:
    if not (dbt_utils / "dbt_project.yml").is_file():
        message = f"{dbt_utils} is no dbt package (no dbt_project.yml); point DBT_UTILS_PATH at a copy of dbt_utils"
        raise RequestError(message)
    _link_shared(root, project)
    files.link(project / "dbt_packages" / "dbt_utils", dbt_utils)


def _link_shared(root: Path, project: Path) -> None:
    files.link(project / "dbt_packages" / "shared_macros", root / "packages" / "shared_macros")


def _version(package: Path) -> str:
    return str(read_yaml(package / "dbt_project.yml").get("version", "unknown"))
