"""Exceptions of the repository's own rules: read from lint_exceptions.yml, and matched with what a rule found.

Everything here takes the day as an argument, so that what expires can be tested on any day.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Protocol

import yaml

FILE = "lint_exceptions.yml"
LONGEST = timedelta(days=366)
KEYS = ("rule", "where", "reason", "expires")
FORM = f"write rule, where, reason and expires, as {FILE} shows"


class Refuse(Protocol):
    """What a rule calls, once: it fails the test with the repair and each breach that no exception excuses."""

    def __call__(self, repair: str, breaches: Iterable[object]) -> None:
        """Take what to do, and the places where it has to be done."""


@dataclass(frozen=True)
class LintException:
    """One entry: the rule (a contract test's name), the places, why they may stay, and the last day on which."""

    rule: str
    where: str
    reason: str
    expires: date

    def matches(self, breach: str) -> bool:
        """Return whether a breach begins with `where` (`*` is anything), and no word of `where` goes on after it."""
        words = re.escape(self.where).replace(r"\*", ".*")
        return bool(re.match(rf"{words}(?!(?<=[\w-])[\w-])", breach, re.DOTALL))

    def is_expired(self, today: date) -> bool:
        """Return whether its last day is over."""
        return today > self.expires

    def __str__(self) -> str:
        """Name it as messages do."""
        return f"{FILE}: {self.rule} at {self.where!r}"


@dataclass(frozen=True)
class Verdict:
    """What is left of a rule's breaches, a line for each that is excused, and what is wrong with the exceptions."""

    refused: tuple[str, ...]
    excused: tuple[str, ...]
    faults: tuple[str, ...]

    def message(self, repair: str) -> str:
        """Return why the rule fails, empty when it holds."""
        return "\n".join([*self.faults, *(["\n  ".join([repair, *self.refused])] if self.refused else [])])


def judge(rule: str, breaches: Sequence[str], exceptions: Iterable[LintException], today: date) -> Verdict:
    """Return what a rule's exceptions leave of its breaches on this day."""
    own = [one for one in exceptions if one.rule == rule]
    valid = [one for one in own if not one.is_expired(today)]
    refused, excused = [], []
    for breach in breaches:
        found = next((one for one in valid if one.matches(breach)), None)
        if found is None:
            refused.append(breach)
        else:
            excused.append(f"{rule}: {breach}: excused until {found.expires} because {found.reason}")
    faults = [fault for one in own if (fault := _fault(one, breaches, today))]
    return Verdict(tuple(refused), tuple(excused), tuple(faults))


def _fault(one: LintException, breaches: Sequence[str], today: date) -> str | None:
    if not any(one.matches(breach) for breach in breaches):
        return f"{one} excuses nothing any more: take it out"
    return expiry_fault(one) if one.is_expired(today) else None


def expiry_fault(one: LintException) -> str:
    """Return the line that says an exception's time is over."""
    return f"{one} expired on {one.expires} ({one.reason}): repair the place, or renew it with a reason of today"


def read_exceptions(text: str, rules: Collection[str], today: date) -> tuple[tuple[LintException, ...], list[str]]:
    """Return the entries in order, and a line for each that is not, with what to do; the latter excuse nothing."""
    try:
        content = yaml.load(text, yaml.BaseLoader)  # noqa: S506  the loader that makes nothing but strings
    except yaml.YAMLError as error:
        return (), [f"{FILE} is no YAML: {str(error).splitlines()[0]}; {FORM}"]
    entries = content.get("exceptions") if isinstance(content, dict) and set(content) == {"exceptions"} else None
    if not isinstance(entries, list):
        return (), [f"{FILE} holds one key, `exceptions`, with a list (an empty one is `[]`): {FORM}"]
    good: list[LintException] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, start=1):
        wrong = list(_entry_faults(entry, rules, today))
        if not wrong:
            one = LintException(entry["rule"], entry["where"], entry["reason"].strip(), _day(entry["expires"]))
            twice = any((one.rule, one.where) == (other.rule, other.where) for other in good)
            wrong += ["stands twice: take one out"] if twice else []
            good += [] if twice else [one]
        faults += [f"{FILE}, entry {number}: {fault}" for fault in wrong]
    return tuple(good), faults


def _entry_faults(entry: Any, rules: Collection[str], today: date) -> Iterator[str]:
    if not isinstance(entry, dict) or set(entry) != set(KEYS):
        keys = ", ".join(map(str, entry)) if isinstance(entry, dict) else repr(entry)
        yield f"has {keys or 'nothing'}: {FORM}"
        return
    if not isinstance(entry["rule"], str) or entry["rule"] not in rules:
        yield (
            f"rule {entry['rule']!r} is no contract test that takes `refuse`: name one, or, for a linter's finding, "
            "write the exception beside the line (docs/rules/lint.md)"
        )
    if not isinstance(entry["where"], str) or not re.match(r"\w{2}|\.\w", entry["where"]):
        yield f"where {entry['where']!r} names no place: begin it as the rule prints the breach"
    if not isinstance(entry["reason"], str) or not is_reason(entry["reason"]):
        yield f"reason {entry['reason']!r} says nothing: tell why the breach may stay for now"
    yield from date_faults(entry["expires"], today)


def date_faults(expires: object, today: date) -> Iterator[str]:
    """Yield what is wrong with a last day: no date, or too far away; that it is over is not judged here."""
    try:
        day = _day(expires)
    except ValueError:
        yield f"expires {str(expires)!r} is no date: write a day as 2027-01-31"
    else:
        if day - today > LONGEST:
            yield f"expires {day}, more than a year away: take a day until {today + LONGEST}"


def _day(value: object) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):  # Python 3.11 reads weeks too, 3.10 does not
        raise ValueError(value)
    return date.fromisoformat(str(value))


def is_reason(text: str) -> bool:
    """Return whether a text says anything: two words, or one of five letters."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) >= 2 or bool(re.search(r"[A-Za-z]{5}", text))


def rules_of(folder: Path) -> dict[str, ast.FunctionDef]:
    """Return the rules of a folder of tests, by name: each test that takes the fixture `refuse`."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("test_*.py")))
    tests = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {
        test.name: test
        for test in tests
        if test.name.startswith("test_") and "refuse" in {argument.arg for argument in test.args.args}
    }
