"""Compares all compiled regions with the reference, warehouse by warehouse and branch by branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dbt_regions.dbt_runner import BRANCHES
from dbt_regions.errors import RequestError
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
    """Compare each region of a compiled plan with the references of its warehouse; RequestError where these fail."""
    settings = {item.project: read_yaml(item.project / "dbt_project.yml") for item in plan if item.project}
    drifts: dict[tuple[str, ...], Drift] = {}  # what differs in both branches, or on two warehouses, is said once
    nodes = 0
    for warehouse in sorted({item.warehouse for item in plan}):
        here = [item for item in plan if item.warehouse == warehouse]
        for branch in BRANCHES:
            references = [_read_reference(item, branch) for item in here if item.project is None]
            for item in here:
                if item.project is not None:
                    reading = _read(item, branch)
                    for drift in _drifts_of(item.name, settings[item.project], references, reading):
                        drifts.setdefault((drift.region, drift.cause, drift.node, drift.what), drift)
                    nodes += len(references[0].shared) if isinstance(reading, Reading) else 0
    return Comparison(tuple(drifts.values()), nodes)


def _drifts_of(
    region: str, settings: Mapping[str, Any], references: Sequence[Reading], reading: Reading | str
) -> Iterable[Drift]:
    if isinstance(reading, Reading):
        return find_drifts(region, settings, references, reading)
    return (Drift(region, "does not parse", region, reading), *find_settings_drifts(region, settings))


def _read_reference(item: Compiled, branch: str) -> Reading:
    reading = _read(item, branch)
    if isinstance(reading, str):
        message = f"the shared package does not parse for {item.warehouse}: {reading}; correct it, then try again"
        raise RequestError(message)
    return reading


def _read(item: Compiled, branch: str) -> Reading | str:
    """Return what a project makes of the shared package, or dbt's word why it cannot be parsed."""
    failed = read_json(item.failures(branch)) or {}
    return str(failed[""]) if "" in failed else read_reading(item.manifest(branch), failed)
