"""The sessions lint and tests: what they run, and that no rule is asked twice."""

from __future__ import annotations

import importlib.util
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nox import registry

from support.repo import ROOT

RULES = "pytest tests/contract --numprocesses 2 --dist loadfile"
SUITE = "pytest --numprocesses 2 --dist loadfile"


@dataclass
class _Session:
    """A session of nox that writes down what it is told to run."""

    posargs: Sequence[str] = ()
    ran: list[str] = field(default_factory=list)

    def run(self, program: str, *arguments: str, **_options: Any) -> None:
        self.ran.append(" ".join([Path(program).name, *arguments]))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Runs a session of the noxfile without its environment; returns the commands."""
    found = importlib.util.spec_from_file_location("noxfile", ROOT / "noxfile.py")
    assert found
    assert found.loader
    noxfile = importlib.util.module_from_spec(found)
    monkeypatch.setattr(registry, "_REGISTRY", OrderedDict())  # each test registers the sessions anew
    found.loader.exec_module(noxfile)
    monkeypatch.setattr(noxfile, "_ensure_environment", lambda _session: None)

    def run_session(name: str, *posargs: str) -> list[str]:
        session = _Session(posargs)
        getattr(noxfile, name)(session)
        return session.ran

    return run_session


def test_lint_runs_every_check(run: Callable[..., list[str]]) -> None:
    """Lint runs the linters of Python, SQL, YAML and workflows, and the repository's own rules, once."""
    programs = [command.split()[0] for command in run("lint")]
    python, sql = ["ruff", "ruff", "mypy", "lint-imports"], ["sqlfluff", "sqlfluff"]
    assert programs == [*python, *sql, "yamllint", "check-jsonschema", "zizmor", "pytest"]
    assert run("lint")[-1] == RULES


def test_tests_asks_each_rule_once(run: Callable[..., list[str]]) -> None:
    """Tests runs lint first, and then all but the rules that lint has asked."""
    assert run("tests") == [*run("lint"), "python tests/support/install_dbtc.py", f"{SUITE} --ignore tests/contract"]


def test_arguments_are_pytests_own(run: Callable[..., list[str]]) -> None:
    """With arguments pytest gets these and no others: also the rules can be asked again."""
    assert run("tests", "tests/contract", "-k", "prefix")[-1] == f"{SUITE} tests/contract -k prefix"
