"""Checks of window functions: what stands in the brackets after OVER."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dbt_regions.redshift_lint.functions import FRAMED
from dbt_regions.redshift_lint.hits import Hit, hit
from dbt_regions.redshift_lint.words import Statement

_BOUND = r"(?:unbounded (?:preceding|following)|current row|\d+ (?:preceding|following))"
_FRAME = re.compile(rf"rows (?:{_BOUND}|between {_BOUND} and {_BOUND})")
_OTHER_FRAME = "range|groups between|unbounded|current|#|interval"
_ENDS_AN_ITEM = frozenset(["", ")", ",", "order", "asc", "desc", "rows", "range", "nulls"])


def check_windows(statement: Statement) -> Iterator[Hit]:
    """Yield windows that are named, framed or ordered as Redshift does not take them."""
    openers = {closer: opener for opener, closer in statement.closer.items()}
    for index in range(len(statement.words)):
        if statement.key(index) == "window" and statement.matches(index + 2, "as ("):
            yield hit(statement, index, "RS111", until=index + 1)
        if statement.key(index) == "over" and statement.key(index - 1) in (")", "nulls"):
            if statement.key(index + 1) == "(":
                yield from _check_window(statement, index, openers)
            else:
                yield hit(statement, index, "RS111", until=index + 1)


def _check_window(statement: Statement, over: int, openers: dict[int, int]) -> Iterator[Hit]:
    inside = list(statement.inside(over + 1))
    function = _function_before(statement, over, openers)
    ordered = next((index for index in inside if statement.matches(index, "order by")), None)
    if function == "group":
        yield hit(statement, over, "RS310")
    frame = next((index for index in inside if statement.matches(index, _OTHER_FRAME)), None)
    rows = next((index for index in inside if statement.matches(index, "rows between|unbounded|current|#|(")), None)
    rows = rows if rows is not None else next((index for index in inside if statement.key(index) == "rows"), None)
    if frame is not None:
        yield hit(statement, frame, "RS112")
    elif rows is not None and ordered is not None and rows > ordered + 1:
        yield from _check_frame(statement, rows, statement.closer.get(over + 1, len(statement.words)))
    elif ordered is not None and function in FRAMED:
        yield hit(statement, ordered, "RS114", f"in {function}(...)", until=ordered + 1)
    yield from _check_items(statement, inside)


def _check_frame(statement: Statement, rows: int, end: int) -> Iterator[Hit]:
    written = " ".join(word.text.lower() for word in statement.words[rows:end])
    if not _FRAME.fullmatch(written):
        yield hit(statement, rows, "RS113", until=end - 1)


def _check_items(statement: Statement, inside: list[int]) -> Iterator[Hit]:
    for index in inside:
        constant = statement.words[index].kind in ("string", "number") or statement.key(index) == "null"
        if constant and statement.key(index - 1) in ("by", ",") and statement.key(index + 1) in _ENDS_AN_ITEM:
            yield hit(statement, index, "RS115")
        if statement.matches(index, "nulls first|last"):
            yield hit(statement, index, "RS116", until=index + 1)


def _function_before(statement: Statement, over: int, openers: dict[int, int]) -> str:
    """Return the name of the function that OVER belongs to; `group` for WITHIN GROUP, empty when there is none."""
    closer = over - 1 if statement.key(over - 1) == ")" else over - 3
    opener = openers.get(closer, 0)
    if statement.key(opener - 1) == "filter":
        opener = openers.get(opener - 2, 0)
    return statement.key(opener - 1)
