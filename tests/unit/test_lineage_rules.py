"""The rules of lineage can fail: each finds the one fault that it is given, and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from contract import test_lineage as rules
from support.repo import ParsedProject
from support.shared_package import Macro

Rule = Callable[..., None]


def _node(name: str, *parents: str, materialized: str = "table", columns: Iterable[str] = ()) -> dict[str, Any]:
    return {
        "name": name,
        "package_name": "na",
        "resource_type": "model",
        "config": {"materialized": materialized},
        "columns": {column: {} for column in columns},
        "depends_on": {"nodes": list(parents)},
    }


def _breaches(rule: Rule, *nodes: dict[str, Any], sources: Iterable[str] = ()) -> list[str]:
    tables = {str(number): {"relation_name": table} for number, table in enumerate(sources)}
    project = ParsedProject("na", {"nodes": {node["name"]: node for node in nodes}, "sources": tables}, [])
    return _found(rule, {"na": project})


def _found(rule: Rule, *arguments: object) -> list[str]:
    found: list[str] = []
    rule(*arguments, lambda _repair, breaches: found.extend(map(str, breaches)))
    return found


def test_a_table_declared_twice_is_found() -> None:
    """Two sources of one table are a breach, whatever the case of their names; two tables are none."""
    twice = ['"na"."raw"."orders"', '"na"."raw"."ORDERS"', '"na"."raw"."events"']
    found = _breaches(rules.test_no_two_sources_are_one_table, sources=twice)
    assert found == ['projects/na: "na"."raw"."orders" is declared 2 times']
    assert _breaches(rules.test_no_two_sources_are_one_table, sources=twice[1:]) == []


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select * from raw.orders", ["raw.orders"]),
        ('select * from {{ ref("a") }} as a left join\n "raw"."orders" as b on a.x = b.y', ['"raw"."orders"']),
        ("select * from {{ schema }}.orders", ["jinja.orders"]),
        ("select * from {{ source('shop', 'orders') }} as o where o.x is distinct from o.y", []),
        ("-- from raw.orders\nselect extract(day from o.ordered_at), trim(both from o.x) from final as o", []),
        ("select * from information_schema.columns", []),
    ],
)
def test_a_named_table_is_found(sql: str, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table named by its schema after from or join is a breach; columns, comments and catalogues are none."""
    file = tmp_path / "na" / "models" / "stg_x.sql"
    file.parent.mkdir(parents=True)
    file.write_text(sql)
    monkeypatch.setattr(rules, "PROJECTS", tmp_path)
    monkeypatch.setattr(rules, "ROOT", tmp_path)
    monkeypatch.setattr(rules, "package_files", tuple)
    assert _found(rules.test_sql_names_no_table) == [f"na/models/stg_x.sql: {table}" for table in found]


def test_the_fourth_view_is_found() -> None:
    """Of four views on each other the fourth is a breach; a table between them ends the pile."""
    views = [
        _node(f"v{number}", f"v{number - 1}", materialized="ephemeral" if number % 2 else "view") for number in range(4)
    ]
    assert _breaches(rules.test_views_do_not_pile_up, *views) == ["projects/na: na.v3 is number 4"]
    views[1]["config"]["materialized"] = "incremental"
    assert _breaches(rules.test_views_do_not_pile_up, *views) == []


@pytest.mark.parametrize(("materialized", "readers", "fails"), [("view", 5, 1), ("view", 4, 0), ("table", 5, 0)])
def test_the_fifth_reader_is_found(materialized: str, readers: int, fails: int) -> None:
    """A view with five readers is a breach, one with four is none, nor is a table."""
    nodes = [_node("v", materialized=materialized), *(_node(f"m{number}", "v", "v") for number in range(readers))]
    wanted = ["projects/na: na.v has 5 readers"] * fails
    assert _breaches(rules.test_what_many_read_is_a_table, *nodes) == wanted


@pytest.mark.parametrize("column", ["email", "PHONE_NUMBER", "first_name", "customer_name", "address", "zipcode"])
def test_a_personal_column_is_found(column: str) -> None:
    """A column that tells who or where somebody is, is a breach; ids and other names are none."""
    harmless = ("user_id", "address_id", "event_name", "stream_name", "currency")
    found = _breaches(rules.test_personal_data_stays_in_raw_tables, _node("m", columns=(*harmless, column)))
    assert found == [f"projects/na: na.m.{column}"]


def test_a_macro_that_nobody_calls_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of private macros that one is a breach whose name stands nowhere with the package before it."""
    file = tmp_path / "a.sql"
    file.write_text("{{ shared_macros._called() }} {# shared_macros._gone() #} {{ shared_macros._gone_too() }}")
    macros = tuple(Macro(name, "macro", "sql", file, (), "") for name in ("_called", "_gone", "public"))
    monkeypatch.setattr(rules, "read_macros", lambda: macros)
    monkeypatch.setattr(rules, "package_files", lambda: (file,))
    monkeypatch.setattr(rules, "SHARED", tmp_path)
    assert _found(rules.test_every_private_macro_is_called) == ["a.sql: _gone"]
