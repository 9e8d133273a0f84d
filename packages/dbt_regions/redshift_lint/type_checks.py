"""Checks of types, in casts, in the columns of a table, and alone as a contract states them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbt_regions.redshift_lint.functions import (
    LONGEST,
    MOST_DECIMALS,
    MOST_DIGITS,
    TYPES,
    TYPES_OF_REDSHIFT_ONLY,
    UNSUPPORTED_TYPES,
)
from dbt_regions.redshift_lint.hits import Hit, hit
from dbt_regions.redshift_lint.words import Statement, read_statements, read_words

_NO_COLUMN = frozenset(
    ["primary", "unique", "foreign", "constraint", "like", "check", "exclude", "select", "with", "("]
)
_LITERALS = frozenset(
    [
        "json",
        "jsonb",
        "uuid",
        "inet",
        "cidr",
        "macaddr",
        "xml",
        "bytea",
        "money",
        "bit",
        "point",
        "box",
        "numeric",
        "decimal",
    ]
)

_NUMERIC = frozenset(["numeric", "decimal"])
_NUMBER = re.compile(r"[0-9]{1,9}")


def check_types(statement: Statement) -> Iterator[Hit]:
    """Yield types that Redshift or PostgreSQL lacks, or that are shorter there than they look."""
    for index in _type_places(statement):
        yield from _check_type(statement, index)


def lint_type(data_type: str) -> tuple[Hit, ...]:
    """Return the breaches of one type as a contract states it, such as `text`; it may be followed by nothing."""
    statements = read_statements(read_words(data_type))
    return tuple(_check_type(statements[0], 0)) if statements else ()


def _type_places(statement: Statement) -> Iterator[int]:
    for index in range(len(statement.words)):
        if statement.key(index) == "::":
            yield index + 1
        elif statement.matches(index, "cast|try_cast ("):
            yield from (inner + 1 for inner in statement.inside(index + 1) if statement.key(inner) == "as")
        elif statement.matches(index, "convert ("):
            yield index + 2
        elif statement.key(index) in _LITERALS and _is_string(statement, index + 1):
            yield index
    yield from _columns_of_create(statement)
    yield from _columns_of_alter(statement)


def _is_string(statement: Statement, index: int) -> bool:
    return index < len(statement.words) and statement.words[index].kind in ("string", "odd string")


def _columns_of_create(statement: Statement) -> Iterator[int]:
    """Yield the places of the column types in CREATE TABLE name (...)."""
    if statement.key(0) != "create" or "table" not in {word.key for word in statement.words[:5]}:
        return
    opener = next((index for index in range(len(statement.words)) if statement.key(index) == "("), -1)
    if opener < 0 or any(word.key == "as" for word in statement.words[:opener]):
        return
    for index in (opener, *(inner for inner in statement.inside(opener) if statement.key(inner) == ",")):
        if statement.key(index + 1) not in _NO_COLUMN and statement.key(index + 2) not in (",", ")"):
            yield index + 2


def _columns_of_alter(statement: Statement) -> Iterator[int]:
    if not statement.matches(0, "alter table"):
        return
    for index in range(len(statement.words)):
        if statement.key(index) == "add" and statement.key(index + 1) not in _NO_COLUMN:
            column = index + (2 if statement.key(index + 1) == "column" else 1)
            yield column + (4 if statement.matches(column, "if not exists") else 1)
        elif statement.matches(index, "alter column"):
            yield from (index + 3 + len(set_data) for set_data in _before_the_type(statement, index + 3))


def _before_the_type(statement: Statement, index: int) -> Iterator[tuple[str, ...]]:
    if statement.key(index) == "type":
        yield ("type",)
    elif statement.matches(index, "set data type"):
        yield ("set", "data", "type")


def _check_type(statement: Statement, index: int) -> Iterator[Hit]:
    if not 0 <= index < len(statement.words) or statement.words[index].kind == "bind":
        return
    key, length = _read_type(statement, index)
    sized = statement.key(index + length) == "("
    until = index + length - 1
    if key in UNSUPPORTED_TYPES or statement.words[index].text.lower() in ('"char"', '"name"'):
        yield hit(statement, index, "RS201", f"type {statement.words[index].text}")
    elif key == "text":
        yield hit(statement, index, "RS203")
    elif key not in TYPES:
        yield hit(statement, index, "RS202", f"type {statement.words[index].text}")
    elif key in ("varchar", "nvarchar") and not sized:
        yield hit(statement, index, "RS204", until=until)
    elif key in _NUMERIC and not sized:
        yield hit(statement, index, "RS208")
    elif sized and not _fits(key, _parameters(statement, index + length)):
        end = statement.closer.get(index + length, until)
        yield hit(statement, index, "RS209", "".join(word.text for word in statement.words[index : end + 1]), until=end)
    elif key in TYPES_OF_REDSHIFT_ONLY or (sized and statement.key(index + length + 1) == "max"):
        yield hit(statement, index, "RS308", f"type {key}")


def _parameters(statement: Statement, opener: int) -> list[str]:
    """Return what stands between a type's brackets, without commas; a driver's placeholder is an empty text."""
    inside = [statement.words[index] for index in statement.inside(opener)]
    return ["" if word.kind == "bind" else word.text.lower() for word in inside if word.key != ","]


def _fits(key: str, parameters: list[str]) -> bool:
    """Return whether Redshift takes a type with these parameters; placeholders and `max` are for others to judge."""
    if not parameters or not all(_NUMBER.fullmatch(parameter) for parameter in parameters):
        return parameters == ["max"] or "" in parameters
    numbers = [int(parameter) for parameter in parameters]
    if key in _NUMERIC:
        precision, scale = (*numbers, 0)[:2]
        return 1 <= precision <= MOST_DIGITS and scale <= min(MOST_DECIMALS, precision) and len(numbers) <= 2  # noqa: PLR2004  precision and scale
    return len(numbers) == 1 and 1 <= numbers[0] <= LONGEST.get(key, 0)


def _read_type(statement: Statement, index: int) -> tuple[str, int]:
    """Return a type's own name and how many words it has: `character varying` is varchar, of two words."""
    longer = (
        ("character|char varying", "varchar", 2),
        ("national character|char varying", "nvarchar", 3),
        ("national character|char", "nchar", 2),
        ("bit varying", "varbit", 2),
        ("double precision", "float8", 2),
    )
    for pattern, name, words in longer:
        if statement.matches(index, pattern):
            return name, words
    return statement.key(index), 1
