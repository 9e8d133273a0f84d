"""The files that are rendered from all `deployment.yml`: written by `deployments`, compared by `deployments --check`.

A rendered file says so in its first line, which also tells that one is left over: of a region that is gone, or of jobs
that its deployment.yml does not have any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dbt_regions import files
from dbt_regions.deploy.dbt_cloud import render_dbt_cloud
from dbt_regions.deploy.github import render_workflow
from dbt_regions.deployment import deployment_schema
from dbt_regions.domain import Region

SCHEMA = "docs/deployment.schema.json"
JOBS_FILE = "dbt_cloud_jobs.yml"
_RENDERED = "# Rendered from "
_PLACES = (".github/workflows/*.yml", f"projects/*/{JOBS_FILE}")


@dataclass(frozen=True)
class Drift:
    """A file that is not as it would be rendered, and how: `missing`, `differs` or `left over`."""

    file: str
    how: str


def render_files(regions: Sequence[Region]) -> Mapping[str, str]:
    """Return the text of every rendered file by its path below the root; RequestError for what cannot be rendered."""
    schema = {SCHEMA: json.dumps(deployment_schema(), indent=2) + "\n"}
    return {**schema, **{name: text for region in regions for name, text in render_region(region).items()}}


def render_region(region: Region) -> Mapping[str, str]:
    """Return the text of each file that is rendered for one region, by its path below the root."""
    texts = {f".github/workflows/{region.name}.yml": render_workflow(region)}
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
        if drift.how == "left over":
            files.remove_files((drift.file,), root)
        else:
            _write(root / drift.file, texts[drift.file])
    return drifts


def write_region(root: Path, region: Region) -> None:
    """Write the files of one region, which is new."""
    for name, text in render_region(region).items():
        _write(root / name, text)


def _write(file: Path, text: str) -> None:
    files.make_folder(file.parent)
    files.write_text(file, text)


def _left_over(root: Path, texts: Mapping[str, str]) -> Iterator[str]:
    for place in _PLACES:
        for file in root.glob(place):
            name = file.relative_to(root).as_posix()
            if name not in texts and (files.read_bytes(file) or b"").startswith(_RENDERED.encode()):
                yield name
