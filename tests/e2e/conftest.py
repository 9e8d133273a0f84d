"""Fixtures of the end-to-end tests: one scratch monorepo, with a warehouse of its own, for each test file.

They lie outside pytest's own temporary folder: as root, the server runs as another user, and every pytest that starts
closes that folder to other users.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.integration_project import IntegrationProject, integration_project
from support.job_server import SECRET, Client, JobServer, bare_monorepo, running, stub_server
from support.monorepo import Monorepo, copy_monorepo
from support.standing import Templates, scratch_folder


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Templates]:
    """The built monorepos that files copy; two workers share one of all regions, and the last of them deletes it."""
    alone = worker_id == "master"
    base = tmp_path_factory.getbasetemp()
    store = (base if alone else base.parent) / "templates"
    store.mkdir(exist_ok=True)
    with store.with_name("templates.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield Templates(store, of_all=not alone)
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(store)


@pytest.fixture(scope="module")
def monorepo(request: pytest.FixtureRequest, templates: Templates) -> Iterator[Monorepo]:
    """A scratch copy of the monorepo in which the regions that the file calls STANDING were built once.

    Its warehouse stops when the file's tests are done.
    """
    standing = getattr(request.module, "STANDING", ())
    with scratch_folder() as folder:
        copy = templates.built(folder, standing) if standing else templates.fresh(folder)
        yield copy
        copy.stop()


@pytest.fixture
def fresh(templates: Templates) -> Iterator[Monorepo]:
    """A scratch copy of region NA alone, for one test that spoils it."""
    with scratch_folder() as folder:
        copy = templates.fresh(folder, regions=["na"])
        yield copy
        copy.stop()


@pytest.fixture(scope="session")
def project() -> Iterator[IntegrationProject]:
    """The integration project for the tests of a worker that hand it raw tables of their own."""
    with scratch_folder() as folder:
        copy = copy_monorepo(folder, regions=["na"])
        with integration_project(copy) as ready:
            yield ready
        copy.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobServer]:
    """A job server with stub builds and no limit on rates that matters; what it and its worker write has no secret."""
    root = bare_monorepo(tmp_path_factory.mktemp("served"))
    server = stub_server(root, "--rate", "100000/minute", DBT_ENV_SECRET_NA_PASSWORD=SECRET)
    with running(server):
        yield server
        assert server.stop() == 0
    log = server.log.read_text()
    assert "Traceback" not in log
    assert SECRET not in log


@pytest.fixture(scope="module")
def na(served: JobServer) -> Client:
    """A client of NA at that server, whose jobs are deployed."""
    client = served.client("na")
    client.deploy()
    return client


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., JobServer]]:
    """Starts a job server with stub builds of one test's own, with options of `serve`; it is gone after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda *options: stack.enter_context(running(stub_server(bare_monorepo(tmp_path / "served"), *options)))


@pytest.fixture
def own(serve: Callable[..., JobServer]) -> JobServer:
    """Such a server that gives builds no time when it stops."""
    return serve("--grace", "0.2")
