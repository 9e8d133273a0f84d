"""What changed between two manifests of one region, and what is made of it. Pure.

A node changed where its own text or configuration did, or the text of a macro that it reaches. dbt's graph says which
macros a node calls; what it leaves out is added here: the calls in hooks, the materialization, the macros that take
the place of dbt's own, the variables, and what reads the graph itself.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dbt_regions.artifacts import without_jinja_comments

_CALL = re.compile(r"\b(\w+)\s*\(")
_OF_A_PACKAGE = re.compile(r"\b(?:shared_macros|dbt_utils)\.(\w+)")
_VARIANT = re.compile(r"^([a-z]+?)__(\w+)$")
_VARIABLE = re.compile(r"\b(?:var|has_var|env_var)\(\s*['\"](\w+)['\"]")
_GRAPH = re.compile(r"\bgraph\b")
_PARENTS = {"redshift": ("redshift", "postgres", "default"), "postgres": ("postgres", "default")}
_DOCUMENTS = frozenset({"docs"})
_BLOCKS = frozenset({"models", "snapshots", "seeds", "data_tests", "sources", "exposures", "unit_tests", "vars"})
"""The keys of a dbt_project.yml that reach nodes by configuration, which is compared node by node."""
_NAMES = frozenset({"version", "clean-targets", "require-dbt-version"})


@dataclass(frozen=True)
class Side:
    """One revision of a region: its manifest, and the dbt_project.yml of the region and of the shared package."""

    manifest: Mapping[str, Any]
    settings: Mapping[str, Any]
    shared_settings: Mapping[str, Any]
    warehouse: str


@dataclass(frozen=True)
class Change:
    """A node that changed and why: `itself`, or a name such as `macro rate`, `variable x`, `source web`."""

    node: str
    reasons: tuple[str, ...]


def find_changes(before: Side, after: Side, inputs: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    """Return every node that changed, in order of names; one that is gone is named too.

    `inputs` are the names of variables that changed outside the files: dbt's, and the environment's.
    """
    old, new = (_nodes(side.manifest) for side in (before, after))
    reach = {"before": _Reach(before), "after": _Reach(after)}
    macros = _changed_macros(before, after)
    variables = _changed_variables(before, after) | inputs
    everything = tuple(f"setting {key}" for key in _changed_settings(before, after))
    graph = _graph_changes(old, new)
    changes = []
    for key in sorted(old.keys() | new.keys()):
        if key.partition(".")[0] == "source":
            reasons = [] if _facts(old.get(key)) == _facts(new.get(key)) else ["itself"]
        else:
            reasons = ["itself"] if _facts(old.get(key)) != _facts(new.get(key)) else []
            for side, nodes in (("before", old), ("after", new)):
                if key in nodes:
                    reasons += _reached_reasons(reach[side], nodes[key], macros, variables, graph)
            reasons += everything if key in new else ()
        if reasons:
            changes.append(Change(key, tuple(dict.fromkeys(reasons))))
    return tuple(changes)


def find_below(manifest: Mapping[str, Any], changed: Iterable[str]) -> tuple[str, ...]:
    """Return all that is made of the changed nodes, at any distance, without these; exposures among them."""
    start = set(changed)
    seen: set[str] = set()
    pending = list(start)
    while pending:
        for child in manifest["child_map"].get(pending.pop(), ()):
            if child not in seen:
                seen.add(child)
                pending.append(child)
    return tuple(sorted(seen - start))


def _nodes(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    kinds = ("nodes", "sources", "exposures", "unit_tests")
    return {key: value for kind in kinds for key, value in manifest.get(kind, {}).items()}


def _facts(node: Mapping[str, Any] | None) -> tuple[Any, ...]:
    """Return all of a node that can change what it does; nothing of what only describes it."""
    if node is None:
        return ()
    columns = {
        name: {key: column.get(key) for key in ("data_type", "constraints", "quote", "meta")}
        for name, column in node.get("columns", {}).items()
    }
    config = {key: value for key, value in node.get("config", {}).items() if key not in _DOCUMENTS}
    plain = (
        "schema", "database", "alias", "identifier", "relation_name", "loaded_at_field", "freshness", "meta", "given",
        "expect", "overrides", "test_metadata", "constraints", "access", "group", "type", "url", "maturity", "owner",
    )  # fmt: skip
    depends_on = sorted(node.get("depends_on", {}).get("nodes", []))
    facts = {key: node.get(key) for key in plain}
    code = essence(node.get("raw_code") or "")
    return code, config, columns, facts, depends_on


@cache  # regions share almost all their texts
def essence(text: str) -> str:
    """Return SQL or Jinja without what changes nothing: comments of Jinja, lines of comment, indentation."""
    lines = (line.strip() for line in without_jinja_comments(text).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("--"))


@cache
def _calls(text: str) -> frozenset[str]:
    """Return the names of macros that a macro's text calls by their package: dbt's graph leaves some out."""
    return frozenset(_OF_A_PACKAGE.findall(text))


@cache
def _variables_read(text: str) -> frozenset[str]:
    return frozenset(_VARIABLE.findall(text))


@cache
def _reads_graph(text: str) -> bool:
    return bool(_GRAPH.search(essence(text)))


class _Reach:
    """Which macros each node of one side reaches."""

    def __init__(self, side: Side) -> None:
        self.macros = side.manifest["macros"]
        self._usable = _PARENTS.get(side.warehouse, (side.warehouse, "default"))
        self._by_name: dict[str, list[str]] = defaultdict(list)
        best: dict[tuple[str, str], tuple[int, str]] = {}
        for key, macro in self.macros.items():
            name = self._called(macro["name"])
            if name and name != macro["name"]:
                place = (macro["package_name"], name)
                rank = (self._usable.index(macro["name"].partition("__")[0]), key)
                best[place] = min(best.get(place, rank), rank)
            elif name:
                self._by_name[name].append(key)
        for (_, name), (_, key) in best.items():
            self._by_name[name].append(key)
        self._known: dict[str, frozenset[str]] = {}

    def _called(self, name: str) -> str | None:
        """Return the name by which a macro is called on this warehouse; None for a variant of another one."""
        variant = _VARIANT.match(name)
        if not variant or name.startswith(("materialization_", "test_")):
            return name
        return variant.group(2) if variant.group(1) in self._usable else None

    def of(self, node: Mapping[str, Any]) -> frozenset[str]:
        """Return the unique ids of all macros that make a node."""
        start = set(node.get("depends_on", {}).get("macros", ()))
        config = node.get("config", {})
        hooks = [hook for key in ("pre-hook", "post-hook") for hook in config.get(key) or ()]
        for name in _CALL.findall(json.dumps(hooks)) if hooks else ():
            start.update(self._by_name.get(name, ()))
        if config.get("materialized") and node.get("resource_type") in {"model", "snapshot", "test", "seed"}:
            start.update(self._materialization(str(config["materialized"])))
        return frozenset().union(*(self._closure(key) for key in start))

    def _materialization(self, name: str) -> Iterator[str]:
        for warehouse in self._usable:
            yield from self._by_name.get(f"materialization_{name}_{warehouse}", ())

    def _closure(self, start: str) -> frozenset[str]:
        if start not in self._known:
            seen: set[str] = set()
            pending = [start]
            while pending:
                key = pending.pop()
                if key in seen or key not in self.macros:
                    continue
                seen.add(key)
                pending.extend(self.macros[key]["depends_on"]["macros"])
                names = {self._called(self.macros[key]["name"]), *_calls(self.macros[key]["macro_sql"])}
                pending.extend(macro for name in names if name for macro in self._by_name.get(name, ()))
            self._known[start] = frozenset(seen)
        return self._known[start]


def _reached_reasons(
    reach: _Reach,
    node: Mapping[str, Any],
    macros: Mapping[str, str],
    variables: frozenset[str],
    graph: tuple[str, ...],
) -> Iterator[str]:
    if not (macros or variables or graph):
        return
    reached = reach.of(node)
    yield from (f"macro {macros[key]}" for key in sorted(reached & macros.keys()))
    if not (variables or graph):
        return
    texts = [reach.macros[key]["macro_sql"] for key in reached if reach.macros[key]["package_name"] != "dbt"]
    texts.append(f"{node.get('raw_code') or ''}{json.dumps(node.get('unrendered_config') or {})}")
    used = {name for text in texts for name in _variables_read(text)}
    yield from (f"variable {name}" for name in sorted(used & variables))
    if graph and any(_reads_graph(text) for text in texts):
        yield from graph


def _changed_macros(before: Side, after: Side) -> dict[str, str]:
    """Return the names of macros that are new, gone or have another text, by unique id."""
    old, new = before.manifest["macros"], after.manifest["macros"]
    return {
        key: (new.get(key) or old[key])["name"]
        for key in old.keys() | new.keys()
        if key not in old or key not in new or essence(old[key]["macro_sql"]) != essence(new[key]["macro_sql"])
    }


def _changed_variables(before: Side, after: Side) -> frozenset[str]:
    old, new = (_variables(side) for side in (before, after))
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _variables(side: Side) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for settings in (side.shared_settings, side.settings):
        for name, value in (settings.get("vars") or {}).items():
            values |= value if name in {"shared_macros", side.settings.get("name")} else {name: value}
    return values


def _changed_settings(before: Side, after: Side) -> list[str]:
    """Return the keys of a dbt_project.yml that changed and reach all nodes in a way that no node shows."""
    changed = []
    for old, new in ((before.settings, after.settings), (before.shared_settings, after.shared_settings)):
        keys = sorted((old.keys() | new.keys()) - _BLOCKS - _NAMES)
        changed += [key for key in keys if old.get(key) != new.get(key)]
    return changed


def _graph_changes(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the sources and regional models whose declarations changed, which a macro may read from dbt's graph."""
    keys = [key for key in sorted(old.keys() | new.keys()) if key.partition(".")[0] in {"source", "model"}]
    declared = [key for key in keys if key.startswith("source.") or key.split(".")[1] != "shared_macros"]
    return tuple(
        f"{key.partition('.')[0]} {key.rpartition('.')[2]}"
        for key in declared
        if _declaration(old.get(key)) != _declaration(new.get(key))
    )


def _declaration(node: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return () if node is None else _facts({**node, "raw_code": ""})
