"""Checks of what stands in the brackets of a function: how many arguments, of what form, and which date parts."""

from __future__ import annotations

from collections.abc import Iterator

from dbt_regions.redshift_lint.functions import ARGUMENTS, DATE_PARTS, WEEKS
from dbt_regions.redshift_lint.hits import Hit, hit
from dbt_regions.redshift_lint.words import Statement

_MEAN_OTHERWISE = {"concat": "RS132", "regexp_replace": "RS312"}
_COUNTED_FROM_THE_END = frozenset(["left", "right", "split_part"])
_NO_WEEKS = frozenset(["dateadd", "datediff", "date_add", "date_diff"])


def check_arguments(statement: Statement, index: int) -> Iterator[Hit]:
    """Yield what is wrong in a call, of the function whose name stands at an index."""
    key, opener = statement.key(index), index + 1
    if key in _MEAN_OTHERWISE:
        yield hit(statement, index, _MEAN_OTHERWISE[key])
    yield from _check_number(statement, index)
    yield from _check_forms(statement, index)
    yield from _check_part(statement, index)
    if statement.key(opener + 1) not in ("select", "with"):
        for inner in statement.inside(opener):
            if statement.matches(inner, "order by"):
                yield hit(statement, inner, "RS106", f"in {key}(...)", until=inner + 1)


def _check_number(statement: Statement, index: int) -> Iterator[Hit]:
    key, number = statement.key(index), statement.arguments(index + 1)
    fewest, most = ARGUMENTS.get(key, (number, number))
    if not fewest <= number <= most:
        yield hit(statement, index, "RS143", f"{key} with {number} argument{'' if number == 1 else 's'}")


def _check_forms(statement: Statement, index: int) -> Iterator[Hit]:
    """Yield arguments that only PostgreSQL reads so: a count from the end, and a pattern in SUBSTRING."""
    key = statement.key(index)
    separators = [inner for inner in statement.inside(index + 1) if statement.key(inner) in (",", "from", "similar")]
    if not separators:
        return
    last = separators[-1] if key in _COUNTED_FROM_THE_END else separators[0]
    if key in _COUNTED_FROM_THE_END and statement.matches(last + 1, "- #"):
        yield hit(statement, index, "RS143", f"{key} with a negative number")
    if key == "substring" and (statement.key(last) == "similar" or _is_string(statement, last + 1)):
        yield hit(statement, index, "RS143", "substring with a pattern")


def _is_string(statement: Statement, index: int) -> bool:
    return index < len(statement.words) and statement.words[index].kind == "string"


def _check_part(statement: Statement, index: int) -> Iterator[Hit]:
    key, place = statement.key(index), index + 2
    if key not in DATE_PARTS.keys() | _NO_WEEKS or place >= len(statement.words):
        return
    word = statement.words[place]
    part = word.text.lower().strip("'\"")
    if key in _NO_WEEKS and part in WEEKS:
        yield hit(statement, place, "RS206")
    elif word.kind != "bind" and key in DATE_PARTS and part not in DATE_PARTS[key]:
        yield hit(statement, place, "RS144", f"{word.text} in {key}")
