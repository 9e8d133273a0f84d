"""The twelve kinds of corrupted load: each stops at the gate by name, and a person may accept seven of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dbt_regions.domain import BuildSummary
from support.corruption import CORRUPTED, FAULTS, MANIFEST, RAW_ORDERS, corrupt, spoil_staging, where
from support.monorepo import Monorepo

REGIONS = tuple(RAW_ORDERS)
STANDING = ("na", "phoenix")
IN_TWO_REGIONS = ("duplicated keys", "mass change")
NOT_ACCEPTABLE = ("missing", "empty", "drift", "null keys", "duplicated keys")
YEAR = Path(__file__).parents[1] / "support/normal_year.py"
DECISIONS = "analytics_history.gate_decisions"
WRITTEN = """
    select
        (select md5(string_agg(s::text, '' order by s::text)) from analytics_snapshots.order_snapshot as s),
        (select md5(string_agg(s::text, '' order by s::text)) from analytics_snapshots.application_snapshot as s),
        (select md5(string_agg(s::text, '' order by s::text)) from analytics.canonical_events as s)
"""


@pytest.fixture(scope="module")
def built(monorepo: Monorepo) -> Monorepo:
    """NA and Phoenix stand, with a first load that passed."""
    return monorepo


@pytest.fixture(scope="module")
def all_built(monorepo: Monorepo) -> Monorepo:
    """All four regions stand, with a first load that passed."""
    for outcome in monorepo.build(*REGIONS).values():
        assert outcome.exit_code == 0, outcome
    return monorepo


@contextmanager
def spoilt(monorepo: Monorepo, kind: str, *regions: str) -> Iterator[None]:
    """A corrupted load in these regions; raw orders, manifest, decisions and staging are put back at the end."""
    with monorepo.restored("projects/*/models/staging/stg_orders.sql"):
        for region in regions:
            keep(monorepo, region)
        try:
            for region in regions:
                spoil(monorepo, region, kind)
            yield
        finally:
            for region in regions:
                put_back(monorepo, region)


def spoil(monorepo: Monorepo, region: str, kind: str) -> None:
    """Bring a region a load of this kind."""
    for statement in corrupt(region, kind):
        monorepo.rows(region, statement)
    if kind == "duplicated keys":
        file = monorepo.root / f"projects/{region}/models/staging/stg_orders.sql"
        file.write_text(spoil_staging(file.read_text()))


def keep(monorepo: Monorepo, region: str) -> None:
    """Keep copies of what a corrupted load changes."""
    raw = f"raw.{RAW_ORDERS[region].table}"
    for name, relation in (("raw_kept", raw), ("manifest_kept", MANIFEST), ("decisions_kept", DECISIONS)):
        monorepo.rows(region, f"create table public.{name} as table {relation}")


def put_back(monorepo: Monorepo, region: str) -> None:
    """Put back what `keep` kept."""
    table = RAW_ORDERS[region].table
    monorepo.rows(
        region,
        f"""
        drop table if exists raw.{table};
        alter table public.raw_kept set schema raw;
        alter table raw.raw_kept rename to {table};
        truncate {MANIFEST}, {DECISIONS};
        insert into {MANIFEST} select * from public.manifest_kept;
        insert into {DECISIONS} select * from public.decisions_kept;
        drop table public.manifest_kept, public.decisions_kept
        """,
    )


def refused(monorepo: Monorepo, kind: str, *regions: str) -> dict[str, str]:
    """Build regions that must stop at their gate with nothing written; return their messages."""
    before = {region: monorepo.rows(region, WRITTEN) for region in regions}
    messages = {}
    for region, outcome in monorepo.build(*regions).items():
        assert isinstance(outcome, BuildSummary), outcome
        message = outcome.first_error or ""
        assert outcome.exit_code == 1, (region, message)
        assert [stage.name for stage in outcome.stages if stage.status == "failed"] == ["gate"]
        assert monorepo.rows(region, WRITTEN) == before[region], f"{region}: {kind} was written"
        assert f"gate: region {region}: " in message
        assert f"{where(region, kind)}: {kind}: expected " in message, message
        assert ", seen " in message
        how = re.search(rf"dbt-regions accept {region} --load \S+ --target embedded --reason ", message)
        assert bool(how) == (kind not in NOT_ACCEPTABLE), message
        messages[region] = message
    return messages


@pytest.mark.parametrize("kind", FAULTS)
def test_corrupted_load_stops_at_the_gate(built: Monorepo, kind: str) -> None:
    """A load of each kind writes no row, exits 1, and its message names table and kind, and how to go on."""
    regions = ("na", "phoenix") if kind in IN_TWO_REGIONS else ("na",)
    with spoilt(built, kind, *regions):
        refused(built, kind, *regions)
        verdict = built.rows("na", f"select verdict from {DECISIONS} where input = 'stg_orders' order by decided_at")[
            -1
        ]
    assert verdict == ("refused",)


@pytest.mark.proof
@pytest.mark.parametrize("kind", FAULTS)
def test_corrupted_load_stops_in_every_region(all_built: Monorepo, kind: str) -> None:
    """Twelve kinds in four regions: nothing is written, each message names table and kind."""
    with spoilt(all_built, kind, *REGIONS):
        messages = refused(all_built, kind, *REGIONS)
    assert set(messages) == set(REGIONS)


def decisions(monorepo: Monorepo) -> list[tuple[Any, ...]]:
    """Return the verdicts on NA's orders, oldest first, with their reasons."""
    statement = f"select load_id, verdict, reason from {DECISIONS} where input = 'stg_orders' order by decided_at"
    return list(monorepo.rows("na", statement))


@pytest.mark.proof
def test_accepted_load_is_built(built: Monorepo) -> None:
    """What was refused is built once a person accepted it; a rerun adds no decision; the next load is judged anew."""
    with spoilt(built, "mass change", "na"):
        refused(built, "mass change", "na")
        load = decisions(built)[-1][0]
        assert load.endswith(CORRUPTED)
        done = built.cli("accept", "na", "--load", load, "--reason", "the shop's new price list")
        assert done.returncode == 0, done.stderr
        assert "dbt-regions build na --target embedded" in done.stdout
        assert built.build_one("na").exit_code == 0
        expected = [(load, "refused", None), (load, "accepted", "the shop's new price list")]
        assert decisions(built)[-2:] == expected
        assert "accepted load" in (built.root / "build/na/latest/gate/run_results.json").read_text()
        assert built.build_one("na").exit_code == 0
        assert decisions(built)[-2:] == expected
        built.rows("na", "delete from raw.orders where ctid not in (select ctid from raw.orders limit 60)")
        refused(built, "truncated", "na")  # what was found is accepted, not whatever may be wrong with the load later
    refused(built, "mass change", "na")
    first = decisions(built)[-1][0]
    arguments = f"{{load_id: {first}, reason: the old prices are back}}"
    done = built.cli("dbt", "na", "--", "run-operation", "accept_load", "--args", arguments)
    assert done.returncode == 0, done.stdout
    assert built.build_one("na").exit_code == 0
    assert decisions(built)[-1] == (first, "accepted", "the old prices are back")


@pytest.mark.parametrize(
    ("load", "reason", "words"),
    [("nobody-knows", "because", "load nobody-knows: expected the newest load"), ("any", " ", "say why")],
    ids=["unknown load", "empty reason"],
)
def test_senseless_acceptance_is_refused(built: Monorepo, load: str, reason: str, words: str) -> None:
    """A load that nobody refused and an empty reason are refused in one line, exit 2, and nothing is recorded."""
    before = decisions(built)
    done = built.forked_cli("accept", "na", "--load", load, "--reason", reason)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert decisions(built) == before


@pytest.mark.proof
def test_a_normal_year_never_trips(fresh: Monorepo) -> None:
    """365 normal days pass, cumulative and per load; the last of them trips under each limit that is too tight."""
    web = "projects/na/models/staging/_web__sources.yml"
    fresh.edit(web, ("watermark_field: created_at", "watermark_field: created_at\n            rows: per_load"))
    assert fresh.build_one("na").exit_code == 0
    command = [sys.executable, str(YEAR), str(fresh.root), str(fresh.home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["trips"] == []
    assert result["decisions"] == {"passed": 2 * (365 - 3)}
    assert result["mutants"] == {"mass change": True, "truncated": True, "delivered twice": True}
