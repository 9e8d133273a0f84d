"""Each rule of the Redshift lint has SQL that it refuses and SQL beside it that it lets through."""

from __future__ import annotations

import pytest

from dbt_regions.redshift_lint import RULES, lint_sql
from support.redshift_snippets import ALLOWED, DBT_STATEMENTS, FORBIDDEN


def _codes(sql: str, *, portable: bool = True) -> set[str]:
    return {finding.code for finding in lint_sql(sql, portable=portable)}


@pytest.mark.parametrize(("code", "sql"), FORBIDDEN, ids=[f"{code} {sql[:40]}" for code, sql in FORBIDDEN])
def test_forbidden_sql_is_refused(code: str, sql: str) -> None:
    """SQL that Redshift or PostgreSQL lacks is a finding of the rule that names it, and of no other."""
    assert _codes(sql) == {code}


@pytest.mark.parametrize(("code", "sql"), ALLOWED, ids=[f"{code} {sql[:40]}" for code, sql in ALLOWED])
def test_allowed_sql_raises_no_alarm(code: str, sql: str) -> None:
    """SQL that both dialects take raises nothing, however near to a rule it comes."""
    del code
    assert lint_sql(sql) == ()


def test_every_rule_has_both() -> None:
    """No rule about SQL stands without a failing and a passing snippet."""
    rules = {rule.code for rule in RULES if rule.scope != "project"} | {"RS901"}
    assert rules - {code for code, _ in FORBIDDEN} == set()
    assert rules - {code for code, _ in ALLOWED} == set()


@pytest.mark.parametrize("sql", DBT_STATEMENTS)
def test_dbts_own_statements_raise_no_alarm(sql: str) -> None:
    """What dbt-redshift sends to build models, snapshots, seeds and grants raises nothing of Redshift's rules."""
    assert _codes(sql, portable=False) == set()


def test_a_rule_tells_where_it_comes_from() -> None:
    """A rule has a code of its own, a remedy, and a page of Amazon's guide or the words why there is none."""
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))
    for rule in RULES:
        assert rule.title
        assert rule.remedy
        assert rule.source
        assert rule.page is None or rule.page.startswith("https://docs.aws.amazon.com/redshift/latest/dg/"), rule
        assert rule.page or not rule.source.startswith("said by"), rule


def test_what_postgres_lacks_can_be_left_out() -> None:
    """SQL for Redshift alone is judged by Redshift's rules alone."""
    sql = "select nvl(a, b) from t as x qualify row_number() over (order by a) = 1"
    assert _codes(sql) == {"RS301", "RS302"}
    assert _codes(sql, portable=False) == set()


def test_a_finding_points_at_its_word() -> None:
    """Line and column, from 1, are those of the offending word in the SQL as it was given, also after other letters."""
    sql = "select 'é😀' as a, -- a comment with 'quotes\n  /* every(\n */ every(b) from t;\n\nselect c::text from u"
    found = [(finding.code, finding.line, finding.column, finding.text) for finding in lint_sql(sql)]
    assert found == [("RS101", 3, 5, "every"), ("RS203", 5, 11, "text")]


def test_every_breach_is_found_where_it_stands() -> None:
    """One text may break several rules in several statements; each is found at its own place, with its own words."""
    sql = "select 1 as tag;\nselect cast(a > b as varchar(5)), sum(a) filter (where b) over (order by c) from t"
    found = [(finding.code, finding.line, finding.column, finding.text) for finding in lint_sql(sql)]
    assert found == [
        ("RS205", 1, 13, "tag"),
        ("RS139", 2, 13, "a > b as varchar(5"),
        ("RS105", 2, 42, "filter ( where"),
        ("RS114", 2, 65, "order by"),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "select 'open",
        'select "open',
        "select /* open",
        "select $$open",
        "select (1",
        "selec 1",
        "select from where",
        "insert into",
        "create table",
        "\0",
        "select " + "(" * 3000 + "1" + ")" * 3000,
    ],
)
def test_what_cannot_be_read_is_a_finding(sql: str) -> None:
    """Broken SQL never raises and never passes."""
    assert _codes(sql) & {"RS901", "RS140", "RS127"}


@pytest.mark.parametrize("sql", ["", "  \n", ";", "-- a comment only", ";;\n;"])
def test_nothing_is_nothing(sql: str) -> None:
    """Text without a statement has no finding."""
    assert lint_sql(sql) == ()


def test_strings_and_comments_are_no_sql() -> None:
    """What stands in strings, quoted names and comments is nobody's SQL."""
    sql = "select 'every(a) filter (where b)', \"string_agg\" -- distinct on (a)\nfrom t /* lateral */"
    assert lint_sql(sql) == ()


def test_binds_of_drivers_are_values() -> None:
    """The placeholders of drivers stand for values wherever one may stand."""
    sql = "insert into t (a, b) values (%s, %(name)s); select a from t where b = $1 and c < $2 limit %s"
    assert lint_sql(sql) == ()


def test_a_remainder_is_no_bind() -> None:
    """A percent sign after an operand is an operator, also before a name that begins with s."""
    assert lint_sql("select a %s from t") == ()
