"""The error classes, one for each exit code of `dbt-regions`.

A message is one line: what is wrong, where, and what to do about it. Only `cli` catches these.
"""

from __future__ import annotations

from typing import ClassVar


class DbtRegionsError(Exception):
    """Base of every error that a user can meet; `exit_code` is what the process returns (70: a bug of ours)."""

    exit_code: ClassVar[int] = 70


class DataError(DbtRegionsError):
    """The data, the SQL or a test says no: the gate tripped, a model or a test failed."""

    exit_code = 1


class RequestError(DbtRegionsError):
    """The request is wrong: unknown region, bad file, bad configuration."""

    exit_code = 2


class WorldError(DbtRegionsError):
    """The world is wrong: warehouse, network or disk not there, or a lock busy past its limit."""

    exit_code = 3


class InterruptedByUserError(DbtRegionsError):
    """The user (SIGINT) or the system (SIGTERM) asked the build to stop."""

    exit_code = 130


def describe_bug(error: Exception) -> str:
    """Return the words for an exception that should not have reached anybody: a bug of ours, and which."""
    return f"a bug of ours: {type(error).__name__}: {one_line(error)}"


def one_line(text: object) -> str:
    """Fold a message of any layout into the one line that a user is shown."""
    return " ".join(str(text).split())
