"""Fixtures that several kinds of tests share."""

from __future__ import annotations

import fcntl
import pickle
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from support.lint_exceptions import FILE as LINT_EXCEPTIONS
from support.repo import (
    NEUTRAL,
    ParsedProject,
    copy_region,
    parse_projects,
    region_names,
    write_neutral_region,
)
from support.shared_package import declared_inputs


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that takes today's wire statements as the expected ones."""
    parser.addoption("--update-golden", action="store_true", help="write tests/redshift/golden anew")


def pytest_configure() -> None:
    """Hear Ctrl-C, and let what tests start hear it: a job in a shell's background is deaf, as is what it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print one result line for each Redshift layer that ran, and one for each breach of a rule that is excused."""
    reports = [
        report
        for outcome in ("", "passed", "failed", "error", "skipped")  # "" has what fixtures took
        for report in terminalreporter.stats.get(outcome, [])
        if hasattr(report, "user_properties")
    ]
    lines = layer_lines(reports)
    if lines:
        terminalreporter.section("Redshift layers (a stand-in, not a cluster)")
        for line in lines:
            terminalreporter.write_line(line)
    if excused := [str(said) for report in reports for name, said in report.user_properties if name == "excused"]:
        terminalreporter.section(f"Excused by {LINT_EXCEPTIONS}")
        for line in dict.fromkeys(excused):  # a test's report is here once for each of its phases
            terminalreporter.write_line(line)


def layer_lines(reports: Sequence[Any]) -> list[str]:
    """Return the layers' result lines out of test reports that say their layer."""
    layers: dict[str, list[Any]] = {}
    for report in reports:
        for name, value in report.user_properties:
            if name == "layer":
                layers.setdefault(str(value), []).append(report)
    lines = []
    for layer, of_layer in sorted(layers.items()):
        tests = {report.nodeid for report in of_layer}
        failed = len({report.nodeid for report in of_layer if report.outcome == "failed"})
        seconds = sum(report.duration for report in of_layer)
        said = (value for report in of_layer for name, value in report.user_properties if name == "layer says")
        words = dict.fromkeys(map(str, said))
        state = f"{failed} of {len(tests)} FAILED" if failed else f"{len(tests)} passed"
        lines += [f"{layer:<14} {state:<16} {seconds:6.1f} s", *(f"{'':<14} {word}" for word in words)]
    return lines


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
