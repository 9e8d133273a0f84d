"""The fixture of the rules in a pytest run: what fails, what passes, and what its summary says."""

from __future__ import annotations

import pytest

from support.repo import ROOT

pytest_plugins = ["pytester"]

RULES = """
from datetime import date
from pathlib import Path
import pytest

@pytest.fixture(scope="session")
def today():
    return date(2026, 5, 1)

@pytest.fixture(scope="session")
def exceptions_file():
    return Path(__file__).with_name("lint_exceptions.yml")

def test_long(refuse):
    refuse("Split it:", ["models/a.sql: 160", "models/b.sql: 170"])

def test_clean(refuse):
    refuse("Never:", [])
"""


def _run(pytester: pytest.Pytester, entries: str) -> pytest.RunResult:
    folder = pytester.mkdir("rules")
    for place, conftest in ((pytester.path, "conftest.py"), (folder, "contract/conftest.py")):
        (place / "conftest.py").write_text((ROOT / "tests" / conftest).read_text(encoding="utf-8"))
    (folder / "test_rules.py").write_text(RULES)
    (folder / "lint_exceptions.yml").write_text(f"exceptions:{entries}")
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "--import-mode=importlib", "-o", "addopts=")


def _entry(rule: str, where: str, expires: str = "2026-06-30") -> str:
    return f"\n  - {{rule: {rule}, where: {where}, reason: split in June, expires: {expires}}}"


def test_a_breach_fails_with_its_repair(pytester: pytest.Pytester) -> None:
    """Without an exception the rule fails with what to do and each place, and the clean one passes."""
    result = _run(pytester, " []")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["Split it:", "  models/a.sql: 160", "  models/b.sql: 170"])
    result.stdout.no_fnmatch_line("*Excused*")


def test_an_excused_breach_passes_and_is_listed(pytester: pytest.Pytester) -> None:
    """With exceptions for all its breaches a rule passes, and the summary says each with day and reason, once."""
    result = _run(pytester, _entry("test_long", "models/a.sql") + _entry("test_long", "models/b*"))
    result.assert_outcomes(passed=2)
    said = [line for line in result.stdout.lines if "excused until" in line]
    assert said == [
        f"test_long: models/{file}: excused until 2026-06-30 because split in June"
        for file in ("a.sql: 160", "b.sql: 170")
    ]


def test_the_other_breach_still_fails(pytester: pytest.Pytester) -> None:
    """An exception of one place leaves the rule red for the next."""
    result = _run(pytester, _entry("test_long", "models/a.sql"))
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["Split it:", "  models/b.sql: 170", "*models/a.sql: 160: excused until*"])
    result.stdout.no_fnmatch_line("  models/a.sql: 160")


@pytest.mark.parametrize(
    ("rule", "expires", "line"),
    [
        ("test_long", "2026-04-30", "*test_long at 'models/' expired on 2026-04-30 (split in June): repair*"),
        ("test_clean", "2026-06-30", "*test_clean at 'models/' excuses nothing any more: take it out"),
    ],
)
def test_an_expired_or_unused_exception_fails(pytester: pytest.Pytester, rule: str, expires: str, line: str) -> None:
    """The rule of an exception that is over or of no use fails with one line that names it."""
    result = _run(pytester, _entry(rule, "models/", expires))
    assert result.parseoutcomes()["failed"] >= 1
    result.stdout.fnmatch_lines([line])
