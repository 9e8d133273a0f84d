"""The how-to page of new regions: its command, tables and files give the figures that it prints, counted by hand."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from datetime import date, datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dbt_regions.warehouse import Server, session
from support.monorepo import REPO, Monorepo

PAGE = (REPO / "docs/howto/new-region.md").read_text(encoding="utf-8")
TABLES = (REPO / "docs/howto/new-region-shop.sql").read_text(encoding="utf-8")
STAGING = "projects/iberia/models/staging"
COLUMNS = "    columns:\n"
MADRID = ZoneInfo("Europe/Madrid")
TYPES = {"landed": "page_view", "basket": "add_to_cart", "paid": "checkout"}
STATES = ("quote_started", "submitted", "approved", "declined", "bound")
BY_DAY = """
    select session_date, total_sessions, cart_sessions, checkout_sessions
    from analytics_published.agg_product_funnel order by session_date
"""
EVENTS = "select event_id, event_type, occurred_at, business_date, page_url, device from analytics.canonical_events"
ORDERS = "select order_id, status, ordered_at, order_total from analytics.canonical_orders"
APPLICATIONS = "select application_id, status, quoted_at from analytics.canonical_applications"


def found(pattern: str) -> str:
    """Return what a pattern's group finds on the page."""
    match = re.search(pattern, PAGE, re.DOTALL)
    assert match, f"the page has no {pattern}"
    return match.group(1)


def write_files(clone: Monorepo) -> None:
    """Put the page's files in the place of the copied ones; one that ends at `columns:` keeps the copied columns."""
    for file in (clone.root / STAGING).glob("_*__sources.yml"):
        file.unlink()
    blocks = re.findall(r"```(?:sql|yaml) (projects/\S+)\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 5
    for path, text in blocks:
        file = clone.root / path
        copied = file.read_text().partition(COLUMNS)[2] if text.endswith(COLUMNS) else ""
        file.write_text(text + copied)


@pytest.fixture
def iberia(fresh: Monorepo) -> Monorepo:
    """The page's region as its command and files make it, with the page's tables in a Postgres that was there."""
    command = found(r"nox -s new-region -- (iberia[^\n]*)")
    made = fresh.cli("new-region", *shlex.split(command))
    assert made.returncode == 0, made.stderr
    write_files(fresh)
    with session(Server(fresh.home).region("iberia")) as opened, opened.cursor() as cursor:
        cursor.execute(TABLES)
    return fresh


def build(clone: Monorepo) -> subprocess.CompletedProcess[str]:
    """Build as the page says, with the page's variables, in a process of its own."""
    login = Server(clone.home).region("iberia")
    variables = {"HOST": login.host, "USER": login.user, "DATABASE": login.database, "SSLMODE": "disable"}
    assert all(f"DBT_IBERIA_{name}=" in PAGE for name in variables)
    environment = {f"DBT_IBERIA_{name}": value for name, value in variables.items()}
    region, *options = shlex.split(found(r"nox -s build-(iberia -- --target prod)"))
    options.remove("--")
    return clone.cli("build", region, *options, "--json", DBT_ENV_SECRET_IBERIA_PASSWORD=login.password, **environment)


def lint(clone: Monorepo) -> None:
    """The page's files keep the style that `nox -s lint` asks for."""
    models = str(clone.root / "projects/iberia/models")
    for command in (
        ("sqlfluff", "lint", "--config", "pyproject.toml", models),
        ("yamllint", "--strict", "--config-file", ".yamllint.yaml", models),
    ):
        done = subprocess.run([sys.executable, "-m", *command], check=False, capture_output=True, text=True, cwd=REPO)
        assert done.returncode == 0, done.stdout


def utc(local: str) -> datetime:
    """Return the UTC of a wall clock of Madrid, without a zone."""
    return datetime.fromisoformat(local).replace(tzinfo=MADRID).astimezone(timezone.utc).replace(tzinfo=None)


def counted(clicks: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return each day's visits with a page view, a basket and a payment; a visit's day is that of its first click."""
    visits = defaultdict(list)
    for _, visit, what, at_local, _ in clicks:
        visits[visit].append((at_local, what))
    days: dict[date, list[set[str]]] = defaultdict(list)
    for events in visits.values():
        days[date.fromisoformat(min(events)[0][:10])].append({what for _, what in events})
    return [
        (day, *(sum(what in visit for visit in visits) for what in ("landed", "basket", "paid")))
        for day, visits in sorted(days.items())
    ]


def check_figures(clone: Monorepo, clicks: list[tuple[Any, ...]]) -> None:
    """The figures by day and to date are those of the raw clicks and those of the page."""
    by_day = counted(clicks)
    assert list(clone.rows("iberia", BY_DAY)) == by_day
    printed = re.findall(r"^(\d{4}-\d\d-\d\d) +(\d+) +(\d+) +(\d+)$", PAGE, re.MULTILINE)
    assert [(date.fromisoformat(day), *map(int, rest)) for day, *rest in printed] == by_day
    to_date = [sum(day[place] for day in by_day) for place in (1, 2, 3)]
    assert list(map(int, found(r"\niberia  passed +(\d+ +\d+ +\d+) ").split())) == to_date


def check_rows(clone: Monorepo, clicks: list[tuple[Any, ...]]) -> None:
    """Each event, order and application is its raw row, its time in UTC and its day Madrid's."""
    events = {
        (str(number), TYPES[what], utc(at), date.fromisoformat(at[:10]), None, "not provided")
        for number, _, what, at, _ in clicks
        if what in TYPES
    }
    assert set(clone.rows("iberia", EVENTS)) == events
    stages = dict(zip("RESD", ("preparing", "shipped", "delivered", "cancelled"), strict=True))
    raw = clone.rows("iberia", "select purchase_no, stage, bought_local, cents / 100.0 from shop.purchases")
    assert set(clone.rows("iberia", ORDERS)) == {(key, stages[stage], utc(at), cost) for key, stage, at, cost in raw}
    raw = clone.rows("iberia", "select policy_no, state, asked_at from shop.policies")
    expected = {(key, STATES[state - 1], at.astimezone(timezone.utc).replace(tzinfo=None)) for key, state, at in raw}
    assert set(clone.rows("iberia", APPLICATIONS)) == expected


def test_the_page_makes_a_green_region_and_its_mistakes_are_told(iberia: Monorepo) -> None:
    """A forgotten cast stops at the gate in the page's words; repaired, the figures are those counted by hand."""
    lint(iberia)
    cast = ("cast(cents / 100.0 as numeric(12, 2)) as order_total", found(r"\n\| `(cents / [^`]*)`"))
    iberia.edit(f"{STAGING}/stg_orders.sql", cast)
    stopped = build(iberia)
    assert stopped.returncode == 1
    assert found(r"```text\n(gate: region iberia[^\n]*)\n") in json.loads(stopped.stdout)[0]["first_error"]

    iberia.edit(f"{STAGING}/stg_orders.sql", cast[::-1])
    done = build(iberia)
    assert done.returncode == 0, done.stderr
    clicks = "select distinct click_no, visit, what, at_local, item from shop.clicks"
    raw = list(iberia.rows("iberia", clicks))
    assert len(raw) < iberia.rows("iberia", "select count(*) from shop.clicks")[0][0], "nothing was delivered twice"
    check_figures(iberia, raw)
    check_rows(iberia, raw)

    iberia.edit(f"{STAGING}/stg_events.sql", ("    where what <> 'scroll'", "    where what is not null"))
    unknown = json.loads(build(iberia).stdout)[0]["first_error"]
    assert all(part in unknown for part in found(r"\| `(test: [^`]*)` \|").split("…"))
