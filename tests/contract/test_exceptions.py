"""Rules of exceptions: each has a reason and a last day, or a code whose exceptions stand by convention."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from support.inline_exceptions import InlineException, inline_faults, read_inline_exceptions
from support.lint_exceptions import Refuse, expiry_fault, read_exceptions, rules_of
from support.repo import ROOT, repository_files

STANDING = {
    "BLE001": "the last stop before a process or a pipe ends makes one line of any error",
    "DTZ001": "the warehouse's times have no zone",
    "DTZ901": "the warehouse's times have no zone",
    "E731": "a function used once stands beside its meaning",
    "F401": "a module may be imported for its effect",
    "FBT001": "click and pytest hand flags over by name",
    "PLC0415": "what is slow to import is imported where it is used: --help answers at once",
    "PLR2004": "a number may say more than a name of it",
    "PYI034": "typing.Self is there from Python 3.11",
    "S301": "a test reads what it has pickled itself",
    "S311": "sample and test data need numbers that repeat, not secrets",
    "S506": "yaml.BaseLoader makes strings only, which ruff does not know to be safe",
    "S607": "git and nox are found on PATH, as everywhere",
    "S608": "SQL is put together from names of the manifest and of tests",
    "SIM115": "a handle may live as long as its owner",
    "T201": "a process may speak to its parent",
    "arg-type": "a value that a lie of types serves in one place",
    "attr-defined": "a library's attribute that its stubs lack",
    "call-overload": "arguments by name, of which the stubs know other sets",
    "misc": "what mypy cannot infer",
    "no-any-return": "what a driver or a pipe gives is Any",
    "operator": "a value that the loop's own data never leaves empty",
    "references.keywords": "a published column keeps its name, though a dialect reserves the word",
}
"""Codes whose exceptions don't expire, and why: each is a convention of the house, checked at each line. Any other
exception beside a line has a last day."""


def _inline() -> Iterator[InlineException]:
    for file in repository_files("*.py", "*.sql", "*.yml", "*.yaml"):
        yield from read_inline_exceptions(file, (ROOT / file).read_text(encoding="utf-8"))


def test_exceptions_are_in_order(exceptions_file: Path, today: date) -> None:
    """Each entry of lint_exceptions.yml names a rule, a place, a reason and a last day that is not over."""
    assert exceptions_file.is_file(), f"write {exceptions_file.name} again; without exceptions it is `exceptions: []`"
    text = exceptions_file.read_text(encoding="utf-8")
    exceptions, faults = read_exceptions(text, rules_of(Path(__file__).parent), today)
    wrong = [*faults, *(expiry_fault(one) for one in exceptions if one.is_expired(today))]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_inline_exceptions_are_in_order(refuse: Refuse, today: date) -> None:
    """An exception beside a line names its code and says why; one that is no convention has a last day to come."""
    wrong = [fault for one in _inline() for fault in inline_faults(one, frozenset(STANDING), today)]
    refuse("Say `<code>  <reason>`, with `until <day>` for a code that is not in STANDING (docs/rules/lint.md):", wrong)


def test_standing_codes_are_used(refuse: Refuse) -> None:
    """A code stands among the conventions as long as an exception of it stands beside some line."""
    used = {code for one in _inline() for code in one.codes}
    refuse("Take it out of STANDING in this test:", sorted(STANDING.keys() - used))


def test_a_rule_is_asked_once(refuse: Refuse) -> None:
    """A rule calls `refuse` once and has no parameters, so that an exception that it never needs is found out."""
    wrong = []
    for name, test in rules_of(Path(__file__).parent).items():
        calls = sum(isinstance(node, ast.Call) and ast.unparse(node.func) == "refuse" for node in ast.walk(test))
        wrong += [] if calls == 1 and not test.decorator_list else [f"{name}: {calls} calls"]
    refuse("Collect the breaches of a rule in one list, or make two rules of it:", wrong)


def test_rules_report_through_refuse(refuse: Refuse) -> None:
    """A contract test that lists breaches hands them to `refuse`: an exception can be made of each."""
    folder = Path(__file__).parent
    wrong = [file.name for file in sorted(folder.glob("test_*.py")) if "support.repo.report" in _imports(file)]
    refuse("Call refuse(repair, breaches) instead of asserting with report:", wrong)


def _imports(file: Path) -> set[str]:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {f"{node.module}.{name.name}" for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
