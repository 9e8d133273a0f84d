"""Fixtures of the end-to-end tests: one scratch monorepo, with a warehouse of its own, for each test file.

They lie outside pytest's own temporary folder: as root, the server runs as another user, and every pytest that starts
closes that folder to other users.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator

import pytest

from support.integration_project import IntegrationProject, integration_project
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
