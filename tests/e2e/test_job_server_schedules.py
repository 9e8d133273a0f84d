"""Schedules of loads and triggers with real builds, processes and kills: what the store and the warehouse say."""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator

import psutil
import pytest

from dbt_regions.serve.store import LIVE
from support.job_server import Client, JobServer, real_server, running, wait_for
from support.monorepo import Monorepo
from support.next_load import bring_next_load

pytestmark = pytest.mark.proof
STANDING = ("na",)
SCHEDULES = 20
STAGES = ("deps", "load", "gate", "snapshot", "run", "test", "publish", "document", "record")


@pytest.fixture
def na(monorepo: Monorepo) -> Iterator[Client]:
    """A client of NA at a server that builds on the embedded warehouse."""
    server = real_server(monorepo.root, monorepo.home, "--target", "embedded", "--grace", "1")
    with running(server):
        client = server.client("na")
        client.deploy()
        yield client
        server.stop()


def test_twenty_schedules(monorepo: Monorepo, na: Client) -> None:
    """Duplicates, reorders, bursts, losses, kill -9 of server, worker, run, Postgres: each load built, none twice."""
    killed: list[str] = []
    for seed in range(SCHEDULES):
        killed += live(monorepo, na, random.Random(seed))  # noqa: S311  a schedule that can be had again
        check(monorepo, na.server)
    sys.stdout.write(f"\n{SCHEDULES} schedules; killed: {dict(Counter(killed))}\n")


def live(monorepo: Monorepo, na: Client, chance: random.Random) -> list[str]:
    """Let loads arrive and be announced, kill what chance says, and wait until all is quiet; return what was killed."""
    loads = [bring_next_load(monorepo, "na") for _ in range(chance.randint(1, 2))]
    announced = [load for load in loads for _ in range(chance.choice([0, 1, 1, 2, 5]))]
    chance.shuffle(announced)
    for load in announced:
        na.announce(load)
    killed = [kill(monorepo, na.server, chance) for _ in range(chance.choice([0, 1, 1, 2]) if announced else 0)]
    if chance.random() < 0.3 and announced:
        loads.append(bring_next_load(monorepo, "na"))
        na.announce(loads[-1])
    settle(na.server)
    built = {row["load_id"] for row in na.server.rows("select load_id from load where built_by is not null")}
    if set(loads) - built:
        sweep(na.server)
    return killed


def kill(monorepo: Monorepo, server: JobServer, chance: random.Random) -> str:
    """Kill one of the processes when the run on its way comes to a stage, or when there is none any more."""
    stage, victim = chance.choice(STAGES), chance.choice(["server", "worker", "run", "postgres"])
    at = f"select 1 from step join run on run.id = run_id where run.status in (2, 3) and name = '{stage}'"
    wait_for(lambda: server.rows(at) or is_quiet(server))
    assert server.process is not None
    worker = server.worker()
    if victim == "postgres":
        os.kill(int((monorepo.home / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    elif victim == "run":
        for process in worker.children():
            process.kill()
    else:
        {"server": psutil.Process(server.process.pid), "worker": worker}[victim].kill()
    if victim == "server":
        server.process.wait(60)
        psutil.wait_procs([worker], timeout=60)
        server.start()
    return victim


def is_quiet(server: JobServer) -> bool:
    """Return whether no run waits or is on its way."""
    return not server.rows(f"select id from run where status in {LIVE}")


def settle(server: JobServer) -> None:
    """Wait until all is quiet: a run whose Postgres was killed waits half a minute before it tries again."""
    for _ in range(4):
        try:
            wait_for(lambda: is_quiet(server))
        except AssertionError:
            continue
        return
    message = "the server does not come to rest"
    raise AssertionError(message)


def sweep(server: JobServer) -> None:
    """Let an hour pass for the sweep."""
    server.stop()
    server.rows("update job set fired_at = datetime(fired_at, '-2 hours') where name = 'hourly' returning id")
    before = len(server.rows("select id from cause"))
    server.start()
    wait_for(lambda: len(server.rows("select id from cause")) > before)
    settle(server)


def check(monorepo: Monorepo, server: JobServer) -> None:
    """Each load of the manifest was built by one run, no two runs overlapped, and nothing is there twice."""
    manifest = "select distinct load_id from analytics_history.load_manifest where left(load_id, 5) <> 'seen-'"
    arrived = {row[0] for row in monorepo.rows("na", manifest)}
    built = {row["load_id"]: row["built_by"] for row in server.rows("select load_id, built_by from load")}
    assert {load for load, run in built.items() if run} == arrived == set(built)
    spans = server.rows("select dequeued_at, finished_at from run where dequeued_at is not null order by 1")
    assert all(before["finished_at"] <= after["dequeued_at"] for before, after in itertools.pairwise(spans))
    assert not server.rows("select region from run where status = 1 group by region having count(*) > 1")
    twice = """
        select load_ids from analytics_published.product_funnel_publication
        group by load_ids having count(distinct publication_id) > 1
    """
    assert monorepo.rows("na", twice) == ()
    current = """
        select order_id from analytics_snapshots.order_snapshot where dbt_valid_to is null
        group by order_id having count(*) > 1
    """
    assert monorepo.rows("na", current) == ()
