"""Runs the gate over 365 generated normal days of NA's web events and orders; the last line of stdout is JSON.

Events are one table for each load (`rows: per_load`), orders are cumulative. Weekends are quiet, the shop grows, a
holiday brings four times the events, and an outage of three days is caught up on the fourth. After each day what is
known is brought up to date by SQL, as a snapshot would, so that only the gate is run.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path

from dbt_regions.artifacts import read_run_results
from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import DbtSession
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.warehouse import Server
from dbt_regions.warehouse.connection import connect

DAYS = int(os.environ.get("GATE_DAYS", "365"))
OUTAGE = range(200, 203)
HOLIDAY = range(330, 334)
GATE = ("run", "--select", "gate_orders", "gate_events")
MUTANTS = {
    "mass change": {"stg_orders": {"changed_share": 0, "share_times": 0}},
    "truncated": {"events": {"load_share": 1000}},
    "delivered twice": {"events": {"repeated_share": 0, "share_times": 0}},
}
"""Limits under which the last normal day must trip, by the kind that must be named."""
DAY = """
    truncate raw.events;
    with numbers as (select n from generate_series(1, {events}) as n)
    insert into raw.events (event_id, session_id, user_id, page_url, created_at, event_type)
    select
        'd{day}-' || n, 's{day}-' || n / 4, null, 'https://shop.example/',
        timestamp '{date}' + n * interval '1 second', 'page_view'
    from numbers;
    insert into raw.events select * from raw.events where session_id = 's{day}-1';
    update raw.orders set status = 'delivered', delivered_at = timestamp '{date}' where status = 'shipped';
    update raw.orders set status = 'shipped' where status = 'preparing';
    delete from raw.orders where order_id like 'd{gone}-1_';
    insert into raw.orders (order_id, user_id, address_id, created_at, order_total, status)
    select 'd{day}-' || n, 'u', 'a', timestamp '{date}' + n * interval '1 minute', n, 'preparing'
    from generate_series(1, {orders}) as n;
    insert into analytics_history.load_manifest (load_id, source_table, loaded_at, row_count, watermark)
    select 'day-{day}', name, timestamp '{date}' + interval '26 hours', rows, watermark from (
        select 'events' as name, count(*) as rows, max(created_at) as watermark from raw.events
        union all
        select 'orders', count(*), max(greatest(created_at, delivered_at)) from raw.orders
        union all
        select 'addresses', count(*), null from raw.addresses
    ) as loaded;
"""
OLD_ORDERS = """
    insert into raw.orders (order_id, user_id, address_id, created_at, order_total, status, delivered_at)
    select
        'old-' || n, 'u', 'a', timestamp '2022-06-01' + n * interval '5 hours', n, 'delivered', timestamp '2022-12-30'
    from generate_series(1, 600) as n
"""
KNOWN = """
    truncate analytics_snapshots.order_snapshot;
    insert into analytics_snapshots.order_snapshot
    select *, order_id, now(), now(), timestamp '9999-12-31', 'False' from ({orders}) as staged;
    insert into analytics.canonical_events select * from ({events}) as staged;
"""


def volume(day: int) -> tuple[int, int]:
    """Return how many events and orders a day brings."""
    if day in OUTAGE:
        return 0, 0
    events = 200 + day // 2
    if day % 7 in (5, 6):
        events = events * 6 // 10
    if day in HOLIDAY:
        events *= 4
    if day == OUTAGE.stop:
        events *= 1 + len(OUTAGE)
    return events, events // 10


def main() -> None:
    """Run the year and then the mutants; print the trips of each."""
    root, home = Path(sys.argv[1]), Path(sys.argv[2])
    connection = Server(home).region("na")
    os.environ.update(dbt_environment(connection, "year"))
    target = root / "build/na/year"
    session = DbtSession(
        root / "projects/na", target, target=EMBEDDED_TARGET
    )  # a parsed manifest serves one run of a node
    trips = []
    opened = connect(connection)
    opened.autocommit = True
    with opened.cursor() as cursor:
        cursor.execute("truncate raw.orders, analytics_history.load_manifest, analytics.canonical_events,"
                       " analytics_snapshots.order_snapshot, analytics_history.gate_decisions")  # fmt: skip
        cursor.execute(OLD_ORDERS)
        for day in range(DAYS):
            events, orders = volume(day)
            if not events:
                continue
            when = date(2023, 1, 1) + timedelta(days=day)
            cursor.execute(DAY.format(day=day, gone=day - 40, date=when, events=events, orders=orders))
            if not session.run(GATE).success:
                trips.append([day, first_error(target)])
                break
            sql = {name: compiled(target, f"gate_{name}") for name in ("orders", "events")}
            if day < DAYS - 1:
                cursor.execute(KNOWN.format(**sql))
        cursor.execute("select verdict, count(*) from analytics_history.gate_decisions group by 1")
        decisions = dict(cursor.fetchall())
    named = {}
    for kind, limits in MUTANTS.items():
        variables = json.dumps({"gate_limits": limits})
        mutant = DbtSession(root / "projects/na", target, target=EMBEDDED_TARGET, variables=variables)
        done = mutant.run(GATE)
        named[kind] = not done.success and f": {kind}: expected" in first_error(target)
    sys.stdout.write("\n" + json.dumps({"trips": trips, "decisions": decisions, "mutants": named}) + "\n")


def first_error(target: Path) -> str:
    """Return what the gate said when it tripped."""
    results = read_run_results(target)
    return (results and results.first_error) or "nothing"


def compiled(target: Path, model: str) -> str:
    """Return the SQL of a model as dbt compiled it."""
    return (target / f"compiled/shared_macros/models/gate/{model}.sql").read_text()


main()
