"""Checks of functions: the closed list of names, and where a function may be called."""

from __future__ import annotations

from collections.abc import Iterator

from dbt_regions.redshift_lint import functions
from dbt_regions.redshift_lint.argument_checks import check_arguments
from dbt_regions.redshift_lint.hits import Hit, hit
from dbt_regions.redshift_lint.words import Statement, word_set

_NAMES_A_TABLE = frozenset(
    ["into", "table", "exists", "view", "update", "references", "copy", "with", "recursive", "as"]
)
_BEFORE_A_VALUE = word_set(
    "from join select distinct all where and or not on when then else case having by in like ilike between is = <> != <"
    " > <= >= + - * / % || ( , [ limit offset set values using return returning interval top ~ !~ ^ & | # @ << >> union"
    " except intersect any some qualify execute to if default zone escape"
)
_TAKE_FROM = frozenset(["extract", "trim", "substring", "overlay", "position"])
_CATALOG = ("pg_", "information_schema", "svv_", "stv_", "stl_", "svl_", "sys_")


def check_functions(statement: Statement) -> Iterator[Hit]:
    """Yield calls of functions that Redshift lacks, or has with other arguments or elsewhere only."""
    on_tables = _reads_tables(statement)
    for index, word in enumerate(statement.words):
        if word.kind != "word":
            continue
        if statement.key(index + 1) == "(" and _is_call(statement, index):
            in_arguments = tuple(check_arguments(statement, index))
            yield from in_arguments
            if not any(found.code == "RS206" for found in in_arguments):  # a week is wrong in any function's name
                yield from _check_name(statement, index)
        yield from _check_leader(statement, index, on_tables=on_tables)


def _is_call(statement: Statement, index: int) -> bool:
    """Return whether the word before a bracket is a function's name, not a keyword, a type, or a table with columns."""
    key = statement.key(index)
    if key in functions.NO_FUNCTIONS or _is_type(statement, index) or _is_cte(statement, index):
        return False
    start = index
    while statement.key(start - 1) == ".":
        start -= 2
    before = statement.key(start - 1)
    if before in _NAMES_A_TABLE or (before == "on" and "index" in (statement.key(1), statement.key(2))):
        return False
    known = functions.ALLOWLIST | functions.UNSUPPORTED | functions.SET_RETURNING
    return start > 0 and (before in _BEFORE_A_VALUE or key in known)  # the first word is a command


def _is_type(statement: Statement, index: int) -> bool:
    key, before = statement.key(index), statement.key(index - 1)
    return key in functions.TYPES | {"varying", "precision", "interval"} or before == "::"


def _is_cte(statement: Statement, index: int) -> bool:
    """Return whether this is `, name (columns) as (`, a further CTE with a column list."""
    closer = statement.closer.get(index + 1, -2)
    return statement.key(index - 1) == "," and statement.matches(closer + 1, "as (")


def _check_name(statement: Statement, index: int) -> Iterator[Hit]:
    key = statement.key(index)
    schema = statement.key(index - 2) if statement.key(index - 1) == "." else ""
    detail = f"function {key}"
    if key in functions.SET_RETURNING:
        yield hit(statement, index, "RS103", detail)
    elif key in functions.UNSUPPORTED:
        yield hit(statement, index, "RS101", detail)
    elif key in functions.LEADER_NODE_DEPRECATED:
        return
    elif key not in functions.ALLOWLIST or schema not in ("", "pg_catalog"):
        yield hit(statement, index, "RS102", detail)
    elif key in functions.REDSHIFT_ONLY:
        yield hit(statement, index, "RS301", detail)


def _check_leader(statement: Statement, index: int, *, on_tables: bool) -> Iterator[Hit]:
    key, called = statement.key(index), statement.key(index + 1) == "("
    if statement.key(index - 1) in (".", "as"):
        return
    if key == "sysdate" and not called:
        yield hit(statement, index, "RS301", "function sysdate")
    if key in functions.SESSION_WORDS and not called:
        yield hit(statement, index, "RS145", f"word {key}")
    deprecated = key in functions.LEADER_NODE_DEPRECATED and (called or key in functions.WITHOUT_BRACKETS)
    if on_tables and (deprecated or (key in functions.LEADER_NODE and called)):
        yield hit(statement, index, "RS131", f"function {key}")


def _reads_tables(statement: Statement) -> bool:
    """Return whether the statement reads or writes a table other than those of the catalog."""
    for index in range(len(statement.words)):
        if statement.matches(index, "from|join|into|update|table") and not _is_argument(statement, index):
            after = statement.words[index + 1] if index + 1 < len(statement.words) else None
            if after and after.kind in ("word", "quoted") and not after.text.lower().strip('"').startswith(_CATALOG):
                return True
    return False


def _is_argument(statement: Statement, index: int) -> bool:
    return statement.key(index) == "from" and statement.key(statement.opener[index] - 1) in _TAKE_FROM
