"""Benchmark: what a funnel costs on generated events, as multiples of one count of the events of each session (F2).

The engine's paths, each with the furthest step only and with the whole answer, beside the self-join that a dbt package
writes, and the same cut to what it needs; more steps; the figures of the days; one unit of a robot; and DuckDB on the
same rows where it is installed. Contestants alternate in one run. A statement is `select count(answer) from (<query>)
as answer`: all rows with all columns come about, none is written. Seconds are processor seconds of the server's process
(wall seconds where the system does not tell them), so that others on the machine count less; minimum and median, each
over F2's.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.funnel_events import (
    MACROS,
    SETTINGS,
    Spec,
    Warehouse,
    add_hot_unit,
    duckdb_seconds,
    funnel,
    make_events,
    package_join,
    self_join,
)
from support.integration_project import IntegrationProject, integration_project
from support.monorepo import copy_monorepo

MINUTES, ROBOT, FEW, HOT_LIMIT = 30, 30_000, 100_000, 20
HALF_HOUR, WEEK = {"minute": MINUTES}, {"day": 7}
STEPS = (2, 3, 4, 6)
F2 = "F2: count of events a session"
ENGINES: dict[str, Spec] = {
    "any order": funnel(3, "any"),
    "ordered, 30 minutes": funnel(3, "ordered", window=HALF_HOUR),
    "ordered, no window": funnel(3, "ordered"),
    "strict, 30 minutes": funnel(3, "strict", window=HALF_HOUR),
    "ordered, 7 days, a user": funnel(3, "ordered", unit="user", window=WEEK),
    "ordered, 30 minutes, a wait (enumerated)": funnel(3, "ordered", window=HALF_HOUR, waits={3: {"minute": 10}}),
}
TARGETS = {"any order": 1.5, "ordered, 30 minutes": 4.0, "strict, 30 minutes": 7.0}  # x F2
AIMS = {"ordered, 30 minutes": 3.5, "strict, 30 minutes": 6.0}
DAYS_SHARE, FASTER, SLOWER, HOT_SHARE = 0.05, 2.5, 1.2, 0.5
JOIN_AS_WRITTEN = "self-join as a dbt package writes it, counts of 3 steps"


@dataclass
class Race:
    """Contestants that take turns; `limit` seconds stop one, which then drops out."""

    warehouse: Warehouse
    limit: int
    samples: dict[str, list[float]] = field(default_factory=dict)

    def run(self, queries: dict[str, str], rounds: int) -> None:
        """Measure every query `rounds` times."""
        for number in range(rounds):
            for name, query in queries.items():
                taken = self.samples.setdefault(name, [])
                if not number or taken[-1] != float("inf"):
                    taken.append(self.warehouse.answer(query, stop_after=self.limit))

    def over(self, name: str, base: str) -> float:
        """Return the ratio of two contestants' minima."""
        return min(self.samples[name]) / min(self.samples[base])

    def line(self, name: str, base: str, target: str = "") -> str:
        """Return a contestant's line."""
        ours, theirs = self.samples[name], self.samples[base]
        if min(ours) == float("inf"):
            return f"  {name:<58} stopped after {self.limit} s"
        return (
            f"  {name:<58} min {min(ours):7.2f} s {min(ours) / min(theirs):6.2f} x"
            f"   median {median(ours):7.2f} s {median(ours) / median(theirs):6.2f} x   {target}"
        ).rstrip()


def _verdict(value: float, target: float, *, at_least: bool = False) -> str:
    met = value >= target if at_least else value <= target
    return f"target {'>=' if at_least else '<='} {target:g}: {'met' if met else 'MISSED'}"


def _joined(steps: int) -> str:
    return f"self-join, {steps} steps"


def _furthest(steps: int) -> str:
    return f"ordered, 30 minutes, {steps} steps"


def _statements(warehouse: Warehouse) -> dict[str, str]:
    """Return the engine's SQL of all contestants by name."""
    wanted: dict[str, Spec] = {}
    for name, definition in ENGINES.items():
        wanted[name] = {"definition": definition, "events": "events", "furthest": True}
        wanted[f"{name}: whole answer"] = {"definition": definition, "events": "events", "furthest": False}
    for steps in STEPS:
        definition = funnel(steps, "ordered", window=HALF_HOUR)
        wanted[_furthest(steps)] = {"definition": definition, "events": "events", "furthest": True}
    for name in ("any order", "ordered, 30 minutes"):
        wanted[f"{name}: days and to date"] = {"definition": ENGINES[name], "units": _table_of_units(name)}
    for table in ("few", "hot"):
        for name, definition in ENGINES.items():
            wanted[f"{name}: {table}"] = {"definition": definition, "events": table, "furthest": True}
    return warehouse.engine(wanted)


def _table_of_units(name: str) -> str:
    return f"units_{name.split(maxsplit=1)[0].strip(',')}"


def _measure_engines(race: Race, engine: dict[str, str], rounds: int) -> dict[str, float]:
    """Measure the paths and print them; return what has a target."""
    queries = {F2: "select session_id, count(*) from events group by session_id"}
    for name in ENGINES:
        queries |= {name: engine[name], f"{name}: whole answer": engine[f"{name}: whole answer"]}
    queries |= {JOIN_AS_WRITTEN: package_join(3, MINUTES, "events")}
    for steps in STEPS:
        queries |= {_furthest(steps): engine[_furthest(steps)], _joined(steps): self_join(steps, MINUTES, "events")}
    del queries[_furthest(3)]
    race.run(queries, rounds)
    race.samples[_furthest(3)] = race.samples["ordered, 30 minutes"]
    print("\nFurthest step only, and the whole answer; 3 steps, a session unless said; over F2")
    print(race.line(F2, F2))
    found = {}
    for name in ENGINES:
        target = ""
        if name in TARGETS:
            found[name] = race.over(name, F2)
            aim = f" (aim {AIMS[name]:g})" if name in AIMS else ""
            target = _verdict(found[name], TARGETS[name]) + aim
        print(race.line(name, F2, target))
        print(race.line(f"{name}: whole answer", F2))
    return found


def _report_joins(race: Race, warehouse: Warehouse, engine: dict[str, str]) -> dict[str, float]:
    """Print the self-join and how it goes with more steps; return what has a target."""
    print("\nThe windowed self-join a step, over F2; then how many times faster the furthest step is here")
    found = {}
    for steps in STEPS:
        found[_joined(steps)] = race.over(_joined(steps), _furthest(steps))
        target = ""
        if steps == STEPS[-1]:
            target = _verdict(1 / found[_joined(steps)], SLOWER) + " times slower"
        print(race.line(_furthest(steps), F2))
        print(race.line(_joined(steps), F2))
        print(f"  {'':<58} {found[_joined(steps)]:.2f} times faster   {target}".rstrip())
    found[JOIN_AS_WRITTEN] = race.over(JOIN_AS_WRITTEN, _furthest(3))
    print(race.line(JOIN_AS_WRITTEN, F2))
    verdict = _verdict(found[JOIN_AS_WRITTEN], FASTER, at_least=True)
    print(f"  {'':<58} {found[JOIN_AS_WRITTEN]:.2f} times faster   {verdict}")
    ours, theirs = (warehouse.totals(query) for query in (engine[_furthest(3)], self_join(3, MINUTES, "events")))
    print(f"  sessions by furthest of 3 steps: {'the same' if ours == theirs else f'{theirs} joined, NOT'} {ours}")
    return found


def _measure_days(race: Race, engine: dict[str, str], rounds: int) -> dict[str, float]:
    """Measure the figures of the days and to date as a share of the units' step."""
    print("\nFigures of the days and to date, beside the whole answer from which they come")
    watermark = "select max(occurred_at) as occurred_at, max(business_date) as business_date from events"
    race.warehouse.project.execute(f"create unlogged table watermark as {watermark}")
    found = {}
    for name in ("any order", "ordered, 30 minutes"):
        table, whole, days = _table_of_units(name), f"{name}: whole answer", f"{name}: days and to date"
        filled = f"create unlogged table {table} as {engine[whole]}"
        if race.warehouse.seconds(filled, stop_after=race.limit) == float("inf"):
            print(f"  {days:<58} not measured: the whole answer was stopped")
            continue
        race.run({days: engine[days]}, rounds)
        found[days] = race.over(days, whole)
        print(race.line(days, whole, _verdict(found[days], DAYS_SHARE)))
    return found


def _measure_hot_unit(warehouse: Warehouse, engine: dict[str, str], rounds: int) -> dict[str, float]:
    """Measure what one unit of a robot adds to a small table."""
    few = make_events(warehouse.project, "few", FEW)
    add_hot_unit(warehouse.project, "hot", "few", ROBOT)
    print(f"\nOne session of {ROBOT:,} events more among {few:,}, furthest step only, over the same without it")
    race = Race(warehouse, HOT_LIMIT)
    contestants = [*ENGINES, _joined(3)]
    queries = engine | {f"{_joined(3)}: {table}": self_join(3, MINUTES, table) for table in ("few", "hot")}
    race.run(
        {f"{name}: {table}": queries[f"{name}: {table}"] for name in contestants for table in ("few", "hot")}, rounds
    )
    found = {}
    for name in contestants:
        hot, base = f"{name}: hot", f"{name}: few"
        found[hot] = race.over(hot, base)
        print(race.line(hot, base, _verdict(found[hot], 1 + HOT_SHARE) if name == "ordered, 30 minutes" else ""))
    return found


def _measure_duckdb(project: IntegrationProject, engine: dict[str, str], rounds: int) -> None:
    """Print what DuckDB takes for the same SQL on the same rows, for orientation."""
    print("\nDuckDB, one thread, the same SQL on the same rows, over its own F2")
    names = [name for name in ENGINES if "enumerated" not in name]
    queries = {F2: "select session_id, count(*) from events group by session_id"}
    queries |= {name: engine[name] for name in names} | {_joined(3): self_join(3, MINUTES, "events")}
    try:
        samples = duckdb_seconds(project, "events", queries, rounds)
    except ImportError:
        print("  DuckDB: not installed (pip install duckdb)")
        return
    race = Race(Warehouse(project), 0, samples)
    for name in queries:
        print(race.line(name, F2))


def run(rounds: int, size: int = 1_000_000) -> dict[str, float]:
    """Measure and print, on about `size` events; return by name the ratios of minima that have a target."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        monorepo = copy_monorepo(Path(folder), regions=["na"])
        macros = monorepo.root / "packages/shared_macros/integration_tests/macros"
        (macros / "keep_statements.sql").write_text(MACROS)
        try:
            with integration_project(monorepo) as project:
                warehouse = Warehouse(project)
                events = make_events(project, "events", size)
                print(f"{rounds} rounds; {events:,} generated events, analyzed, ids of 36 characters; {SETTINGS}")
                engine = _statements(warehouse)
                race = Race(warehouse, max(120, size // 20_000))
                found = _measure_engines(race, engine, rounds)
                found |= _report_joins(race, warehouse, engine)
                found |= _measure_days(race, engine, rounds)
                found |= _measure_hot_unit(warehouse, engine, rounds)
                _measure_duckdb(project, engine, rounds)
                return found
        finally:
            monorepo.stop()
