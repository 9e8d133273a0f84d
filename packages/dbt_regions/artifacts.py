"""Typed reading of dbt's own JSON artifacts: manifest.json and run_results.json. Never writes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions.domain import SourceTable
from dbt_regions.errors import WorldError, one_line

_FAILED = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class RunResults:
    """What one dbt command did: node counts by status, and the first failed node's message (None when none failed)."""

    nodes: Mapping[str, int]
    first_error: str | None


@dataclass(frozen=True)
class RelationName:
    """Where a model lives in the warehouse."""

    database: str
    schema: str
    identifier: str


def read_run_results(folder: Path) -> RunResults | None:
    """Return the results in a folder's run_results.json; None when the command wrote none."""
    value = _read(folder / "run_results.json")
    if value is None:
        return None
    results = value["results"]
    failed = [result for result in results if result["status"] in _FAILED]
    first_error = f"{_short(failed[0]['unique_id'])}: {_words(failed[0]['message'])}" if failed else None
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return RunResults(
        nodes=dict(Counter(result["status"] for result in results)),
        first_error=first_error and first_error + more,
    )


def read_source_tables(folder: Path) -> tuple[SourceTable, ...]:
    """Return the region's declared source tables from a folder's manifest.json, in name order."""
    manifest = _manifest(folder)
    needed = set(_upstream_sources(manifest))
    return tuple(
        sorted(
            (_source_table(source, needed=key in needed) for key, source in manifest["sources"].items()),
            key=lambda table: table.name,
        )
    )


def read_relation_name(folder: Path, model: str) -> RelationName:
    """Return the relation of a shared model as the region's manifest.json resolves it."""
    node = _manifest(folder)["nodes"][f"model.shared_macros.{model}"]
    return RelationName(node["database"], node["schema"], node["alias"])


def read_snapshot_columns(folder: Path) -> Mapping[str, tuple[RelationName, str]]:
    """Return each snapshot's relation and unique key by snapshot name, from a folder's manifest.json."""
    return {
        node["name"]: (RelationName(node["database"], node["schema"], node["alias"]), node["config"]["unique_key"])
        for node in _manifest(folder)["nodes"].values()
        if node["resource_type"] == "snapshot"
    }


def _source_table(source: Mapping[str, Any], *, needed: bool) -> SourceTable:
    meta = {**source.get("meta", {}), **source["config"].get("meta", {})}
    return SourceTable(
        name=source["identifier"],
        schema=source["schema"],
        columns=tuple((column["name"], column["data_type"] or "text") for column in source["columns"].values()),
        needed=needed and not meta.get("optional", False),
        watermark=meta.get("watermark_field"),
    )


def _upstream_sources(manifest: Mapping[str, Any]) -> Iterator[str]:
    nodes = manifest["nodes"]
    project = manifest["metadata"]["project_name"]
    pending = [
        parent
        for node in nodes.values()
        if node["package_name"] != project
        for parent in node.get("depends_on", {}).get("nodes", [])
        if nodes.get(parent, {}).get("package_name") == project
    ]
    seen: set[str] = set()
    while pending:
        key = pending.pop()
        if key in seen:
            continue
        seen.add(key)
        if key.startswith("source."):
            yield key
        else:
            pending.extend(nodes[key]["depends_on"]["nodes"])


def _manifest(folder: Path) -> dict[str, Any]:
    manifest = _read(folder / "manifest.json")
    if manifest is None:
        message = f"{folder / 'manifest.json'} is missing; run the build again"
        raise WorldError(message)
    return manifest


def _read(file: Path) -> dict[str, Any] | None:
    try:
        value: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        message = f"{file} is not whole ({error}); delete the folder {file.parent} and build again"
        raise WorldError(message) from error
    return value


def _words(message: str) -> str:
    """Return what a node's message says, in one line: the gate's own without dbt's frame around it."""
    lines = [line.strip() for line in message.splitlines()]
    return next((line for line in lines if line.startswith("gate: ")), one_line(message))


def _short(unique_id: str) -> str:
    parts = unique_id.split(".")
    return parts[2] if len(parts) > 2 else unique_id  # noqa: PLR2004  type.package.name
