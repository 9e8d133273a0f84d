"""The Glue script against a loopback dbt Cloud and a loopback Secrets Manager: one run a load, whatever breaks."""

from __future__ import annotations

import ast
import importlib.util
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.dbt_cloud import TOKEN, DbtCloud, dbt_cloud
from support.repo import ROOT

SCRIPT = ROOT / "packages/glue_trigger/trigger_dbt.py"
OLD_PYTHON = shutil.which("python3.9") or ""
if OLD_PYTHON and subprocess.run([OLD_PYTHON, "--version"], check=False, capture_output=True).returncode:
    OLD_PYTHON = ""  # a manager of versions that has none
LOAD = "glue-20261129T1400"
PROPERTIES = {("hourly", "wr_1"): {"load_id": LOAD, "watermark": "W"}, ("hourly", "wr_2"): {}}


def load_script() -> ModuleType:
    """Return the script as a module."""
    found = importlib.util.spec_from_file_location("trigger_dbt", SCRIPT)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def with_job(cloud: DbtCloud) -> DbtCloud:
    """Put the region's job into the account."""
    cloud.jobs[7] = {"id": 7, "name": "phoenix: hourly [[phoenix-hourly]]", "project_id": 104, "execute_steps": ["x"]}
    return cloud


@pytest.fixture
def cloud() -> Iterator[DbtCloud]:
    """A loopback account with the region's job."""
    with dbt_cloud() as state:
        yield with_job(state)


def arguments(cloud: DbtCloud, load_id: str = LOAD) -> list[str]:
    """Return what Glue gives the script, its own arguments among them."""
    return [
        "--scriptLocation", "s3://bucket/trigger_dbt.py", "--region", "phoenix", "--load_id", load_id,
        "--watermark", "2026-11-29T14:00:00Z", "--base_url", cloud.url, "--account_id", "1", "--job_id", "7",
        "--secret_id", "dbt/phoenix", "--TempDir", "s3://bucket/tmp",
    ]  # fmt: skip


_ANSWERS: Mapping[str, Callable[[Any, list[str]], Any]] = {
    "secretsmanager.GetSecretValue": lambda asked, texts: {"Name": asked["SecretId"], "SecretString": texts[-1]},
    "AWSGlue.GetWorkflowRunProperties": lambda asked, _: {"RunProperties": PROPERTIES[asked["Name"], asked["RunId"]]},
}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A loopback AWS for boto3 itself, Secrets Manager and Glue; the last text of the list is the secret."""
    texts = [TOKEN]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
            content = json.dumps(_ANSWERS[self.headers["X-Amz-Target"]](asked, texts)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "loopback",
        "AWS_SECRET_ACCESS_KEY": "loopback",
        "AWS_DEFAULT_REGION": "us-west-2",
    }.items():
        monkeypatch.setenv(name, value)
    yield texts
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.usefixtures("secrets")
def test_a_load_is_announced_once_and_the_script_may_run_twice(cloud: DbtCloud) -> None:
    """As Glue runs it, as a program: the first run starts dbt's, the second finds it; the token is in no output."""
    for words in ("run 9000 started", "run 9000 was started before"):
        done = subprocess.run([sys.executable, SCRIPT, *arguments(cloud)], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"load {LOAD} of phoenix: {words}\n"
        assert TOKEN not in done.stdout + done.stderr
    assert cloud.causes() == [f"load {LOAD} of phoenix, watermark 2026-11-29T14:00:00Z"]


def test_the_secret_may_be_json(cloud: DbtCloud, secrets: list[str]) -> None:
    """A secret made by the console is JSON with a key."""
    secrets.append(json.dumps({"token": TOKEN}))
    assert load_script().main(arguments(cloud)) == 0
    assert len(cloud.runs) == 1


@pytest.mark.usefixtures("secrets")
def test_a_workflow_hands_the_load_over(
    cloud: DbtCloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without arguments the load is the workflow run's property; without one, or without AWS, nothing is asked."""
    given = arguments(cloud)
    place = given.index("--load_id")
    given = [*given[:place], *given[place + 4 :], "--WORKFLOW_NAME", "hourly", "--WORKFLOW_RUN_ID"]
    assert load_script().main([*given, "wr_1"]) == 0
    assert cloud.causes() == [f"load {LOAD} of phoenix, watermark W"]
    asked = len(cloud.requests)
    assert load_script().main([*given, "wr_2"]) == 1
    assert capsys.readouterr().err.startswith("no run for a load of phoenix: no load id: give --load_id")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert load_script().main(arguments(cloud)) == 1
    assert capsys.readouterr().err.startswith(
        f"no run for load {LOAD} of phoenix: AWS secretsmanager: Could not connect"
    )
    assert len(cloud.requests) == asked


def test_a_refusal_is_final(cloud: DbtCloud, secrets: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong token, a job that is not there and an address without TLS: asked once at most, exit code 1, one line."""
    secrets.append("wrong-token")
    assert load_script().main(arguments(cloud)) == 1
    assert capsys.readouterr().err == (
        f"no run for load {LOAD} of phoenix: /api/v2/accounts/1/runs/ answers 401 Unauthorized\n"
    )
    secrets.append(TOKEN)
    assert load_script().main([*arguments(cloud), "--job_id", "8"]) == 1
    assert "answers 404 Not Found" in capsys.readouterr().err
    asked = len(cloud.requests)
    assert load_script().main([*arguments(cloud), "--base_url", "http://example.com"]) == 1
    assert "does not begin with https://" in capsys.readouterr().err
    assert len(cloud.requests) == asked == 3
    assert cloud.runs == {}


@pytest.mark.parametrize("text", ["", "two words", "a\nb", '{"other": "x"}', "{broken", "€"])
def test_a_secret_that_is_no_token_is_refused(
    cloud: DbtCloud, secrets: list[str], capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """A secret of another form is named by its id, not shown, and nothing is asked."""
    secrets.append(text)
    assert load_script().main(arguments(cloud)) == 1
    assert capsys.readouterr().err.endswith(
        "the secret dbt/phoenix is no token: one word, or JSON with the key token\n"
    )
    assert cloud.requests == []


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("load_id", ["2026-01-01,1", "a b", "a\nb", " ", "x" * 129])
def test_a_load_id_that_is_none_is_refused(cloud: DbtCloud, load_id: str) -> None:
    """An id that a cause cannot carry would start a run each time: it is refused, and nothing is asked."""
    assert load_script().main(arguments(cloud, load_id)) == 1
    assert cloud.requests == []


@pytest.mark.usefixtures("secrets")
def test_the_token_goes_nowhere_else(cloud: DbtCloud, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer that leads to another address is final: nothing is asked there."""
    with dbt_cloud() as other:
        cloud.leads_to = f"{other.url}/api/v2/accounts/1/runs/"
        assert load_script().main(arguments(cloud)) == 1
        assert other.requests == []
    assert "answers 302 Found" in capsys.readouterr().err


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("answer", [[], {"data": None}, {"data": [{}]}, {"data": [3]}])
def test_an_answer_of_another_form_is_final(
    cloud: DbtCloud, answer: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no answer of the API ends with one line and exit code 1."""
    cloud.answers_with = answer
    script = load_script()
    monkeypatch.setattr(script.time, "sleep", lambda _seconds: None)
    assert script.main(arguments(cloud), first_wait=0) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_without_an_answer_it_ends(cloud: DbtCloud, secrets: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Six tries, each told, then exit code 1: Glue shows the step as failed."""
    assert secrets
    cloud.faults = [503] * 20
    assert load_script().main(arguments(cloud), first_wait=0) == 1
    said = capsys.readouterr()
    assert len(cloud.requests) == len(said.out.splitlines()) + 1 == 6
    assert said.err.endswith("answers 503 Service Unavailable\n")


FAULT = st.sampled_from([None, None, None, 0, 0, 429, 503])


@settings(deadline=None, max_examples=25)
@given(faults=st.lists(FAULT, max_size=10).filter(lambda faults: sum(fault is not None for fault in faults) <= 5))
def test_one_run_a_load_whatever_breaks(faults: list[int | None]) -> None:
    """Answers lost after the server has acted, 429 and 5xx in any order: in the end there is exactly one run."""
    script = load_script()
    with dbt_cloud() as cloud:
        with_job(cloud).faults = list(faults)
        url = f"{cloud.url}/api/v2/accounts/1"
        number, _ = script.repeat(lambda: script.ensure_run(url, 7, TOKEN, "load L of phoenix", "load L of phoenix"), 0)
        assert list(cloud.runs) == [number]


def test_it_is_python_39_and_the_standard_library() -> None:
    """Glue's Python shell is 3.9: the script has its grammar, and imports what that or Glue itself ships."""
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 9))
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
    }
    names |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert names - sys.stdlib_module_names == {"boto3", "botocore"}


@pytest.mark.skipif(not OLD_PYTHON, reason="python3.9, which Glue's Python shell has, does not run here")
def test_glues_python_runs_it() -> None:
    """Python 3.9 runs it up to its arguments, without a package of ours or of anybody else's."""
    done = subprocess.run(
        [OLD_PYTHON, "-I", SCRIPT, "--region", "phoenix"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "the following arguments are required: --account_id, --job_id, --secret_id" in done.stderr
