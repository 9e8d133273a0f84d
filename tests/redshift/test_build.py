"""Layers on the stand-in: Phoenix builds through dbt-redshift and its driver, and what it sent is linted."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dbt_regions.domain import STAGES
from dbt_regions.redshift_lint import lint_sql, read_keys, rule
from dbt_regions.warehouse import Server
from support.monorepo import ROWS_OF_GROWING_TABLES, Monorepo
from support.redshift.exemptions import EXEMPTIONS, exemption_of
from support.redshift.parity import EXPLAINED_TYPES, compare_relations, read_relations
from support.redshift.phoenix import REGION, Phoenix, copy_phoenix, write_load
from support.redshift.wire import WireStatement, count_rewrites, read_statements, render_golden
from support.repo import report

GOLDEN = Path(__file__).with_name("golden") / "wire.sql"
LOADS = (0, 1, 72)
"""An hour later some orders changed, three days later some were deleted (the sample's own changes)."""
STORED_NODES = 13
MANY_ROWS = 5000
GOLDEN_NODES = (
    "model.shared_macros.canonical_orders",
    "model.shared_macros.gate_orders",
    "model.shared_macros.load_manifest",
    "model.shared_macros.published_product_funnel",
    "snapshot.shared_macros.order_snapshot",
)

CHANGES = """
    select
        count(case when dbt_valid_to < '9999-01-01' then 1 end),
        count(case when dbt_is_deleted = 'True' then 1 end)
    from (
        select dbt_valid_to, dbt_is_deleted from analytics_snapshots.order_snapshot
        union all
        select dbt_valid_to, dbt_is_deleted from analytics_snapshots.application_snapshot
    ) as rows
"""


def _statements(phoenix: Phoenix) -> list[WireStatement]:
    return list(read_statements(phoenix.standin.wire()))


@dataclass(frozen=True)
class SentBuild:
    """What one build sent, and the compiled code of the nodes of the golden text."""

    statements: list[WireStatement]
    bodies: dict[str, str]


@pytest.fixture(scope="module")
def sent() -> list[SentBuild]:
    """What each build sent, in order; builds add theirs."""
    return []


@pytest.fixture(scope="module")
def first_build(phoenix: Phoenix, sent: list[SentBuild]) -> Phoenix:
    """Phoenix after its first load and build, as a user with a cluster would do it."""
    phoenix.create_load_manifest()
    _load_and_build(phoenix, sent, LOADS[0])
    return phoenix


@pytest.fixture(scope="module")
def three_loads(first_build: Phoenix, sent: list[SentBuild]) -> Phoenix:
    """Phoenix after three loads, each built."""
    for number in LOADS[1:]:
        _load_and_build(first_build, sent, number)
    return first_build


def _load_and_build(phoenix: Phoenix, sent: list[SentBuild], number: int) -> None:
    phoenix.write_load(number)
    before = len(_statements(phoenix))
    done = phoenix.build()
    assert done.returncode == 0, done.stdout + done.stderr
    sent.append(SentBuild(_statements(phoenix)[before:], _bodies(phoenix)))


def _bodies(phoenix: Phoenix) -> dict[str, str]:
    bodies: dict[str, str] = {}
    for stage in ("gate", "snapshot", "run", "publish"):
        artifact = phoenix.monorepo.root / f"build/{REGION}/latest/{stage}/run_results.json"
        results = json.loads(artifact.read_text())["results"]
        bodies |= {r["unique_id"]: r["compiled_code"] for r in results if r["unique_id"] in GOLDEN_NODES}
    return {node: bodies[node] for node in GOLDEN_NODES}


def _summary(phoenix: Phoenix) -> Any:
    return json.loads((phoenix.monorepo.root / f"build/{REGION}/latest/summary.json").read_text())


@pytest.mark.layer("L4 build")
def test_first_build(first_build: Phoenix, say: Callable[[str], None]) -> None:
    """Each stage passes on the stand-in, and the published figures are those of the sample."""
    summary = _summary(first_build)
    assert [stage["name"] for stage in summary["stages"] if stage["status"] == "passed"] == list(STAGES)
    figures = summary["figures"]
    counts = {name: figures[f"cumulative_{name}_sessions"] for name in ("total", "cart", "checkout")}
    assert counts == {"total": 402, "cart": 291, "checkout": 148}
    statements = _statements(first_build)
    say(f"first build: {len(statements)} statements; rewritten: {count_rewrites(statements)}")


@pytest.mark.layer("L4 build")
def test_nothing_was_refused(first_build: Phoenix) -> None:
    """The stand-in knew every statement, and the server ran each but one that comes before any figures."""
    records = list(first_build.standin.wire())
    assert [record.refused for record in records if record.refused] == []
    errors = {record.error for record in records if record.error}
    assert errors <= {'relation "analytics_published.agg_product_funnel" does not exist'}


@pytest.mark.layer("L4 build")
def test_readers_see_what_is_published(first_build: Phoenix) -> None:
    """A reader of the setup's group reads the published views, old and new, and nothing else."""
    first_build.standin.add_reader("phoenix_reader")
    (count,) = first_build.rows("select count(*) from analytics_published.agg_product_funnel", "phoenix_reader")[0]
    assert count > 0
    for relation in ("analytics.fct_user_sessions", "raw.web_events", "analytics_snapshots.order_snapshot"):
        allowed = first_build.rows(f"select has_table_privilege('phoenix_reader', '{relation}', 'select')")
        assert allowed == ((False,),), relation


@pytest.mark.layer("L4 build")
def test_statements_have_a_time_out_and_snapshots_a_transaction(first_build: Phoenix) -> None:
    """dbt's user has the setup's time-out; a snapshot writes between BEGIN and COMMIT, without which no lock holds."""
    assert first_build.rows("show statement_timeout", "dbt_phoenix") == (("1h",),)
    statements = _statements(first_build)
    for node in ("order_snapshot", "application_snapshot"):
        created = next(s for s in statements if s.node == f"snapshot.shared_macros.{node}" and "create" in s.sql[:6])
        words = [s.sql.split()[0].lower() for s in statements if s.connection == created.connection]
        writing = words.index("create")
        assert "begin" in words[:writing], words
        assert "commit" not in words[words.index("begin") : writing], words
        assert "commit" in words[writing:], words


@pytest.mark.layer("L3 lint")
def test_wire_is_clean(first_build: Phoenix, say: Callable[[str], None]) -> None:
    """The lint finds nothing in what went over the wire but what dbt itself sends, listed with its reason."""
    say(f"first build's wire: {_lint_wire(_statements(first_build))}")


def _lint_wire(statements: Sequence[WireStatement]) -> str:
    wrong = set()
    used = set()
    distinct = {statement.sql: statement for statement in statements}
    for sql, statement in distinct.items():
        for finding in lint_sql(sql, portable=False):
            exemption = exemption_of(statement, finding)
            used.add(exemption)
            if exemption is None:
                line = sql.split("\n")[finding.line - 1].strip()
                where = f"in a statement of {statement.node}, line {finding.line}: {line}"
                wrong.add(f"{finding.code} {finding.message}; {rule(finding.code).remedy} ({where})")
    repair = (
        "Find the line in the node, its hooks, or a macro that asks the warehouse (exemptions.py: dbt's own words):"
    )
    assert not wrong, report(repair, sorted(wrong))
    return f"{len(distinct)} distinct statements, 0 findings, {len(used - {None})} of {len(EXEMPTIONS)} exemptions used"


@pytest.mark.proof
@pytest.mark.layer("L3 lint")
def test_wire_of_all_builds_is_clean(three_loads: Phoenix, say: Callable[[str], None]) -> None:
    """The same over all builds; each exemption is needed."""
    words = _lint_wire(_statements(three_loads))
    assert f"{len(EXEMPTIONS)} of {len(EXEMPTIONS)}" in words, words
    say(f"all builds' wire: {words}")


@pytest.mark.proof
@pytest.mark.layer("L4 build")
def test_three_loads_and_more(three_loads: Phoenix, say: Callable[[str], None]) -> None:
    """Loads with changes and deletes close and open snapshot rows; building again, also in full, adds none."""
    closed, deleted = three_loads.rows(CHANGES)[0]
    assert closed > 20
    assert deleted > 2
    before = three_loads.rows(ROWS_OF_GROWING_TABLES)
    for options in ((), ("--full-refresh",)):
        done = three_loads.build(*options)
        assert done.returncode == 0, done.stdout + done.stderr
        assert three_loads.rows(ROWS_OF_GROWING_TABLES) == before
    statements = _statements(three_loads)
    say(f"5 builds, one in full: {closed} snapshot rows closed, {deleted} deletions; without a new load 0 rows more")
    say(f"{len(statements)} statements; rewritten: {count_rewrites(statements)}")


@pytest.mark.proof
@pytest.mark.layer("L6 config")
def test_growing_tables_are_written_from_temporary_ones(three_loads: Phoenix, say: Callable[[str], None]) -> None:
    """Each MERGE, and each UPDATE that stands for one, reads a temporary table: Redshift merges no view or subquery."""
    statements = _statements(three_loads)
    created = {(s.connection, s.sql.split()[3]) for s in statements if s.sql.startswith("create temporary table")}
    merged = [s for s in statements if re.match(r"(merge|update)\b", s.sql, re.IGNORECASE)]
    wrong = []
    for statement in merged:
        source = re.search(r"\b(?:using|from)\s+(\S+)\s+as\s+DBT_INTERNAL_SOURCE", statement.sql)
        if source is None or (statement.connection, source[1]) not in created:
            wrong.append(statement.sql)
    assert merged
    assert not wrong, report("Write into a growing table from a temporary table:", wrong)
    say(f"{len(merged)} statements change stored rows, each from a temporary table")


@pytest.mark.layer("L6 config")
def test_keys_are_columns_of_the_tables(first_build: Phoenix, say: Callable[[str], None]) -> None:
    """Each distribution and sort key is a column of the table that was built, which the stand-in itself never asks."""
    target = first_build.monorepo.root / "build" / REGION / "target"
    relations = read_relations(first_build.standin.connection(), target)
    wrong = []
    keys = 0
    for node in json.loads((target / "manifest.json").read_text())["nodes"].values():
        for key in {column for _, column in read_keys(node["config"])}:
            keys += 1
            if key not in dict(relations[node["name"]].columns):
                wrong.append(f"{node['name']}: {key}")
    assert keys
    assert not wrong, report("Name a column of the table in projects/phoenix/dbt_project.yml:", wrong)
    say(f"{keys} keys are columns of the built tables")


@pytest.mark.proof
@pytest.mark.layer("L6 config")
@pytest.mark.usefixtures("three_loads")
def test_golden(sent: list[SentBuild], request: pytest.FixtureRequest, say: Callable[[str], None]) -> None:
    """What dbt-redshift sends around our SQL is what it sent when somebody last read it."""
    seen = render_golden([(build.statements, build.bodies) for build in sent[:2]])
    if request.config.getoption("--update-golden"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(seen, encoding="utf-8")
    assert seen == GOLDEN.read_text(encoding="utf-8"), (
        "the statements around our SQL changed: read the difference, then run nox -s redshift -- --update-golden"
    )
    say(f"wire statements of {len(GOLDEN_NODES)} nodes and between nodes equal tests/redshift/golden/wire.sql")


@pytest.fixture(scope="module")
def on_postgres() -> Iterator[Monorepo]:
    """Phoenix on the embedded Postgres after the same three loads."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        monorepo = copy_phoenix(Path(folder))
        assert monorepo.build_one(REGION).exit_code == 0
        for number in LOADS[1:]:
            connection = Server(monorepo.home).region(REGION)
            write_load(connection, monorepo, monorepo.root / "build" / REGION / "target", number)
            assert monorepo.build_one(REGION).exit_code == 0
        yield monorepo
        monorepo.stop()


@pytest.mark.proof
@pytest.mark.layer("L5 parity")
def test_parity(three_loads: Phoenix, on_postgres: Monorepo, say: Callable[[str], None]) -> None:
    """Each model and snapshot holds the same rows of the same types on Postgres and on the stand-in."""
    target = Path("build") / REGION / "target"
    postgres = read_relations(Server(on_postgres.home).region(REGION), on_postgres.root / target)
    redshift = read_relations(three_loads.standin.connection(), three_loads.monorepo.root / target)
    differences = compare_relations(postgres, redshift)
    assert not differences, report("The two dialects disagree:", differences)
    rows = sum(relation.rows.total() for relation in postgres.values())
    assert len(postgres) >= STORED_NODES
    assert rows > MANY_ROWS
    say(f"{len(postgres)} relations, {rows} rows after {len(LOADS)} loads: 0 differing rows, 0 unexplained types")
    say(f"explained types: {'; '.join(f'{k}: {v}' for k, v in EXPLAINED_TYPES.items()) or 'none needed'}")
