"""`dbt-regions affected`: what a change touches in each region, nothing more and nothing less."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dbt_regions.affected import read_answer
from dbt_regions.affected.graph import Side, find_below, find_changes
from dbt_regions.dbt_runner import OfflineProject
from dbt_regions.files import link
from dbt_regions.regions import read_yaml, region_names
from support.change_sets import CHANGE_SETS, FEW, ChangeSet
from support.monorepo import Monorepo, copy_monorepo

REGIONS = ("na", "phoenix")
WAREHOUSES = {"na": "postgres", "phoenix": "redshift"}


@pytest.fixture(scope="module")
def clone() -> Iterator[Monorepo]:
    """A scratch copy of the monorepo with two regions, in a git repository of its own."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copied = copy_monorepo(Path(folder), regions=REGIONS)
        for path in ("docs/rules", "tests"):
            (copied.root / path).mkdir(parents=True)
            (copied.root / path / "page.md").write_text("A page.\n")
        (copied.root / "requirements.txt").write_text("dbt-core==1.11.16\n")
        (copied.root / ".gitignore").write_text("build/\n**/dbt_packages/\n**/target/\n**/logs/\n")
        for region in REGIONS:
            for name, package in (("shared_macros", "shared_macros"), ("dbt_utils", "dbt_utils_standin")):
                link(copied.root / "projects" / region / "dbt_packages" / name, copied.root / "packages" / package)
        git(copied, "init", "--quiet")
        git(copied, "add", "--all")
        git(copied, "commit", "--quiet", "--message", "as it is")
        yield copied
        copied.stop()


def git(clone: Monorepo, *arguments: str) -> None:
    """Run git in the copy, as nobody in particular."""
    person = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(clone.root), *person, *arguments]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("name", FEW)
def test_a_change_touches_exactly_what_it_should(clone: Monorepo, name: str) -> None:
    """A change touches the regions, and in each of them the nodes, that the table names: none more, none less."""
    check(clone, CHANGE_SETS[name])


@pytest.mark.proof
@pytest.mark.parametrize("name", sorted(CHANGE_SETS.keys() - set(FEW)))
def test_each_change_of_the_table(clone: Monorepo, name: str) -> None:
    """The rest of the table."""
    check(clone, CHANGE_SETS[name])


def check(clone: Monorepo, change: ChangeSet) -> None:
    """Make a change, ask, and undo it."""
    try:
        change.make(clone.root)
        answer = read_answer(clone.root, "HEAD", region_names(clone.root))
    finally:
        git(clone, "reset", "--quiet", "--hard", "HEAD")
        git(clone, "clean", "--quiet", "-fd")
    found = {region.region: region for region in answer.regions if region.is_affected}
    assert set(found) == set(change.regions), {name: region.to_json() for name, region in found.items()}
    for name, region in found.items():
        nodes = {item.node.split(".", 1)[1] for item in region.changes}
        named = {".".join(node.split(".")[:2]) for node in nodes if not node.startswith("test")}
        assert change.nodes_are(name, named), (name, [(item.node, item.reasons) for item in region.changes])
    assert answer.comparison == change.comparison


def test_an_unknown_revision_is_refused(clone: Monorepo) -> None:
    """A revision that git does not know gets one line and exit code 2, also one that looks like an option."""
    for revision in ("nowhere", "--output=x", ""):
        done = clone.forked_cli("affected", f"--since={revision}")
        assert done.returncode == 2
        assert f"no revision {revision!r}" in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def traced(clone: Monorepo, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, set[str]]]:
    """Which macros dbt calls for each node: in na's build on Postgres, in phoenix compiled for Redshift."""
    folder = tmp_path_factory.mktemp("trace")
    for region, command in (("na", ("build", "na")), ("phoenix", ("redshift-lint", "phoenix"))):
        program = [sys.executable, str(Path(__file__).parents[1] / "support/traced_cli.py"), *clone.place, *command]
        done = subprocess.run(
            program, env={**os.environ, "TRACE_FILE": str(folder / region)}, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    users: dict[str, dict[str, set[str]]] = {region: defaultdict(set) for region in REGIONS}
    for region in REGIONS:
        for line in (folder / region).read_text().splitlines():
            node, macro = line.split(" ")
            users[region][macro].add(node)
    return users


@pytest.mark.proof
@pytest.mark.parametrize("region", REGIONS)
def test_every_shared_file_finds_all_its_users(
    clone: Monorepo, traced: Mapping[str, Mapping[str, set[str]]], region: str
) -> None:
    """Each file of the shared package, changed: every node that dbt was seen to call it for is found, and all below."""
    overlay = clone.root / "build" / "users" / region
    project = clone.root / "projects" / region
    offline = OfflineProject(project, overlay, WAREHOUSES[region])
    assert offline.parse().success
    manifest = json.loads((overlay / "target/manifest.json").read_text())
    shared = read_yaml(clone.root / "packages/shared_macros/dbt_project.yml")
    before = Side(manifest, read_yaml(project / "dbt_project.yml"), shared, WAREHOUSES[region])
    package = [item for item in manifest["macros"].values() if item["package_name"] == "shared_macros"]
    called = {macro for macro in traced[region] if macro.startswith("macro.shared_macros.")}
    assert len(called) > 40, "the trace is too thin to prove anything"
    files = {item["original_file_path"] for item in package}
    for file in sorted(files):
        changed = with_changed_macros(before, file)
        changes = {change.node for change in find_changes(before, changed)}
        here = {key for key, item in manifest["macros"].items() if is_of(item, file)}
        used = {node for macro in here for node in traced[region].get(macro, ()) if known(manifest, node)}
        assert used <= changes, (file, sorted(used - changes))
        assert set(find_below(manifest, used)) <= {*find_below(manifest, changes), *changes}, file
    for key, node in manifest["nodes"].items():
        if node["package_name"] == "shared_macros" and node["resource_type"] in {"model", "snapshot"}:
            changed = with_changed_node(before, key)
            assert key in {change.node for change in find_changes(before, changed)}, key


def known(manifest: Mapping[str, Any], node: str) -> bool:
    """Whether a traced node is of the manifest: dbt's own statements have nodes that are made up."""
    return node in manifest["nodes"] or node in manifest["sources"]


def is_of(macro: Mapping[str, Any], file: str) -> bool:
    """Whether a macro stands in a file of the shared package."""
    return bool(macro["package_name"] == "shared_macros" and macro["original_file_path"] == file)


def with_changed_macros(side: Side, file: str) -> Side:
    """Return the side with something added to each macro of a file."""
    macros = {
        key: {**macro, "macro_sql": macro["macro_sql"] + " 1"} if is_of(macro, file) else macro
        for key, macro in side.manifest["macros"].items()
    }
    return Side({**side.manifest, "macros": macros}, side.settings, side.shared_settings, side.warehouse)


def with_changed_node(side: Side, key: str) -> Side:
    """Return the side with another type of a column, or another configuration, of one node."""
    node = copy.deepcopy(side.manifest["nodes"][key])
    if node["columns"]:
        next(iter(node["columns"].values()))["data_type"] = "other"
    else:
        node["config"]["unique_key"] = "other"
    nodes = {**side.manifest["nodes"], key: node}
    return Side({**side.manifest, "nodes": nodes}, side.settings, side.shared_settings, side.warehouse)
