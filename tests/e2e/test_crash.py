"""The bad day: killed processes, two builds at once, a warehouse that cannot be written or started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbt_regions import files
from dbt_regions.warehouse import Server
from support.monorepo import ROWS_OF_GROWING_TABLES, Monorepo

STANDING = ("na", "eu")
CURRENT_TWICE = """
    select count(*) from (
        select order_id from analytics_snapshots.order_snapshot
        where dbt_valid_to > '9000-01-01' group by 1 having count(*) > 1
    ) as twice
"""


@pytest.fixture(scope="module")
def built(monorepo: Monorepo) -> Monorepo:
    """NA and EU stand before anything is killed."""
    return monorepo


def _kills() -> Iterator[object]:
    """All signals after all stages; three of them in every test run, the others as proofs."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        for until in ("load", "gate", "snapshot", "run", "publish"):
            quick = (number.name, until) in {("SIGINT", "snapshot"), ("SIGTERM", "gate"), ("SIGKILL", "run")}
            yield pytest.param(until, number, id=f"{number.name}-{until}", marks=() if quick else pytest.mark.proof)


@pytest.mark.parametrize(("until", "number"), list(_kills()))
def test_builder_killed_and_started_again(built: Monorepo, until: str, number: signal.Signals) -> None:
    """A build killed after any stage leaves nothing half-written: the next passes, with one current row a key."""
    with built.running_build("na", until=until) as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert process.returncode == 130, errors
        assert "interrupted" in errors
        assert "Traceback" not in errors
    before = built.rows("na", ROWS_OF_GROWING_TABLES)
    assert built.build_one("na").exit_code == 0
    assert built.rows("na", CURRENT_TWICE) == ((0,),)
    assert built.rows("na", ROWS_OF_GROWING_TABLES) == before


def test_load_interrupted_in_the_middle_is_finished_by_the_next_build(built: Monorepo) -> None:
    """A build killed right after a new load arrived: the next plain build snapshots and publishes that load."""
    with subprocess.Popen(
        built.command("next-load", "na"), stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if " load " in line:
                break
        process.send_signal(signal.SIGKILL)
    summary = built.build_one("na")
    assert summary.exit_code == 0, summary.first_error
    newest = "select load_ids from analytics_published.product_funnel_publication order by publication_id desc limit 1"
    assert summary.load_ids[0] in built.rows("na", newest)[0][0]


def test_killed_builder_leaves_no_process(built: Monorepo) -> None:
    """kill -9 of the command ends its worker too: the region's lock is free at once for the next build."""
    with built.running_build("na", until="gate") as process:
        process.kill()
    with files.exclusive_lock(built.root / "build/na/.lock", {"pid": os.getpid()}, timeout=10):
        pass


def test_postmaster_killed_and_started_again(built: Monorepo) -> None:
    """kill -9 of the server between builds: the next command starts it again, and all is there."""
    before = built.rows("eu", ROWS_OF_GROWING_TABLES)
    os.kill(postmaster(built), signal.SIGKILL)
    assert built.build_one("eu").exit_code == 0
    assert built.rows("eu", ROWS_OF_GROWING_TABLES) == before


@pytest.mark.proof
def test_postmaster_killed_in_the_middle_of_a_build(built: Monorepo) -> None:
    """kill -9 of the server in a build: exit 3 in words, and the next build passes."""
    with built.running_build("na", until="load") as process:
        os.kill(postmaster(built), signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 3, errors
    assert "Traceback" not in errors
    assert built.build_one("na").exit_code == 0


def test_two_builds_of_one_region(built: Monorepo) -> None:
    """The second build of a region says who runs and, past its limit, exits 3; within its limit it waits and passes.

    It never runs beside the first.
    """
    with built.running_build("na", until="deps") as process:
        second = built.forked_cli("build", "na", "--lock-timeout", "0")
        assert process.poll() is None
        patient = built.cli("build", "na", "--lock-timeout", "120")
        process.communicate(timeout=120)
    assert second.returncode == 3
    assert "held by run " in second.stderr
    assert "waiting for the build that runs now (run " in second.stdout
    assert (process.returncode, patient.returncode) == (0, 0)


@pytest.mark.proof
def test_two_regions_at_once(built: Monorepo) -> None:
    """Builds of two regions, as two commands, do not disturb each other."""
    with built.running_build("na", until="deps") as process:
        assert built.cli("build", "eu").returncode == 0
        process.communicate(timeout=120)
    assert process.returncode == 0


def test_warehouse_folder_that_cannot_be_written(fresh: Monorepo, tmp_path: Path) -> None:
    """A file where the warehouse's folder should be: exit 3, naming it."""
    (tmp_path / "file").write_text("")
    kept, fresh.home = fresh.home, tmp_path / "file" / "warehouse"
    result = fresh.cli("build", "na")
    refused, fresh.home = fresh.home, kept
    assert result.returncode == 3
    assert str(refused) in result.stderr
    assert "Traceback" not in result.stderr


def test_socket_taken(fresh: Monorepo) -> None:
    """Another process's live socket in the warehouse's place: exit 3, naming the reason; nothing of it is removed."""
    server = Server(fresh.home)
    server.start()
    server.stop()
    folder = server.socket_folder
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / ".s.PGSQL.5432"))
        other.listen()
        result = fresh.cli("warehouse", "start")
        assert (folder / ".s.PGSQL.5432").exists()
    (folder / ".s.PGSQL.5432").unlink()
    assert result.returncode == 3, result.stderr
    assert "is taken by another process" in result.stderr


def test_disk_full(fresh: Monorepo, tmp_path: Path) -> None:
    """A full disk under the warehouse: exit 3, naming it; with room again, the build passes."""
    mount = tmp_path / "small disk"
    mount.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=120m", "tmpfs", str(mount)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.decode().strip()}")
    fresh.home = mount / "warehouse"
    try:
        assert fresh.cli("warehouse", "start").returncode == 0
        filler = mount / "filler"
        free = os.statvfs(mount).f_bavail * os.statvfs(mount).f_frsize
        with filler.open("wb") as handle:
            handle.write(b"\0" * (free - 2_000_000))
        result = fresh.cli("build", "na")
        assert result.returncode == 3, result.stderr
        assert "disk space" in result.stderr or "No space left on device" in result.stderr
        assert "Traceback" not in result.stderr
        filler.unlink()
        assert fresh.build_one("na").exit_code == 0
    finally:
        fresh.stop()
        subprocess.run(["/bin/umount", str(mount)], check=False)


def postmaster(monorepo: Monorepo) -> int:
    """Return the server's process id."""
    return int((monorepo.home / "data" / "postmaster.pid").read_text().splitlines()[0])
