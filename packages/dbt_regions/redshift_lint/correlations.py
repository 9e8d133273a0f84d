"""Checks of correlated subqueries: the patterns that Amazon's page says cannot be taken apart.

Only columns with a table's name before them are judged: of a bare column, nobody can say here whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dbt_regions.redshift_lint.hits import Hit

_OUTER = ("LEFT", "RIGHT", "FULL")


def check_correlations(tree: exp.Expr) -> Iterator[Hit]:
    """Yield the columns of an outer query that Redshift cannot reach from where they stand."""
    for select in tree.find_all(exp.Select):
        reasons = _reasons(select)
        for column, distance in _outer_columns(select):
            reason = "it skips a query block" if distance > 1 else next(iter(reasons), "")
            if reason:
                places = [part.meta["start"] for part in column.parts if "start" in part.meta]
                yield Hit("RS134", min(places, default=0), column.sql(), reason)
                break


def _tables(select: exp.Expr) -> set[str]:
    from_ = select.args.get("from_")
    sources = [from_.this] if from_ else []
    sources += [join.this for join in select.args.get("joins") or ()]
    return {source.alias_or_name.lower() for source in sources}


def _outer_columns(select: exp.Expr) -> Iterator[tuple[exp.Column, int]]:
    """Yield the columns of this query block that belong to one outside, and how many blocks outside."""
    own = _tables(select)
    for column in select.find_all(exp.Column):
        table = column.table.lower()
        if not table or table in own or column.find_ancestor(exp.Select) is not select:
            continue
        distance, outer = 1, select.find_ancestor(exp.Select)
        while outer is not None and table not in _tables(outer):
            distance, outer = distance + 1, outer.find_ancestor(exp.Select)
        if outer is not None:
            yield column, distance


def _reasons(select: exp.Expr) -> Iterator[str]:
    """Yield why a correlation of this query block would not be taken apart, whatever its column."""
    if _is_in_outer_join(select):
        yield "it stands in the ON of an outer join"
    if any(window.find_ancestor(exp.Select) is select for window in select.find_all(exp.Window)):
        yield "its subquery has a window function"
    if select.args.get("group") and isinstance(select.parent, exp.In | exp.Subquery) and _is_in(select):
        others = [part for part in select.find_all(exp.AggFunc) if not isinstance(part, exp.Min | exp.Max)]
        if others:
            yield "its subquery aggregates by group under IN"
    if _is_grouped_by(select):
        yield "GROUP BY names its result"


def _is_in(select: exp.Expr) -> bool:
    parent = select.parent
    return isinstance(parent, exp.In) or (parent is not None and isinstance(parent.parent, exp.In))


def _is_in_outer_join(select: exp.Expr) -> bool:
    join = select.find_ancestor(exp.Join, exp.Select)
    if not isinstance(join, exp.Join) or join.side not in _OUTER:
        return False
    on = join.args.get("on")
    return on is not None and any(part is select for part in on.walk())


def _is_grouped_by(select: exp.Expr) -> bool:
    """Return whether the outer select groups by the alias of this scalar subquery."""
    alias = select.find_ancestor(exp.Alias, exp.Select)
    outer = select.find_ancestor(exp.Select)
    group = outer.args.get("group") if outer is not None else None
    if not isinstance(alias, exp.Alias) or not isinstance(alias.this, exp.Subquery) or group is None:
        return False
    return any(isinstance(item, exp.Column) and item.name == alias.alias for item in group.expressions)
