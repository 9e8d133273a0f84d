"""The main job: all four regions built on the embedded Postgres, their figures, their isolation, and the next load."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations

import pytest
import yaml

from dbt_regions.domain import STAGES, BuildSummary
from dbt_regions.warehouse import Connection, Server, can_connect
from support.monorepo import ROWS_OF_GROWING_TABLES, Monorepo

REGIONS = STANDING = ("apac", "eu", "na", "phoenix")
FIXED_ORDERS = (
    "05202733-0e17-4726-97c2-0520c024ab85",
    "914b8929-e04a-40f8-86ee-357f2be3a2a2",
    "939767ac-357a-4bec-91f8-a7b25edd46c9",
)
ORDER_ROWS = f"""
    select order_id, status, dbt_valid_from, dbt_valid_to from analytics_snapshots.order_snapshot
    where order_id in {FIXED_ORDERS} order by order_id, dbt_valid_from
"""
# The product funnel counted again by hand, from the canonical events alone and in another way than the models do.
RECOUNT = """
    with first_days as (
        select distinct on (session_id) session_id, business_date
        from analytics.canonical_events order by session_id, occurred_at, business_date
    )
    select
        f.business_date,
        count(*) filter (where exists (
            select 1 from analytics.canonical_events e
            where e.session_id = f.session_id and e.event_type = 'page_view')),
        count(*) filter (where exists (
            select 1 from analytics.canonical_events e
            where e.session_id = f.session_id and e.event_type = 'add_to_cart')),
        count(*) filter (where exists (
            select 1 from analytics.canonical_events e
            where e.session_id = f.session_id and e.event_type = 'checkout'))
    from first_days f group by 1 order by 1
"""
PUBLISHED = """
    select session_date, total_sessions, cart_sessions, checkout_sessions
    from analytics_published.agg_product_funnel where total_sessions + cart_sessions + checkout_sessions > 0 order by 1
"""


@pytest.fixture(scope="module")
def summaries(monorepo: Monorepo) -> dict[str, BuildSummary]:
    """The four regions' summaries, built side by side."""
    outcomes = monorepo.outcomes
    summaries = {region: outcome for region, outcome in outcomes.items() if isinstance(outcome, BuildSummary)}
    assert set(summaries) == set(REGIONS), outcomes
    return summaries


@pytest.mark.parametrize("region", REGIONS)
def test_region_is_built(monorepo: Monorepo, summaries: dict[str, BuildSummary], region: str) -> None:
    """Every stage passes, and the figures are exactly what the region's sample says that it generates."""
    summary = summaries[region]
    assert summary.exit_code == 0, summary.first_error
    assert [stage.name for stage in summary.stages] == list(STAGES)
    assert {stage.status for stage in summary.stages} == {"passed"}
    sample = yaml.safe_load((monorepo.root / f"projects/{region}/sample/sample.yml").read_text())
    figures = summary.figures
    assert figures is not None
    assert figures["cumulative_total_sessions"] == sample["sessions"]
    assert figures["cumulative_cart_sessions"] == sample["carts"]
    assert figures["cumulative_checkout_sessions"] == sample["checkouts"]
    assert summary.generated_data is True


@pytest.mark.usefixtures("summaries")
@pytest.mark.parametrize("region", REGIONS)
def test_published_days_equal_a_recount(monorepo: Monorepo, region: str) -> None:
    """Each published day equals an independent count over the canonical events."""
    recount = tuple(row for row in monorepo.rows(region, RECOUNT) if any(row[1:]))
    assert monorepo.rows(region, PUBLISHED) == recount
    assert recount


def test_na_publishes_the_known_figures(monorepo: Monorepo, summaries: dict[str, BuildSummary]) -> None:
    """NA's default sample has 578 sessions, 467 with a cart, 361 with a checkout, and the three orders in preparing."""
    figures = summaries["na"].figures or {}
    names = ("total_sessions", "cart_sessions", "checkout_sessions")
    assert [figures[f"cumulative_{name}"] for name in names] == [578, 467, 361]
    assert f"{figures['cumulative_add_to_cart_rate']:.2%}" == "80.80%"
    assert f"{figures['cumulative_conversion_rate']:.2%}" == "62.46%"
    assert [row[:2] for row in monorepo.rows("na", ORDER_ROWS)] == [(order, "preparing") for order in FIXED_ORDERS]


@pytest.mark.usefixtures("summaries")
@pytest.mark.parametrize(("region", "other"), list(permutations(REGIONS, 2)))
def test_role_is_refused_by_another_regions_database(monorepo: Monorepo, region: str, other: str) -> None:
    """A region's role reaches its own database and no other's, even with the right password."""
    own = Server(monorepo.home).region(region)
    assert can_connect(own)
    assert not can_connect(replace(own, database=other))
    assert not can_connect(Connection(own.host, own.port, other, own.password, other))


@pytest.mark.parametrize("region", REGIONS)
def test_artifacts_and_docs(monorepo: Monorepo, summaries: dict[str, BuildSummary], region: str) -> None:
    """Each stage's artifacts are kept, summary.json says what the build returned, and the docs page is one file."""
    run = monorepo.root / "build" / region / "runs" / summaries[region].run_id
    for stage in ("gate", "snapshot", "run", "test", "publish"):
        results = json.loads((run / stage / "run_results.json").read_text())
        assert results["metadata"]["env"]["RUN_ID"] == summaries[region].run_id
        assert results["results"]
    assert json.loads((run / "summary.json").read_text())["run_id"] == summaries[region].run_id
    page = (monorepo.root / "build" / region / "docs" / "index.html").read_text()
    assert "agg_product_funnel" in page
    assert "manifest.json" not in page.split("</script>")[0][-200:]


def test_index_page_links_every_region(monorepo: Monorepo, summaries: dict[str, BuildSummary]) -> None:
    """One page leads to every region's documentation; each link is a file."""
    result = monorepo.cli("docs")
    assert result.returncode == 0, result.stderr
    page = (monorepo.root / "build/index.html").read_text()
    for region in summaries:
        assert f'href="{region}/docs/index.html"' in page
        assert (monorepo.root / "build" / region / "docs/index.html").is_file()
    assert "generated sample data" in page


@pytest.mark.proof  # tests/e2e/test_history.py shows the same of NA, by digests
@pytest.mark.usefixtures("summaries")
def test_build_without_a_new_load_adds_nothing(monorepo: Monorepo) -> None:
    """Building again, twice, adds 0 rows to any snapshot, publication or load manifest of any region."""
    before = {region: monorepo.rows(region, ROWS_OF_GROWING_TABLES) for region in REGIONS}
    for options in ({}, {"full_refresh": True}):
        for region, outcome in monorepo.build(*REGIONS, **options).items():
            assert outcome.exit_code == 0, (region, outcome)
    assert {region: monorepo.rows(region, ROWS_OF_GROWING_TABLES) for region in REGIONS} == before


@pytest.fixture(scope="module")
def shipped(monorepo: Monorepo, summaries: dict[str, BuildSummary]) -> str:
    """What `next-load na` printed, after the first build."""
    del summaries
    result = monorepo.cli("next-load", "na")
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_next_load_ships_the_three_orders(monorepo: Monorepo, shipped: str) -> None:
    """After the next load each of the three orders has one closed row and one current; the second load adds none."""
    rows = monorepo.rows("na", ORDER_ROWS)
    assert len(rows) == 6
    for order, (old, new) in zip(FIXED_ORDERS, zip(rows[::2], rows[1::2], strict=True), strict=True):
        assert (old[0], old[1]) == (order, "preparing")
        assert (new[0], new[1]) == (order, "shipped")
        assert old[3] == new[2]
        assert new[3].year == 9999
        assert order in shipped
    assert "old row" in shipped
    assert monorepo.forked_cli("next-load", "na").returncode == 0
    assert monorepo.rows("na", ORDER_ROWS) == rows


@pytest.mark.usefixtures("shipped")
def test_next_load_is_published_with_its_load_id(monorepo: Monorepo) -> None:
    """Each load gives one publication more, which names the newest load."""
    publications = monorepo.rows(
        "na",
        "select publication_id, min(load_ids), max(load_ids) from analytics_published.product_funnel_publication"
        " group by 1 order by 1",
    )
    assert len(publications) == len({row[1] for row in publications}) >= 2
    assert all(low == high for _, low, high in publications)


def test_json_output(monorepo: Monorepo, summaries: dict[str, BuildSummary]) -> None:
    """`--json` prints the summaries and nothing else on stdout."""
    del summaries
    result = monorepo.cli("build", "eu", "phoenix", "--json", "--select", "canonical_events")
    value = json.loads(result.stdout)
    assert [item["region"] for item in value] == ["eu", "phoenix"]
    assert [item["exit_code"] for item in value] == [0, 0]


@pytest.mark.usefixtures("summaries")
def test_partial_build_publishes_nothing(monorepo: Monorepo) -> None:
    """`--select` builds a part, and the publication is left alone."""
    summary = monorepo.build_one("eu", select="int_sessions_agg")
    stages = {stage.name: stage for stage in summary.stages}
    assert stages["publish"].status == "skipped"
    assert stages["run"].nodes == {"success": 1}
    assert summary.exit_code == 0


@pytest.mark.usefixtures("summaries")
def test_one_red_region_does_not_stop_the_others(monorepo: Monorepo) -> None:
    """With one region's staging broken the others are built; the exit code is the broken one's."""
    file = monorepo.root / "projects/eu/models/staging/stg_orders.sql"
    kept = file.read_text()
    file.write_text(kept + "\nthis is no sql\n")
    try:
        result = monorepo.cli("build", "--all")
    finally:
        file.write_text(kept)
    assert result.returncode == 1
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line and line.split()[0] in REGIONS}
    assert "failed" in lines["eu"] or "eu" in result.stderr
    for region in ("apac", "na", "phoenix"):
        assert json.loads((monorepo.root / f"build/{region}/latest/summary.json").read_text())["exit_code"] == 0
