"""Checks of what kind of statement it is, and of what it makes."""

from __future__ import annotations

from collections.abc import Iterator

from dbt_regions.redshift_lint.functions import COMMANDS, COMMANDS_OF_REDSHIFT_ONLY, OBJECTS
from dbt_regions.redshift_lint.hits import Hit, hit
from dbt_regions.redshift_lint.words import Statement

_BEFORE_THE_OBJECT = frozenset(["or", "replace", "temporary", "temp", "local", "if", "not", "exists"])
_TABLE_WORDS = (
    "diststyle all|even|key|auto",
    "distkey",
    "sortkey",
    "backup yes|no",
    "with no schema binding",
    "interleaved sortkey",
    "identity ( # , #",
    "default as identity ( # , #",
    "encode az64|bytedict|delta|delta32k|lzo|mostly8|mostly16|mostly32|raw|runlength|text255|text32k|zstd|auto",
)
_FOREIGN_WORDS = (
    "inherits (",
    "tablespace",
    "partition by range|list|hash",
    "partition of",
    "using btree|hash|gin|gist",
)


def check_command(statement: Statement) -> Iterator[Hit]:
    """Yield commands and objects that Redshift or PostgreSQL lacks."""
    command = statement.key(0)
    if command == "values":
        return
    if command != "(" and command not in COMMANDS:
        yield hit(statement, 0, "RS140")
    if command in COMMANDS_OF_REDSHIFT_ONLY:
        yield hit(statement, 0, "RS311")
    if command in ("create", "drop", "alter"):
        yield from _check_object(statement)
    if command in ("create", "alter"):
        yield from _check_properties(statement)


def _check_object(statement: Statement) -> Iterator[Hit]:
    index = 1
    while statement.key(index) in _BEFORE_THE_OBJECT:
        index += 1
    if statement.key(index) not in OBJECTS | {"default"} and index < len(statement.words):
        yield hit(statement, index, "RS141")


def _check_properties(statement: Statement) -> Iterator[Hit]:
    for index in range(len(statement.words)):
        for pattern in _TABLE_WORDS:
            if statement.matches(index, pattern) and statement.key(index - 1) not in (".", ",", "as", "select"):
                yield hit(statement, index, "RS309")
        for pattern in _FOREIGN_WORDS:
            if statement.matches(index, pattern):
                yield hit(statement, index, "RS141")
        if statement.matches(index, "check (") or statement.matches(index, "exclude using|("):
            yield hit(statement, index, "RS142")
