"""Real clients at a job server over TLS that really builds: dbtc as released, dbt-jobs-as-code, our own commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import trustme

from dbt_regions.warehouse import Server
from support.install_dbtc import FOLDER, install
from support.job_server import Client, JobServer, real_server, running
from support.monorepo import Monorepo
from support.next_load import bring_next_load

STANDING = ("na",)


@pytest.fixture(scope="module")
def tls(monorepo: Monorepo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobServer]:
    """A server on the embedded warehouse with a certificate; its log, store and artifacts have no secret."""
    folder = tmp_path_factory.mktemp("certificate")
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    own.private_key_pem.write_to_path(folder / "key.pem")
    for blob in own.cert_chain_pems:
        blob.write_to_path(folder / "chain.pem", append=True)
    options = ("--certificate", str(folder / "chain.pem"), "--key", str(folder / "key.pem"), "--target", "embedded")
    server = real_server(monorepo.root, monorepo.home, *options)
    server.ca = str(folder / "ca.pem")
    with running(server):
        yield server
        assert server.stop() == 0
    assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def na(tls: JobServer) -> Client:
    """A client of NA, whose jobs our own `deploy` has put there."""
    client = tls.client("na")
    done = cli(client, "deploy", "na", "--apply")
    assert done.returncode == 0, done.stderr
    client.jobs = {row["name"]: row["id"] for row in tls.rows("select id, name from job")}
    return client


def cli(client: Client, *arguments: str, token: str = "") -> subprocess.CompletedProcess[str]:
    """Run one of our commands against the server."""
    server = client.server
    environment = {
        **os.environ, "DBT_API_KEY": token or client.token, "DBT_BASE_URL": server.url,
        "REQUESTS_CA_BUNDLE": str(server.ca),
    }  # fmt: skip
    command = [sys.executable, "-m", "dbt_regions.cli", "--root", str(server.root), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


def test_what_is_deployed_is_as_planned(na: Client) -> None:
    """After `deploy --apply` the plan is empty; what differs from the server's checkout is refused with a reason."""
    again = cli(na, "deploy", "na", "--check")
    assert (again.returncode, again.stdout) == (0, f"na: the jobs on {na.server.url} are as deployment.yml says\n")
    jobs = na.get("/jobs/")
    assert sorted(job["name"] for job in jobs) == ["na: daily [[na-daily]]", "na: hourly [[na-hourly]]"]
    other = {**jobs[0], "execute_steps": ["dbt run --select everything"]}
    answer = na.send("POST", f"/jobs/{jobs[0]['id']}/", json=other)
    assert answer.status_code == 400
    assert "execute_steps is not as projects/na/deployment.yml says" in answer.json()["status"]["user_message"]
    number = na.jobs["daily"]
    assert na.send("DELETE", f"/jobs/{number}/").ok
    assert na.send("GET", f"/jobs/{number}/").status_code == 404
    assert cli(na, "deploy", "na", "--apply").stdout.startswith("create job na-daily")
    assert na.get(f"/jobs/{number}/")["name"] == "na: daily [[na-daily]]"


def test_trigger_follows_a_run(monorepo: Monorepo, na: Client) -> None:
    """`trigger` tells each step and ends with 0; the load is built, and told again it starts nothing."""
    load_id = bring_next_load(monorepo, "na")
    done = cli(na, "trigger", "na", "--load-id", load_id, "--poll-seconds", "0.1")
    assert done.returncode == 0, done.stderr
    assert "running, test" in done.stdout
    assert done.stdout.endswith("success\n")
    run = na.get("/runs/", order_by="-id", limit=1)[0]
    assert run["loads"] == [{"load_id": load_id, "watermark": run["loads"][0]["watermark"], "built_by": run["id"]}]
    again = cli(na, "trigger", "na", "--load-id", load_id, "--poll-seconds", "0.1")
    assert f"run {run['id']} was started for this load before" in again.stdout
    wrong = cli(na, "trigger", "na", token="dbtr_1_" + "A" * 43)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "401" in wrong.stderr
    foreign = cli(na.server.client("eu"), "trigger", "na")
    assert (foreign.returncode, foreign.stderr.count("\n")) == (2, 1)
    assert "403" in foreign.stderr


def test_a_load_that_never_came_is_told(na: Client) -> None:
    """`trigger` for a load that no table has: the run passes, the command says that the load was not there: 1."""
    done = cli(na, "trigger", "na", "--load-id", "never-came", "--poll-seconds", "0.1")
    assert done.returncode == 1, done.stderr
    assert "load never-came was not there" in done.stderr
    assert "not in load_manifest, so not seen: never-came" in done.stdout


def test_a_manifest_that_cannot_be_read_is_no_empty_one(monorepo: Monorepo, na: Client) -> None:
    """Where load_manifest cannot be read the run fails and builds nothing: else all that was announced would count."""
    monorepo.rows("na", "alter table analytics_history.load_manifest rename column watermark to mark")
    try:
        run = na.wait_for(na.announce("unread")["id"], "Error")
    finally:
        monorepo.rows("na", "alter table analytics_history.load_manifest rename column mark to watermark")
    assert "a query of ours failed" in run["status_message"]
    assert run["loads"][0]["built_by"] is None


def test_dbtc_as_released(na: Client) -> None:
    """Trigger, poll to success, list and fetch run_results.json and catalog.json, cancel: all by dbtc, over TLS."""
    reason = install()
    if reason or sys.version_info >= (3, 13):
        pytest.skip(f"dbtc is not to be had: {reason or 'its pandas is none for Python 3.13'}")
    program = str(Path(__file__).parents[1] / "support" / "dbtc_client.py")
    host = na.server.url.removeprefix("https://")
    environment = {**os.environ, "PYTHONPATH": str(FOLDER), "REQUESTS_CA_BUNDLE": str(na.server.ca)}
    command = [sys.executable, program, host, na.token, "1", str(na.jobs["hourly"])]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["good"]["status_humanized"] == "Success"
    assert [step["name"] for step in said["steps"]][-3:] == ["publish", "document", "record"]
    assert said["cancelled"]["status_humanized"] == "Cancelled"
    assert {"run_results.json", "catalog.json", "manifest.json"} <= set(said["artifacts"])
    assert any(node.startswith("model.shared_macros.product_funnel") for node in said["results"])
    assert "model.shared_macros.agg_product_funnel" in said["catalog"]
    assert sorted(said["jobs"]) == ["na: daily [[na-daily]]", "na: hourly [[na-hourly]]"]
    assert said["recent"] == said["cancelled"]["id"] == said["runs"][0]


def test_a_server_with_tls_speaks_nothing_else(na: Client) -> None:
    """Plain HTTP gets no answer; a certificate that nobody vouches for is refused by the client."""
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(na.server.url.replace("https", "http") + "/health", timeout=9)
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(na.server.url + "/health", timeout=9)


def test_no_secret_is_left_anywhere(monorepo: Monorepo, na: Client) -> None:
    """Neither the token nor the warehouse's password is in the log, the store or an artifact of all these runs."""
    secrets = (na.token.encode(), Server(monorepo.home).region("na").password.encode())
    files = [na.server.log, *na.server.state.iterdir(), *(monorepo.root / "build" / "na").rglob("*")]
    read = [file for file in files if file.is_file()]
    assert len(read) > 20
    assert [file for file in read if any(secret in file.read_bytes() for secret in secrets)] == []
