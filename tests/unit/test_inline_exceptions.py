"""Exceptions beside a line: each form is read, and each lack is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from support.inline_exceptions import inline_faults, read_inline_exceptions

TODAY = date(2026, 5, 1)
STANDING = frozenset({"S608", "PLC0415", "arg-type", "RF04"})


def _faults(name: str, text: str) -> list[str]:
    read = read_inline_exceptions(Path(name), text)
    return [fault.removeprefix(f"{name}:1: ") for one in read for fault in inline_faults(one, STANDING, TODAY)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "x = 1  # noqa: S608  names of the manifest\n"),
        ("a.py", "x = 1  # noqa: S608, PLC0415  slow to import\n"),
        ("a.py", "x = 1  # type: ignore[arg-type]  # a library's lie\n"),
        ("a.py", "x = 1  # type: ignore[arg-type]  # noqa: S608  a library's lie\n"),
        ("a.py", "x = 1  # noqa: E731  until 2026-05-01, when the module is split\n"),
        ("a.py", "x = '# noqa: E731'  # a comment about noqa\n"),
        ("a.sql", "select 1 as input -- a published name -- noqa: RF04\n"),
        ("a.sql", "select 1 as input -- a published name until 2026-06-30 -- noqa: AL01\n"),
        ("a.sql", "select 1 -- redshift-lint: allow RS105 because Postgres regions run it until 2026-06-30\n"),
        ("a.sql", "{# redshift-lint: allow RS105 because Postgres regions run it until 2026-06-30 #}\n"),
    ],
)
def test_an_exception_in_order_is_no_fault(name: str, text: str) -> None:
    """With code, reason and, but for the conventions, a last day to come, an exception may stand."""
    assert _faults(name, text) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.py", "x = 1  # noqa: S608\n", "S608 has no reason beside it"),
        ("a.py", "x = 1  # noqa: S608  x\n", "S608 has no reason beside it"),
        ("a.py", "x = 1  # noqa\n", "names no code"),
        ("a.py", "x = 1  # type: ignore\n", "names no code"),
        ("a.py", "x = 1  # type: ignore[arg-type]\n", "arg-type has no reason beside it"),
        ("a.py", "x = 1  # noqa: E731  read beside its use\n", "E731 has no last day (`until 2027-01-31`)"),
        ("a.py", "x = 1  # noqa: E731  read here until 2026-04-30\n", "E731 expired on 2026-04-30"),
        ("a.py", "x = 1  # noqa: S608  read here until 2026-04-30.\n", "S608 expired on 2026-04-30"),
        (
            "a.py",
            "x = 1  # noqa: S608  read here until 2026-04-31\n",
            "expires '2026-04-31' is no date: write a day as",
        ),
        ("a.py", "x = 1  # noqa: S608  read here until later\n", "expires 'later' is no date: write a day as"),
        ("a.py", "x = 1  # noqa: S608  read here until 2027-06-01\n", "expires 2027-06-01, more than a year away"),
        ("a.py", "x = 1  # noqa: S608  until 2026-06-01\n", "S608 has no reason beside it"),
        ("a.py", "# ruff: noqa\n", "names no code"),
        ("a.py", "# mypy: ignore-errors\n", "names no code"),
        ("a.sql", "select 1 as input -- noqa: RF04\n", "RF04 has no reason beside it"),
        ("a.sql", "select 1 as input -- noqa\n", "names no code"),
        ("a.sql", "-- sqlfluff:rules:RF04\n", "names no code"),
        (
            "a.sql",
            "-- redshift-lint: allow RS105 because it is so here\n",
            "RS105 has no last day (`until 2027-01-31`)",
        ),
        ("a.yml", "a: 1  # yamllint disable-line\n", "names no code"),
    ],
)
def test_what_an_exception_lacks_is_told(name: str, text: str, fault: str) -> None:
    """Without a code, a reason, or a last day that is a date, to come and within a year, an exception is a breach."""
    assert len(found := _faults(name, text)) == 1, found
    assert found[0].startswith(fault)
