"""The reference: a region that configures nothing, in which a shared node is the package's own word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from dbt_regions import files
from dbt_regions.artifacts import without_jinja_comments

FEEDS = ("full", "changes")
"""How an input can be fed: each load the state of all keys, or changes. Shared SQL may differ by this alone."""
SHARED = "shared_macros"
SHARED_PACKAGES = (SHARED, "dbt_utils")
DISPATCH = tuple({"macro_namespace": name, "search_order": [name]} for name in SHARED_PACKAGES)
"""Without these in its dbt_project.yml a region's own `default__x` silently takes the place of a shared macro."""
REGIONS_OWN_VARS = frozenset({"gate_limits"})
"""The variables of a region that are about its data, not about a meaning."""
RELOCATION = frozenset({"database", "schema", "sort", "dist"})
"""What a region may configure on a shared node: where its tables lie, and Redshift's keys."""

_SOURCE = "source"
_INPUT = re.compile(r"'(stg_\w+)'")


def declared_inputs(root: Path) -> tuple[str, ...]:
    """Return the names of the regional models that the shared package reads, from its one list of them."""
    file = root / "packages" / SHARED / "macros" / "canonical" / "declared_inputs.sql"
    return tuple(_INPUT.findall(without_jinja_comments(file.read_text(encoding="utf-8"))))


def reference_name(feed: str) -> str:
    """Return what the reference of a kind of feed is called, and its dbt project too."""
    return f"reference_{feed}"


def write_reference(root: Path, packages: Path, feed: str) -> Path:
    """Write the project of a reference below build/ and return its folder; `packages` has the installed dbt packages.

    Each declared input reads all of one raw table, so that the shared code which repeats itself for each raw
    table of a region says itself once.
    """
    name = reference_name(feed)
    folder = files.make_folder(root / "build" / "parity" / name)
    settings: dict[str, Any] = {
        "name": name,
        "version": "1.0.0",
        "config-version": 2,
        "profile": name,
        "dispatch": list(DISPATCH),
        "flags": {"send_anonymous_usage_stats": False},
    }
    table: Mapping[str, Any] = {"name": _SOURCE, "columns": [{"name": "load_id", "data_type": "text"}]}
    source = {"version": 2, "sources": [{"name": "raw", "schema": "raw", "tables": [table]}]}
    _write_yaml(folder / "dbt_project.yml", settings)
    _write_yaml(folder / "models" / "_sources.yml", source)
    text = (
        f"{{{{ config(materialized='ephemeral', meta={{'feed': '{feed}'}}) }}}}\n"
        f"select * from {{{{ source('raw', '{_SOURCE}') }}}}\n"
    )
    for model in declared_inputs(root):
        files.write_text(folder / "models" / f"{model}.sql", text)
    files.link(folder / "dbt_packages", packages)
    return folder


def _write_yaml(file: Path, value: Mapping[str, Any]) -> None:
    files.write_text(file, yaml.safe_dump(dict(value), sort_keys=False))
