"""Which regions a change touches, and what of each: dbt's graph of both states, for the region's own warehouse."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dbt_regions import files
from dbt_regions.affected.graph import Change, Side, find_below, find_changes
from dbt_regions.affected.inputs import (
    Inputs,
    changed_inputs,
    read_inputs,
    read_last_inputs,
    read_variables,
    take_inputs,
)
from dbt_regions.affected.revisions import changed_files, check_out, find_commit, read_old_text
from dbt_regions.artifacts import COMPARED
from dbt_regions.dbt_runner import OfflineProject, run_side_by_side
from dbt_regions.errors import RequestError
from dbt_regions.regions import read_output, read_yaml, region_names

PRODUCTION = "prod"
_TOOL = ("packages/dbt_regions/", "requirements.txt", "pyproject.toml", "noxfile.py")
_DBT = ("packages/shared_macros/", "packages/dbt_utils_standin/")
_OUTSIDE_DBT = ("deployment.yml", "profiles.yml", "packages.yml", "sample/")


@dataclass(frozen=True)
class RegionAnswer:
    """What a change touches in one region: why as a whole, which nodes changed, and what is made of them."""

    region: str
    warehouse: str
    reasons: tuple[str, ...]
    changes: tuple[Change, ...]
    below: tuple[str, ...]

    @property
    def is_affected(self) -> bool:
        """Whether anything of the region is touched."""
        return bool(self.reasons or self.changes)

    @property
    def exposures(self) -> tuple[str, ...]:
        """The names of the exposures that stand on what is touched."""
        touched = (*self.below, *(change.node for change in self.changes))
        return tuple(sorted({key.rpartition(".")[2] for key in touched if key.startswith("exposure.")}))

    @property
    def selection(self) -> str | None:
        """dbt's selection of what changed and all that is made of it; None: the region has to be built as a whole."""
        if self.reasons:
            return None
        kinds = ("model", "snapshot", "test", "source")
        nodes = [change.node.split(".") for change in self.changes]
        return " ".join(
            f"source:{parts[2]}.{parts[3]}+" if parts[0] == "source" else f"{parts[2]}+"
            for parts in nodes
            if parts[0] in kinds
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "region": self.region,
            "warehouse": self.warehouse,
            "affected": self.is_affected,
            "reasons": list(self.reasons),
            "changed": {change.node: list(change.reasons) for change in self.changes},
            "below": list(self.below),
            "exposures": list(self.exposures),
        }


@dataclass(frozen=True)
class Answer:
    """What a change touches: every region of today, regions that are gone, whether the comparison reads other figures.

    `unbuilt` are regions without a good build here, whose variables and environment are compared with nothing.

    `parsing` and `comparing` are the seconds that dbt took to parse what was not parsed before, and that we took.
    """

    commit: str
    regions: tuple[RegionAnswer, ...]
    gone: tuple[str, ...]
    unbuilt: tuple[str, ...]
    comparison: bool
    parsing: float
    comparing: float

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "since": self.commit,
            "regions": [region.to_json() for region in self.regions],
            "gone": list(self.gone),
            "unbuilt": list(self.unbuilt),
            "comparison": self.comparison,
            "seconds": {"parsing": round(self.parsing, 1), "comparing": round(self.comparing, 1)},
        }


@dataclass(frozen=True)
class _Task:
    project: Path
    overlay: Path
    warehouse: str
    manifest: Path


@dataclass(frozen=True)
class _States:
    """The two states: `root` as it lies here, `old_root` as of the commit; the files that differ, dbt's variables.

    `last` are the inputs of each region's last good build here, None where there is none.
    """

    root: Path
    old_root: Path
    commit: str
    changed: tuple[str, ...]
    variables: str | None
    last: Mapping[str, Inputs | None]

    def reach_dbt(self, region: str) -> bool:
        """Whether a file changed that dbt reads for a region; where none did, both graphs are the same."""
        return any(name.startswith((f"projects/{region}/", *_DBT)) for name in self.changed)

    def are_parsed(self, region: str) -> bool:
        """Whether dbt has to say what changed: its files did, or a variable that the last good build knew."""
        last = self.last[region]
        known = last and changed_inputs(last, take_inputs(last.environment, self.variables))
        return bool(known) or self.reach_dbt(region)

    def had(self, region: str) -> bool:
        """Whether the region was there already."""
        return (self.old_root / "projects" / region / "dbt_project.yml").exists()


def read_answer(root: Path, revision: str, regions: Sequence[str], variables: str | None = None) -> Answer:
    """Return what the difference between a revision and the files here touches; RequestError for an unknown one.

    `variables` are those of dbt that the next build will be given. They, and the environment, are compared with the
    last good build here, where there is one.
    """
    read_variables(variables)
    commit = find_commit(root, revision)
    last = {name: read_last_inputs(root, name) for name in regions}
    states = _States(root, check_out(root, commit), commit, changed_files(root, commit), variables, last)
    started = time.monotonic()
    parsed = [name for name in regions if states.are_parsed(name)]
    old = [task for name in parsed if states.had(name) and not (task := _old_task(states, name)).manifest.exists()]
    for _ in run_side_by_side(_parse, [*old, *(_task(root, name) for name in parsed)]):
        pass
    parsing, started = time.monotonic() - started, time.monotonic()
    answers = tuple(_region_answer(states, name) for name in regions)
    gone = tuple(sorted({*region_names(states.old_root)} - {*region_names(root)}))
    comparison = bool(gone) or any(map(_reaches_comparison, answers))
    unbuilt = tuple(name for name in regions if last[name] is None)
    return Answer(commit, answers, gone, unbuilt, comparison, parsing, time.monotonic() - started)


def _region_answer(states: _States, region: str) -> RegionAnswer:
    task = _task(states.root, region)
    reasons = tuple(_whole_reasons(states, region))
    if not states.are_parsed(region):
        return RegionAnswer(region, task.warehouse, reasons, (), ())
    after = _side(states.root, task)
    inputs = changed_inputs(states.last[region], read_inputs(after.manifest, task.project, states.variables))
    profile = (task.project / "profiles.yml").read_text(encoding="utf-8")
    reasons += tuple(f"environment {name}" for name in sorted(inputs) if name in profile)
    if not states.had(region):
        nodes = tuple(sorted(after.manifest["nodes"]))
        return RegionAnswer(region, task.warehouse, ("new region", *reasons), (), nodes)
    before = _side(states.old_root, _old_task(states, region))
    changes = find_changes(before, after, inputs)
    keys = {change.node for change in changes}
    below = {*find_below(before.manifest, keys), *find_below(after.manifest, keys)} - keys
    return RegionAnswer(region, task.warehouse, reasons, changes, tuple(sorted(below)))


def _whole_reasons(states: _States, region: str) -> Iterator[str]:
    """Yield why a region is touched as a whole: the tool that builds it, or a file of its own outside dbt's graph."""
    if any(name.startswith(_TOOL) for name in states.changed):
        yield "tool"
    folder = f"projects/{region}/"
    for name in states.changed:
        if name.startswith(tuple(folder + part for part in _OUTSIDE_DBT)) and not _is_same(states, name):
            yield f"file {name.removeprefix(folder)}"


def _is_same(states: _States, name: str) -> bool:
    """Whether a YAML file says the same as before; another file does not, having changed."""
    if not name.endswith(".yml"):
        return False
    old = read_old_text(states.root, states.commit, name)
    file = states.root / name
    if old is None or not file.exists():
        return False
    return bool(yaml.safe_load(old) == read_yaml(file))


def _reaches_comparison(answer: RegionAnswer) -> bool:
    touched = (*answer.below, *(change.node for change in answer.changes))
    return "new region" in answer.reasons or any(key.rpartition(".")[2] in COMPARED for key in touched)


def production_warehouse(project: Path) -> str:
    """Return the type of warehouse that a region runs on in production; RequestError where its profile has none."""
    return str(read_output(project, PRODUCTION)["type"])


def _task(root: Path, region: str) -> _Task:
    folder = root / "build" / region / "affected"
    project = root / "projects" / region
    return _Task(project, folder / "project", production_warehouse(project), folder / "manifest.json")


def _old_task(states: _States, region: str) -> _Task:
    project = states.old_root / "projects" / region
    files.link(project / "dbt_packages" / "shared_macros", states.old_root / "packages" / "shared_macros")
    utils = (states.root / "projects" / region / "dbt_packages" / "dbt_utils").resolve()
    if utils == (states.root / "packages" / "dbt_utils_standin").resolve():
        utils = states.old_root / "packages" / "dbt_utils_standin"
    files.link(project / "dbt_packages" / "dbt_utils", utils)
    folder = states.old_root / "build" / region
    return _Task(project, folder / "project", production_warehouse(project), folder / "manifest.json")


def _parse(task: _Task) -> None:
    offline = OfflineProject(task.project, task.overlay, task.warehouse)
    parsed = offline.parse()
    if not parsed.success:
        message = f"{task.project} does not parse for {task.warehouse}: {parsed.error}; correct it, then try again"
        raise RequestError(message)
    files.copy_file(offline.manifest, task.manifest)


def _side(root: Path, task: _Task) -> Side:
    shared = read_yaml(root / "packages" / "shared_macros" / "dbt_project.yml")
    return Side(files.read_json(task.manifest), read_yaml(task.project / "dbt_project.yml"), shared, task.warehouse)
