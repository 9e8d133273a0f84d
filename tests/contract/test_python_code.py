"""Rules of the Python code that the linters do not know: sizes, reasons for exceptions, docstrings of tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from support.lint_exceptions import Refuse
from support.repo import ROOT, repository_files

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def _modules() -> Iterator[tuple[Path, str]]:
    yield from ((file, (ROOT / file).read_text(encoding="utf-8")) for file in repository_files("*.py"))


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_modules_are_short(refuse: Refuse) -> None:
    """A module has one subject and at most 300 lines."""
    wrong = [f"{file}: {lines}" for file, text in _modules() if (lines := text.count("\n")) > LONGEST_MODULE]
    refuse("Split the module by subject:", wrong)


def test_functions_are_short(refuse: Refuse) -> None:
    """A function has one job and at most 40 lines."""
    wrong = [
        f"{file}:{node.lineno} {node.name}: {lines}"
        for file, text in _modules()
        for node in _functions(ast.parse(text))
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    refuse("Split the function into its steps:", wrong)


def test_every_test_states_its_property(refuse: Refuse) -> None:
    """A test's docstring says what holds, not what the test does."""
    wrong = [
        f"{file}:{node.lineno} {node.name}"
        for file, text in _modules()
        if file.parts[0] == "tests"
        for node in _functions(ast.parse(text))
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    refuse("Write the property that the test holds as its docstring:", wrong)


def test_every_exception_has_its_reason(refuse: Refuse) -> None:
    """Whatever pyproject.toml ignores says why on its line."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lists = re.findall(
        r"^(?:ignore|exclude_rules|\"[\w*/.]+\.?\w*\"|filterwarnings) = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE
    )
    lines = [line.strip() for part in lists for line in part.splitlines()]
    wrong = [line for line in lines if '"error"' not in line and not re.search(r"#\s*\w+", line)]
    assert lines, "pyproject.toml has no list of exceptions"
    refuse("Give the reason in a comment on the same line:", wrong)


def test_the_checks_are_strict(refuse: Refuse) -> None:
    """ruff selects every rule, mypy is strict; in pytest warnings, unknown markers and lucky passes are failures."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = (
        'select = ["ALL"]',
        "strict = true",
        "xfail_strict = true",
        '"--strict-markers"',
        '"error",',
        "exhaustive = true",
    )
    wrong = [setting for setting in wanted if setting not in text]
    refuse("Set it in pyproject.toml again:", wrong)
