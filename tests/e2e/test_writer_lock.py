"""One writer a region: the lock that the snapshots themselves take inside the warehouse."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import DbtSession, preload
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.warehouse import Server
from dbt_regions.warehouse.connection import connect
from support.monorepo import ROWS_OF_GROWING_TABLES, Monorepo

STANDING = ("na",)
PACKAGE = "packages/shared_macros/dbt_project.yml"
LOCK_MACRO = "packages/shared_macros/macros/snapshot/writer_lock.sql"
LOCK_HOOK = """      - "{{ shared_macros.writer_lock(ref('load_manifest')) }}"\n"""
GATE_HOOK = """      - "{{ shared_macros.gate_pre_hook(ref('load_manifest')) }}"\n"""
CHECK_HOOK = """      - "{{ shared_macros.writer_lock_check() }}"\n"""
KEY = "hashtextextended('analytics_history.load_manifest', 0)"
WAITING = "select count(distinct pid) from pg_locks where locktype = 'advisory' and not granted"
BOTH = 3
"""Connections that wait when both of a pair do: each run has two snapshots."""
LEFT = "select count(*) from pg_locks where locktype = 'advisory'"
FAULTS = """
    select
        (select count(*) from (
            select order_id from analytics_snapshots.order_snapshot
            where dbt_valid_to > '9000-01-01' group by 1 having count(*) > 1) as twice),
        (select count(*) from analytics_snapshots.order_snapshot where dbt_valid_from >= dbt_valid_to),
        (select count(*) from analytics_snapshots.order_snapshot as a
            inner join analytics_snapshots.order_snapshot as b
                on a.order_id = b.order_id and a.dbt_valid_from < b.dbt_valid_from
                and a.dbt_valid_to > b.dbt_valid_from)
"""


@pytest.fixture(scope="module")
def built(monorepo: Monorepo) -> Monorepo:
    """NA stands, with its first load."""
    return monorepo


@pytest.fixture
def files(built: Monorepo) -> Iterator[None]:
    """The files that a test spoils are put back after it."""
    with built.restored(PACKAGE, "projects/na/*.yml"):
        yield


@contextmanager
def _held(monorepo: Monorepo, comment: str = "") -> Iterator[psycopg2.extensions.connection]:
    """Hold the region's lock, as another writer would, until the block ends or the connection is closed."""
    holder = connect(Server(monorepo.home).region("na"))
    with holder.cursor() as cursor:
        cursor.execute(f"{comment} select pg_advisory_xact_lock({KEY})")
    yield holder
    holder.close()


def _snapshot(monorepo: Monorepo) -> subprocess.Popen[str]:
    command = monorepo.command("dbt", "na", "--", "snapshot")
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def _await(monorepo: Monorepo, statement: str, accept: Callable[[int], bool]) -> None:
    for _ in range(600):
        if accept(monorepo.rows("na", statement)[0][0]):
            return
        threading.Event().wait(0.1)
    pytest.fail(f"a minute passed: {statement}")


def _await_waiting(monorepo: Monorepo, count: int) -> None:
    _await(monorepo, WAITING, lambda waiting: waiting >= count)


def _change_orders(monorepo: Monorepo, number: int) -> int:
    """Let the source change, and return how many orders now read otherwise than before."""
    changed = f"update raw.orders set tracking_id = 'changed {number}' where status = 'preparing' returning 1"
    return len(monorepo.rows("na", changed))


def _assert_sound(monorepo: Monorepo) -> None:
    assert monorepo.rows("na", FAULTS) == ((0, 0, 0),)
    _await(monorepo, LEFT, lambda left: left == 0)  # the server looks for a killed client once a second


def test_a_racing_pair_writes_as_one_after_the_other(built: Monorepo) -> None:
    """Two runs that wait for the same lock leave one current row a key and no overlap; the second adds nothing.

    Valid-from is when the lock was granted, not when the transaction began.
    """
    before = built.rows("na", ROWS_OF_GROWING_TABLES)[0][0]
    changed = _change_orders(built, 1)
    with _held(built) as holder:
        pair = [_snapshot(built), _snapshot(built)]
        _await_waiting(built, BOTH)
        waited_until = built.rows("na", "select clock_timestamp() at time zone 'UTC'")[0][0]
        holder.close()
    for process in pair:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    _assert_sound(built)
    assert built.rows("na", ROWS_OF_GROWING_TABLES)[0][0] == before + changed
    stamped = "select min(dbt_valid_from) from analytics_snapshots.order_snapshot where tracking_id = 'changed 1'"
    assert built.rows("na", stamped)[0][0] > waited_until


def test_a_killed_writer_leaves_no_lock(built: Monorepo) -> None:
    """kill -9 of one of a pair while both wait, and of a writer that holds the lock: the other writes all the same."""
    changed = _change_orders(built, 3)
    before = built.rows("na", ROWS_OF_GROWING_TABLES)[0][0]
    with _held(built) as holder:
        pair = [_snapshot(built), _snapshot(built)]
        _await_waiting(built, BOTH)
        os.killpg(pair[0].pid, signal.SIGKILL)
        holder.close()
    for process in pair:
        process.communicate(timeout=120)
    assert pair[1].returncode == 0
    _assert_sound(built)
    assert built.rows("na", ROWS_OF_GROWING_TABLES)[0][0] == before + changed


def test_waiting_has_a_limit_and_says_who_writes(built: Monorepo) -> None:
    """Past its limit a build ends with exit 3 and one line: which run and process hold the lock, and what to do."""
    with _held(built, """/* {"run_id": "20260101T000000Z-abcdef"} */""") as holder:
        done = built.cli("build", "na", DBT_WRITER_LOCK_SECONDS="1")
        pid = holder.info.backend_pid
    assert done.returncode == 3, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert f"another run writes this region (run 20260101T000000Z-abcdef, process {pid}, " in done.stderr
    assert "waited 1 s: let it end, or end it with pg_terminate_backend" in done.stderr
    assert built.build_one("na").exit_code == 0


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param(
            PACKAGE,
            "    +pre-hook:\n",
            '    +pre-hook:\n      - {sql: "select 1", transaction: false}\n',
            id="transaction-false",
        ),
        pytest.param(PACKAGE, LOCK_HOOK, "", id="no-lock", marks=pytest.mark.proof),
        pytest.param(
            PACKAGE,
            LOCK_HOOK + GATE_HOOK + CHECK_HOOK,
            GATE_HOOK + CHECK_HOOK + LOCK_HOOK,
            id="lock-last",
            marks=pytest.mark.proof,
        ),
        pytest.param(
            "projects/na/profiles.yml",
            "      type: postgres\n",
            "      type: postgres\n      autocommit: true\n",
            id="autocommit",
        ),
    ],
)
@pytest.mark.usefixtures("files")
def test_what_voids_the_lock_is_refused(built: Monorepo, file: str, old: str, new: str) -> None:
    """A hook or a profile that ends the lock's transaction stops the snapshot, in words, before it writes a row."""
    _change_orders(built, 4)
    before = built.rows("na", ROWS_OF_GROWING_TABLES)
    built.edit(file, (old, new))
    built.edit(
        "projects/na/dbt_project.yml", ("flags:\n", "flags:\n  postgres_skip_autocommit_transaction_statements: true\n")
    )
    process = _snapshot(built)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1, output
    assert "writer lock: lost before the first write" in output
    assert built.rows("na", ROWS_OF_GROWING_TABLES) == before


@pytest.mark.proof
def test_twenty_racing_pairs(built: Monorepo) -> None:
    """Twenty pairs of plain `dbt snapshot`, one of each third pair killed at a random moment: never a duplicate row."""
    moments = random.Random(7)  # noqa: S311  a test's own numbers, no secrets
    for number in range(100, 120):
        _change_orders(built, number)
        pair = [_snapshot(built), _snapshot(built)]
        if number % 3 == 0:
            with suppress(subprocess.TimeoutExpired):
                pair[0].wait(timeout=moments.uniform(1, 6))
            with suppress(ProcessLookupError):
                os.killpg(pair[0].pid, signal.SIGKILL)
        for process in pair:
            process.communicate(timeout=120)
        assert pair[1].returncode == 0
        _assert_sound(built)
    before = built.rows("na", ROWS_OF_GROWING_TABLES)
    last = _snapshot(built)
    last.communicate(timeout=120)
    assert last.returncode == 0
    assert built.rows("na", ROWS_OF_GROWING_TABLES) == before


def _work(monorepo: Monorepo, target_path: Path) -> None:
    os.environ.update(dbt_environment(Server(monorepo.home).region("na"), target_path.name))
    session = DbtSession(monorepo.root / "projects/na", target_path, target=EMBEDDED_TARGET)
    os._exit(0 if session.run(("snapshot",)).success else 1)


def _fork(monorepo: Monorepo, side: str) -> Any:
    """Start a snapshot run in a process forked after dbt was imported and before anything was parsed here."""
    context: Any = multiprocessing.get_context("fork")
    process = context.Process(target=_work, args=(monorepo, monorepo.root / "build/race" / side))
    process.start()
    return process


def _race(monorepo: Monorepo, number: int, kill_after: float | None) -> int:
    """Let two forked runs race, one of them killed after some seconds; return how often the changes miss or repeat."""
    changed = _change_orders(monorepo, number)
    killed, survivor = _fork(monorepo, "first"), _fork(monorepo, "second")
    if kill_after is not None:
        killed.join(kill_after)
        killed.kill()
    for process in (killed, survivor):
        process.join(120)
    assert survivor.exitcode == 0
    assert kill_after is not None or killed.exitcode == 0
    _await(monorepo, LEFT, lambda left: left == 0)
    written = f"select count(*) from analytics_snapshots.order_snapshot where tracking_id = 'changed {number}'"
    return abs(int(monorepo.rows("na", written)[0][0]) - changed)


@pytest.mark.proof
def test_eighty_forked_racing_pairs(built: Monorepo) -> None:
    """Eighty pairs, one of each third killed at a random moment of its run: every change once, no fault, no lock."""
    preload()
    begun = time.monotonic()
    assert _race(built, 200, None) == 0
    usual = time.monotonic() - begun
    moments = random.Random(11)  # noqa: S311  a test's own numbers, no secrets
    for number in range(201, 280):
        kill_after = moments.uniform(0, usual) if number % 3 == 0 else None
        assert _race(built, number, kill_after) == 0, number
        _assert_sound(built)
    before = built.rows("na", ROWS_OF_GROWING_TABLES)
    last = _fork(built, "first")
    last.join(120)
    assert last.exitcode == 0
    assert built.rows("na", ROWS_OF_GROWING_TABLES) == before


@pytest.mark.proof
def test_the_race_sees_a_lock_that_holds_nobody(fresh: Monorepo) -> None:
    """With a lock that lets everybody through, ten forked pairs are enough for the race to see a fault."""
    assert fresh.build_one("na").exit_code == 0
    fresh.edit(LOCK_MACRO, ("perform pg_advisory_xact_lock({{ key }})", "perform {{ key }}"))
    preload()
    assert any(_race(fresh, number, None) or fresh.rows("na", FAULTS) != ((0, 0, 0),) for number in range(300, 310))
