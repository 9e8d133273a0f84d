"""`dbt-regions affected`: what a change touches in each region, nothing more and nothing less."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from dbt_regions.affected import answer, read_answer, read_inputs, write_inputs
from dbt_regions.affected.graph import Side, find_below, find_changes
from dbt_regions.dbt_runner import run_side_by_side
from dbt_regions.regions import read_yaml, region_names
from support.change_sets import CHANGE_SETS, FEW, ChangeSet
from support.monorepo import Monorepo, copy_monorepo
from support.refusal import refused
from support.repo import link_packages

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
        link_all(copied)
        git(copied, "init", "--quiet")
        git(copied, "add", "--all")
        git(copied, "commit", "--quiet", "--message", "as it is")
        yield copied
        copied.stop()


def link_all(clone: Monorepo) -> None:
    """Give the regions the packages of the copy."""
    for region in REGIONS:
        link_packages(clone.root / "projects" / region, clone.root / "packages")


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


def parse(clone: Monorepo, region: str) -> Mapping[str, Any]:
    """Parse a region for its own warehouse, in another process: a fork of one that ran dbt may wait for ever."""
    task = answer._task(clone.root, region)
    list(run_side_by_side(answer._parse, [task]))
    manifest: Mapping[str, Any] = json.loads(task.manifest.read_text())
    return manifest


def check(clone: Monorepo, change: ChangeSet) -> None:
    """Make a change, ask, and undo it."""
    try:
        change.make(clone.root)
        said = read_answer(clone.root, "HEAD", region_names(clone.root))
    finally:
        git(clone, "reset", "--quiet", "--hard", "HEAD")
        git(clone, "clean", "--quiet", "-fd")
        link_all(clone)
    found = {region.region: region for region in said.regions if region.is_affected}
    assert set(found) == set(change.regions), {name: region.to_json() for name, region in found.items()}
    for name, region in found.items():
        nodes = {item.node.split(".", 1)[1] for item in region.changes}
        named = {".".join(node.split(".")[:2]) for node in nodes if not node.startswith("test")}
        assert change.nodes_are(named), (name, [(item.node, item.reasons) for item in region.changes])
    assert said.comparison == change.comparison


def test_an_unknown_revision_is_refused(clone: Monorepo) -> None:
    """A revision that git does not know gets one line and exit code 2, also one that looks like an option."""
    for revision in ("nowhere", "--output=x", "", "HEAD..HEAD", "HEAD:projects"):
        refused(clone.forked_cli("affected", f"--since={revision}"), 2, f"no revision {revision!r}")
    refused(clone.forked_cli("affected", "--since=HEAD", "--vars", "nonsense: ["), 2, "not a YAML mapping")
    refused(clone.forked_cli("affected", "--since=HEAD", PATH="/nowhere"), 3, "no git on PATH")
    refused(clone.forked_cli("build", "na", "--defer"), 2, "--select or --since")


def test_ctrl_c_ends_quietly_and_a_kill_leaves_nobody(clone: Monorepo) -> None:
    """Interrupted while dbt parses, the command says one line within seconds; killed, its workers end with it."""
    for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
        change = clone.root / "projects/na/models/staging/stg_orders.sql"
        change.write_text(change.read_text() + "\n-- parse me\n")
        command = clone.command("affected", "--since", "HEAD")
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
            workers: list[psutil.Process] = []
            while process.poll() is None and not workers:
                workers = workers_of(process.pid)
            if number == signal.SIGINT:
                os.killpg(process.pid, number)  # as a terminal does
            else:
                process.kill()
            said = process.communicate(timeout=20)[1]
        assert workers, "it ended before it began"
        assert process.returncode == code
        assert "Traceback" not in said
        assert number == signal.SIGKILL or said.split("\n") == ["", "dbt-regions: interrupted", ""]
        psutil.wait_procs(workers, timeout=20)
        assert [worker for worker in workers if worker.is_running()] == []
    git(clone, "reset", "--quiet", "--hard", "HEAD")


def workers_of(process: int) -> list[psutil.Process]:
    """Return the processes below a process once dbt's importer has forked a worker; none before."""
    with contextlib.suppress(psutil.NoSuchProcess):
        found = psutil.Process(process).children(recursive=True)
        return found if len(found) > 2 else []
    return []


def test_what_is_in_no_file_is_not_missed(clone: Monorepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable of the environment, or of dbt, that differs from the last good build's touches what reads it."""
    project, run = clone.root / "projects/na", clone.root / "build/na/runs/20260101T000000Z-000000"
    manifest = parse(clone, "na")
    write_inputs(run, read_inputs(manifest, project, "{limit: 1}"))
    try:
        assert not any(region.is_affected for region in read_answer(clone.root, "HEAD", ["na"], "{limit: 1}").regions)
        given = read_answer(clone.root, "HEAD", ["na"], "{limit: 1, gate_limits: {stg_events: {late_hours: 9}}}")
        monkeypatch.setenv("DBT_WRITER_LOCK_SECONDS", "7")
        environment = read_answer(clone.root, "HEAD", ["na"], "{limit: 1}")
        monkeypatch.setenv("DBT_NA_HOST", "elsewhere")
        moved = read_answer(clone.root, "HEAD", ["na"], "{limit: 1}")
    finally:
        shutil.rmtree(clone.root / "build/na")
    reasons = {change.node: change.reasons for change in given.regions[0].changes}
    assert reasons["model.shared_macros.gate_events"] == ("variable gate_limits",)
    reasons = {change.node: change.reasons for change in environment.regions[0].changes}
    assert reasons["snapshot.shared_macros.order_snapshot"] == ("variable DBT_WRITER_LOCK_SECONDS",)
    assert "model.shared_macros.agg_funnel_days" not in reasons
    assert moved.regions[0].reasons == ("environment DBT_NA_HOST",)
    assert "elsewhere" not in json.dumps(read_inputs(manifest, project, None).to_json())


def test_a_build_of_what_a_change_touches(clone: Monorepo) -> None:
    """`build --since` builds only the touched nodes of the touched regions, reading the rest of the last good build."""
    refused(clone.cli("build", "na", "--select", "stg_events", "--defer"), 2, "no whole, good build here")
    first = clone.cli("build", "na", "--since", "HEAD")
    assert first.returncode == 0, first.stderr
    assert "na: no whole, good build here; building all of it" in first.stdout
    nothing = clone.cli("build", "na", "--since", "HEAD")
    assert nothing.returncode == 0
    assert "na: nothing to build of the change since HEAD" in nothing.stdout
    try:
        CHANGE_SETS["a shared model"].make(clone.root)
        done = clone.cli("build", "na", "--since", "HEAD", "--defer", "--json")
    finally:
        git(clone, "reset", "--quiet", "--hard", "HEAD")
    assert done.returncode == 0, done.stderr
    stages = {stage["name"]: stage for stage in json.loads(done.stdout)[0]["stages"]}
    assert stages["run"]["nodes"] == {"success": 1}
    assert stages["snapshot"]["nodes"] == {}
    assert stages["publish"]["status"] == "skipped"
    both = clone.cli("build", "na", "--since", "HEAD", "--select", "stg_orders+")
    assert both.returncode == 2
    assert "leave out --select" in both.stderr


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
    project = clone.root / "projects" / region
    manifest = parse(clone, region)
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
