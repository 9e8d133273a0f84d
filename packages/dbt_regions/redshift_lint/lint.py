"""The pure core: SQL in, findings out. It never fails: what cannot be read is a finding."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import sqlglot
from sqlglot import exp

from dbt_regions.redshift_lint.clause_checks import check_clauses
from dbt_regions.redshift_lint.command_checks import check_command
from dbt_regions.redshift_lint.function_checks import check_functions
from dbt_regions.redshift_lint.hits import Hit
from dbt_regions.redshift_lint.rules import Finding, rule
from dbt_regions.redshift_lint.statement_checks import check_grammar
from dbt_regions.redshift_lint.tree_checks import check_tree
from dbt_regions.redshift_lint.type_checks import check_types
from dbt_regions.redshift_lint.window_checks import check_windows
from dbt_regions.redshift_lint.words import Statement, Word, line_and_column, read_statements, read_words

_CHECKS = (check_command, check_grammar, check_clauses, check_functions, check_windows, check_types)
_MUST_BE_PARSED = frozenset(["select", "with", "(", "insert", "update", "delete", "merge", "create"])
_KNOWN_INSTEAD = {"interleaved": "compound"}  # a sort key of either kind is parsed alike


def lint_sql(sql: str, *, portable: bool = True) -> tuple[Finding, ...]:
    """Return the breaches in SQL of one or more statements, in the order of their places.

    `portable` includes what Redshift takes and PostgreSQL does not (RS3xx): shared SQL must run on both. Leave it out
    for SQL that is meant for Redshift alone, such as what dbt-redshift sends.
    """
    words = read_words(sql)
    hits = {found for statement in read_statements(words) for found in _lint_statement(sql, statement)}
    return tuple(
        _finding(sql, found)
        for found in sorted(hits, key=lambda found: (found.place, found.code, found.text))
        if portable or rule(found.code).scope != "both"
    )


def _finding(sql: str, found: Hit) -> Finding:
    line, column = line_and_column(sql, found.place)
    title = rule(found.code).title
    return Finding(found.code, line, column, found.text, f"{title}: {found.detail}" if found.detail else title)


def _lint_statement(sql: str, statement: Statement) -> Iterator[Hit]:
    for check in _CHECKS:
        yield from check(statement)
    broken = next((word for word in statement.words if word.kind == "broken"), None)
    if broken is not None:
        yield Hit("RS901", broken.start, broken.text, f"what begins with {broken.text} does not end")
        return
    first, last = statement.words[0].start, statement.words[-1].end
    tree = _parse(_in_known_words(sql[first:last], first, statement.words))
    if tree is None:
        if statement.words[0].key in _MUST_BE_PARSED:
            text = " ".join(word.text for word in statement.words[:4])
            yield Hit("RS901", first, text, f"it begins with {text}")
        return
    for found in check_tree(tree):
        text = found.text or sql[found.place + first : found.end + first]
        yield Hit(found.code, found.place + first, " ".join(text.split()), found.detail)


def _in_known_words(text: str, first: int, words: tuple[Word, ...]) -> str:
    """Return a statement whose words that sqlglot does not know are others of the same width: all places stay."""
    for word in words:
        known = "1" if word.kind == "bind" else _KNOWN_INSTEAD.get(word.key)
        if known is not None:
            at = word.start - first
            text = text[:at] + known.ljust(len(word.text)) + text[at + len(word.text) :]
    return text


def _parse(text: str) -> exp.Expr | None:
    """Return the parsed statement, or None where sqlglot cannot read it or reads it as one opaque command."""
    with _silent_sqlglot():
        try:
            trees = sqlglot.parse(text, read="redshift")
        except (
            sqlglot.errors.SqlglotError,
            RecursionError,
            ValueError,
            TypeError,
            AttributeError,
            IndexError,
            KeyError,
        ):
            return None  # whatever breaks the parser: the statement is not read, so it does not pass
    tree = trees[0] if len(trees) == 1 else None
    return None if isinstance(tree, exp.Command) else tree


@contextlib.contextmanager
def _silent_sqlglot() -> Iterator[None]:
    logger = logging.getLogger("sqlglot")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
