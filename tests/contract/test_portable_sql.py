"""The page on portable SQL is true: its bad SQL is refused by the rule it stands for, its good SQL by none."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from dbt_regions.redshift_lint import RULES, lint_sql
from dbt_regions.warehouse import Server
from dbt_regions.warehouse.connection import connect
from support.lint_exceptions import Refuse
from support.repo import ROOT

PAGE = ROOT / "docs" / "rules" / "portable-sql.md"
PAIR = re.compile(r"^```sql\n-- bad (RS\d{3})\n(.+?)^-- good\n(.+?)^```$", re.DOTALL | re.MULTILINE)
TABLES = """
create temporary table orders (
    order_id varchar(64), user_id varchar(64), status varchar(32), country varchar(16), order_total numeric(12, 2),
    items integer, ordered_at timestamp, delivered_at timestamp
);
create temporary table sessions (session_id varchar(64), user_id varchar(64), is_open boolean);
create temporary table new_sessions (session_id varchar(64), user_id varchar(64), is_open boolean);
create temporary table events (event_id varchar(64), session_id varchar(64));
"""


def _pairs() -> tuple[tuple[str, str, str], ...]:
    return tuple(PAIR.findall(PAGE.read_text(encoding="utf-8")))


@pytest.mark.parametrize(("code", "bad", "good"), _pairs(), ids=[code for code, _, _ in _pairs()])
def test_bad_sql_breaks_its_rule_and_good_sql_none(code: str, bad: str, good: str) -> None:
    """The bad SQL of a pair breaks exactly the rule that it stands for, and the good SQL breaks no rule."""
    assert {finding.code for finding in lint_sql(bad)} == {code}
    assert lint_sql(good) == ()


def test_every_rule_on_writing_sql_has_a_pair(refuse: Refuse) -> None:
    """Each rule about SQL has one pair, and the page names every other rule too."""
    shown = [code for code, _, _ in _pairs()]
    wrong = [rule.code for rule in RULES if rule.scope != "project" and shown.count(rule.code) != 1]
    wrong += [rule.code for rule in RULES if rule.code not in PAGE.read_text(encoding="utf-8")]
    refuse(f"Write one bad/good pair for it in {PAGE.name}:", wrong)


def test_no_block_is_left_out() -> None:
    """Every block of SQL on the page has the form that the tests read."""
    assert PAGE.read_text(encoding="utf-8").count("```sql") == len(_pairs())


@pytest.fixture(scope="module")
def postgres() -> Iterator[psycopg2.extensions.connection]:
    """A connection to an embedded PostgreSQL of its own, with the tables that the page's SQL names."""
    with tempfile.TemporaryDirectory(prefix="portable-sql-") as folder:
        server = Server(Path(folder) / "warehouse")
        try:
            connection = connect(server.region("lint"))
            with connection.cursor() as cursor:
                cursor.execute(TABLES)
            connection.commit()
            yield connection
            connection.close()
        finally:
            server.stop()


@pytest.mark.parametrize(("code", "good"), [(code, good) for code, _, good in _pairs()])
def test_good_sql_runs_on_postgres(postgres: psycopg2.extensions.connection, code: str, good: str) -> None:
    """The good SQL of a pair is PostgreSQL's too: it runs there."""
    del code
    with postgres.cursor() as cursor:
        cursor.execute(good)
    postgres.rollback()
