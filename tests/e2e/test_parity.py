"""`dbt-regions parity`: the shipped regions have one meaning, and whatever changes it is found and named."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dbt_regions.parity import Comparison, compare_projects, compile_projects, plan_projects
from support import seeded_drifts as seeded
from support.monorepo import Monorepo, copy_monorepo
from support.repo import link_packages, region_names
from support.seeded_drifts import Drifted, copy_as

SEED = 20261129
BATCHES = 10


@pytest.fixture(scope="module")
def clone() -> Iterator[Monorepo]:
    """A scratch copy of the monorepo, its packages installed."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder))
        for region in region_names():
            link_packages(copy.root / "projects" / region)
        yield copy


@pytest.fixture(scope="module")
def shipped(clone: Monorepo) -> Comparison:
    """What the comparison of the shipped regions says; the references are compiled with it."""
    return compare(clone, *(clone.root / "projects" / region for region in region_names()))


def compare(clone: Monorepo, *projects: Path) -> Comparison:
    """Compile and compare some regions of the copy."""
    plan = plan_projects(clone.root, projects)
    assert [done.name for done in compile_projects(clone.root, plan)] == [item.name for item in plan]
    return compare_projects(plan)


def found(comparison: Comparison, region: str) -> set[tuple[str, str]]:
    """Return what was found in a region: pairs of cause and thing."""
    return {(drift.cause, drift.node) for drift in comparison.drifts if drift.region == region}


def shared_nodes(clone: Monorepo, *kinds: str) -> Sequence[Mapping[str, Any]]:
    """Return the shared nodes of some kinds as the reference has them."""
    manifest = json.loads((clone.root / "build/parity/postgres/full/first-build.json").read_text())
    nodes = [node for _, node in sorted(manifest["nodes"].items())]
    return [node for node in nodes if node["package_name"] == "shared_macros" and node["resource_type"] in kinds]


def test_the_regions_have_one_meaning(clone: Monorepo, shipped: Comparison) -> None:
    """Each shared model, snapshot and test compiles to the same SQL in every region, on each of its warehouses."""
    assert [drift.to_json() for drift in shipped.drifts] == []
    assert shipped.nodes == 2 * 5 * len(shared_nodes(clone, "model", "snapshot", "test"))


@pytest.mark.usefixtures("shipped")
def test_each_kind_of_drift_is_found_and_named(clone: Monorepo) -> None:
    """One drift of each kind: what changed is named with its cause; a region edited without meaning raises no alarm."""
    projects = clone.root / "projects"
    drifted, plain = Drifted(copy_as(projects, "na", "drifted")), copy_as(projects, "eu", "plain")
    for folder in (drifted.project, plain):
        link_packages(folder)
    chooser = random.Random(SEED)  # noqa: S311  drifts, not secrets
    macros = {macro.name: macro for macro in seeded.public_macros(chooser)}
    nodes = {node["name"]: node for node in shared_nodes(clone, "model", "snapshot", "test")}
    seeded.without_dispatch(drifted)
    seeded.override(drifted, macros["current_utc"], "default__")
    seeded.override(drifted, macros["rate"], "")
    seeded.variable(drifted, "window", scoped=True)
    seeded.configure(drifted, nodes["order_snapshot"], {"unique_key": "status"})
    seeded.configure(drifted, nodes["fct_user_sessions"], {"enabled": False})
    seeded.copy_macro(drifted, macros["from_epoch_ms"], 1)
    seeded.copy_model(drifted, nodes["agg_funnel_steps"], 2)
    seeded.harmless(plain)
    comparison = compare(clone, drifted.project, plain)
    assert drifted.expected - found(comparison, "drifted") == set()
    assert [drift.to_json() for drift in comparison.drifts if drift.region == "plain"] == []
    changed = next(drift for drift in comparison.drifts if "load_manifest" in drift.node and drift.diff)
    assert changed.cause == "macro override"
    assert "+  COALESCE(source_loaded_at, hostile)" in changed.diff.replace("    ", "  "), changed.diff


@pytest.mark.proof
@pytest.mark.usefixtures("shipped")
def test_two_hundred_seeded_drifts(clone: Monorepo) -> None:
    """Of 200 drifts, seeded in ten regions, all are found."""
    drifted = seed_drifts(clone)
    total = sum(len(item.expected) for item in drifted)
    comparison = compare(clone, *(item.project for item in drifted))
    missed = {item.project.name: item.expected - found(comparison, item.project.name) for item in drifted}
    assert total >= 200
    assert missed == {item.project.name: set() for item in drifted}


def seed_drifts(clone: Monorepo) -> list[Drifted]:
    """Put drifts of every kind into ten regions, none of which takes away what another needs."""
    chooser = random.Random(SEED)  # noqa: S311  drifts, not secrets
    macros = list(seeded.public_macros(chooser))
    models = chooser.sample(shared_nodes(clone, "model"), 20)
    tests = chooser.sample(shared_nodes(clone, "test"), 20)
    drifted = []
    for number in range(BATCHES):
        region = Drifted(copy_as(clone.root / "projects", chooser.choice(["na", "eu", "apac"]), f"drift{number}"))
        link_packages(region.project)
        drifted.append(region)
        if number >= BATCHES // 2:
            seeded.without_dispatch(region)
        for place in range(5):
            seeded.override(region, macros[(number * 5 + place) % len(macros)], chooser.choice(["", "redshift__"]))
            seeded.override(region, macros[(number * 7 + place + 30) % len(macros)], "default__")
        for node in (*models[number * 2 : number * 2 + 2], *tests[number * 2 : number * 2 + 2]):
            choice = seeded.MODEL_CONFIGS if node["resource_type"] == "model" else seeded.TEST_CONFIGS
            key = chooser.choice([key for key in choice if node["config"].get(key) != choice[key]])
            seeded.configure(region, node, {key: choice[key]})
        for name in chooser.sample(seeded.VARS, 2):
            seeded.variable(region, name, scoped=chooser.random() < 0.5)
        originals = [macro for macro in macros if len(macro.body) > 80 and not macro.name.startswith("_")]
        for place, macro in enumerate(chooser.sample(originals, 3)):
            seeded.copy_macro(region, macro, place)
        unplaced = [node for node in shared_nodes(clone, "model") if "alias" not in node["raw_code"]]
        seeded.copy_model(region, chooser.choice(unplaced), 9)
    return drifted
