"""Checks of the options of statements, and of clauses inside SELECT, that Redshift's grammar lacks."""

from __future__ import annotations

from collections.abc import Iterator

from dbt_regions.redshift_lint.hits import Hit, hit
from dbt_regions.redshift_lint.words import Statement, Word, word_set

_CLAUSES = (
    "between symmetric|asymmetric",
    "from|join|update|truncate|table only",
    "select from|where|group|having|order|limit|union|except|intersect|)",
    ") .",
    "is json",
    "is not json",
    "group by distinct",
    ") overlaps",
    "search breadth|depth first",
)
_OPTIONS = (
    ("explain", "analyze|analyse"),
    ("truncate", ",|restart|continue|cascade|restrict"),
    ("create", "with no data"),
    ("create copy", "with ("),
    ("create", "generated always"),
    ("create alter", "nulls not distinct"),
    ("alter", "set|reset ("),
    ("merge", "then do"),
    ("update merge", "set ("),
    ("copy", "from stdin|program"),
    ("copy", "to"),
    ("lock", "in|nowait|only"),
    ("vacuum", "vacuum (|verbose|analyze|freeze"),
    ("analyze", "analyze ("),
    ("begin start", "deferrable"),
    ("create", "on commit"),
    ("create", "including|excluding all|constraints|comments|generated|identity|indexes|statistics|storage"),
    ("refresh", "concurrently|with"),
)  # fmt: skip
"""The commands, and the words that Redshift's pages on them do not have; RESET ALL and SET LOCAL are theirs."""

_SIGNS = word_set("= <> != < > <= >= ~ !~ like ilike")
_OF_ACTIONS = {",": "several actions", "using": "using"}
_OF_REDSHIFT = word_set("encode distkey sortkey diststyle")


def check_grammar(statement: Statement) -> Iterator[Hit]:
    """Yield clauses and options of statements that only PostgreSQL's grammar has."""
    command = statement.key(0)
    options = [pattern for commands, pattern in _OPTIONS if command in commands.split()]
    for index in range(len(statement.words)):
        for pattern in _CLAUSES:
            if statement.key(index - 1) != "." and statement.matches(index, pattern):
                yield _found(statement, index, pattern, "RS146")
        yield from _check_word(statement, index)
        for pattern in options:
            if statement.key(index - 1) not in (".", ",", "as", "select") and statement.matches(index, pattern):
                yield _found(statement, index, pattern, "RS147")
    for check in (_check_actions, _check_insert, _check_end):
        yield from check(statement)


def _check_word(statement: Statement, index: int) -> Iterator[Hit]:
    words, after = statement.words, index + 1
    if _compares_with_a_list(statement, index):
        yield hit(statement, index, "RS146", f"{statement.key(index)} of a value", until=after)
    if words[index].key == "select" and after == len(words) and index == 0:
        yield hit(statement, index, "RS146", "select of nothing")
    if statement.matches(index, ") cycle") and statement.key(index + 3) in ("set", ","):
        yield hit(statement, after, "RS146", "cycle")
    if words[index].kind == "number" and after < len(words) and _sticks(words[index], words[after]):
        yield hit(statement, index, "RS146", "number with letters", until=after)
    if index == 0 and statement.matches(0, "explain (") and statement.key(2) not in ("select", "with", "("):
        yield hit(statement, index, "RS147", "explain: options", until=after)
    if statement.matches(index, "default as identity") and not statement.matches(index + 3, "( # , #"):
        yield hit(statement, index, "RS147", "create: identity without (seed, step)", until=index + 2)


def _sticks(number: Word, after: Word) -> bool:
    """Return whether letters follow without a blank: `0x1f` is a number to PostgreSQL, `0 as x1f` to its ancestor."""
    return after.kind == "word" and after.start == number.end


def _found(statement: Statement, index: int, pattern: str, code: str) -> Hit:
    until = index + len(pattern.split()) - 1
    text = " ".join(word.text.lower() for word in statement.words[index : until + 1])
    return hit(statement, index, code, text if code == "RS146" else f"{statement.key(0)}: {text}", until=until)


def _compares_with_a_list(statement: Statement, index: int) -> bool:
    """Return whether this is `= any (...)` of anything but a subquery; an array's own rule judges `array[...]`."""
    if not statement.matches(index, "any|all|some (") or statement.key(index - 1) not in _SIGNS:
        return False
    return statement.key(index + 2) not in ("select", "with", "(", "array")


def _check_actions(statement: Statement) -> Iterator[Hit]:
    """Yield the second action of ALTER TABLE, unless Redshift's own properties are changed, a USING and an IF."""
    if not statement.matches(0, "alter table") or any(word.key in _OF_REDSHIFT for word in statement.words):
        return
    for index, opener in enumerate(statement.opener):
        key = statement.key(index)
        if opener == -1 and (key in _OF_ACTIONS or statement.matches(index, "if exists|not")):
            yield hit(statement, index, "RS147", f"alter table: {_OF_ACTIONS.get(key, key)}")


def _check_insert(statement: Statement) -> Iterator[Hit]:
    if statement.matches(0, "insert into"):
        last = 2
        while statement.key(last + 1) == ".":
            last += 2
        if statement.key(last + 1) == "as":
            yield hit(statement, last + 1, "RS147", "insert: as")


def _check_end(statement: Statement) -> Iterator[Hit]:
    """Yield WITH DATA where it ends a statement; elsewhere `data` is the name of a CTE."""
    last = len(statement.words) - 2
    if statement.key(0) == "create" and statement.matches(last, "with data"):
        yield hit(statement, last, "RS147", "create: with data", until=last + 1)
