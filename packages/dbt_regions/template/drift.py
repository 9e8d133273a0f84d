"""Compares the files that the template keeps equal in all regions with what the template of today makes of them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from dbt_regions.files import make_folder, scratch_folder
from dbt_regions.regions import region_folder
from dbt_regions.template.origin import read_origin
from dbt_regions.template.rendering import render_region, template_version
from dbt_regions.template.update import list_unsolved

MANAGED = ("dbt_project.yml", "packages.yml", "profiles.yml")
"""What guards a shared definition, or is equal but for the name; all else in a region is its own."""


@dataclass(frozen=True)
class Drift:
    """A region's file that is not as the template makes it; `diff` leads from the template's text to the region's."""

    region: str
    file: str
    diff: str
    is_gone: bool


@dataclass(frozen=True)
class Standing:
    """How a region stands to the template: what drifted, the versions it was made with and of today, open conflicts."""

    drifts: tuple[Drift, ...]
    version: str
    today: str
    unsolved: tuple[str, ...]


def read_standing(root: Path, region: str) -> Standing:
    """Return how a region stands to the template of today; RequestError where it keeps no answers."""
    drifts = read_drift(root, region)
    unsolved = list_unsolved(region_folder(root, region))
    return Standing(drifts, read_origin(root, region).version, template_version(root), unsolved)


def read_drift(root: Path, region: str) -> tuple[Drift, ...]:
    """Return how a region's managed files differ from the template; RequestError where it keeps no answers."""
    folder = region_folder(root, region)
    answers = read_origin(root, region).answers
    with scratch_folder(make_folder(root / "build" / region) / "template") as scratch:
        rendered = render_region(root, answers, scratch)
        return tuple(drift for name in MANAGED if (drift := _compare(region, name, rendered / name, folder / name)))


def _compare(region: str, name: str, rendered: Path, own: Path) -> Drift | None:
    theirs = rendered.read_text(encoding="utf-8")
    ours = own.read_text(encoding="utf-8") if own.exists() else ""
    if ours == theirs:
        return None
    before, after = (text.splitlines(keepends=True) for text in (theirs, ours))
    names = (f"templates/region/{name}", f"projects/{region}/{name}")
    return Drift(region, name, "".join(difflib.unified_diff(before, after, *names)), not own.exists())
