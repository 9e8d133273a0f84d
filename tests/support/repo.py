"""The repository as tests see it: its files, its regions, and what dbt makes of each region in a scratch copy.

dbt parses copies under a temporary folder, so that tests neither read nor disturb what builds leave in the tree.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dbt_regions.files import link
from dbt_regions.regions import project_name

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "packages"
SHARED = PACKAGES / "shared_macros"
PROJECTS = ROOT / "projects"
SHARED_NAME = "shared_macros"
NEUTRAL = "neutral"
"""Name of the scratch region that configures nothing: what it resolves is the package's own word."""


@dataclass(frozen=True)
class ParsedProject:
    """What dbt's parse of one project gave: its manifest, and every warning it printed."""

    name: str
    manifest: Mapping[str, Any]
    warnings: Sequence[str]

    def nodes(self, package: str, *kinds: str) -> Iterator[Mapping[str, Any]]:
        """Yield the nodes of a package, or of a region's project, of these types, in the order of their ids."""
        for _, node in sorted(self.manifest["nodes"].items()):
            if node["package_name"] == project_name(package) and node["resource_type"] in kinds:
                yield node


def region_names() -> tuple[str, ...]:
    """Return the regions: the folders under projects/ that hold a dbt project."""
    return tuple(sorted(file.parent.name for file in PROJECTS.glob("*/dbt_project.yml")))


def has_generated_data(region: str) -> bool:
    """Whether a region's raw tables are generated from its sample; else they are in an existing Postgres, its `host`.

    A region that remembers no answers is taken for one with generated data.
    """
    file = PROJECTS / region / "template.yml"
    answers = (read_yaml(file) or {}).get("answers") if file.exists() else None
    return not (answers or {}).get("host")


def read_yaml(path: Path) -> Any:
    """Return a YAML file's content."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def repository_files(*patterns: str) -> tuple[Path, ...]:
    """Return the files that git tracks or would track, relative to the root; all of them without a pattern."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    files = (Path(name) for name in sorted(set(listed.split("\0"))) if name)
    return tuple(file for file in files if (ROOT / file).is_file())


def without_comments(sql: str) -> str:
    """Return SQL or Jinja text with comments blanked out, line numbers kept."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())  # noqa: E731  used once, beside its meaning
    return re.sub(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", blank, sql, flags=re.DOTALL)


def copy_region(region: str, scratch: Path) -> Path:
    """Copy a region into scratch/projects, with its packages linked as the deps stage does; return the copy."""
    copy = scratch / "projects" / region
    ignored = shutil.ignore_patterns("dbt_packages", "target", "logs")
    shutil.copytree(PROJECTS / region, copy, ignore=ignored, symlinks=True)
    link_packages(copy)
    return copy


def write_neutral_region(scratch: Path, inputs: Sequence[str]) -> Path:
    """Write a region with empty inputs and no configuration of its own; return its folder."""
    project = scratch / "projects" / NEUTRAL
    models = project / "models"
    models.mkdir(parents=True)
    for name in inputs:
        (models / f"{name}.sql").write_text("{{ config(materialized='ephemeral') }} select 1 as one\n")
    flags = {"send_anonymous_usage_stats": False}
    settings = {"name": NEUTRAL, "version": "1.0.0", "profile": NEUTRAL, "flags": flags}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(settings))
    output = {
        "type": "postgres",
        "host": "",
        "port": 5432,
        "user": "",
        "password": "",
        "dbname": "",
        "schema": "analytics",
    }
    (project / "profiles.yml").write_text(
        yaml.safe_dump({NEUTRAL: {"target": "embedded", "outputs": {"embedded": output}}})
    )
    link_packages(project)
    return project


def link_packages(project: Path, packages: Path = PACKAGES) -> None:
    """Give a project the shared package and the stand-in of dbt_utils, as links; again does nothing more."""
    link(project / "dbt_packages" / SHARED_NAME, packages / SHARED_NAME)
    link(project / "dbt_packages" / "dbt_utils", packages / "dbt_utils_standin")


def run_dbt(*invocations: tuple[Path, Sequence[str]]) -> tuple[Mapping[str, Any], ...]:
    """Run dbt commands on projects, one after the other in one process of their own, without a database.

    Each result has `success`, `error` (None when there is none) and `warnings`; a project's target folder is its own.
    """
    commands = [
        [*arguments, "--project-dir", str(project), "--profiles-dir", str(project),
         "--target-path", str(project / "target"), "--log-path", str(project / "logs"), "--target", "embedded"]
        for project, arguments in invocations
    ]  # fmt: skip
    driver = Path(__file__).with_name("driver_of_dbt.py")
    done = subprocess.run(
        [sys.executable, str(driver)], input=json.dumps(commands), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"dbt's process failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    results: list[Mapping[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return tuple(results)


def parse_projects(scratch: Path, projects: Sequence[Path]) -> dict[str, ParsedProject | str]:
    """Parse the projects and return what dbt made of each by name: its message where it could not."""
    assert all(scratch in project.parents for project in projects), "only scratch copies are parsed"
    parsed: dict[str, ParsedProject | str] = {}
    for project, result in zip(projects, run_dbt(*((project, ("parse",)) for project in projects)), strict=True):
        if result["success"]:
            manifest = json.loads((project / "target" / "manifest.json").read_text(encoding="utf-8"))
            parsed[project.name] = ParsedProject(project.name, manifest, result["warnings"])
        else:
            parsed[project.name] = str(result["error"])
    return parsed


def report(repair: str, breaches: Sequence[str]) -> str:
    """Return a failure message: what to do, then each place where it has to be done."""
    return "\n  ".join([repair, *breaches])
