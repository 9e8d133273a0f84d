"""Exceptions of the rules: one excuses exactly its breaches until its last day, and fails when it is of no use."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.lint_exceptions import LONGEST, LintException, judge, read_exceptions, rules_of
from support.repo import ROOT

RULE = "test_models_are_short"
TODAY = date(2026, 5, 1)
ENTRY = """
exceptions:
  - rule: test_models_are_short
    where: models/a.sql
    reason: it is split in the next release
    expires: 2026-06-30
"""
OFFSETS = st.integers(-800, 366)


def _one(where: str = "models/a.sql", expires: date = TODAY, rule: str = RULE) -> LintException:
    return LintException(rule, where, "it is split soon", expires)


def test_an_entry_reads_as_it_is_written() -> None:
    """Rule, place, reason and day of an entry come through, and nothing is wrong with them."""
    expected = LintException(RULE, "models/a.sql", "it is split in the next release", date(2026, 6, 30))
    assert read_exceptions(ENTRY, {RULE}, TODAY) == ((expected,), [])
    assert read_exceptions("exceptions: []", {RULE}, TODAY) == ((), [])


@given(OFFSETS)
def test_an_exception_holds_through_its_last_day(days: int) -> None:
    """Through its last day the breach is excused, with day and reason; from the next, both are a failure."""
    one = _one(expires=TODAY + timedelta(days=days))
    verdict = judge(RULE, ["models/a.sql: 160"], [one], TODAY)
    if days >= 0:
        line = f"{RULE}: models/a.sql: 160: excused until {one.expires} because it is split soon"
        assert (verdict.refused, verdict.excused, verdict.message("Split:")) == ((), (line,), "")
    else:
        assert verdict.refused == ("models/a.sql: 160",)
        said, *rest = verdict.message("Split:").splitlines()
        assert said.startswith(f"lint_exceptions.yml: {RULE} at 'models/a.sql' expired on {one.expires} (it is split ")
        assert rest == ["Split:", "  models/a.sql: 160"]


@pytest.mark.parametrize(
    ("where", "breach", "excused"),
    [
        ("models/a.sql", "models/a.sql: 160", True),
        ("models/a.sql", "models/a.sql", True),
        ("models/a", "models/a.sql: 160", True),
        ("models/", "models/a.sql: 160", True),
        ("models/a", "models/ab.sql: 160", False),
        ("models/a", "models/a-b.sql: 160", False),
        ("a.sql", "models/a.sql: 160", False),
        ("models/a.sql", "models/axsql: 160", False),
        ("models/*.sql: 16", "models/x/y.sql: 160", False),
        ("models/*.sql: 160", "models/x/y.sql: 160", True),
        ("models/x[1]", "models/x[1]: 2", True),
        ("models/x[1]", "models/x1: 2", False),
    ],
)
def test_a_place_is_a_beginning_that_ends_with_a_word(where: str, breach: str, *, excused: bool) -> None:
    """A place excuses what begins as it does and goes on with another word; a star is anything, the rest is literal."""
    assert bool(judge(RULE, [breach], [_one(where)], TODAY).excused) is excused


def test_an_exception_excuses_its_own_rule_only() -> None:
    """Of two breaches and two rules, the exception takes the one place out of the one rule."""
    breaches = ["models/a.sql: 160", "models/b.sql: 170"]
    assert judge(RULE, breaches, [_one()], TODAY).refused == ("models/b.sql: 170",)
    assert judge("test_other", breaches, [_one()], TODAY).refused == tuple(breaches)
    assert judge("test_other", [], [_one()], TODAY).message("") == ""


@given(OFFSETS)
def test_an_exception_that_excuses_nothing_fails(days: int) -> None:
    """Once no breach is left that an exception matches, its rule fails until it is taken out, expired or not."""
    unused = _one(expires=TODAY + timedelta(days=days))
    for breaches in ([], ["models/b.sql: 170"]):
        faults = judge(RULE, breaches, [unused], TODAY).faults
        assert faults == (f"lint_exceptions.yml: {RULE} at 'models/a.sql' excuses nothing any more: take it out",)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("    reason: it is split in the next release\n", "", "has rule, where, expires: write"),
        ("    expires: 2026-06-30\n", "", "has rule, where, reason: write"),
        ("    expires", "    until: 2026-06-30\n    expires", "has rule, where, reason, until, expires: write"),
        ("it is split in the next release", "''", "reason '' says nothing"),
        ("it is split in the next release", "x", "reason 'x' says nothing"),
        ("test_models_are_short", "test_gone", "rule 'test_gone' is no contract test"),
        ("test_models_are_short", "S608", "rule 'S608' is no contract test"),
        ("test_models_are_short", "[a]", "rule ['a'] is no contract test"),
        ("models/a.sql", "'*'", "where '*' names no place"),
        ("models/a.sql", "''", "where '' names no place"),
        ("models/a.sql", "7", "where '7' names no place"),
        ("2026-06-30", "soon", "expires 'soon' is no date"),
        ("2026-06-30", "2026-06-31", "expires '2026-06-31' is no date"),
        ("2026-06-30", "2026-06-30 10:00:00", "is no date"),
        ("2026-06-30", "2027-05-03", "expires 2027-05-03, more than a year away: take a day until 2027-05-02"),
        ("- rule: test_models_are_short\n    where", "- where", "has where, reason, expires: write"),
        ("exceptions:", "exceptions: []\nothers:", "holds one key"),
        ("exceptions:\n", "", "holds one key"),
        (ENTRY, "exceptions: {}", "holds one key"),
        (ENTRY, "", "holds one key"),
        (ENTRY, "exceptions: [", "is no YAML"),
        (ENTRY, "exceptions: [7]", "entry 1: has '7': write"),
        (ENTRY, ENTRY + ENTRY.removeprefix("\nexceptions:\n"), "entry 2: stands twice"),
    ],
)
def test_an_entry_out_of_order_is_told_and_excuses_nothing(old: str, new: str, fault: str) -> None:
    """A malformed entry is one line that says which, what is wrong and what to do; it does not come through."""
    text = ENTRY.replace(old, new)
    assert text != ENTRY
    good, faults = read_exceptions(text, {RULE}, TODAY)
    assert len(faults) == 1, faults
    assert fault in faults[0]
    assert faults[0].startswith("lint_exceptions.yml")
    assert len(good) == (1 if "twice" in fault else 0)


@given(OFFSETS)
def test_a_year_is_the_longest(days: int) -> None:
    """A last day within a year is in order, also one that is over; the day after a year is not."""
    assert len(read_exceptions(ENTRY.replace("2026-06-30", str(TODAY + timedelta(days=days))), {RULE}, TODAY)[0]) == 1
    beyond = TODAY + LONGEST + timedelta(days=1)
    assert read_exceptions(ENTRY.replace("2026-06-30", str(beyond)), {RULE}, TODAY)[0] == ()


def test_the_example_in_the_file_is_in_order() -> None:
    """Who takes the comment of lint_exceptions.yml as a form gets an entry of an existing rule."""
    text = (ROOT / "lint_exceptions.yml").read_text(encoding="utf-8")
    example = "\n".join(line[1:] for line in text.splitlines() if line.startswith("#   "))
    rules = rules_of(ROOT / "tests" / "contract")
    good, faults = read_exceptions(f"exceptions:\n{example}", rules, date(2026, 12, 1))
    assert (len(good), faults) == (1, [])


def test_rules_are_the_tests_that_take_refuse() -> None:
    """A rule is a test that takes the fixture; the contract tests have many, and no other function is one."""
    rules = rules_of(ROOT / "tests" / "contract")
    assert {"test_modules_are_short", "test_every_source_is_described"} <= rules.keys()
    assert "test_exceptions_are_in_order" not in rules
    assert len(rules) > 50, sorted(rules)
