"""Reads a compiled project for comparison: the shared nodes with the region's mapping taken out, and the region's own.

The mapping shows in shared SQL at four places only: staging models that dbt writes into it, names of relations, the
list of a region's raw tables, and the watermark that each of these declares. All else must be equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions import files
from dbt_regions.dbt_runner import OFFLINE_MACROS
from dbt_regions.errors import RequestError
from dbt_regions.parity.reference import SHARED

_COMPILED = ("model", "snapshot", "test", "analysis", "seed", "operation")
_EMPTY_WITH = re.compile(r"\bwith((?:\s*,)+)?\s+(?=select\b)")
_LEADING_COMMAS = re.compile(r"\bwith(?:\s*,)+")
_SOURCE = "<source>"
_OBSERVED = re.compile(rf"(\bselect\b(?:(?!\bselect\b|\bunion\b).)*?\bfrom {_SOURCE})(?:\s+union all\s+\1)+", re.DOTALL)


@dataclass(frozen=True)
class SharedNode:
    """A shared node as one project has it: compiled SQL without the mapping, all that configures it, its macros."""

    key: str
    text: str
    facts: Mapping[str, Any]
    macros: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What one project makes of the shared package, and what it brings itself. Macros' texts are by unique id.

    `own_nodes` has the raw text of the project's own nodes by name, `own_relations` the names of theirs that lie in
    the relation of a shared node, `failed` why a node could not be compiled by unique id.
    """

    name: str
    shared: Mapping[str, SharedNode]
    shared_macros: Mapping[str, str]
    own_macros: Mapping[str, str]
    own_nodes: Mapping[str, str]
    other_macro_names: frozenset[str]
    own_relations: tuple[str, ...]
    failed: Mapping[str, str]


def read_reading(manifest_file: Path, failed: Mapping[str, str]) -> Reading:
    """Return what a manifest with compiled SQL says; RequestError where it is missing."""
    manifest = files.read_json(manifest_file)
    if not isinstance(manifest, dict):
        message = f"{manifest_file} is missing; compile first"
        raise RequestError(message)
    project = manifest["metadata"]["project_name"]
    abstract = _Abstraction(manifest, project)
    nodes = manifest["nodes"].items()
    macros = manifest["macros"]
    shared = {key: _shared_node(key, node, abstract) for key, node in nodes if _is_of(node, SHARED)}
    own = {key: node for key, node in nodes if _is_of(node, project)}
    taken = {node.facts["relation_name"] for node in shared.values() if node.facts["relation_name"]}
    return Reading(
        name=project,
        shared=shared,
        shared_macros={key: macro["macro_sql"] for key, macro in macros.items() if macro["package_name"] == SHARED},
        own_macros={key: macro["macro_sql"] for key, macro in macros.items() if _is_regions(macro, project)},
        own_nodes={node["name"]: node.get("raw_code") or "" for node in own.values()},
        other_macro_names=frozenset(m["name"] for m in macros.values() if m["package_name"] != project),
        own_relations=tuple(node["name"] for node in own.values() if node.get("relation_name") in taken),
        failed=failed,
    )


def _is_of(node: Mapping[str, Any], package: str) -> bool:
    return node["package_name"] == package and node["resource_type"] in _COMPILED


def _is_regions(macro: Mapping[str, Any], project: str) -> bool:
    return macro["package_name"] == project and not macro["original_file_path"].startswith(f"{OFFLINE_MACROS}/")


def _shared_node(key: str, node: Mapping[str, Any], abstract: _Abstraction) -> SharedNode:
    facts = {
        **{f"config.{name}": value for name, value in node["config"].items()},
        **{name: node.get(name) for name in ("columns", "description", "alias", "raw_code", "relation_name")},
    }
    return SharedNode(key, abstract.text_of(node), facts, tuple(node["depends_on"]["macros"]))


class _Abstraction:
    """Takes one project's mapping out of compiled SQL."""

    def __init__(self, manifest: Mapping[str, Any], project: str) -> None:
        sources = manifest["sources"].values()
        relations = {
            node["relation_name"]: f"<{key}>" for key, node in manifest["nodes"].items() if node.get("relation_name")
        }
        own = {source["relation_name"]: _SOURCE for source in sources if source["package_name"] == project}
        self._relations = {**relations, **own}
        self._relation = re.compile(_any_of(self._relations))
        names = _any_of([source["name"] for source in sources])
        self._listed = re.compile(rf"(?<=source_table in \()'{names}'(?:, '{names}')*(?=\))")
        self._named = re.compile(rf"cast\('{names}' as varchar\(128\)\) as source_table")
        watermarks = [expression for source in sources for expression in _declared(source)]
        self._watermark = re.compile(rf"\bmax\({_any_of(watermarks)}\)(?= as timestamp\) as \w+)")

    def text_of(self, node: Mapping[str, Any]) -> str:
        """Return a node's compiled SQL without the mapping, indentation and lines of comment."""
        text: str = node.get("compiled_code") or ""
        for injected in node.get("extra_ctes") or ():
            words = (injected.get("sql") or "\0").split()  # dbt lays blanks out anew where it writes it in
            text = re.sub(r"\s+".join(map(re.escape, words)), "", text)
        text = self._relation.sub(lambda match: self._relations[match.group()], text)
        text = self._listed.sub(f"'{_SOURCE}'", text)
        text = self._named.sub(f"cast('{_SOURCE}' as varchar(128)) as source_table", text)
        if " as timestamp) as " in text:
            text = self._watermark.sub("null", text)
        lines = (line.strip() for line in text.splitlines())
        text = "\n".join(line for line in lines if line and not line.startswith("--"))
        if node.get("extra_ctes"):
            text = _EMPTY_WITH.sub("", _LEADING_COMMAS.sub("with", text, count=1), count=1)
        return _OBSERVED.sub(r"\1", text) if text.count(_SOURCE) > 1 else text


def _any_of(texts: Iterable[str]) -> str:
    ordered = sorted(texts, key=len, reverse=True)
    return "(?:" + "|".join(map(re.escape, ordered)) + ")" if ordered else r"(?!)"


def _declared(source: Mapping[str, Any]) -> Iterator[str]:
    meta = {**source["meta"], **source["config"].get("meta", {})}
    yield from (str(meta[name]) for name in ("watermark_field", "loaded_at_field") if meta.get(name))
