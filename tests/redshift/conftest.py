"""Fixtures of the Redshift layers: a stand-in with Phoenix on it, which is no cluster (see docs/howto/redshift.md)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.redshift.phoenix import Phoenix, copy_phoenix
from support.redshift.standin import running_standin


@pytest.fixture(scope="module")
def phoenix() -> Iterator[Phoenix]:
    """Phoenix alone in a scratch monorepo, and a running stand-in without any data."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        monorepo = copy_phoenix(Path(folder))
        with running_standin(Path(folder) / "standin") as standin:
            yield Phoenix(monorepo, standin)
        monorepo.stop()


@pytest.fixture
def say(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Add words to the result line of the test's layer."""
    assert request.node.get_closest_marker("layer"), "mark the test with its layer"
    return lambda words: record_property("layer says", words)


@pytest.fixture(autouse=True)
def _layer(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Tell the terminal summary which layer the test belongs to."""
    marker = request.node.get_closest_marker("layer")
    if marker is not None:
        record_property("layer", marker.args[0])
