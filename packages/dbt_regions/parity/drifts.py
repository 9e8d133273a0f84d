"""Compares a region's reading of the shared package with the reference's, and names the cause of each difference."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dbt_regions.artifacts import plain_name
from dbt_regions.parity.reading import Reading, SharedNode
from dbt_regions.parity.reference import DISPATCH, REGIONS_OWN_VARS, RELOCATION, SHARED

_COMMENT = re.compile(r"\{#.*?#\}|--[^\n]*|/\*.*?\*/", re.DOTALL)
_HEAD = re.compile(r"\{%-?\s*macro\s+\w+\s*\(")
_SHORTEST_COPY = 40
_LONGEST_VALUE = 120
_RUNS_ALWAYS = ("on-run-start", "on-run-end", "quoting", "query-comment")
_QUERY_COMMENT = {"comment": "{{ shared_macros.query_comment(node) }}"}


@dataclass(frozen=True)
class Drift:
    """One way in which a region departs from the package's own word.

    `cause` is macro override, dispatch, var, config, copied definition, package, does not parse or unexplained; `node`
    is the shared node or the region's own thing; `what` says it in words, `diff` leads from our text to the region's.
    """

    region: str
    cause: str
    node: str
    what: str
    diff: str = ""

    def to_json(self) -> dict[str, str]:
        """Return it as plain data."""
        return asdict(self)


def find_drifts(
    region: str, settings: Mapping[str, Any], references: Sequence[Reading], reading: Reading
) -> tuple[Drift, ...]:
    """Return all drifts of a region, of which `settings` is the dbt_project.yml, in one warehouse and branch.

    A shared node must be as in one of the references, which differ by how their inputs are fed and in nothing else.
    """
    reference = references[0]
    causes = [
        *_overrides(region, reading),
        *find_settings_drifts(region, settings),
        *_copies(region, reference, reading),
        *_package_drifts(region, reference, reading),
    ]
    return (*causes, *_node_drifts(region, causes, references, reading))


def _overrides(region: str, reading: Reading) -> Iterator[Drift]:
    taken = {plain_name(name) for name in reading.other_macro_names}
    for key in sorted(reading.own_macros):
        name = key.rpartition(".")[2]
        if plain_name(name) in taken:
            yield Drift(region, "macro override", name, "named as a macro of dbt or of a shared package")


def find_settings_drifts(region: str, settings: Mapping[str, Any]) -> Iterator[Drift]:
    """Yield what a region's dbt_project.yml sets that reaches shared nodes without showing in their configuration."""
    dispatch = settings.get("dispatch") or []
    missing = [str(entry["macro_namespace"]) for entry in DISPATCH if entry not in dispatch]
    others = [entry for entry in dispatch if entry not in DISPATCH]
    if missing or others:
        what = f"no entry for {', '.join(missing)}" if missing else f"more than the template's: {others}"
        yield Drift(region, "dispatch", "dbt_project.yml", f"{what}; a macro of the region may replace a shared one")
    for name, value in _variables(settings.get("vars") or {}):
        if name not in REGIONS_OWN_VARS:
            yield Drift(region, "var", name, f"set to {value!r}; no variable may alter a meaning")
    for name in _RUNS_ALWAYS:
        if name in settings and settings[name] != _QUERY_COMMENT:
            yield Drift(region, "config", name, f"set to {settings[name]!r} in dbt_project.yml; reaches shared nodes")


def _variables(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield variables by name: those of all packages, and those in a package's own block."""
    for name, value in values.items():
        if name == SHARED and isinstance(value, dict):
            yield from value.items()
        else:
            yield name, value


def _copies(region: str, reference: Reading, reading: Reading) -> Iterator[Drift]:
    shared_nodes = {node.key.split(".")[2]: str(node.facts["raw_code"]) for node in reference.shared.values()}
    texts = {
        essence(text): name.rpartition(".")[2] for name, text in {**reference.shared_macros, **shared_nodes}.items()
    }
    own = {**{key.rpartition(".")[2]: text for key, text in reading.own_macros.items()}, **reading.own_nodes}
    for name, text in sorted(own.items()):
        original = texts.get(essence(text)) if len(essence(text)) >= _SHORTEST_COPY else None
        if original or (name in reading.own_nodes and name in shared_nodes):
            yield Drift(region, "copied definition", name, f"stands in the shared package too, as {original or name}")
    for name in reading.own_relations:
        yield Drift(region, "copied definition", name, "lies in the relation of a shared node")


@functools.lru_cache(4096)  # the reference's texts are asked for with each region
def essence(text: str) -> str:
    """Return SQL or Jinja without comments, blanks, case, and without the name of a macro."""
    return (
        "".join(_HEAD.sub("{%macro(", _COMMENT.sub("", text), count=1).split())
        .lower()
        .replace("{%-", "{%")
        .replace("-%}", "%}")
    )


def _package_drifts(region: str, reference: Reading, reading: Reading) -> Iterator[Drift]:
    for key, text in reference.shared_macros.items():
        own = reading.shared_macros.get(key)
        if own != text:
            diff = _unified(text, own or "", key, region)
            yield Drift(region, "package", key, "read from another copy of the shared package", diff)


def _node_drifts(region: str, causes: list[Drift], references: Sequence[Reading], reading: Reading) -> Iterator[Drift]:
    for key in sorted(references[0].shared.keys() | reading.shared.keys()):
        ours, theirs = references[0].shared.get(key), reading.shared.get(key)
        if ours is None or theirs is None:
            yield Drift(region, "config", key, "is new" if ours is None else "is disabled")
            continue
        changed = tuple(_changed_facts(ours, theirs))
        for name in changed:
            what = f"{name}: {_short(ours.facts.get(name))} became {_short(theirs.facts.get(name))}"
            yield Drift(region, "config" if name.startswith("config.") else "package", key, what)
        if reading.failed.get(key):
            why = f"cannot be compiled: {reading.failed[key]}"
            yield Drift(region, _cause(ours, theirs, causes, changed), key, why)
            continue
        texts = [reference.shared[key].text for reference in references]
        if theirs.text not in texts and (diff := _tree_diff(key, region, texts, theirs.text)):
            yield Drift(region, _cause(ours, theirs, causes, changed), key, "compiles to other SQL", diff)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _changed_facts(ours: SharedNode, theirs: SharedNode) -> Iterator[str]:
    free = {f"config.{name}" for name in RELOCATION} | {"relation_name"}
    for name in sorted((ours.facts.keys() | theirs.facts.keys()) - free):
        if ours.facts.get(name) != theirs.facts.get(name):
            yield name


def _cause(ours: SharedNode, theirs: SharedNode, causes: list[Drift], changed: tuple[str, ...]) -> str:
    """Return why a node's SQL differs: the nearest cause that was found, and honestly none where there is none."""
    if set(theirs.macros) - set(ours.macros):
        return "macro override"
    if changed:
        return "config"
    found = {drift.cause for drift in causes}
    return next((cause for cause in ("package", "macro override", "var", "dispatch") if cause in found), "unexplained")


def _tree_diff(key: str, region: str, ours: Sequence[str], theirs: str) -> str:
    """Return the shortest difference to one of our texts, as syntax trees; empty where only blanks or case differ."""
    after = _pretty(theirs)
    befores = [_pretty(text) for text in dict.fromkeys(ours)]
    return "" if after in befores else min((_unified(text, after, key, region) for text in befores), key=len)


def _pretty(text: str) -> str:
    import sqlglot  # noqa: PLC0415  takes time that --help need not spend
    from sqlglot.errors import SqlglotError  # noqa: PLC0415  as above
    from sqlglot.optimizer.normalize_identifiers import normalize_identifiers  # noqa: PLC0415  as above

    plain = re.sub(r"<([\w.]+)>", r'"<\1>"', text)
    try:
        tree = sqlglot.parse_one(plain, dialect="postgres")
    except SqlglotError:
        return text
    return normalize_identifiers(tree, dialect="postgres").sql(dialect="postgres", pretty=True, comments=False)


def _unified(before: str, after: str, key: str, region: str) -> str:
    name = key.partition(".")[2]
    old, new = before.splitlines(), after.splitlines()
    return "\n".join(difflib.unified_diff(old, new, f"shared/{name}", f"{region}/{name}", lineterm="", n=2))
