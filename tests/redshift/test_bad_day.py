"""The cluster goes away in the middle of a build, or another program answers on its port."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from dbt_regions.errors import WorldError
from support.redshift.phoenix import REGION, Phoenix
from support.redshift.standin import RedshiftStandin

PATIENCE = {"DBT_PHOENIX_SOCKET_TIMEOUT": "3"}
"""Seconds that the driver waits for an answer: production waits an hour."""


@pytest.fixture(scope="module")
def built(phoenix: Phoenix) -> Phoenix:
    """Phoenix stands before anything is killed."""
    phoenix.create_load_manifest()
    phoenix.write_load(0)
    done = phoenix.build()
    assert done.returncode == 0, done.stdout + done.stderr
    return phoenix


def _build_and(phoenix: Phoenix, spoil: Callable[[], None], until: str) -> subprocess.CompletedProcess[str]:
    """Build, spoil the world once a stage is printed, and assert that the build leaves no process behind."""
    build = (REGION, "--target", "prod")
    environment = phoenix.standin.environment(**PATIENCE)
    with phoenix.monorepo.running_build(*build, until=until, new_session=True, **environment) as process:
        spoil()
        output, errors = process.communicate(timeout=120)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def _assert_clear(done: subprocess.CompletedProcess[str]) -> None:
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 3, done.stderr
    assert len(lines) == 1, done.stderr
    assert "the warehouse of target prod fails: " in lines[0]
    assert "check it and the variables that projects/phoenix/profiles.yml reads, build again" in lines[0]


@contextmanager
def _another_program(port: int, answer: bytes) -> Iterator[None]:
    """Take a port with a program that is no database: it gives everybody the same answer."""
    accepted: list[socket.socket] = []
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                accepted.append(client)
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for client in accepted:
                client.close()


@pytest.mark.proof
@pytest.mark.parametrize("until", ["gate", "run"])
def test_proxy_killed(built: Phoenix, until: str) -> None:
    """A cluster that is gone in the middle of a build ends it with exit 3 and one line; the next build passes."""
    done = _build_and(built, built.standin.kill_proxy, until)
    built.standin.start_proxy(built.standin.port)
    _assert_clear(done)
    assert built.build().returncode == 0


@pytest.mark.proof
def test_postgres_killed(built: Phoenix) -> None:
    """The same where the address still answers and the database behind it is gone."""
    done = _build_and(built, built.standin.kill_postgres, "gate")
    built.standin.restart_postgres()
    _assert_clear(done)
    assert built.build().returncode == 0


@pytest.mark.proof
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["silent", "http"])
def test_port_taken_in_the_middle(built: Phoenix, answer: bytes) -> None:
    """Another program on the cluster's port, silent or talkative, ends the build with exit 3 within the time-out."""
    with ExitStack() as taken:

        def take() -> None:
            built.standin.kill_proxy()
            taken.enter_context(_another_program(built.standin.port, answer))

        done = _build_and(built, take, "gate")
    built.standin.start_proxy(built.standin.port)
    _assert_clear(done)


def test_standin_says_that_its_port_is_taken(tmp_path: Path) -> None:
    """The stand-in itself does not start on a port that is not free, and says so in one line."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(WorldError, match=r"cannot listen on 127\.0\.0\.1:\d+: .*; free the port"):
            RedshiftStandin(tmp_path).start_proxy(listener.getsockname()[1])
