"""Fixtures of the repository's own rules: a test that takes `refuse` is one, and lint_exceptions.yml may excuse it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from support.lint_exceptions import FILE, LintException, Refuse, judge, read_exceptions, rules_of
from support.repo import ROOT


@pytest.fixture(scope="session")
def today() -> date:
    """The day by which exceptions expire, UTC's."""
    return datetime.now(tz=timezone.utc).date()


@pytest.fixture(scope="session")
def exceptions_file() -> Path:
    """Where exceptions are written."""
    return ROOT / FILE


@pytest.fixture(scope="session")
def lint_exceptions(exceptions_file: Path, today: date) -> tuple[LintException, ...]:
    """The exceptions that are in order; that all are is a rule of its own."""
    text = exceptions_file.read_text(encoding="utf-8") if exceptions_file.is_file() else "exceptions: []"
    return read_exceptions(text, rules_of(Path(__file__).parent), today)[0]


@pytest.fixture
def refuse(
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
    lint_exceptions: tuple[LintException, ...],
    today: date,
) -> Refuse:
    """Fails the test, which is named as its rule, with each breach that no exception excuses."""

    def refuse_breaches(repair: str, breaches: Iterable[object]) -> None:
        verdict = judge(request.node.originalname, [str(breach) for breach in breaches], lint_exceptions, today)
        for line in verdict.excused:
            record_property("excused", line)
        if message := verdict.message(repair):
            pytest.fail(message, pytrace=False)

    return refuse_breaches
