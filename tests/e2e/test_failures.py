"""A fault injected at each stage: what ran, what did not, and that the published figures are still the old ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from dbt_regions.domain import STAGES, BuildSummary
from support.monorepo import Monorepo

STANDING = ("na",)
PUBLISHED = "select * from analytics_published.agg_product_funnel order by session_date"
STEPS = "select * from analytics_published.agg_funnel_steps order by session_date, step_number"
REFUSE = """
    create or replace function public.refuse() returns trigger language plpgsql as
    $$ begin raise exception 'injected fault'; end $$;
    create trigger refuse before insert or update on {table} execute function public.refuse()
"""
REFUSED_TABLES = ("analytics_snapshots.order_snapshot", "analytics_published.product_funnel_publication")


def break_deps(monorepo: Monorepo) -> None:
    """A macro that does not parse."""
    monorepo.edit("packages/shared_macros/macros/funnel/product_funnel.sql", ("endmacro", "endmacroo"))


def break_load(monorepo: Monorepo) -> None:
    """A sample that selects a column which is not there."""
    file = monorepo.root / "projects/na/sample/orders.sql"
    file.write_text("select no_such_column from facts_order_states")


def break_gate(monorepo: Monorepo) -> None:
    """A staging column that is gone."""
    monorepo.edit("projects/na/models/staging/stg_orders.sql", ("select * from final", "select order_id from final"))


def break_snapshot(monorepo: Monorepo) -> None:
    """A snapshot table that refuses rows."""
    monorepo.rows("na", REFUSE.format(table=REFUSED_TABLES[0]))


def break_run(monorepo: Monorepo) -> None:
    """A model that divides by zero."""
    monorepo.edit(
        "packages/shared_macros/models/sessions/int_sessions_agg.sql", ("* from final", "*, 1 / 0 as broken from final")
    )


def break_test(monorepo: Monorepo) -> None:
    """An event of a type that no test accepts."""
    monorepo.rows("na", "update raw.events set event_type = 'bogus' where ctid = (select min(ctid) from raw.events)")


def break_publish(monorepo: Monorepo) -> None:
    """A publication table that refuses rows."""
    monorepo.rows("na", REFUSE.format(table=REFUSED_TABLES[1]))


def break_document(monorepo: Monorepo) -> None:
    """A folder where dbt puts the empty page."""
    page = monorepo.root / "build/na/target/index.html"
    page.unlink()
    page.mkdir()


FAULTS: dict[str, tuple[Callable[[Monorepo], None], int]] = {
    "deps": (break_deps, 2),
    "load": (break_load, 1),
    "gate": (break_gate, 1),
    "snapshot": (break_snapshot, 1),
    "run": (break_run, 1),
    "test": (break_test, 1),
    "publish": (break_publish, 1),
    "document": (break_document, 3),
}


@pytest.fixture(scope="module")
def built(monorepo: Monorepo) -> Monorepo:
    """NA stands before anything is spoilt."""
    return monorepo


@pytest.fixture
def repaired(built: Monorepo) -> Iterator[Monorepo]:
    """Files, raw data and triggers are put back after the test."""
    with built.restored("projects/**/*.sql", "packages/**/*.sql"):
        yield built
    for table in REFUSED_TABLES:
        built.rows("na", f"drop trigger if exists refuse on {table}")
    page = built.root / "build/na/target/index.html"
    if page.is_dir():
        page.rmdir()
    built.rows("na", "update raw.events set event_type = 'page_view' where event_type = 'bogus'")


@pytest.mark.parametrize("stage", list(FAULTS))
def test_fault_at_a_stage(repaired: Monorepo, stage: str) -> None:
    """Later stages do not run except record, earlier artifacts are there, the published figures are the old ones."""
    inject, exit_code = FAULTS[stage]
    published = (repaired.rows("na", PUBLISHED), repaired.rows("na", STEPS))
    inject(repaired)
    summary = repaired.build("na", next_load=stage not in {"test", "document"})["na"]
    assert isinstance(summary, BuildSummary), summary
    status = {item.name: item.status for item in summary.stages}
    place = STAGES.index(stage)
    assert [status[name] for name in STAGES[:place]] == ["passed"] * place, summary.first_error
    assert status[stage] == "failed"
    assert {status[name] for name in STAGES[place + 1 : -1]} <= {"skipped"}
    assert status["record"] == "passed"
    assert summary.exit_code == exit_code, summary.first_error
    assert (summary.first_error or "").startswith(f"{stage}: ")
    run = repaired.root / "build/na/latest"
    assert (run / "summary.json").exists()
    for name in STAGES[:place]:
        if name not in {"deps", "load", "record"}:
            assert (run / name / "run_results.json").exists(), name
    if stage != "document":  # it comes after the publication
        assert (repaired.rows("na", PUBLISHED), repaired.rows("na", STEPS)) == published


def test_fault_at_record(repaired: Monorepo) -> None:
    """A run that cannot be recorded says so and exits 3, after everything else passed."""
    (repaired.root / "build/na/runs").rename(repaired.root / "build/na/runs-kept")
    (repaired.root / "build/na/runs").write_text("a file in the way")
    try:
        result = repaired.forked_cli("build", "na")
    finally:
        (repaired.root / "build/na/runs").unlink()
        (repaired.root / "build/na/runs-kept").rename(repaired.root / "build/na/runs")
    assert result.returncode == 3
    assert "build/na/runs" in result.stderr


def test_after_all_faults_the_waiting_loads_are_published(repaired: Monorepo) -> None:
    """With everything repaired one build passes, and the newest publication names the newest load."""
    summary = repaired.build_one("na")
    assert summary.exit_code == 0, summary.first_error
    newest = repaired.rows("na", "select load_id from analytics_history.load_manifest order by loaded_at desc limit 1")
    assert summary.load_ids == newest[0]
