"""Stops and deaths of a job server, its worker and its runs, and what was due meanwhile: nothing is lost or twice."""

from __future__ import annotations

import itertools
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from support.job_server import (
    JobServer,
    bare_monorepo,
    effects,
    held,
    program_environment,
    stub_server,
    wait_for,
)
from support.refusal import refused


def test_a_build_may_end_when_the_server_stops(serve: Callable[..., JobServer]) -> None:
    """SIGTERM: no more requests, but the build on its way has its grace and ends as a success."""
    server = serve("--grace", "60")
    na = server.client("na")
    na.deploy()
    with held(server, "during"):
        run = na.announce("L1")
        na.wait_for(run["id"], "Running")
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not server.is_well())
    assert server.process.wait(60) == 0
    assert server.rows("select status, message from run") == [{"status": 10, "message": None}]


def test_a_build_past_its_grace_is_done_again(own: JobServer) -> None:
    """SIGINT with a build that does not end: it is stopped, marked, put to the queue, and done by the next server."""
    na = own.client("na")
    na.deploy()
    with held(own, "during"):
        run = na.announce("L1")
        na.wait_for(run["id"], "Running")
        assert own.stop(signal.SIGINT) == 0
    words = f"stopped with the server; run {run['id'] + 1} does its work"
    assert [row["message"] for row in own.rows("select message from run")] == [words, None]
    own.start()
    na.wait_for(run["id"] + 1, "Success")
    assert own.rows("select load_id, built_by from load") == [{"load_id": "L1", "built_by": run["id"] + 1}]


@pytest.mark.parametrize("victim", ["server", "worker", "run"])
def test_kill_nine(own: JobServer, victim: str) -> None:
    """Killed in the middle of a run: the run is marked, its load is built by the next one, and nothing twice."""
    na = own.client("na")
    na.deploy()
    with held(own, "during"):
        first = na.announce("L1")
        na.wait_for(first["id"], "Running")
        second = na.announce("L2")
        assert own.process is not None
        worker = own.worker()
        run = worker.children()[0]
        {"server": psutil.Process(own.process.pid), "worker": worker, "run": run}[victim].kill()
        if victim == "server":  # the old worker may still be there when the new server begins
            own.process.wait(30)
            own.start()
        gone, alive = psutil.wait_procs([run], timeout=30)
        assert gone
        assert not alive
    last = na.wait_for(second["id"], "Success")
    killed = na.run(first["id"])
    assert killed["status_humanized"] in {"Error", "Cancelled"}
    assert f"run {second['id']} does its work" in killed["status_message"]
    assert [load["load_id"] for load in last["loads"]] == ["L1", "L2"]
    assert {row["built_by"] for row in own.rows("select built_by from load")} == {second["id"]}
    assert len(effects(own)) == 1
    spans = own.rows("select dequeued_at, finished_at from run order by dequeued_at")
    assert all(before["finished_at"] <= after["dequeued_at"] for before, after in itertools.pairwise(spans))


def test_a_new_server_waits_for_the_old_ones_runs(serve: Callable[..., JobServer]) -> None:
    """A run may outlive its server by its grace: the next server lets it end, and begins no other run of the region."""
    server = serve("--grace", "60")
    na = server.client("na")
    na.deploy()
    with held(server, "during"):
        first = na.announce("L1")["id"]
        na.wait_for(first, "Running")
        assert server.process is not None
        old = server.worker()
        server.stop(signal.SIGKILL)
        server.start()
        wait_for(lambda: "waits for the worker before it" in server.log.read_text())
        second = na.announce("L2")["id"]
        assert (na.run(first)["status"], na.run(second)["status"]) == (3, 1)
        assert old.is_running()
    assert na.wait_for(second, "Success")["loads"][0]["built_by"] == second
    assert (na.run(first)["status"], na.run(first)["loads"][0]["built_by"]) == (10, first)
    assert server.stop() == 0


def test_a_run_that_always_dies_is_given_up(own: JobServer) -> None:
    """After three deaths in a row a run is not begun again by itself; its load may be announced again."""
    na = own.client("na")
    na.deploy()
    with held(own, "during"):
        first = na.announce("L1")["id"]
        for number in range(first, first + 3):
            na.wait_for(number, "Running")
            own.worker().children()[0].kill()
            na.wait_for(number, "Error")
    assert "not begun again by itself" in na.run(first + 2)["status_message"]
    assert [row["status"] for row in own.rows("select status from run")] == [20, 20, 20]
    na.wait_for(na.announce("L1")["id"], "Success")


def test_a_second_server_is_refused(own: JobServer) -> None:
    """The same store, or the same port: exit code 3 and a line that says so; the first goes on."""
    same_store = subprocess.run(own.command(), check=False, capture_output=True, text=True, env=program_environment())
    assert same_store.returncode == 3
    assert "another server works on" in same_store.stderr.splitlines()[-1]
    words = own.command("--state", str(own.root / "other"))
    same_port = subprocess.run(words, check=False, capture_output=True, text=True, env=program_environment())
    assert same_port.returncode == 3, same_port.stderr
    assert f"cannot listen on 127.0.0.1:{own.port}" in same_port.stderr.splitlines()[-1]
    assert own.is_well()


def test_a_cron_that_was_missed_fires_once(own: JobServer) -> None:
    """While the server is down two days of a daily cron and many sweeps pass: it makes up for each with one run."""
    na = own.client("na")
    na.deploy()
    assert own.stop() == 0
    own.rows("update job set fired_at = datetime(fired_at, '-49 hours') returning id")
    own.start()
    wait_for(lambda: len(own.rows("select id from cause")) == 2)
    wait_for(lambda: not own.rows("select id from run where status in (1, 2, 3)"))
    kinds = sorted(row["kind"] for row in own.rows("select kind from cause"))
    assert kinds == ["cron", "sweep"]
    assert own.stop() == 0
    own.start()
    assert len(own.rows("select id from cause")) == 2


def test_a_sweep_builds_what_nobody_announced(own: JobServer) -> None:
    """The sweep builds a load that is in the manifest and was not built; where there is none it only looks."""
    na = own.client("na")
    na.deploy()
    (own.root / "stub" / "raw").write_text("L1\nL2\n")
    na.wait_for(na.announce("L1")["id"], "Success")
    built = {row["load_id"]: row["built_by"] for row in own.rows("select load_id, built_by from load")}
    assert set(built) == {"L1", "L2"}
    (own.root / "stub" / "raw").write_text("L1\nL2\nL3\n")
    for words in ("loads that nobody had announced: L3", "no new load: nothing was built"):
        assert own.stop() == 0
        own.rows("update job set fired_at = datetime(fired_at, '-2 hours') where name = 'hourly' returning id")
        runs = len(own.rows("select id from run"))
        own.start()
        wait_for(lambda before=runs: len(own.rows("select id from run")) > before)  # type: ignore[misc]  # bound now
        run = na.wait_for(runs + 1, "Success")
        assert run["status_message"] == words
    assert [len(effect[4]) for effect in effects(own)] == [2, 3]


BAD_OPTIONS = [
    (("--rate", "often"), "--rate 'often' is none"),
    (("--target", "moon"), "has no target 'moon'"),
    (("--key", __file__), "--certificate and --key belong together"),
    (("--certificate", __file__, "--key", __file__), "give PEM files"),
    (("--certificate", "nowhere.pem", "--key", "nowhere.pem"), "'nowhere.pem' does not exist"),
    (("--port", "70000"), "70000"),
    (("--state", "/proc/nowhere"), "cannot create folder /proc/nowhere"),
]


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS)
def test_a_wrong_option_is_one_line(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    """The server does not start: exit code 2, or 3 where the disk says no, and one line that says what to do."""
    server = stub_server(bare_monorepo(tmp_path / "served"))
    server.port = 1024
    done = subprocess.run(
        server.command(*options), check=False, capture_output=True, text=True, env=program_environment()
    )
    refused(done, 3 if options[0] == "--state" else 2, words)


def test_a_store_is_of_one_target(own: JobServer) -> None:
    """What was built in one warehouse is not built in another: the store refuses another target; exit code 2."""
    assert own.stop() == 0
    done = subprocess.run(
        own.command("--target", "embedded"), check=False, capture_output=True, text=True, env=program_environment()
    )
    refused(done, 2, "holds what was built with each job's own target, not --target embedded")


def test_a_broken_region_keeps_the_others_served(own: JobServer) -> None:
    """A deployment.yml that is broken when the server starts: its region's tokens are refused, the others' work."""
    assert own.stop() == 0
    (own.root / "projects" / "eu" / "deployment.yml").write_text("region: [")
    own.start()
    na, eu = own.client("na"), own.token("eu")
    na.deploy()
    assert na.send("GET", "/jobs/", headers={"Authorization": f"Bearer {eu}"}).status_code == 401


def test_a_store_that_is_no_store_is_one_line(own: JobServer) -> None:
    """A corrupt file: exit code 3 and a line, for the server and for tokens; nothing is written to it."""
    assert own.stop() == 0
    for file in own.state.glob("store.sqlite*"):
        file.unlink()
    store = own.state / "store.sqlite"
    store.write_bytes(b"no database" * 1000)
    tokens = [*own.program[:1], "-m", "dbt_regions.cli", "--root", str(own.root), "token", "list"]
    for command in (own.command(), tokens):
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=program_environment())
        refused(done, 3, "put a whole copy there")
    assert store.read_bytes() == b"no database" * 1000
