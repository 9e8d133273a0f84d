"""`dbt-regions deployments`: what is rendered from deployment.yml, which job builds what, and jobs as they run."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dbt_regions.build.plan import plan_job_commands
from dbt_regions.cli import deploying, main
from dbt_regions.deploy import Cadence, find_drift, read_cadences, refuse_taken_workflow, render_files, write_files
from dbt_regions.deploy.rendering import JOBS_FILE
from dbt_regions.errors import RequestError
from dbt_regions.regions import read_region, read_regions
from support.monorepo import REPO, Monorepo, copy_monorepo
from support.refusal import refused
from support.repo import link_packages, region_names

STANDING = ("na",)
HOURLY, NIGHTLY = "    exclude: tag:daily\n", "    select: tag:daily\n"


@pytest.fixture(scope="module")
def clone() -> Iterator[Monorepo]:
    """A scratch copy of the monorepo with the rendered files, nothing built."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder))
        shutil.copytree(REPO / ".github", copy.root / ".github")
        for region in region_names():
            link_packages(copy.root / "projects" / region)
        (copy.root / "docs").mkdir()
        shutil.copy(REPO / "docs/deployment.schema.json", copy.root / "docs")
        yield copy


def test_the_shipped_files_are_as_rendered_and_every_node_has_its_job(clone: Monorepo) -> None:
    """The check is green: no file drifted, each node in one job, each test in one at least, no crons that meet."""
    done = clone.cli("deployments", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 files looked at: all are as deployment.yml says; 0 faults" in done.stdout
    for region in region_names():
        assert f"{region} hourly: builds " in done.stdout
        assert f"{region} daily: builds " in done.stdout


FAULTS = {
    "built twice": ((HOURLY, ""), "na: hourly and daily would build at once agg_funnel_movements;"),
    "built by none": ((NIGHTLY, "    select: tag:weekly\n"), "na: no job builds agg_funnel_movements;"),
    "tested by none": (
        ("    stages: [gate, run, test]\n", "    stages: [gate, run]\n"),
        "na: no job runs the test ",
    ),
    "read before it is built": (
        (HOURLY, "    exclude: tag:daily int_watermarks\n"),
        "na: hourly reads but does not build int_watermarks;",
    ),
    "crons that meet": (
        ("    stages: [gate, run, test]\n", "    stages: [gate, run, test]\n    timeout_minutes: 1440\n"),
        "na: job daily starts at 2027-03-14 08:30 UTC while a run of itself may last",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_cadence_is_found(clone: Monorepo, fault: str) -> None:
    """A node in no job or in two, a test in none, a read across jobs and meeting crons are named."""
    edit, words = FAULTS[fault]
    with clone.restored("projects/na/deployment.yml"):
        clone.edit("projects/na/deployment.yml", edit)
        (cadence,) = read_cadences(clone.root, [read_region(clone.root, "na")])
    assert any(fault.startswith(words) for fault in cadence.faults), cadence.faults


def test_a_fault_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with a cadence is told on stderr and makes the check fail, though no file drifted."""
    wrong = Cadence("na", {"daily": frozenset({"model.p.a", "test.p.b"})}, ("na: no job builds x",))
    monkeypatch.setattr(deploying, "read_cadences", lambda _root, _regions: (wrong,))
    monkeypatch.setattr(deploying, "install_regions", lambda _root, _names: None)
    with pytest.raises(SystemExit) as ended:
        main(["--root", str(REPO), "deployments", "--check"])
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (1, "na: no job builds x\n")
    assert "na daily: builds 1 nodes, runs 1 tests\n" in said.out


def test_a_selection_that_dbt_cannot_read_is_refused(clone: Monorepo) -> None:
    """One line names the selection, and the other regions' cadences are read to their end before."""
    regions = [read_region(clone.root, name) for name in ("na", "eu")]
    jobs = tuple(replace(job, exclude="nosuch:daily") for job in regions[0].jobs)
    with pytest.raises(RequestError, match="'nosuch' is not a valid method name; correct select and exclude"):
        read_cadences(clone.root, [replace(regions[0], jobs=jobs), regions[1]])


def drift_of(clone: Monorepo) -> set[tuple[str, str]]:
    """Return the files that are not as rendered, and how."""
    return {(drift.file, drift.how) for drift in find_drift(clone.root, render_files(read_regions(clone.root)))}


def test_a_hand_edit_is_drift_and_rendering_repairs_it(clone: Monorepo) -> None:
    """An edited, a deleted and a left-over file are named; rendering leaves none, and a person's own file alone."""
    workflows = clone.root / ".github/workflows"
    clone.edit(".github/workflows/na.yml", ("timeout-minutes: 60", "timeout-minutes: 600"))
    (clone.root / "projects/eu" / JOBS_FILE).unlink()
    shutil.copy(workflows / "eu.yml", workflows / "gone.yml")
    (workflows / "own.yml").write_text("# Rendered from my own chart\nname: own\n")
    assert drift_of(clone) == {
        (".github/workflows/na.yml", "differs"),
        (f"projects/eu/{JOBS_FILE}", "missing"),
        (".github/workflows/gone.yml", "left over"),
    }
    write_files(clone.root, render_files(read_regions(clone.root)))
    assert drift_of(clone) == set()
    assert (workflows / "own.yml").exists()
    (workflows / "own.yml").unlink()


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (('"30 4 * * *"', '"30 22 1 * *"'), "jobs.daily.cron: cron '30 22 1 * *' names a day or month"),
        (('"30 4 * * *"', '"30 4,22 * * 1"'), "take hours that are on the same day there"),
        ((NIGHTLY, f"{NIGHTLY}    target: nowhere\n"), "has no target 'nowhere'; its targets are embedded, prod"),
    ],
)
def test_what_cannot_be_rendered_is_refused(clone: Monorepo, edit: tuple[str, str], words: str) -> None:
    """A cron that a scheduler in UTC cannot keep, and an unknown target: one line, exit code 2, nothing written."""
    with clone.restored("projects/na/deployment.yml"):
        clone.edit("projects/na/deployment.yml", edit)
        before = (clone.root / ".github/workflows/na.yml").read_bytes()
        refused(clone.cli("deployments"), 2, words)
        assert (clone.root / ".github/workflows/na.yml").read_bytes() == before


@pytest.mark.parametrize("region", region_names())
def test_dbt_jobs_as_code_takes_the_file(region: str) -> None:
    """The released tool itself accepts each rendered file."""
    program = Path(sys.executable).with_name("dbt-jobs-as-code")
    file = REPO / "projects" / region / JOBS_FILE
    done = subprocess.run([program, "validate", file], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "The config file has a valid YML format" in done.stderr
    assert "ERROR" not in done.stderr


@pytest.mark.parametrize("region", region_names())
def test_a_workflow_may_little_and_loses_no_load(region: str) -> None:
    """Its token reads the repository only, its actions are pinned by commit, its secrets are the region's own.

    No run is cancelled by a newer one, and no expression of GitHub's stands in a script.
    """
    text = (REPO / f".github/workflows/{region}.yml").read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["on"]["repository_dispatch"] == {"types": [f"load-{region}"]}
    for name, job in workflow["jobs"].items():
        assert job["concurrency"] == {"group": f"{region}-{name}", "cancel-in-progress": False}
        assert job["environment"] == region
        for step in job["steps"]:
            assert "uses" not in step or len(step["uses"].partition("@")[2]) == 40
            assert "${{" not in step.get("run", "")
        secrets = [value for value in job["env"].values() if "secrets." in value]
        assert secrets == [f"${{{{ secrets.DBT_ENV_SECRET_{region.upper()}_PASSWORD }}}}"]


def test_a_workflow_starts_what_it_is_told(clone: Monorepo) -> None:
    """Crons stand with their zones and start their job; nothing starts by itself before the repository asks for it."""
    with clone.restored("projects/na/deployment.yml"):
        clone.edit(
            "projects/na/deployment.yml",
            ("description: Builds what", "description: >-\n      'a' # ${{ b }} \"c\" Builds"),
        )
        workflow = yaml.safe_load(render_files([read_region(clone.root, "na")])[".github/workflows/na.yml"])
    assert workflow["on"]["schedule"] == [
        {"cron": "50 * * * *"},
        {"cron": "30 4 * * *", "timezone": "America/New_York"},
    ]
    assert workflow["on"]["workflow_dispatch"]["inputs"]["job"]["options"] == ["hourly", "daily"]
    conditions = {name: " ".join(job["if"].split()) for name, job in workflow["jobs"].items()}
    told = "vars.BUILD_ON_GITHUB == 'true' && ( "
    assert conditions == {
        "hourly": f"inputs.job == 'hourly' || ({told}github.event_name == 'repository_dispatch' || "
        "github.event.schedule == '50 * * * *' ))",
        "daily": f"inputs.job == 'daily' || ({told}github.event.schedule == '30 4 * * *' ))",
    }


@pytest.mark.parametrize("command", [("deployments",), ("new-region", "own", "--no-input")])
def test_a_persons_workflow_is_not_overwritten(clone: Monorepo, command: tuple[str, ...]) -> None:
    """A workflow without our first line that has a region's name is refused, and stays; no region is made."""
    name = "na" if command == ("deployments",) else "own"
    file = clone.root / f".github/workflows/{name}.yml"
    before = file.read_bytes() if file.exists() else None
    file.write_text("name: mine\n")
    try:
        with pytest.raises(RequestError, match=r"was not rendered by this command; move it away"):
            refuse_taken_workflow(clone.root, name)
        refused(clone.cli(*command), 2, f".github/workflows/{name}.yml is there and was not rendered")
        assert file.read_text() == "name: mine\n"
        assert not (clone.root / "projects/own").exists()
    finally:
        file.unlink()
        if before:
            file.write_bytes(before)


def test_a_job_builds_its_part(monorepo: Monorepo) -> None:
    """The daily job builds its node and publishes nothing; the hourly one publishes, and leaves the daily node alone.

    Neither counts as a whole build.
    """
    published = "select count(*) from analytics_published.product_funnel_publication"
    monorepo.rows("na", "delete from analytics_published.product_funnel_publication returning 1")
    movements = "select min(xmin::text::bigint), max(xmin::text::bigint) from analytics.agg_funnel_movements"
    (whole,) = (monorepo.root / "build/na/last-good").resolve().parts[-1:]
    before = monorepo.rows("na", published)
    refused(monorepo.forked_cli("build", "na", "--job", "weekly"), 2, "na has no job 'weekly'", "hourly, daily")
    refused(monorepo.forked_cli("build", "na", "--job", "daily", "--select", "x"), 2, "says by itself what is built")
    refused(monorepo.forked_cli("build", "na", "--job", "daily", "--since", "HEAD"), 2, "says by itself what is built")
    done = monorepo.cli("build", "na", "--job", "daily", "--json")
    assert done.returncode == 0, done.stderr
    (daily,) = json.loads(done.stdout)
    assert daily["job"] == "daily"
    said = {stage["name"]: stage["status"] for stage in daily["stages"]}
    assert [name for name, status in said.items() if status == "skipped"] == ["snapshot", "publish", "document"]
    (run,) = [stage["nodes"] for stage in daily["stages"] if stage["name"] == "run"]
    assert run == {"success": 1}
    assert monorepo.rows("na", published) == before == ((0,),)
    rows = monorepo.rows("na", movements)
    done = monorepo.cli("build", "na", "--job", "hourly", "--json")
    assert done.returncode == 0, done.stderr
    (hourly,) = json.loads(done.stdout)
    assert {stage["status"] for stage in hourly["stages"]} == {"passed"}
    assert monorepo.rows("na", published) > before
    assert monorepo.rows("na", movements) == rows
    assert (monorepo.root / "build/na/last-good").resolve().name == whole


@pytest.mark.proof
def test_plain_dbt_is_as_safe(monorepo: Monorepo) -> None:
    """The commands of dbt Cloud's job, run as plain dbt, gate and publish; a bad load stops the first of them."""
    region = read_region(monorepo.root, "na")
    hourly = next(job for job in region.jobs if job.name == "hourly")
    jobs = yaml.safe_load((REPO / "projects/na" / JOBS_FILE).read_text())["jobs"]
    steps = [shlex.split(step) for step in jobs["na-hourly"]["execute_steps"]]
    assert steps == [["dbt", *command] for command in plan_job_commands("na", hourly)]
    published = "select count(distinct run_id) from analytics_published.product_funnel_publication"
    monorepo.rows("na", "delete from analytics_published.product_funnel_publication returning 1")
    for _, *arguments in steps:
        done = monorepo.cli("dbt", "na", "--", *arguments)
        assert done.returncode == 0, done.stdout
    assert monorepo.rows("na", published) == ((1,),)
    monorepo.rows("na", "delete from raw.events returning 1")
    _, *gate = steps[0]
    done = monorepo.cli("dbt", "na", "--", *gate)
    assert done.returncode == 1
    assert "gate: region na" in done.stdout
