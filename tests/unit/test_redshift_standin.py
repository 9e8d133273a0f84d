"""The stand-in's pure parts: what it rewrites, what it leaves alone, what it refuses, and how the wire log is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.redshift.rewrites import UnknownRewriteError, rewrite
from support.redshift.standin import WireRecord
from support.redshift.wire import read_statements, render_golden

WORDS = ("diststyle all", "compound sortkey(a)", "dateadd(day, 1, a)", "listagg(a, ',')", "backup no", "qualify 1")


@pytest.mark.parametrize(
    ("redshift", "postgres", "rules"),
    [
        ("create table t diststyle all compound sortkey(a, b) as (select 1)", "create table t   as (select 1)",
         ("diststyle", "sortkey")),
        ("create table t (a int) diststyle key distkey (a)", "create table t (a int) ", ("distkey",)),
        ("create table t backup no as (select 1)", "create table t  as (select 1)", ("backup",)),
        ("select dateadd(day, 1, a), DATEDIFF ( hour , a, b)", "select dateadd('day', 1, a), DATEDIFF ( 'hour' , a, b)",
         ("date part", "date part")),
        ("select listagg(distinct f(a, 1), ', ') within group (order by a desc, b) from t",
         "select redshift_listagg(distinct f(a, 1), ', ' order by a desc, b) from t", ("listagg",)),
        ("SET query_group TO 'dbt'", "SET redshift.query_group TO 'dbt'", ("query_group",)),
        ("select 1", "select 1", ()),
    ],
)  # fmt: skip
def test_rules(redshift: str, postgres: str, rules: tuple[str, ...]) -> None:
    """Each rule changes its words and nothing around them, and says each time that it did."""
    rewritten = rewrite(redshift)
    assert rewritten.sql == postgres
    assert rewritten.rules == rules


@given(
    st.sampled_from(WORDS),
    st.sampled_from(["select '{}'", 'select "{}" from t', "select 1 -- {}", "/* {} */ select 1"]),
)
def test_strings_names_and_comments_stay(words: str, frame: str) -> None:
    """Redshift's words in a string, a quoted name or a comment are nobody's to rewrite or refuse."""
    sql = frame.format(words.replace("'", "").replace('"', ""))
    assert rewrite(sql).sql == sql


@pytest.mark.parametrize(
    "sql",
    [
        "create table t (a int encode az64)",
        "create table t distkey(a) as (select 1 as a)",
        "create table t interleaved sortkey(a) as (select 1 as a)",
        "alter table t alter diststyle even",
        "select a from t qualify row_number() over (order by a) = 1",
        "select approximate count(distinct a) from t",
        "select dateadd(week, 1, a) from t",
        "select dateadd(date_part, 1, a) from t",
        "select listagg(a, ',') from t",
        "select listagg(a, ',' from t",
        "select 'never closed",
        "select dateadd(",
        "select listagg(dateadd(day, 1, a), ',') within group (order by a) from t",
        "begin; create table t diststyle even as (select 1 as a)",
    ],
)
def test_unknown_needs_are_refused(sql: str) -> None:
    """What no rule knows is refused with words, so that a new need of the adapter is seen and not guessed."""
    with pytest.raises(UnknownRewriteError):
        rewrite(sql)


def test_columns_of_the_catalogue_are_no_attributes() -> None:
    """The catalogue's columns may be named as a table's attributes are."""
    assert rewrite("select diststyle, encoded from svv_table_info").rules == ()


def _record(sql: str, node: str | None = None, connection: int = 1) -> WireRecord:
    comment = f'/* {{"app": "dbt", "node_id": "{node}"}} */\n' if node else ""
    return WireRecord(connection, comment + sql)


def test_a_statement_belongs_to_the_node_of_its_connection() -> None:
    """A statement without a comment is its connection's last node's; each connection has its own."""
    records = [
        _record("begin"),
        _record("select 1", "model.x.a"),
        _record("select 2", "model.x.b", 2),
        _record("commit"),
    ]
    read = [(statement.sql, statement.node) for statement in read_statements(records)]
    assert read == [("begin", None), ("select 1", "model.x.a"), ("select 2", "model.x.b"), ("commit", "model.x.a")]


def test_the_golden_text_shows_the_adapters_words_only() -> None:
    """A node's own SQL, run ids, times and temporary names do not show; a word of the adapter's does, once."""

    def golden(body: str, run: str, verb: str) -> str:
        sql = f'{verb} "t__dbt_tmp{run}" as (\n  {body}\n) -- 20261124T1200{run}Z-abcdef'
        return render_golden([(read_statements([_record(sql, "model.x.a")] * 2), {"model.x.a": body})])

    assert golden("select 1", "11", "create table") == golden("select  2", "22", "create table")
    assert golden("select 1", "11", "create table") != golden("select 1", "11", "create view")
    assert golden("select 1", "11", "create table").count("again") == 1
