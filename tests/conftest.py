"""Fixtures that several kinds of tests share."""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.repo import (
    NEUTRAL,
    ParsedProject,
    copy_region,
    parse_projects,
    region_names,
    write_neutral_region,
)
from support.shared_package import declared_inputs


@pytest.fixture(scope="session")
def parsed_projects(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Mapping[str, ParsedProject | str]:
    """Every region and the neutral one as dbt parses them (its message where it cannot); once, also for two workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    store = shared / "parsed_projects.pickle"
    with (shared / "parsed_projects.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not store.exists():
            store.write_bytes(pickle.dumps(_parse_all(shared / "parsed")))
        parsed: Mapping[str, ParsedProject | str] = pickle.loads(store.read_bytes())  # noqa: S301  written four lines above
    return parsed


def _parse_all(scratch: Path) -> dict[str, ParsedProject | str]:
    projects = [copy_region(region, scratch) for region in region_names()]
    return parse_projects(scratch, [*projects, write_neutral_region(scratch, declared_inputs())])


@pytest.fixture(scope="session")
def regions(parsed_projects: Mapping[str, ParsedProject | str]) -> Mapping[str, ParsedProject]:
    """Every region that dbt can parse, by name; that all can is a rule of its own."""
    parsed = ((name, project) for name, project in parsed_projects.items() if name != NEUTRAL)
    return {name: project for name, project in parsed if isinstance(project, ParsedProject)}


@pytest.fixture(scope="session")
def neutral(parsed_projects: Mapping[str, ParsedProject | str]) -> ParsedProject:
    """The shared package under a region that configures nothing: the package's own word."""
    project = parsed_projects[NEUTRAL]
    assert isinstance(project, ParsedProject), f"dbt cannot parse the shared package by itself: {project}"
    return project
