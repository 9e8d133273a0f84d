"""A text that SQL may come from, a model's or a macro's: its places, and its words outside Jinja."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dbt_regions.redshift_lint.words import line_and_column

GAP = "\0"
"""Stands for a piece of Jinja among the words of a text."""

_JINJA = re.compile(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_WORD = re.compile(r"\w+|[-+<>=~!@#%^&|?:]+|[^\w\s]")
_JINJA_STRING = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")


@dataclass(frozen=True)
class Place:
    """A line and column, from 1, of a file."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        """Return it as editors and people read it."""
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Token:
    """A word or sign, and where it begins."""

    text: str
    start: int


@dataclass(frozen=True)
class SourceText:
    """A text that SQL may come from. `start` is where it begins in its file, whose whole content is `file_text`.

    `macro` is the macro's name, empty for a model's own text; for one of dbt itself `path` is empty and the name begins
    with `dbt.`.
    """

    path: str
    file_text: str
    start: int = 0
    end: int | None = None
    macro: str = ""

    def place(self, offset: int) -> Place:
        """Return the place of an offset into the file."""
        return Place(self.path, *line_and_column(self.file_text, offset))

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The words outside Jinja, a gap for each piece of Jinja, and the words of strings inside Jinja."""
        return tuple(_template_tokens(self.file_text, self.start, self.end))


def _template_tokens(text: str, start: int, end: int | None) -> Iterator[Token]:
    place, end = start, len(text) if end is None else end
    for jinja in _JINJA.finditer(text, start, end):
        yield from plain_tokens(text, place, jinja.start())
        yield Token(GAP, jinja.start())
        if not jinja.group().startswith("{#"):
            for string in _JINJA_STRING.finditer(text, jinja.start(), jinja.end()):
                yield from plain_tokens(text, string.start() + 1, string.end() - 1)
                yield Token(GAP, string.end() - 1)
        place = jinja.end()
    yield from plain_tokens(text, place, end)


def plain_tokens(text: str, start: int, end: int) -> Iterator[Token]:
    """Yield the words of a part of a text that has no Jinja."""
    for match in _WORD.finditer(text, start, end):
        yield Token(match.group(), match.start())
