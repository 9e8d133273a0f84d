"""What an hourly load costs the units of a funnel on 1x, 10x and 100x history, against a full refresh.

The product funnel's own SQL, as the model runs it: the touched units, their rows, and what left the funnel, on tables
of events and arrivals with indexes. Writing events and arrivals is not in the figures, nor is dbt.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from bench.funnel_events import SETTINGS, make_events
from dbt_regions.warehouse import session
from support.integration_project import IntegrationProject, integration_project
from support.monorepo import copy_monorepo

SIZES = (100_000, 1_000_000, 10_000_000)
LOAD = 940
"""Events of an hour, as in the research; two thirds in sessions of their own, the others in sessions of any age."""
MACRO = """
{%- macro keep_increment(table) -%}
    {%- set funnel = dict(shared_macros.product_funnel(), breakdown=[], columns=[
        'event_id', 'session_id', 'user_id', 'event_type', 'occurred_at', 'business_date',
    ]) -%}
    {%- set arrivals = table ~ '_arrivals' -%}
    {%- set written = "cast(current_setting('bench.written') as bigint)" -%}
    {%- set touched = shared_macros._touched_units(arrivals, 'session_id', written) -%}
    {%- set statements = {
        'full': shared_macros.funnel_units(funnel, table),
        'touched': 'with touched as (' ~ touched ~ ') select units.* from ('
            ~ shared_macros.funnel_units(funnel, table, units='touched') ~ ') as units',
        'left': 'delete from ' ~ table ~ '_units where batch < (select max(batch) from ' ~ arrivals
            ~ ') and session_id in (' ~ touched ~ ')',
    } -%}
    {%- do run_query('drop table if exists kept; create table kept (name text, statement text)') -%}
    {%- for name, statement in statements.items() -%}
        {%- do run_query("insert into kept values ('" ~ name ~ "', $sql$" ~ statement ~ "$sql$)") -%}
    {%- endfor -%}
{%- endmacro -%}
"""
PREPARE = """
create table {table}_arrivals as select cast(1 as bigint) as batch, event_id, session_id from {table};
create index on {table} (session_id);
create index on {table}_arrivals (event_id);
create index on {table}_arrivals (batch);
analyze {table}; analyze {table}_arrivals
"""
ARRIVE = """
insert into {table}
select
    'load {batch} ' || n, case when n % 3 = 0 then known.session_id else 'load {batch} session ' || n / 10 end,
    'user ' || n % 99, (array['page_view', 'add_to_cart', 'checkout', 'search'])[1 + n % 4],
    timestamp '2030-01-01' + {batch} * interval '1 hour' + n * interval '1 second', date '2030-01-01'
from generate_series(1, {load}) as n
left join lateral (
    select session_id from {table}_sample offset (n * 7919 + {batch} * 104729) % 1000 limit 1
) as known on true;
insert into {table}_arrivals
select {batch}, event_id, session_id from {table} where event_id like 'load {batch} %' and occurred_at >= '2030-01-01'
"""


def execute(project: IntegrationProject, statements: str) -> float:
    """Run statements in one transaction and return the seconds."""
    with session(project.connection) as opened, opened.cursor() as cursor:
        cursor.execute(SETTINGS)
        started = time.monotonic()
        cursor.execute(statements)
        return time.monotonic() - started


def kept(project: IntegrationProject, table: str) -> dict[str, str]:
    """Return the SQL of the model on a table of events: in full, of the touched units, and what it deletes after."""
    project.operate("keep_increment", table=table)
    return dict(project.rows("select name, statement from kept"))


def increment(sql: dict[str, str], table: str, batch: int) -> str:
    """Return the transaction of an hourly load, as dbt sends it."""
    return f"""
set local bench.written = '{batch - 1}';
create temporary table touched_rows on commit drop as
select units.*, cast({batch} as bigint) as batch from ({sql["touched"]}) as units;
delete from {table}_units where session_id in (select session_id from touched_rows);
insert into {table}_units select * from touched_rows;
{sql["left"]}
"""


def measure(project: IntegrationProject, size: int, rounds: int) -> tuple[list[float], float, int]:
    """Return the seconds of each hourly load on a history, those of the full refresh, and the rows of a load."""
    table = f"history_{size}"
    make_events(project, table, size)
    execute(project, PREPARE.format(table=table))
    execute(project, f"create table {table}_sample as select distinct session_id from {table} limit 1000")
    sql = kept(project, table)
    fill = f"create table {table}_units as select units.*, cast(1 as bigint) as batch from ({sql['full']}) as units"
    full = execute(project, fill)
    execute(project, f"create index on {table}_units (session_id); create index on {table}_units (batch)")
    execute(project, f"analyze {table}_units")
    samples = []
    for number in range(rounds + 1):
        execute(project, ARRIVE.format(table=table, batch=number + 2, load=LOAD))
        samples.append(execute(project, increment(sql, table, number + 2)))
    ((rows,),) = project.rows(f"select count(*) from {table}_units where batch = {rounds + 2}")
    execute(project, f"drop table {table}, {table}_arrivals, {table}_units, {table}_sample")
    return samples[1:], full, rows  # the first warms the caches


def run(rounds: int) -> None:
    """Measure and print."""
    print(f"{rounds} loads of {LOAD} events each, generated; Postgres alone, {SETTINGS}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        copy = copy_monorepo(Path(folder), regions=["na"])
        macros = copy.root / "packages/shared_macros/integration_tests/macros"
        (macros / "keep_increment.sql").write_text(MACRO)
        try:
            with integration_project(copy) as project:
                first = None
                for size in SIZES:
                    loads, full, rows = measure(project, size, rounds)
                    first = first or median(loads)
                    print(
                        f"{size:>12,} events  load min {min(loads):.3f} s  median {median(loads):.3f} s"
                        f" ({median(loads) / first:5.2f} x; target 1.3 at 100x)  {rows} units touched"
                        f"  full refresh {full:7.2f} s ({full / median(loads):6.0f} x; target 300 at 10,000,000)",
                        flush=True,
                    )
        finally:
            copy.stop()
