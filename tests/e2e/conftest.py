"""Fixtures of the end-to-end tests: one scratch monorepo, with a warehouse of its own, for each test file.

They lie outside pytest's own temporary folder: as root, the server runs as another user, and every pytest that starts
closes that folder to other users.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.integration_project import IntegrationProject, integration_project
from support.monorepo import Monorepo, copy_monorepo


@pytest.fixture(scope="module")
def monorepo() -> Iterator[Monorepo]:
    """A scratch copy of the monorepo whose warehouse stops when the file's tests are done."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder))
        yield copy
        copy.stop()


@pytest.fixture
def fresh() -> Iterator[Monorepo]:
    """A scratch copy of region NA alone, for one test that spoils it."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder), regions=["na"])
        yield copy
        copy.stop()


@pytest.fixture(scope="session")
def project() -> Iterator[IntegrationProject]:
    """The integration project for the tests of a worker that hand it raw tables of their own."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder), regions=["na"])
        with integration_project(copy) as ready:
            yield ready
        copy.stop()
