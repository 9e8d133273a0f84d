"""What the stand-in changes in a statement before PostgreSQL reads it: a closed list, counted, never inside a string.

Redshift grew out of PostgreSQL 8.0; PostgreSQL 18 runs nearly all of dbt-redshift's SQL as it is. The few words that it
cannot know are rewritten here. Anything else of Redshift's own is refused: a rule has to be written and read first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import sqlglot
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

DATE_PARTS = frozenset({"year", "quarter", "month", "day", "hour", "minute", "second", "microsecond"})
"""The date parts that the shim's dateadd and datediff count as Redshift does; not week, its start is unproven."""
CLAUSES = frozenset({"approximate", "qualify"})
"""Bare words that PostgreSQL would read as a name: it would fail elsewhere, or worse, not at all."""
FUNCTIONS = frozenset({"listagg"})
"""The same where a parenthesis follows."""
TABLE_ATTRIBUTES = frozenset({"backup", "distkey", "diststyle", "encode", "interleaved", "sortkey"})
"""The same in a statement that makes or changes a table; elsewhere they are columns of Redshift's catalogue."""


class UnknownRewriteError(Exception):
    """A statement holds something of Redshift's that no rule here knows."""


@dataclass(frozen=True)
class Rewritten:
    """A statement as PostgreSQL gets it, and the names of the rules that were applied, in order, repeated ones too."""

    sql: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class _Change:
    """Replace the tokens from `first` up to and including `last` by a text."""

    rule: str
    first: int
    last: int
    text: str


def rewrite(sql: str) -> Rewritten:
    """Return a statement as PostgreSQL can run it; raises UnknownRewriteError where no rule fits."""
    try:
        tokens = sqlglot.tokenize(sql, read="redshift")
    except SqlglotError as error:
        message = f"cannot read the statement: {error}"
        raise UnknownRewriteError(message) from error
    changes = sorted((change for rule in _RULES for change in rule(sql, tokens)), key=lambda change: change.first)
    for change, following in pairwise(changes):
        if following.first <= change.last:
            message = f"{following.rule} within {change.rule} in line {tokens[following.first].line}: no rule for both"
            raise UnknownRewriteError(message)
    covered = {place for change in changes for place in range(change.first, change.last + 1)}
    for place, token in enumerate(tokens):
        if place not in covered and _is_foreign(tokens, place):
            message = (
                f"no rule for {_word(token)!r} in line {token.line}: add one to tests/support/redshift/rewrites.py"
            )
            raise UnknownRewriteError(message)
    return Rewritten(_apply(sql, tokens, changes), tuple(change.rule for change in changes))


def _is_foreign(tokens: Sequence[Token], place: int) -> bool:
    """Tell whether a word of Redshift's own stands here."""
    word = _word(tokens[place])
    if word in FUNCTIONS:
        return _words(tokens, place + 1, "(")
    return word in CLAUSES or (
        word in TABLE_ATTRIBUTES and any(_word(token) in {"create", "alter"} for token in tokens)
    )


def _apply(sql: str, tokens: Sequence[Token], changes: Sequence[_Change]) -> str:
    parts = []
    position = 0
    for change in changes:
        parts += [sql[position : tokens[change.first].start], change.text]
        position = tokens[change.last].end + 1
    return "".join([*parts, sql[position:]])


def _word(token: Token) -> str:
    """Return a bare word in lower case (sqlglot takes `order by` for one); quoted names and strings are none."""
    quoted = token.token_type in {TokenType.IDENTIFIER, TokenType.STRING, TokenType.RAW_STRING}
    return "" if quoted else " ".join(token.text.lower().split())


def _words(tokens: Sequence[Token], place: int, *wanted: str) -> bool:
    """Tell whether the bare words `wanted` stand at this place."""
    return [_word(token) for token in tokens[place : place + len(wanted)]] == list(wanted)


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """Return the place of the parenthesis that closes the one at `opening`."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    message = f"a parenthesis opened in line {tokens[opening].line} is never closed"
    raise UnknownRewriteError(message)


def _within_create(tokens: Sequence[Token]) -> range:
    """Return the places of a statement that makes a table; none of another one, whose attributes matter."""
    return range(len(tokens) if tokens and _word(tokens[0]) == "create" else 0)


def _backup(_: str, tokens: Sequence[Token]) -> Iterator[_Change]:
    for place in _within_create(tokens):
        if _words(tokens, place, "backup", "no"):
            yield _Change("backup", place, place + 1, "")


def _distribution(_: str, tokens: Sequence[Token]) -> Iterator[_Change]:
    for place in _within_create(tokens):
        if any(_words(tokens, place, "diststyle", style) for style in ("all", "even", "auto")):
            yield _Change("diststyle", place, place + 1, "")
        elif _words(tokens, place, "diststyle", "key", "distkey", "("):
            yield _Change("distkey", place, _closing(tokens, place + 3), "")


def _sort_key(_: str, tokens: Sequence[Token]) -> Iterator[_Change]:
    for place in _within_create(tokens):
        if _words(tokens, place, "compound", "sortkey", "("):
            yield _Change("sortkey", place, _closing(tokens, place + 2), "")


def _date_part(_: str, tokens: Sequence[Token]) -> Iterator[_Change]:
    for place, token in enumerate(tokens):
        if _word(token) in {"dateadd", "datediff"} and _words(tokens, place + 1, "("):
            part = _word(tokens[place + 2]) if place + 2 < len(tokens) else ""
            if part not in DATE_PARTS:
                message = f"{token.text} in line {token.line} counts in {part!r}; known parts: {sorted(DATE_PARTS)}"
                raise UnknownRewriteError(message)
            yield _Change("date part", place + 2, place + 2, f"'{part}'")


def _listagg(sql: str, tokens: Sequence[Token]) -> Iterator[_Change]:
    for place, token in enumerate(tokens):
        if _word(token) != "listagg" or not _words(tokens, place + 1, "("):
            continue
        closing = _closing(tokens, place + 1)
        if not _words(tokens, closing + 1, "within", "group", "(", "order by"):
            message = f"listagg in line {token.line} without within group (order by ...): its order would be anything"
            raise UnknownRewriteError(message)
        last = _closing(tokens, closing + 3)
        arguments = sql[tokens[place + 1].end + 1 : tokens[closing].start]
        order = sql[tokens[closing + 4].start : tokens[last].start]
        yield _Change("listagg", place, last, f"redshift_listagg({arguments} {order})")


def _query_group(_: str, tokens: Sequence[Token]) -> Iterator[_Change]:
    if len(tokens) > 1 and _word(tokens[0]) == "set" and _word(tokens[1]) == "query_group":
        yield _Change("query_group", 1, 1, "redshift.query_group")


_RULES: tuple[Callable[[str, Sequence[Token]], Iterator[_Change]], ...] = (
    _backup,
    _distribution,
    _sort_key,
    _date_part,
    _listagg,
    _query_group,
)
