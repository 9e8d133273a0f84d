"""Compiles the reference and every region for the warehouses that it runs on, two at a time, with no connection."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from dbt_regions import files
from dbt_regions.dbt_runner import BRANCHES, OfflineProject, run_side_by_side
from dbt_regions.errors import RequestError
from dbt_regions.parity.reference import FEEDS, REGIONS_OWN_VARS, reference_name, write_reference
from dbt_regions.regions import read_outputs, read_yaml


@dataclass(frozen=True)
class Compiled:
    """A project as it is compiled for one warehouse; `folder` has the manifest of each branch.

    `project` is None for the reference; `seconds` are those of parsing and compiling, 0 where it was there already.
    """

    name: str
    warehouse: str
    folder: Path
    project: Path | None
    seconds: float = 0.0

    def manifest(self, branch: str) -> Path:
        """Return the file of a branch's manifest."""
        return self.folder / f"{branch.replace(' ', '-')}.json"

    def failures(self, branch: str) -> Path:
        """Return the file that says why a node could not be compiled, by unique id; "" is the project itself."""
        return self.folder / f"{branch.replace(' ', '-')}.failures.json"


def plan_projects(root: Path, regions: Sequence[Path]) -> tuple[Compiled, ...]:
    """Return what has to be compiled: each region for each type in its profiles.yml, the reference for all of them."""
    own = [
        Compiled(region.name, warehouse, root / "build" / region.name / "parity" / warehouse, region)
        for region in regions
        for warehouse in _warehouses(region)
    ]
    needed = sorted({item.warehouse for item in own})
    references = [
        Compiled(reference_name(feed), warehouse, root / "build" / "parity" / warehouse / feed, None)
        for warehouse in needed
        for feed in FEEDS
    ]
    return (*references, *own)


def find_compiled(plan: Sequence[Compiled]) -> datetime:
    """Return when the first of them was compiled, UTC; RequestError where one has not been compiled here."""
    times = []
    for item in plan:
        for branch in BRANCHES:
            if not item.failures(branch).exists():
                message = f"{item.failures(branch)} is missing; run parity without --no-compile first"
                raise RequestError(message)
            times.append(item.failures(branch).stat().st_mtime)
    return datetime.fromtimestamp(min(times), tz=timezone.utc)


def compile_projects(root: Path, plan: Sequence[Compiled]) -> Iterator[Compiled]:
    """Compile all of them, as many at a time as there are cores; yield each as it is done, with its seconds.

    The regions' dbt packages are installed already. Where a project cannot be parsed, or a node not compiled, its file
    of failures says so.
    """
    packages = next(item.project for item in plan if item.project) / "dbt_packages"
    references = {reference_name(feed): write_reference(root, packages, feed) for feed in FEEDS}
    yield from run_side_by_side(_compile, [(item, item.project or references[item.name]) for item in plan])


def _compile(task: tuple[Compiled, Path]) -> Compiled:
    item, project = task
    started = time.monotonic()
    offline = OfflineProject(project, item.folder / "project", item.warehouse, _settings(project))
    parsed = offline.parse()
    for branch in BRANCHES:
        if not parsed.success:
            files.write_json(item.failures(branch), {"": parsed.error})
            continue
        files.write_json(item.failures(branch), offline.compile(branch))
        files.copy_file(offline.manifest, item.manifest(branch))
    return Compiled(item.name, item.warehouse, item.folder, item.project, time.monotonic() - started)


def _settings(project: Path) -> dict[str, Any]:
    """Return a project's settings without the variables that are about the region's data."""
    value = read_yaml(project / "dbt_project.yml")
    variables = value.get("vars") if isinstance(value, dict) else None
    if not isinstance(variables, dict):
        return {}
    return {"vars": {key: variables[key] for key in variables if key not in REGIONS_OWN_VARS} or None}


def _warehouses(region: Path) -> tuple[str, ...]:
    return tuple(sorted({str(output["type"]) for output in read_outputs(region).values()}))
