"""What the funnel benchmark measures on: generated events, the engine's SQL on them, and the packages' self-join."""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions.errors import WorldError
from dbt_regions.warehouse import session
from support.integration_project import IntegrationProject

Spec = dict[str, Any]
KINDS = ("page_view", "add_to_cart", "checkout", "package_shipped", "search", "logout")
SHARES = (0.56, 0.70, 0.76, 0.81, 0.93)  # of the kinds, added up
COLUMNS = ["event_id", "session_id", "user_id", "event_type", "occurred_at", "business_date"]
SETTINGS = "set work_mem = '256MB'; set jit = off; set max_parallel_workers_per_gather = 0"
MACROS = """
{%- macro keep_statements(statements) -%}
    {%- for statement in statements -%}
        {%- set funnel = statement.definition -%}
        {%- if statement.units -%}
            {%- set sql = 'with days as (' ~ shared_macros.funnel_days(funnel, statement.units, 'watermark')
                ~ ') select * from (' ~ shared_macros.funnel_rates('days') ~ ') as rates' -%}
        {%- else -%}
            {%- set sql = shared_macros.funnel_units(funnel, statement.events, none, statement.furthest) -%}
        {%- endif -%}
        {%- do run_query("insert into bench_statements values ('" ~ statement.name ~ "', $sql$" ~ sql ~ "$sql$)") -%}
    {%- endfor -%}
{%- endmacro -%}
"""
EVENTS = """
select
    md5('e' || s || '/' || n)::uuid::text::varchar(64) as event_id, session_id, user_id,
    cast({kinds} as varchar(32)) as event_type, occurred_at, cast(occurred_at as date) as business_date
from (
    select
        s, n, session_id, user_id, {share} as share,
        opened_at + floor({moment} * length) * interval '1 second' as occurred_at
    from (
        select
            s, events, events * (10 + 290 * {length}) as length,
            md5('s' || s)::uuid::text::varchar(64) as session_id,
            md5('u' || s % {users})::uuid::text::varchar(64) as user_id,
            timestamp '2024-01-01'
            + interval '1 second' * floor(86400 * 360 * {first} + 86400 * 40 * {opened}) as opened_at
        from (
            select s, 1 + floor(30 * ({count}) ^ 1.8)::bigint as events from generate_series(1, {sessions}) as s
        ) as counted
    ) as sessions, generate_series(1, events) as n
) as events
order by occurred_at
"""


@dataclass(frozen=True)
class Warehouse:
    """The database of the benchmark, where the clock runs."""

    project: IntegrationProject

    def seconds(self, statement: str, *, stop_after: int) -> float:
        """Return the seconds that a statement takes, infinity when it was stopped."""
        try:
            with session(self.project.connection) as opened, opened.cursor() as cursor:
                cursor.execute(f"{SETTINGS}; set statement_timeout = '{stop_after}s'")
                clock = _clock(opened.info.backend_pid)
                started = clock()
                cursor.execute(statement)
                return clock() - started
        except WorldError as error:
            if "statement timeout" not in str(error):
                raise
            return float("inf")

    def answer(self, query: str, *, stop_after: int) -> float:
        """Return the seconds in which a query's rows come about, with all of their columns; they are counted only."""
        return self.seconds(f"select count(answer) from ({query}) as answer", stop_after=stop_after)

    def totals(self, query: str) -> tuple[tuple[Any, ...], ...]:
        """Return how many units a query says got how far."""
        counted = f"select furthest_step_number, count(*) from ({query}) as answer group by 1 order by 1"
        return self.project.rows(f"{SETTINGS}; {counted}")

    def engine(self, statements: Mapping[str, Spec]) -> dict[str, str]:
        """Return the engine's SQL by name: each is a definition with `events`, `furthest`, or `units` for its days."""
        self.project.execute("create table if not exists bench_statements (name text, statement text)")
        self.project.operate(
            "keep_statements",
            statements=[
                {**spec, "name": name, "definition": {**spec["definition"], "columns": COLUMNS}}
                for name, spec in statements.items()
            ],
        )
        return dict(self.project.rows("select name, statement from bench_statements"))


def _clock(pid: int) -> Callable[[], float]:
    """Return a clock of the processor time of the server's process where the system tells it, else of the wall."""
    schedule = Path(f"/proc/{pid}/schedstat")
    if not schedule.exists():
        return time.monotonic
    return lambda: int(schedule.read_text().split()[0]) / 1e9


def funnel(steps: int, order: str, *, waits: Mapping[int, Spec] | None = None, **options: Any) -> Spec:
    """Return a definition of the first kinds of events as steps."""
    named = [{"step": kind, "when": {"event_type": kind}} for kind in KINDS[:steps]]
    for number, wait in (waits or {}).items():
        named[number - 1] = {**named[number - 1], "max_wait": wait}
    return {"funnel": f"{order}_{steps}", "order": order, "steps": named, **options}


def make_events(project: IntegrationProject, table: str, size: int) -> int:
    """Make a table of about `size` events in the order of time and return their number.

    Sessions of 1 to 30 events, 11 at the mean, lasting up to two hours, five sessions a user within 40 days, on whole
    seconds; kinds lie in sessions in any order, the later steps being rarer.
    """
    sessions = size * 4 // 45
    users = max(sessions // 5, 1)
    kinds = " ".join(f"when share < {share} then '{kind}'" for share, kind in zip(SHARES, KINDS, strict=False))
    names = ("share", "moment", "length", "opened", "count", "first")
    of = ("s * 32 + n", "s * 32 + n", "s", "s", "s", f"s % {users}")
    shares = {
        name: f"(hashint8extended({value}, {seed}) & 1048575) / 1048576.0"
        for seed, (name, value) in enumerate(zip(names, of, strict=True))
    }
    events = EVENTS.format(sessions=sessions, users=users, kinds=f"case {kinds} else '{KINDS[-1]}' end", **shares)
    project.execute(f"create unlogged table {table} as {events}", f"analyze {table}")
    ((rows,),) = project.rows(f"select count(*) from {table}")
    return int(rows)


def add_hot_unit(project: IntegrationProject, table: str, few: str, events: int) -> None:
    """Make a table of the events of another and of one session more, of a robot, an event every second."""
    kinds = " ".join(f"when {number} then '{kind}'" for number, kind in enumerate(KINDS))
    project.execute(
        f"create unlogged table {table} as select * from {few} union all select 'robot ' || n, 'robot', 'robot', "
        f"case (hashint8extended(n, 7) & 1023) % {len(KINDS)} {kinds} end, "
        "timestamp '2024-03-01' + n * interval '1 second', date '2024-03-01' "
        f"from generate_series(1, {events}) as n",
        f"analyze {table}",
    )


def self_join(steps: int, minutes: int, table: str) -> str:
    """Return a windowed self-join of an ordered funnel cut to what it needs, each session's furthest step."""
    first = f"select session_id as unit_id, occurred_at, occurred_at as entered_at from {table}"
    parts = [f"step_1 as ({first} where event_type = '{KINDS[0]}')"]
    parts += [
        f"step_{number} as (select events.session_id as unit_id, events.occurred_at, before.entered_at from {table} "
        f"as events inner join step_{number - 1} as before on events.session_id = before.unit_id "
        "and events.occurred_at >= before.occurred_at "
        f"and events.occurred_at <= before.entered_at + interval '{minutes} minutes' "
        f"where events.event_type = '{KINDS[number - 1]}')"
        for number in range(2, steps + 1)
    ]
    numbers = range(1, steps + 1)
    reached = " union all ".join(f"select unit_id, {number} as step from step_{number}" for number in numbers)
    return (
        f"with {', '.join(parts)} select unit_id, max(step) as furthest_step_number from ({reached}) as reached "
        "group by unit_id"
    )


def package_join(steps: int, minutes: int, table: str) -> str:
    """Return the windowed self-join in a dbt package's shape: the macro `funnel` of mjirv/dbt_product_analytics.

    One common stream of events, all its columns at each step, and the distinct units of each step counted.
    """
    stream = f"stream as (select event_type, session_id as unit_id, occurred_at from {table})"
    entered = f"select stream.*, occurred_at as entered_at from stream where event_type = '{KINDS[0]}'"
    parts = [stream, f"step_1 as ({entered})"]
    parts += [
        f"step_{number} as (select stream.*, before.entered_at from stream inner join step_{number - 1} as before "
        f"on stream.unit_id = before.unit_id and before.event_type = '{KINDS[number - 2]}' "
        "and before.occurred_at <= stream.occurred_at "
        f"and stream.occurred_at <= before.entered_at + interval '{minutes} minutes' "
        f"where stream.event_type = '{KINDS[number - 1]}')"
        for number in range(2, steps + 1)
    ]
    numbers = range(1, steps + 1)
    counts = [f"select {number} as step, count(distinct unit_id) as reached from step_{number}" for number in numbers]
    return f"with {', '.join(parts)} {' union all '.join(counts)}"


def duckdb_seconds(
    project: IntegrationProject, table: str, queries: Mapping[str, str], rounds: int
) -> dict[str, list[float]]:
    """Return DuckDB's processor seconds for queries on the same rows; raises ImportError where it is not installed."""
    duckdb = importlib.import_module("duckdb")
    with tempfile.TemporaryDirectory(prefix="bench-duckdb-") as folder:
        rows = Path(folder) / "rows.csv"
        with session(project.connection) as opened, opened.cursor() as cursor, rows.open("w") as file:
            cursor.copy_expert(f"copy {table} to stdout (format csv, header)", file)
        database = duckdb.connect(str(Path(folder) / "rows.duckdb"))
        database.execute("set threads = 1")
        database.execute(f"create table {table} as select * from read_csv('{rows}')")
        rows.unlink()
        samples: dict[str, list[float]] = {name: [] for name in queries}
        for _ in range(rounds):
            for name, query in queries.items():
                started = time.process_time()
                database.execute(f"select count(answer) from ({query}) as answer").fetchall()
                samples[name].append(time.process_time() - started)
        database.close()
    return samples
