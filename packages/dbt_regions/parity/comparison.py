"""Compares all compiled regions with the reference, warehouse by warehouse and branch by branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dbt_regions.dbt_runner import BRANCHES
from dbt_regions.files import read_json
from dbt_regions.parity.compiling import Compiled
from dbt_regions.parity.drifts import Drift, find_drifts, find_settings_drifts
from dbt_regions.parity.reading import Reading, read_reading
from dbt_regions.regions import read_yaml


@dataclass(frozen=True)
class Comparison:
    """What a comparison found: each drift once, and how many shared nodes were compared."""

    drifts: tuple[Drift, ...]
    nodes: int


def compare_projects(plan: Sequence[Compiled]) -> Comparison:
    """Compare each region of a compiled plan with the references of its warehouse."""
    drifts: dict[tuple[str, ...], Drift] = {}  # what differs in both branches, or on two warehouses, is said once
    nodes = 0
    for warehouse in sorted({item.warehouse for item in plan}):
        here = [item for item in plan if item.warehouse == warehouse]
        for branch in BRANCHES:
            references = [_read(item, branch) for item in here if item.project is None]
            for item in here:
                if item.project is not None:
                    for drift in _drifts_of(item, branch, references):
                        drifts.setdefault((drift.region, drift.cause, drift.node, drift.what), drift)
                    nodes += 0 if _failures(item, branch).get("") else len(references[0].shared)
    return Comparison(tuple(drifts.values()), nodes)


def _drifts_of(item: Compiled, branch: str, references: Sequence[Reading]) -> tuple[Drift, ...]:
    settings = read_yaml(item.project / "dbt_project.yml") if item.project else {}
    unread = _failures(item, branch).get("")
    if unread:
        return (Drift(item.name, "does not parse", item.name, unread), *find_settings_drifts(item.name, settings))
    return find_drifts(item.name, settings, references, _read(item, branch))


def _failures(item: Compiled, branch: str) -> Mapping[str, str]:
    return read_json(item.failures(branch)) or {}


def _read(item: Compiled, branch: str) -> Reading:
    return read_reading(item.manifest(branch), _failures(item, branch))
