"""`dbt-regions deploy` and `trigger` against a loopback dbt Cloud: planned, applied when told, started once a load."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_regions.deploy import render_files, write_files
from dbt_regions.deploy.triggering import find_trigger_job, plan_cause, start_run
from dbt_regions.domain import DbtCloudPlace
from dbt_regions.errors import RequestError, WorldError
from dbt_regions.http_client import JsonApi
from dbt_regions.regions import read_region, read_regions
from support.dbt_cloud import TOKEN, DbtCloud, dbt_cloud
from support.monorepo import REPO, Monorepo, copy_monorepo
from support.refusal import refused

FEW = lambda faults: sum(fault is not None for fault in faults) <= 5  # noqa: E731  a sixth in a row is an error
PLACE = DbtCloudPlace(1, 101, 201)


@pytest.fixture(scope="module")
def clone() -> Iterator[Monorepo]:
    """A scratch copy of the monorepo, nothing built."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        yield copy_monorepo(Path(folder))


@pytest.fixture
def cloud() -> Iterator[DbtCloud]:
    """An empty account on a loopback server."""
    with dbt_cloud() as state:
        yield state


def run(clone: Monorepo, cloud: DbtCloud, *arguments: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    """Run a command against the loopback account; the token is in nothing that it prints."""
    done = clone.forked_cli(*arguments, DBT_API_KEY=token, DBT_BASE_URL=cloud.url)
    assert token not in done.stdout + done.stderr
    return done


def test_jobs_are_planned_applied_and_then_as_they_should_be(clone: Monorepo, cloud: DbtCloud) -> None:
    """The plan changes nothing; applied, the next plan is empty; a hand edit shows with both values and is repaired."""
    plan = run(clone, cloud, "deploy", "na")
    assert plan.returncode == 0, plan.stderr
    assert sorted(plan.stdout.splitlines())[:2] == ["create job na-daily", "create job na-hourly"]
    assert cloud.jobs == {}
    assert run(clone, cloud, "deploy", "na", "--check").returncode == 1
    applied = run(clone, cloud, "deploy", "na", "--apply")
    assert f"na: 2 jobs changed on {cloud.url}" in applied.stdout
    assert {job["name"] for job in cloud.jobs.values()} == {"na: hourly [[na-hourly]]", "na: daily [[na-daily]]"}
    empty = run(clone, cloud, "deploy", "na", "--check")
    assert (empty.returncode, empty.stdout) == (0, f"na: the jobs on {cloud.url} are as deployment.yml says\n")
    hourly = next(job for job in cloud.jobs.values() if "hourly" in job["name"])
    hourly["execution"]["timeout_seconds"] = 60
    drifted = run(clone, cloud, "deploy", "na", "--check")
    assert drifted.returncode == 1
    assert "update job na-hourly\n    execution.timeout_seconds: 60 becomes 3600\n" in drifted.stdout
    assert run(clone, cloud, "deploy", "na", "--apply").returncode == 0
    assert hourly["execution"]["timeout_seconds"] == 3600


def test_other_regions_and_peoples_own_jobs_stay(clone: Monorepo, cloud: DbtCloud) -> None:
    """A region's jobs are applied without a look at another's; a job that a person made has no mark and stays."""
    for region in ("na", "eu"):
        assert run(clone, cloud, "deploy", region, "--apply").returncode == 0
    own = {**next(iter(cloud.jobs.values())), "id": 1, "name": "made by hand"}
    cloud.jobs[1] = own
    before = {number: dict(job) for number, job in cloud.jobs.items()}
    with clone.restored("projects/na/deployment.yml", "projects/na/dbt_cloud_jobs.yml"):
        text = (clone.root / "projects/na/deployment.yml").read_text()
        start, end = text.index("  daily:"), text.index("dbt_cloud:")
        (clone.root / "projects/na/deployment.yml").write_text(text[:start] + text[end:])
        stale = run(clone, cloud, "deploy", "na")
        assert stale.returncode == 2
        assert "run nox -s deployments" in stale.stderr
        write_files(clone.root, render_files(read_regions(clone.root)))
        done = run(clone, cloud, "deploy", "na", "--apply")
    assert done.stdout.splitlines()[0] == "delete job na-daily"
    gone = {number for number, job in before.items() if "na-daily" in job["name"]}
    assert cloud.jobs == {number: job for number, job in before.items() if number not in gone}


def test_two_regions_of_one_place_are_refused(clone: Monorepo, cloud: DbtCloud) -> None:
    """Each would delete the other's jobs: no command goes on, and nothing is asked of the API."""
    with clone.restored("projects/na/deployment.yml"):
        clone.edit("projects/na/deployment.yml", ("101", "102"), ("201", "202"))
        for command in (("deploy", "na", "--apply"), ("deployments", "--check")):
            refused(run(clone, cloud, *command), 2, "would delete the other's jobs")
    assert cloud.requests == []


BAD = {
    "no token": ({"DBT_API_KEY": ""}, 2, "DBT_API_KEY is not set"),
    "a wrong token": ({"DBT_API_KEY": "nobody-knows-this"}, 2, "401"),
    "a token with a line end": ({"DBT_API_KEY": f"{TOKEN}\r"}, 2, "DBT_API_KEY has a blank, a line end"),
    "a token of no token's characters": ({"DBT_API_KEY": "€uro"}, 2, "DBT_API_KEY has a blank, a line end"),
    "no TLS": ({"DBT_BASE_URL": "http://127.0.0.2:80"}, 2, "does not begin with https://"),
    "no server": ({"DBT_BASE_URL": "http://127.0.0.1:9"}, 3, "http://127.0.0.1:9"),
}


@pytest.mark.parametrize("command", [("deploy", "na"), ("trigger", "na")])
@pytest.mark.parametrize("case", BAD)
def test_a_bad_login_is_one_line(clone: Monorepo, cloud: DbtCloud, case: str, command: tuple[str, ...]) -> None:
    """A missing or refused token is exit code 2, an address where nobody answers 3; the token is not shown."""
    environment, code, words = BAD[case]
    done = clone.cli(*command, **{"DBT_API_KEY": TOKEN, "DBT_BASE_URL": cloud.url, **environment})
    refused(done, code, words)
    assert (environment.get("DBT_API_KEY") or TOKEN).strip() not in done.stderr


@pytest.mark.parametrize(
    ("course", "code", "words"),
    [
        ((2, 3, 10), 0, ""),
        ((2, 3, 20), 1, "run 9000 ended in error: dbt test failed; see http"),
        ((30,), 130, "run 9000 was cancelled; see http"),
    ],
)
def test_a_run_is_followed_to_its_end(
    clone: Monorepo, cloud: DbtCloud, course: tuple[int, ...], code: int, words: str
) -> None:
    """Each state is told as it comes, the running step with it; the exit code is the run's."""
    run(clone, cloud, "deploy", "na", "--apply")
    cloud.course = course
    done = run(
        clone, cloud, "trigger", "na", "--load-id", "L1", "--watermark", "2026-11-29T14:00Z", "--poll-seconds", "0.1"
    )
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert cloud.causes() == ["load L1 of na, watermark 2026-11-29T14:00Z"]
    told = [line.split("s  ")[1] for line in done.stdout.splitlines() if " s  " in line]
    states = {
        2: "starting",
        3: "running, Invoke dbt run --select tag:gate",
        10: "success",
        20: "error",
        30: "cancelled",
    }
    assert told == ["queued", *(states[state] for state in course)]


def test_a_load_starts_one_run(clone: Monorepo, cloud: DbtCloud) -> None:
    """A load announced again starts nothing while its run waits, runs or has succeeded; after a failure it does."""
    run(clone, cloud, "deploy", "na", "--apply")
    announce = ("trigger", "na", "--load-id", "L1", "--no-wait")
    assert "run 9000 started" in run(clone, cloud, *announce).stdout
    for status, number in ((1, 9000), (3, 9000), (10, 9000), (20, 9001)):
        cloud.runs[9000]["status"] = status
        assert f"run {number} " in run(clone, cloud, *announce).stdout
    assert "run 9002 started" in run(clone, cloud, "trigger", "na", "--load-id", "L", "--no-wait").stdout
    assert len(cloud.runs) == 3


def test_what_cannot_be_triggered_is_refused(clone: Monorepo, cloud: DbtCloud) -> None:
    """A job that is not deployed, an unknown one, and a load id that is none: one line, exit code 2, no run."""
    refused(run(clone, cloud, "trigger", "na", "--no-wait"), 2, "0 jobs are called [[na-hourly]]")
    refused(run(clone, cloud, "trigger", "na", "--job", "weekly"), 2, "na has no job 'weekly'")
    refused(run(clone, cloud, "trigger", "na", "--load-id", "L1\nHost: x"), 2, "load id")
    refused(run(clone, cloud, "trigger", "na", "--watermark", "x"), 2, "name it with --load-id")
    refused(run(clone, cloud, "deploy", "na", "--apply", "--check"), 2, "give one of them")
    with clone.restored("projects/na/deployment.yml"):
        text = (clone.root / "projects/na/deployment.yml").read_text()
        (clone.root / "projects/na/deployment.yml").write_text(text[: text.index("dbt_cloud:")])
        refused(run(clone, cloud, "trigger", "na"), 2, "has no dbt_cloud")
    assert cloud.runs == {}


@pytest.mark.parametrize("answer", [{}, [], {"data": None}, {"data": [{"id": 1}]}])
def test_an_answer_of_another_form_is_the_worlds(clone: Monorepo, cloud: DbtCloud, answer: object) -> None:
    """What is no answer of the API is exit code 3 and one line."""
    cloud.answers_with = answer
    refused(run(clone, cloud, "trigger", "na", "--load-id", "L1"), 3, "not of the form of dbt Cloud's API v2")


def test_a_job_that_stands_twice_is_named(clone: Monorepo, cloud: DbtCloud) -> None:
    """Two jobs of one mark are told with their numbers, to delete one."""
    for number in (7, 8):
        cloud.jobs[number] = {"id": number, "name": "x [[na-hourly]]", "project_id": 101, "environment_id": 201}
    refused(run(clone, cloud, "trigger", "na"), 2, "delete all but one of the jobs 7, 8 there")


def test_a_failing_server_is_the_worlds(clone: Monorepo, cloud: DbtCloud) -> None:
    """A 500 in the middle of applying is exit code 3; applied again, all is there once."""
    cloud.faults = [None, None, 500]
    refused(run(clone, cloud, "deploy", "na", "--apply"), 3, "plan again to see what is left")
    assert run(clone, cloud, "deploy", "na", "--apply").returncode == 0
    assert len(cloud.jobs) == 2


@settings(deadline=None, max_examples=25)
@given(faults=st.lists(st.sampled_from([None, None, None, 0, 0, 429, 503]), max_size=8).filter(FEW))
def test_a_load_starts_one_run_whatever_breaks(faults: list[int | None]) -> None:
    """Answers lost after the server has acted, 429 and 5xx in any order: in the end there is exactly one run."""
    with dbt_cloud() as cloud:
        job = {"id": 7, "name": "na: hourly [[na-hourly]]", "project_id": 101, "environment_id": 201}
        cloud.jobs[7] = {**job, "execute_steps": ["x"]}
        cloud.faults = list(faults)
        api = JsonApi(cloud.url, TOKEN, back_off=0)
        started = start_run(api, PLACE, "na-hourly", plan_cause("na", "L1", None, ""), first_wait=0)
        assert list(cloud.runs) == [started.id]


@pytest.mark.parametrize(
    ("fault", "error", "asked"), [(401, RequestError, 1), (400, RequestError, 1), (500, WorldError, 6)]
)
def test_what_will_not_pass_is_not_tried_again(cloud: DbtCloud, fault: int, error: type[Exception], asked: int) -> None:
    """A 401 and a 400 are asked once, a 500 six times."""
    cloud.faults = [fault] * 20
    with pytest.raises(error):
        start_run(JsonApi(cloud.url, TOKEN, back_off=0), PLACE, "na-hourly", "load L1 of na", first_wait=0)
    assert len(cloud.requests) == asked


def test_a_region_without_a_job_by_load_names_one() -> None:
    """Which job is meant is asked for where no job is started by loads."""
    na = read_region(REPO, "na")
    assert find_trigger_job(na, None)[0].name == "hourly"
    assert find_trigger_job(na, "daily")[0].name == "daily"
    assert os.environ.get("DBT_API_KEY") is None
