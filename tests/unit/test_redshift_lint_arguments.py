"""Arguments, date parts, session words and type parameters are refused where only PostgreSQL reads them so."""

from __future__ import annotations

import pytest

from dbt_regions.redshift_lint import lint_sql

REFUSED: tuple[tuple[str, str], ...] = (
    ("RS132", "select concat(a, b, c) from t"),
    ("RS143", "select lead(a, 1, 'x') over (partition by c order by b) from t"),
    ("RS143", "select to_timestamp(a) from t"),
    ("RS143", "select date_trunc('day', a, 'UTC') from t"),
    ("RS143", "select left(a, -1) from t"),
    ("RS143", "select right(coalesce(a, b), -2) from t"),
    ("RS143", "select split_part(a, '-', -1) from t"),
    ("RS143", "select substring(a from '[0-9]+') from t"),
    ("RS143", "select substring(a, '[0-9]+') from t"),
    ("RS143", "select trim(a, 'x') from t"),
    ("RS143", "select random(1, 6)"),
    ("RS143", "select regexp_substr(a, 'b', 1, 1, 'i', 1) from t"),
    ("RS143", "select regexp_instr(a, 'b', 1, 1, 0, 'i', 1) from t"),
    ("RS144", "select extract(isoyear from a) from t"),
    ("RS144", "select extract(julian from a) from t"),
    ("RS144", "select extract(second from a) from t"),
    ("RS144", "select extract('milliseconds' from a) from t"),
    ("RS144", "select date_part('isodow', a) from t"),
    ("RS144", "select date_part('microseconds', a) from t"),
    ("RS144", "select date_trunc('isoyear', a) from t"),
    ("RS144", "select date_trunc('dow', a) from t"),
    ("RS144", "select date_trunc(b, a) from t"),
    ("RS145", "select a, current_catalog from t"),
    ("RS145", "select a from t where b = current_schema"),
    ("RS145", "select system_user"),
    ("RS208", "select a::decimal from t"),
    ("RS208", "select numeric '1.5'"),
    ("RS208", "create table t (a numeric not null, b integer)"),
    ("RS208", "alter table t add column a decimal"),
    ("RS209", "select cast(a as character varying(70000)) from t"),
    ("RS209", "select a::numeric(39, 2) from t"),
    ("RS209", "select a::numeric(38, 38) from t"),
    ("RS209", "select a::decimal(5, 6) from t"),
    ("RS209", "select a::numeric(0) from t"),
    ("RS209", "select a::numeric(5, 2, 1) from t"),
    ("RS209", "select a::nvarchar(65536) from t"),
    ("RS209", "select a::nchar(4097), b from t"),
    ("RS209", "create table t (a character(4097))"),
    ("RS209", "select a::varchar(0) from t"),
    ("RS209", "create table t (a char(4097))"),
    ("RS209", "create table t (a timestamp(3))"),
    ("RS209", "select a::timestamp(0) with time zone from t"),
    ("RS209", "select a::time(3) from t"),
    ("RS209", "select a::float(24) from t"),
    ("RS312", "select regexp_replace(a, '[0-9]', '', 'g') from t"),
    ("RS313", "select a like 'b\\_c' from t"),
)

TAKEN: tuple[str, ...] = (
    "select to_timestamp(a, 'YYYY-MM-DD'), date_trunc('day', a), left(a, 1 - 2), split_part(a, '-', 1) from t",
    "select substring(a from 2 for 3), substring(a, 2), trim(leading 'x' from a), trim('x' from a), random() from t",
    "select date_part('second', a), date_part('year', b), date_trunc('QUARTER', a), date_trunc('week', b) from t",
    "create table t (a numeric(12, 2), b decimal(9))",
)


@pytest.mark.parametrize(("code", "sql"), REFUSED)
def test_each_is_refused_by_its_rule_alone(code: str, sql: str) -> None:
    """SQL that Redshift refuses or reads otherwise is a finding of the rule that names it, and of no other."""
    assert {finding.code for finding in lint_sql(sql)} == {code}


@pytest.mark.parametrize("sql", TAKEN)
def test_what_comes_near_is_taken(sql: str) -> None:
    """SQL that both dialects take, and read alike, raises nothing."""
    assert lint_sql(sql) == ()


@pytest.mark.parametrize("sql", ["select dateadd(isodow, 1, a) from t", "select datediff('epoch', a, b) from t"])
def test_functions_of_redshift_have_date_parts_too(sql: str) -> None:
    """A date part that Redshift's own functions lack is a finding where the functions themselves are none."""
    assert [finding.code for finding in lint_sql(sql, portable=False)] == ["RS144"]


@pytest.mark.parametrize("sql", ["select regexp_replace(a, 'b', 'c') from t", "select a ~ '\\\\d' from t"])
def test_what_redshift_reads_its_own_way_is_fine_there(sql: str) -> None:
    """What Redshift takes and reads otherwise than PostgreSQL is no finding in SQL for Redshift alone."""
    assert lint_sql(sql, portable=False) == ()


@pytest.mark.parametrize("size", ["", "9" * 5000, "1.5", "-1", "a", "max, 1", "'9'"])
def test_broken_parameters_never_pass(size: str) -> None:
    """A type's parameters that are no numbers, none or far too great are a finding and never a crash."""
    for data_type in ("varchar", "numeric", "timestamp"):
        assert lint_sql(f"select cast(a as {data_type}({size})) from t")


def test_placeholders_of_drivers_may_size_a_type() -> None:
    """A length that the driver fills in is not judged."""
    assert lint_sql("select cast(a as varchar(%s)), cast(b as numeric(%s, 2)) from t") == ()
