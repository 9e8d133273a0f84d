"""Exceptions that stand beside the line they excuse, in the form of the linter that reads them."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from support.lint_exceptions import date_faults, is_reason

_CODES = r"[A-Za-z][\w.=-]*(?:\s*,\s*[A-Za-z][\w.=-]*)*"
_PYTHON = re.compile(
    rf"#\s*noqa\b(?::\s*(?P<ruff>{_CODES}))?|#\s*type:\s*ignore\b(?:\[(?P<mypy>{_CODES})\])?", re.IGNORECASE
)
_SQL = re.compile(r"--(?P<reason>(?:(?!--).)*)--\s*noqa(?P<codes>\b.*)$|--\s*noqa(?P<bare>\b.*)$", re.IGNORECASE)
_REDSHIFT = re.compile(r"redshift-lint:\s*allow\s+(?P<codes>[\w]+)(?:\s+because\b)?(?P<reason>.*)")
_WHOLE_FILE = re.compile(
    r"#\s*(?:ruff|flake8):\s*noqa|#\s*mypy:|--\s*sqlfluff:|#\s*yamllint\s+disable|#\s*(?:pylint|isort):", re.IGNORECASE
)
_UNTIL = re.compile(r"\buntil (\S+?)[.,;)]?(?=\s|$)")


@dataclass(frozen=True)
class InlineException:
    """One exception beside a line: its place, the codes it suspends (none: all), its reason and its last day."""

    place: str
    codes: tuple[str, ...]
    reason: str

    @property
    def until(self) -> str | None:
        """The day after the word `until`, as it is written."""
        found = _UNTIL.search(self.reason)
        return found.group(1) if found else None


def read_inline_exceptions(file: Path, text: str) -> Iterator[InlineException]:
    """Yield the exceptions of a Python, SQL or YAML file, in order."""
    for number, comment in _comments(file, text):
        place = f"{file}:{number}"
        if _WHOLE_FILE.search(comment):
            yield InlineException(place, (), "")
        elif file.suffix == ".py" and (found := [*_PYTHON.finditer(comment)]):
            codes = ",".join(match["ruff"] or match["mypy"] or "" for match in found)
            yield InlineException(place, _split(codes), _PYTHON.sub("", comment).strip(" #-"))
        elif file.suffix == ".sql" and (match := _SQL.search(comment)):
            codes = (match["codes"] or match["bare"] or "").strip().removeprefix(":")
            yield InlineException(place, _split(codes), (match["reason"] or "").strip())
        elif match := _REDSHIFT.search(comment):
            yield InlineException(place, _split(match["codes"]), match["reason"].strip(" #}*/-"))


def _split(codes: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in codes.split(",") if code.strip())


def _comments(file: Path, text: str) -> Iterator[tuple[int, str]]:
    """Yield line numbers and comments of Python, lines of anything else: words in strings are no exceptions."""
    if file.suffix == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        yield from ((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)
    else:
        yield from enumerate(text.splitlines(), start=1)


def inline_faults(one: InlineException, standing: frozenset[str], today: date) -> Iterator[str]:
    """Yield what is wrong with an exception: no code, no reason, or no last day where one is needed, or it is over."""
    if not one.codes:
        yield f"{one.place}: names no code"
        return
    words = _UNTIL.sub("", one.reason)
    if not is_reason(words):
        yield f"{one.place}: {', '.join(one.codes)} has no reason beside it"
    if one.until is None:
        yield from (
            f"{one.place}: {code} has no last day (`until 2027-01-31`)" for code in one.codes if code not in standing
        )
        return
    faults = [*date_faults(one.until, today)]
    yield from (f"{one.place}: {fault}" for fault in faults)
    if not faults and today > date.fromisoformat(one.until):
        yield f"{one.place}: {', '.join(one.codes)} expired on {one.until}"
