"""Checks of what only a parsed statement shows. sqlglot parses; it is lenient, so it judges nothing here by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from dbt_regions.redshift_lint.correlations import check_correlations
from dbt_regions.redshift_lint.functions import RESERVED, SET_RETURNING, SYSTEM_COLUMNS
from dbt_regions.redshift_lint.hits import Hit
from dbt_regions.redshift_lint.words import word_set

_NO_NAMES = word_set(
    "current_date current_time current_timestamp current_user current_user_id session_user user sysdate localtime"
    " localtimestamp default true false null"
)
_TUPLE_IS_ROW = (exp.Select, exp.Alias, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Distinct, exp.Func)
_OF_ANOTHER_RULE = tuple(SET_RETURNING)
_BOTH_WHENS = 2


def check_tree(tree: exp.Expr) -> Iterator[Hit]:
    """Yield the breaches in a parsed statement; places count from the start of the parsed text."""
    for node in tree.walk():
        for kind, check in _CHECKS:
            if isinstance(node, kind):
                yield from check(node)
    yield from check_correlations(tree)


def _span(node: exp.Expr) -> tuple[int, int]:
    """Return where a node begins and ends, as far as the parser remembers places in it."""
    metas = [part.meta for part in node.walk() if "start" in part.meta]
    return min((meta["start"] for meta in metas), default=0), max((meta["end"] + 1 for meta in metas), default=0)


def _hit(node: exp.Expr, code: str, detail: str = "") -> Hit:
    """Return a hit on a node; its text is filled in from the SQL as it was written."""
    start, end = _span(node)
    return Hit(code, start, "", detail, end)


def _check_table(node: exp.Expr) -> Iterator[Hit]:
    function = node.this
    if isinstance(function, exp.Func):
        name = (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()
        if not name.endswith(_OF_ANOTHER_RULE) and not name.startswith("pg_get_"):
            yield _hit(node, "RS104", f"function {name}")


def _check_tuple(node: exp.Expr) -> Iterator[Hit]:
    if isinstance(node.parent, _TUPLE_IS_ROW) and node.arg_key != "on":
        yield _hit(node, "RS122")


def _check_cast(node: exp.Expr) -> Iterator[Hit]:
    value = node.this.unnest()
    truth = isinstance(value, exp.Predicate | exp.Boolean | exp.Connector | exp.Not)
    if truth and node.args["to"].this in exp.DataType.TEXT_TYPES:
        yield _hit(node, "RS139")


def _check_select(node: exp.Expr) -> Iterator[Hit]:
    """Sort-based aggregates of one select must share one order."""
    first = ""
    for part in node.find_all(exp.WithinGroup, exp.Median):
        if part.find_ancestor(exp.Select) is not node:
            continue
        order = f"ORDER BY {part.this.sql()}" if isinstance(part, exp.Median) else part.expression.sql().strip()
        if first and order != first:
            yield _hit(part, "RS133")
            return
        first = first or order


def _check_merge(node: exp.Expr) -> Iterator[Hit]:
    target, source = node.this, node.args["using"]
    if target.args.get("alias"):
        yield _hit(target.args["alias"], "RS135")
    if not isinstance(source, exp.Table) or isinstance(source.this, exp.Func) or node.args.get("with_"):
        yield _hit(source, "RS138")
    whens = list(node.find_all(exp.When))
    for when in whens:
        if when.args.get("condition") is not None or when.args.get("source"):
            yield _hit(when, "RS136")
    if len(whens) != _BOTH_WHENS or len({bool(when.args.get("matched")) for when in whens}) != _BOTH_WHENS:
        yield Hit("RS137", 0, "merge")


def _check_identifier(node: exp.Expr) -> Iterator[Hit]:
    name, parent = node.name.lower(), node.parent
    if node.args.get("quoted") or not isinstance(
        parent, exp.Column | exp.Alias | exp.TableAlias | exp.Table | exp.ColumnDef | exp.Aliases | exp.Schema
    ):
        return
    qualified = isinstance(parent, exp.Column) and bool(parent.table)
    if name in SYSTEM_COLUMNS:
        if not isinstance(parent, exp.Column | exp.Table):
            yield _hit(node, "RS207", f"column {node.name}")
    elif name in RESERVED and (qualified or name not in _NO_NAMES):
        yield _hit(node, "RS205", f"word {node.name}")


_CHECKS: tuple[tuple[type[exp.Expr], Callable[[exp.Expr], Iterator[Hit]]], ...] = (
    (exp.Table, _check_table),
    (exp.Tuple, _check_tuple),
    (exp.Cast, _check_cast),
    (exp.Select, _check_select),
    (exp.Merge, _check_merge),
    (exp.Identifier, _check_identifier),
)
