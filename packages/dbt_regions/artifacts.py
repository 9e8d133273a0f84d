"""Typed reading of dbt's own JSON artifacts: manifest.json and run_results.json. Never writes."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions.domain import SourceTable
from dbt_regions.errors import WorldError, one_line

COMPARED = frozenset({"agg_funnel_days", "agg_funnel_amounts"})
"""The models of a region that the comparison of regions reads."""
_FAILED = ("error", "fail", "runtime error")
_VARIANT = re.compile(r"^[a-z]+?__")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


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


@dataclass(frozen=True)
class DeclaredMeta:
    """What a region writes under `config: meta:` of a staging model, and the YAML file in which it stands."""

    file: str
    meta: Mapping[str, Any]


@dataclass(frozen=True)
class FunnelFacts:
    """What a region's manifest says of its funnels: where their marts are, and what their figures mean.

    `funnels` pairs each definition with its stream, `amount` names what agg_funnel_amounts adds up, `event_types` lists
    the types of each staging model, `inputs` has what these declare, and `code` has a digest of all that makes each.
    """

    days: RelationName
    amounts: RelationName
    amount: str
    event_types: Mapping[str, Sequence[str]]
    funnels: tuple[tuple[Mapping[str, Any], str], ...]
    inputs: Mapping[str, DeclaredMeta]
    code: Mapping[str, Mapping[str, str]]


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
    return _relation(_manifest(folder)["nodes"][f"model.shared_macros.{model}"])


def read_snapshot_columns(folder: Path) -> Mapping[str, tuple[RelationName, str]]:
    """Return each snapshot's relation and unique key by snapshot name, from a folder's manifest.json."""
    return {
        node["name"]: (_relation(node), node["config"]["unique_key"])
        for node in _manifest(folder)["nodes"].values()
        if node["resource_type"] == "snapshot"
    }


def read_funnel_facts(folder: Path) -> FunnelFacts | None:
    """Return what a folder's manifest.json says of the region's funnels; None where it is from before they said it."""
    manifest = _manifest(folder)
    models = {
        node["name"]: node
        for key, node in manifest["nodes"].items()
        if key.startswith(("model.shared_macros.", f"model.{manifest['metadata']['project_name']}."))
    }
    meta = models.get("agg_funnel_amounts", {}).get("config", {}).get("meta", {})
    if not models.keys() >= COMPARED or not {"funnels", "event_types"} <= meta.keys():
        return None
    return FunnelFacts(
        days=_relation(models["agg_funnel_days"]),
        amounts=_relation(models["agg_funnel_amounts"]),
        amount=meta.get("amount", "amount"),
        event_types=meta["event_types"],
        funnels=tuple((item["definition"], item["stream"]) for item in meta["funnels"]),
        inputs={name: _declared(models[name]) for name in meta["event_types"] if name in models},
        code=_code_of_funnels(manifest["macros"], models, [item["definition"]["funnel"] for item in meta["funnels"]]),
    )


def _declared(node: Mapping[str, Any]) -> DeclaredMeta:
    file = (node.get("patch_path") or node["original_file_path"]).rpartition("://")[2]
    return DeclaredMeta(file, node["config"].get("meta", {}))


def _relation(node: Mapping[str, Any]) -> RelationName:
    return RelationName(node["database"], node["schema"], node["alias"])


def _code_of_funnels(
    macros: Mapping[str, Mapping[str, Any]], models: Mapping[str, Mapping[str, Any]], funnels: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """Return for each funnel a digest of each model and each macro that makes its figures, but of no definition.

    Of a macro with a variant for each warehouse all variants belong to it, whichever the region uses.
    """
    variants: dict[str, list[Mapping[str, Any]]] = {}
    for _, macro in sorted(macros.items()):
        if macro["package_name"] == "shared_macros":
            variants.setdefault(plain_name(macro["name"]), []).append(macro)
    found = {}
    for funnel in funnels:
        nodes = [models[name] for name in (f"fct_{funnel}", "agg_funnel_days") if name in models]
        texts = {node["name"]: str(node["raw_code"]) for node in nodes}
        pending = [key for node in nodes for key in node["depends_on"]["macros"]]
        while pending:
            name = plain_name(pending.pop().rpartition(".")[2])
            if name not in texts and name not in {"funnels", *funnels}:
                texts[name] = "".join(macro["macro_sql"] for macro in variants.get(name, ()))
                pending += [key for macro in variants.get(name, ()) for key in macro["depends_on"]["macros"]]
        found[funnel] = {name: _digest(text) for name, text in sorted(texts.items()) if text}
    return found


def without_jinja_comments(text: str) -> str:
    """Return SQL or Jinja without Jinja's comments, which no warehouse sees."""
    return _COMMENT.sub("", text)


def plain_name(macro: str) -> str:
    """Return the name under which a macro is called: without the warehouse of a variant."""
    return _VARIANT.sub("", macro)


def _digest(text: str) -> str:
    return hashlib.sha256(one_line(without_jinja_comments(text)).encode()).hexdigest()[:16]


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
