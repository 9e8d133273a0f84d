"""Layers without any warehouse: Phoenix parses and compiles for Redshift, and its SQL and configuration are linted."""

from __future__ import annotations

import json
import multiprocessing
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dbt_regions.redshift_lint import BRANCHES, Compilation, compile_offline, lint_compilation, read_keys
from dbt_regions.regions import read_region
from support.monorepo import Monorepo
from support.redshift.phoenix import REGION, copy_phoenix
from support.repo import report

DEAD_PORT = {
    "DBT_PHOENIX_HOST": "127.0.0.1",
    "DBT_PHOENIX_PORT": "9",
    "DBT_PHOENIX_USER": "nobody",
    "DBT_PHOENIX_DATABASE": "phoenix",
    "DBT_ENV_SECRET_PHOENIX_PASSWORD": "none",
}


@pytest.fixture(scope="module")
def monorepo() -> Iterator[Monorepo]:
    """Phoenix alone in a scratch monorepo, with no warehouse anywhere."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        yield copy_phoenix(Path(folder))


@pytest.fixture(scope="module")
def manifest(monorepo: Monorepo) -> Mapping[str, Any]:
    """What dbt makes of Phoenix for its Redshift target, at a port where nothing listens."""
    command = ("dbt", "--target", "prod", REGION, "--", "parse", "--no-partial-parse")
    done = monorepo.cli(*command, **DEAD_PORT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout, done.stdout
    parsed: Mapping[str, Any] = json.loads((monorepo.root / f"build/{REGION}/dbt/manifest.json").read_text())
    return parsed


@pytest.fixture(scope="module")
def compilation(monorepo: Monorepo, manifest: Mapping[str, Any]) -> Compilation:
    """Phoenix, whose packages the parse installed, compiled for Redshift without a connection, in both branches.

    In a process of its own: builds fork from this one, dbt's parser does not survive a fork once it has run, and dbt
    reads the address of its hub once, which other tests set.
    """
    del manifest
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(compile_offline, monorepo.root, read_region(monorepo.root, REGION)).result()


def _nodes(manifest: Mapping[str, Any], *kinds: str) -> dict[str, Mapping[str, Any]]:
    return {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in kinds}


@pytest.mark.layer("L1 parse")
def test_parse(manifest: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Phoenix parses for Redshift without a warning, with the adapter that production uses."""
    assert manifest["metadata"]["adapter_type"] == "redshift"
    say(f"{len(manifest['nodes'])} nodes, dbt {manifest['metadata']['dbt_version']}")


@pytest.mark.layer("L2 compile")
def test_compile(compilation: Compilation, manifest: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Every model, snapshot and data test compiles offline; an incremental model gives other SQL in each branch."""
    assert compilation.not_compiled == ()
    branches: dict[str, dict[str, str]] = {}
    for node in compilation.nodes:
        branches.setdefault(node.name, {})[node.branch] = node.compiled_code
    wanted = {node["name"] for node in _nodes(manifest, "model", "test", "snapshot").values()}
    assert wanted - branches.keys() == set()
    models = _nodes(manifest, "model").values()
    incremental = {node["name"] for node in models if node["config"]["materialized"] == "incremental"}
    incremental -= {"gate_decisions"}  # the gate and people add its rows, its own SQL has none
    assert incremental
    assert [name for name in incremental if len(set(branches[name].values())) < len(BRANCHES)] == []
    say(f"{len(branches)} nodes in {len(BRANCHES)} branches, {len(incremental)} of them incremental")


@pytest.mark.layer("L3 lint")
def test_compiled_sql_is_clean(compilation: Compilation, say: Callable[[str], None]) -> None:
    """The lint finds nothing in the SQL of any node, in any declared column type, in any macro's name."""
    found = lint_compilation(compilation)
    assert not found.findings, report("Write it as the message says:", [each.to_text() for each in found.findings])
    say(f"compiled SQL: {found.summary()}")


@pytest.mark.layer("L6 config")
def test_keys_are_columns(manifest: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Each distribution and sort key is a described column of its node: the stand-in strips them and cannot say."""
    wrong = []
    keyed = 0
    for key, node in _nodes(manifest, "model", "snapshot").items():
        dist, sort = node["config"].get("dist"), node["config"].get("sort") or []
        wrong += [f"{key}: {column}" for _, column in read_keys(node["config"]) if column not in node["columns"]]
        keyed += bool(dist and sort)
        stored = node["config"]["materialized"] in {"table", "incremental", "snapshot"}
        if stored != bool(dist and sort):
            wrong.append(f"{key}: a stored table has dist and sort, nothing else has: {dist}, {sort}")
    assert not wrong, report("Name the node's own columns in projects/phoenix/dbt_project.yml:", wrong)
    say(f"{keyed} nodes with distribution and sort keys, each a column of theirs")


@pytest.mark.layer("L6 config")
def test_contracts_state_lengths(manifest: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Each contracted column of text has a length, and none is TEXT, which Redshift makes 256 bytes."""
    wrong = []
    count = 0
    for key, node in _nodes(manifest, "model").items():
        for column in node["columns"].values():
            data_type = (column["data_type"] or "").lower()
            count += bool(data_type)
            if node["config"]["contract"]["enforced"] and not data_type:
                wrong.append(f"{key}: {column['name']} has no data_type")
            if re.search(r"\btext\b|^(varchar|character varying|char)$", data_type):
                wrong.append(f"{key}: {column['name']} is {data_type}")
    assert not wrong, report("State varchar(n), in bytes:", wrong)
    assert count > 50
    say(f"{count} column types with their lengths")


@pytest.mark.layer("L6 config")
def test_no_constraint_is_relied_on(manifest: Mapping[str, Any]) -> None:
    """No model states a key constraint: Redshift would not enforce it, and its planner would believe it."""
    wrong = [
        f"{key}: {constraint['type']}"
        for key, node in _nodes(manifest, "model").items()
        for holder in (node, *node["columns"].values())
        for constraint in holder["constraints"]
        if constraint["type"] != "not_null"
    ]
    assert not wrong, report("Write a data test instead of the constraint:", wrong)
