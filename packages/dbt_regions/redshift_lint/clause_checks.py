"""Checks of clauses that a few words in a row give away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dbt_regions.redshift_lint.functions import OPERATORS
from dbt_regions.redshift_lint.hits import Hit, hit
from dbt_regions.redshift_lint.words import Statement

_PATTERNS: tuple[tuple[str, str, int], ...] = (
    ("RS105", "filter ( where", 0),
    ("RS107", "distinct on (", 0),
    ("RS108", "from|join|, lateral", 1),
    ("RS108", "cross|outer apply", 0),
    ("RS110", "is distinct from", 0),
    ("RS110", "is not distinct from", 0),
    ("RS118", "tablesample", 0),
    ("RS119", "fetch first|next", 0),
    ("RS120", "for update|share", 0),
    ("RS120", "for no|key key|share", 0),
    ("RS121", "except|intersect all", 0),
    ("RS122", "row (", 0),
    ("RS123", "as materialized (", 1),
    ("RS123", "as not materialized (", 1),
    ("RS124", "as|materialized ( insert|update|delete|merge", 2),
    ("RS126", "on conflict", 0),
    ("RS303", "select|distinct|all top #", 1),
    ("RS304", "minus select|(", 0),
    ("RS305", "ignore|respect nulls", 0),
    ("RS306", "approximate count|percentile_disc", 0),
    ("RS307", "pivot|unpivot (", 0),
    ("RS307", "connect by", 0),
    ("RS307", "* exclude", 1),
    ("RS307", "group by all", 0),
    ("RS901", ", from|where|group|order|having|limit|union|)", 0),
    ("RS901", "from from|where|group|order|)", 0),
    ("RS901", "group|order|partition by )|limit|having|order|union", 0),
)
"""Rule, pattern, and which of the pattern's words is pointed at."""

_NAME_BEFORE = frozenset(["select", ",", ".", "as", "(", "by", "="])


def check_clauses(statement: Statement) -> Iterator[Hit]:
    """Yield the clauses that Redshift's or PostgreSQL's grammar lacks."""
    fetches = statement.key(0) == "fetch"
    for index in range(len(statement.words)):
        for code, pattern, offset in _PATTERNS:
            if statement.matches(index, pattern) and not (code == "RS119" and fetches):
                yield hit(statement, index + offset, code, until=index + len(pattern.split()) - 1)
        yield from _check_word(statement, index)


def _check_word(statement: Statement, index: int) -> Iterator[Hit]:
    word = statement.words[index]
    if word.kind == "sign" and word.key not in OPERATORS:
        yield hit(statement, index, "RS127", f"operator {word.text}")
    elif word.kind == "odd string" and not _has_body(statement):
        yield hit(statement, index, "RS128")
    elif word.kind == "string" and "\\" in word.text:
        yield hit(statement, index, "RS313")
    elif word.key in _WORDS and _WORDS[word.key][1](statement, index):
        yield hit(statement, index, _WORDS[word.key][0])
    elif word.key in ("zone", "timezone"):
        yield from _check_zone(statement, index)


def _check_zone(statement: Statement, index: int) -> Iterator[Hit]:
    called = statement.matches(index, "timezone (")
    zone = index + 2 if called else index + 1
    if (called or statement.matches(index - 2, "at time zone")) and _is_no_string(statement, zone):
        yield hit(statement, zone, "RS130")


def _is_no_name(statement: Statement, index: int) -> bool:
    return statement.key(index - 1) not in _NAME_BEFORE


def _returns(statement: Statement, index: int) -> bool:
    return _is_no_name(statement, index) and _writes(statement)


def _collates(statement: Statement, index: int) -> bool:
    return statement.key(index - 1) != "." and statement.key(index + 1) != "("


def _makes_an_array(statement: Statement, index: int) -> bool:
    return statement.key(index + 1) in ("[", "(")


def _is_subscript(statement: Statement, index: int) -> bool:
    return statement.key(index - 1) != "array"


def _writes(statement: Statement) -> bool:
    return any(word.key in ("insert", "update", "delete", "merge") for word in statement.words)


def _is_a_table(statement: Statement, index: int) -> bool:
    """Return whether VALUES is a table of its own, not the rows of an INSERT or MERGE."""
    if statement.key(index + 1) != "(":
        return False
    return statement.opener[index] != -1 or statement.key(0) not in ("insert", "merge", "with", "explain", "prepare")


def _has_body(statement: Statement) -> bool:
    """Return whether it is a function with a body, or a comment, which dbt writes between dollars."""
    if statement.key(0) == "comment":
        return True
    return statement.key(0) == "create" and any(word.key in ("function", "procedure") for word in statement.words[:4])


def _is_no_string(statement: Statement, index: int) -> bool:
    return index < len(statement.words) and statement.words[index].kind not in ("string", "bind")


_WORDS: dict[str, tuple[str, Callable[[Statement, int], bool]]] = {
    "[": ("RS109", _is_subscript),
    "array": ("RS109", _makes_an_array),
    "collate": ("RS129", _collates),
    "qualify": ("RS302", _is_no_name),
    "returning": ("RS125", _returns),
    "values": ("RS117", _is_a_table),
}
"""Words that need a look around: the rule, and whether the word is that clause here."""
