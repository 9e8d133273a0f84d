"""The files that are rendered from all `deployment.yml`: written by `deployments`, compared by `deployments --check`.

A rendered file says so in its first line, which also tells that one is left over: of a region that is gone, or of jobs
that its deployment.yml does not have any more. A file without that line is a person's, and is not touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbt_regions import files
from dbt_regions.deploy.dbt_cloud import render_dbt_cloud
from dbt_regions.deploy.github import render_workflow
from dbt_regions.deployment import deployment_schema
from dbt_regions.domain import Region
from dbt_regions.errors import RequestError

SCHEMA = "docs/deployment.schema.json"
JOBS_FILE = "dbt_cloud_jobs.yml"
_RENDERED = re.compile(rb"# Rendered from projects/[a-z0-9_-]+/deployment\.yml by `nox -s deployments`")
_PLACES = (".github/workflows/*.yml", f"projects/*/{JOBS_FILE}")


@dataclass(frozen=True)
class Drift:
    """A file that is not as it would be rendered, and how: `missing`, `differs` or `left over`."""

    file: str
    how: str


def render_files(regions: Sequence[Region]) -> Mapping[str, str]:
    """Return the text of every rendered file by its path below the root; RequestError for what cannot be rendered."""
    if not regions:
        message = "there is no region under projects/ to render for; nothing was changed"
        raise RequestError(message)
    schema = {SCHEMA: json.dumps(deployment_schema(), indent=2) + "\n"}
    return {**schema, **{name: text for region in regions for name, text in render_region(region).items()}}


def render_region(region: Region) -> Mapping[str, str]:
    """Return the text of each file that is rendered for one region, by its path below the root."""
    texts = {workflow_file(region.name): render_workflow(region)}
    if region.dbt_cloud:
        texts[f"projects/{region.name}/{JOBS_FILE}"] = render_dbt_cloud(region, region.dbt_cloud)
    return texts


def find_drift(root: Path, texts: Mapping[str, str]) -> tuple[Drift, ...]:
    """Return the files that are not as they would be rendered, in order."""
    there = {name: files.read_bytes(root / name) for name in texts}
    drifts = [
        Drift(name, "missing" if there[name] is None else "differs")
        for name, text in texts.items()
        if there[name] != text.encode()
    ]
    return tuple(
        sorted([*drifts, *(Drift(name, "left over") for name in _left_over(root, texts))], key=lambda one: one.file)
    )


def write_files(root: Path, texts: Mapping[str, str]) -> tuple[Drift, ...]:
    """Write the files that are not as they would be rendered, delete what is left over; return what was done."""
    drifts = find_drift(root, texts)
    for drift in drifts:
        _refuse_foreign(root, drift.file)
    for drift in drifts:
        if drift.how == "left over":
            files.remove_files((drift.file,), root)
        else:
            _write(root / drift.file, texts[drift.file])
    return drifts


def write_region(root: Path, region: Region) -> None:
    """Write the files of one region, which is new."""
    for name, text in render_region(region).items():
        _refuse_foreign(root, name)
        _write(root / name, text)


def refuse_taken_workflow(root: Path, region: str) -> None:
    """Raise RequestError where a workflow that is not rendered has the name that a new region's would have."""
    _refuse_foreign(root, workflow_file(region))


def workflow_file(region: str) -> str:
    """Return where a region's workflow is, below the root."""
    return f".github/workflows/{region}.yml"


def _refuse_foreign(root: Path, name: str) -> None:
    there = files.read_bytes(root / name)
    if name != SCHEMA and there is not None and not _RENDERED.match(there):
        message = f"{name} is there and was not rendered by this command; move it away, or name the region otherwise"
        raise RequestError(message)


def _write(file: Path, text: str) -> None:
    files.make_folder(file.parent)
    files.write_text(file, text)


def _left_over(root: Path, texts: Mapping[str, str]) -> Iterator[str]:
    for place in _PLACES:
        for file in root.glob(place):
            name = file.relative_to(root).as_posix()
            if name not in texts and _RENDERED.match(files.read_bytes(file) or b""):
                yield name
