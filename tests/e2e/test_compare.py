"""`dbt-regions compare`: two regions built once, one of which never sends parcels, and their figures recounted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dbt_regions.warehouse import Server
from support.monorepo import Monorepo
from support.refusal import refused

REGIONS = ("na", "phoenix")
STAGING = "projects/phoenix/models/staging/stg_events"
ZONES = {"na": "UTC", "phoenix": "America/Phoenix"}
UNITS = {
    "product_funnel": ("fct_product_funnel", ("total", "cart", "checkout")),
    "product_fulfilment_funnel": ("fct_product_fulfilment_funnel", ("total", "cart", "checkout", "shipped")),
    "underwriting_funnel": ("fct_underwriting_funnel", ("quote_started", "application_submitted", "decision", "bound")),
}
BOUND = """
    select count(*), sum(applications.annual_premium) from analytics.fct_underwriting_funnel as units
    join analytics.canonical_applications as applications using (application_id) where units.bound_at is not null
"""
DROP_OFFS = """
    with days as (
        select *, lag(reached) over (partition by funnel, unit_date order by step_number) as before
        from analytics.agg_funnel_days
    )
    select
        step, sum(before - waiting - reached) / nullif(sum(before - waiting), 0),
        sum(before - waiting - reached) / nullif(sum(entered - pending), 0)
    from days where funnel = '{}' and step_number > 1 group by step
"""


@pytest.fixture(scope="module")
def built(monorepo: Monorepo) -> Monorepo:
    """NA as it is, and Phoenix as a region whose source never sends package_shipped, and says so."""
    sent = "where delivery = 1"
    monorepo.edit(f"{STAGING}.sql", (sent, f"{sent} and event_name <> 'PackageShipped'"))
    day = "business_day: America/Phoenix\n"
    monorepo.edit(f"{STAGING}.yml", (day, f"{day}        not_provided_event_types: [package_shipped]\n"))
    assert {name: outcome.exit_code for name, outcome in monorepo.build(*REGIONS).items()} == dict.fromkeys(REGIONS, 0)
    return monorepo


def compared(built: Monorepo, *arguments: str) -> Mapping[str, Any]:
    """Return a comparison as JSON; one that succeeds."""
    result = built.cli("compare", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    value: Mapping[str, Any] = json.loads(result.stdout)
    return value


@pytest.fixture(scope="module")
def funnels(built: Monorepo) -> Mapping[str, Mapping[str, Any]]:
    """Each funnel of both regions by name."""
    return {funnel["funnel"]: funnel for funnel in compared(built, *REGIONS)["funnels"]}


def of(funnel: Mapping[str, Any], region: str) -> Mapping[str, Any]:
    """Return one region's row of a funnel."""
    found: Mapping[str, Any] = next(row for row in funnel["regions"] if row["region"] == region)
    return found


@contextmanager
def changed(built: Monorepo, path: str, *replacements: tuple[str, str]) -> Iterator[None]:
    """Change a file of the latest build while the block runs."""
    with built.restored(path):
        built.edit(path, *replacements)
        yield


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("name", UNITS)
def test_figures_are_those_of_the_region(
    built: Monorepo, funnels: Mapping[str, Mapping[str, Any]], name: str, region: str
) -> None:
    """Each count is that of the units themselves, each rate the mart's own to date, each drop-off a sum of days."""
    table, steps = UNITS[name]
    row = of(funnels[name], region)
    counts = ", ".join(f"count({step}_at)" for step in steps)
    reached = built.rows(region, f"select {counts} from analytics.{table}")[0]
    rates = built.rows(
        region,
        "select step, rate_to_date, rate_to_date_low, rate_to_date_high from analytics.agg_funnel_days "
        f"where (funnel, unit_date) = ('{name}', date '{row['through']}')",
    )
    drop_offs = {step: shares for step, *shares in built.rows(region, DROP_OFFS.format(name))}
    for step, count in zip(row["steps"], reached, strict=True):
        if step["step"] in row["not_provided"]:
            continue
        assert step["reached"] == count
        expected = next(values for shown, *values in rates if shown == step["step"])
        assert [step["rate"], step["rate_low"], step["rate_high"]] == [float(value) for value in expected]
        shares = [step["drop_off_of_previous"], step["drop_off_of_entry"]]
        assert shares == [None if s is None else round(float(s), 6) for s in drop_offs.get(step["step"], (None, None))]
    provisional = (
        f"select count(distinct unit_date) from analytics.agg_funnel_days where funnel = '{name}' and not is_final"
    )
    assert built.rows(region, provisional) == ((row["provisional_days"],),)


@pytest.mark.parametrize("name", ["product_funnel", "underwriting_funnel"])
def test_a_total_is_the_sum_of_the_regions(
    built: Monorepo, funnels: Mapping[str, Mapping[str, Any]], name: str
) -> None:
    """Each count of the total is that of both regions' units."""
    table, steps = UNITS[name]
    statement = f"select {', '.join(f'count({step}_at)' for step in steps)} from analytics.{table}"
    na, phoenix = (built.rows(region, statement)[0] for region in REGIONS)
    total = funnels[name]["total"]
    assert [step["reached"] for step in total["steps"]] == [a + b for a, b in zip(na, phoenix, strict=True)]
    assert funnels[name]["no_total_because"] == []


def test_a_step_that_is_not_provided_is_never_zero(built: Monorepo, funnels: Mapping[str, Mapping[str, Any]]) -> None:
    """The mart's 0 parcels of Phoenix show as not provided, with their rates and drop-offs, and there is no total."""
    assert built.rows("phoenix", "select count(shipped_at) from analytics.fct_product_fulfilment_funnel") == ((0,),)
    funnel = funnels["product_fulfilment_funnel"]
    shipped = of(funnel, "phoenix")["steps"][3]
    assert {value for key, value in shipped.items() if key != "step"} == {"not provided"}
    assert of(funnel, "na")["steps"][3]["reached"] > 0
    assert funnel["total"] is None
    assert [reason["kind"] for reason in funnel["no_total_because"]] == ["step"]
    assert all(drop["step"] != "shipped" for drop in of(funnel, "phoenix")["largest_drop_offs"])
    printed = built.cli("compare", *REGIONS, "--funnel", "product_fulfilment_funnel").stdout
    assert printed.count("not provided") >= 5, printed
    assert "no total: phoenix does not provide every step" in printed, printed
    assert "package_shipped" in printed, printed


def test_amounts_are_those_of_the_bound_applications(built: Monorepo, funnels: Mapping[str, Mapping[str, Any]]) -> None:
    """Each region's premium is that of its own bound applications; two regions that sell in dollars have one sum."""
    expected = {region: built.rows(region, BOUND)[0] for region in REGIONS}
    funnel = funnels["underwriting_funnel"]
    for region, (units, amount) in expected.items():
        found = of(funnel, region)["amounts"]
        assert [(a["currency"], a["units"], Decimal(a["amount"])) for a in found] == [("USD", units, amount)]
    total = funnel["amount_totals"]
    assert [Decimal(a["amount"]) for a in total] == [sum(amount for _, amount in expected.values())]


def test_periods_of_other_days_are_not_added(built: Monorepo) -> None:
    """A period cuts sessions at each region's own midnight: no total, and both zones; applications count by UTC."""
    arguments = (*REGIONS, "--from", "2021-02-10", "--through", "2021-02-19")
    funnels = {funnel["funnel"]: funnel for funnel in compared(built, *arguments)["funnels"]}
    refusal = funnels["product_funnel"]["no_total_because"]
    assert [reason["kind"] for reason in refusal] == ["day"]
    assert "na UTC, phoenix America/Phoenix" in refusal[0]["sentence"]
    for region in REGIONS:
        days = "between '2021-02-10' and '2021-02-19'"
        units = built.rows(region, f"select count(total_at) from analytics.fct_product_funnel where unit_date {days}")
        assert of(funnels["product_funnel"], region)["steps"][0]["reached"] == units[0][0]
    quoted = [of(funnels["underwriting_funnel"], region)["steps"][0]["reached"] for region in REGIONS]
    assert funnels["underwriting_funnel"]["total"]["steps"][0]["reached"] == sum(quoted) > 0
    assert of(funnels["underwriting_funnel"], "na")["amounts"] == []


@pytest.mark.parametrize("region", REGIONS)
def test_the_declared_day_is_that_of_the_data(built: Monorepo, region: str) -> None:
    """Each event's business date is its local date in the zone that the region declares."""
    other = f"(occurred_at at time zone 'UTC' at time zone '{ZONES[region]}')::date <> business_date"
    assert built.rows(region, f"select count(*) from analytics.canonical_events where {other}") == ((0,),)
    assert of(compared(built, region)["funnels"][0], region)["business_day"] == ZONES[region]


def test_a_region_that_is_not_there(built: Monorepo) -> None:
    """One that was never built, or lost its mart, is said and the others go on; without any there is nothing."""
    printed = built.cli("compare")
    assert printed.returncode == 0, printed.stderr
    assert "eu was never built for target embedded: dbt-regions build eu" in printed.stdout
    refused(built.cli("compare", "eu", "apac"), 2, "dbt-regions build eu", "dbt-regions build apac")
    built.rows("phoenix", "alter table analytics.agg_funnel_amounts rename to away")
    try:
        lost = compared(built, *REGIONS)
    finally:
        built.rows("phoenix", "alter table analytics.away rename to agg_funnel_amounts")
    assert [region["built"] for region in lost["regions"]] == [True, False]
    assert [row["region"] for row in lost["funnels"][0]["regions"]] == ["na"]


def test_other_definitions_are_not_added(built: Monorepo) -> None:
    """Regions built from two revisions have no total of a funnel that says different things, and hear the repair."""
    manifest = "build/phoenix/latest/run/manifest.json"
    with changed(built, manifest, ('"settles_after": {"minute": 30}', '"settles_after": {"minute": 45}')):
        funnel = compared(built, *REGIONS, "--funnel", "product_funnel")["funnels"][0]
    assert funnel["total"] is None
    said = funnel["no_total_because"][0]["sentence"]
    assert "settles_after: {'minute': 30} in na, {'minute': 45} in phoenix" in said, said


def test_bad_requests_are_one_line(built: Monorepo) -> None:
    """An unknown region, funnel or day, and a wrong declaration, each name what is wrong and what is allowed."""
    refused(built.cli("compare", "atlantis"), 2, "unknown region 'atlantis'", "apac, eu, na, phoenix")
    refused(built.cli("compare", "na", "--funnel", "x"), 2, "unknown funnel 'x'", "product_funnel, product_fulfilment")
    refused(built.cli("compare", "na", "--from", "yesterday"), 2, "yesterday", "%Y-%m-%d")
    refused(built.cli("compare", "na", "--from", "2021-02-02", "--through", "2021-02-01"), 2, "later than")
    manifest = "build/na/latest/run/manifest.json"
    with changed(built, manifest, ('"business_day": "UTC"', '"business_day": "UCT+1"')):
        file = "projects/na/models/staging/stg_events.yml: config.meta.business_day"
        refused(built.cli("compare", "na"), 2, file, "'UCT+1'", "'Europe/Berlin'", "'visitor'")


def test_another_target_is_asked_through_its_own_login(built: Monorepo) -> None:
    """A build of target prod gives the same figures through dbt, with the login of the region's variables."""
    runs = built.root / "build" / "na" / "runs"
    login = Server(built.home).region("na")
    variables = {
        "DBT_NA_HOST": login.host,
        "DBT_NA_USER": login.user,
        "DBT_NA_DATABASE": login.database,
        "DBT_NA_SSLMODE": "disable",
        "DBT_ENV_SECRET_NA_PASSWORD": login.password,
    }
    refused(built.cli("compare", "na", "--target", "prod"), 2, "never built for target prod")
    copied = shutil.copytree((built.root / "build" / "na" / "latest").resolve(), runs / "0-prod")
    summary = Path(copied) / "summary.json"
    summary.write_text(summary.read_text().replace('"target": "embedded"', '"target": "prod"'))
    result = built.cli("compare", "na", "--target", "prod", "--json", **variables)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["funnels"] == compared(built, "na")["funnels"]
    wrong = {**variables, "DBT_ENV_SECRET_NA_PASSWORD": "wrong"}
    refused(built.cli("compare", "na", "--target", "prod", **wrong), 3, "na", "target prod")


def test_no_warehouse_is_the_worlds_fault(built: Monorepo, tmp_path: Path) -> None:
    """Where a region was built and its warehouse is gone, none is made anew."""
    gone = Monorepo(built.root, tmp_path / "gone")
    refused(gone.cli("compare", "na"), 3, "no warehouse in", "dbt-regions build na")
    assert not gone.home.exists()
