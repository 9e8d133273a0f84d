"""Benchmark: what an hourly load costs on 1x, 10x and 100x history, beside dbt's native snapshot of the same data.

The load is the same each time: 500 changes of 200 orders. Ours are order_archive and order_history, dbt's is
order_snapshot, each as its node runs, alternating in one process. Printed are minimum and median seconds of the nodes
(dbt's execution time) and of the whole commands, and each size's ratio to 1x.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbt_regions.build.packages import install_packages
from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import DbtSession
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.warehouse import Connection, Server, session
from support.monorepo import copy_monorepo

CHANGES, KEYS, CHANGES_A_KEY = 500, 200, 10
STATES = """-- depends_on: {{ source('shop', 'order_changes') }}
select
    order_id, user_id, status, ordered_at, order_total, currency, shipping_service, tracking_id, estimated_delivery_at,
    delivered_at, country
from raw.order_states
"""
STATE = """
    cast('user ' || {key} % 977 as varchar(64)), cast('state ' || {number} % 7 as varchar(16)),
    timestamp '2021-01-01', cast({number} % 99999 as numeric(12, 2)) / 100, cast('USD' as varchar(16)),
    cast(null as varchar(32)), cast('track ' || {number} as varchar(64)), cast(null as timestamp), cast(null as timestamp),
    cast(null as varchar(16))"""
COLUMNS = (
    "order_id, user_id, status, ordered_at, order_total, currency, shipping_service, tracking_id,"
    " estimated_delivery_at, delivered_at, country"
)


@dataclass(frozen=True)
class Sample:
    """One measured command: wall seconds, and those in which its nodes executed."""

    wall: float
    nodes: float


def execute(connection: Connection, *statements: str) -> None:
    """Run statements in one transaction of their own."""
    with session(connection) as opened, opened.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def raw_load(number: int, keys: int) -> tuple[str, ...]:
    """Return the statements that bring load `number`: the feed holds its changes only, the states all keys'."""
    key = f"({number} * 7919 + n % {KEYS}) % {keys}"
    chosen = f"(select 'order ' || {key} as order_id, n, {key} as key from generate_series(1, {CHANGES}) as n) as chosen"
    return (
        "create schema if not exists raw",
        "truncate raw.order_changes",
        f"insert into raw.order_changes select '20310101T00', {number} * {CHANGES} + n, 'U',"
        f" timestamp '2030-01-01' + {number} * interval '1 hour' + n * interval '1 second', order_id,"
        f" 'user ' || key % 977, 'state ' || n % 7, timestamp '2021-01-01', n, 'track ' || {number} || n, null from {chosen}",
        f"delete from raw.order_states where order_id in (select order_id from {chosen})",
        f"insert into raw.order_states select distinct on (order_id) order_id,"
        f" {STATE.format(key='key', number=f'({number} + n)')} from {chosen} order by order_id, n desc",
        f"insert into analytics_history.load_manifest values ('load {number}', 'order_changes',"
        f" timestamp '2030-01-01' + {number} * interval '1 hour', {CHANGES}, null)",
    )


def seed(changes: int) -> tuple[str, ...]:
    """Return the statements that fill archive, history, snapshot and manifest as if `changes` had come before."""
    keys = changes // CHANGES_A_KEY
    state = STATE.format(key="key", number="n")
    source = (
        f"(select n, (n % {keys}) as key, n / {keys} as place, 1 + n / {CHANGES} as batch,"
        f" timestamp '2022-01-01' + (1 + n / {CHANGES}) * interval '1 hour' as at,"
        f" timestamp '2022-01-01' + (1 + (n + {keys}) / {CHANGES}) * interval '1 hour' as next_at"
        f" from generate_series(0, {changes - 1}) as n) as seeds"
    )
    end, last = "timestamp '9999-12-31'", f"place = {CHANGES_A_KEY - 1}"
    version = f"'order ' || key, {state}, false, at, {{}}, {{}}, {{}}, 'seed ' || batch, batch"
    names = f"version_id, {COLUMNS}, is_deleted, valid_from, valid_to, known_from, known_to, load_id, batch"
    history = f"insert into analytics_history.order_history ({names}) select"
    tables = ("order_archive", "order_history", "load_manifest")
    return (
        *(f"truncate analytics_history.{table}" for table in tables),
        "truncate analytics_snapshots.order_snapshot",
        "truncate raw.order_states",
        f"insert into analytics_history.order_archive (batch, load_id, loaded_at, change_id, {COLUMNS}, changed_at,"
        f" change_sequence, is_deleted) select batch, 'seed ' || batch, at, md5(cast(n as text)), 'order ' || key, {state},"
        f" at, n, false from {source}",
        f"{history} md5('open ' || n), {version.format(end, 'at', f'case when {last} then {end} else next_at end')}"
        f" from {source}",
        f"{history} md5('closed ' || n), {version.format('next_at', 'next_at', end)} from {source} where not ({last})",
        f"insert into analytics_history.load_manifest select distinct 'seed ' || batch, 'order_changes', at, {CHANGES},"
        f" cast(null as timestamp) from {source}",
        f"insert into analytics_snapshots.order_snapshot ({COLUMNS}, dbt_scd_id, dbt_updated_at, dbt_valid_from,"
        f" dbt_valid_to, dbt_is_deleted) select 'order ' || key, {state}, md5('scd ' || n), at, at,"
        f" case when {last} then {end} else next_at end, 'False' from {source}",
        f"insert into raw.order_states select 'order ' || key, {state} from {source} where {last}",
    )


def timed(dbt: DbtSession, *command: str) -> Sample:
    """Run a dbt command on a manifest of its own (dbt compiles a node once only) and return its times."""
    dbt = DbtSession(dbt.project, dbt.target_path, target=EMBEDDED_TARGET)
    dbt.parse()
    started = time.monotonic()
    outcome = dbt.run(command)
    wall = time.monotonic() - started
    results = json.loads((dbt.target_path / "run_results.json").read_text())["results"]
    if not outcome.success:
        sys.exit(f"{command}: {outcome.error or [result['message'] for result in results]}")
    return Sample(wall, sum(result["execution_time"] for result in results))


def open_region(folder: Path) -> tuple[DbtSession, Connection, Server]:
    """Make a scratch copy of Phoenix with a feed of changes, a table of states, and the measured nodes' tables."""
    monorepo = copy_monorepo(folder, regions=["phoenix"])
    project = monorepo.root / "projects" / "phoenix"
    (project / "models/staging/stg_orders.sql").write_text(STATES)
    server = Server(monorepo.home)
    connection = server.region("phoenix")
    os.environ.update(dbt_environment(connection, "bench"))
    dbt = DbtSession(project, monorepo.root / "build/phoenix/target", target=EMBEDDED_TARGET)
    install_packages(monorepo.root, project, dbt)
    dbt.parse()
    timed(dbt, "run", "--select", "load_manifest")
    execute(
        connection,
        "create schema if not exists raw",
        "create table raw.order_changes (load_id varchar(16), change_sequence bigint, operation varchar(1), changed_at"
        " timestamp, order_number varchar(64), account_id varchar(64), status varchar(16), placed_at timestamp, total_usd"
        " numeric(12, 2), tracking_number varchar(64), delivered_at timestamp)",
        "create table raw.order_states (order_id varchar(64), user_id varchar(64), status varchar(16), ordered_at timestamp,"
        " order_total numeric(12, 2), currency varchar(16), shipping_service varchar(32), tracking_id varchar(64),"
        " estimated_delivery_at timestamp, delivered_at timestamp, country varchar(16))",
    )
    execute(connection, *raw_load(0, 1000))
    timed(dbt, "run", "--select", "order_archive", "order_history")
    timed(dbt, "snapshot", "--select", "order_snapshot")
    return dbt, connection, server


def measure(dbt: DbtSession, connection: Connection, changes: int, rounds: int) -> tuple[list[Sample], list[Sample]]:
    """Return the samples of ours and of dbt's on a history of `changes`."""
    execute(connection, *seed(changes))
    execute(connection, "analyze")
    ours, native = [], []
    for number in range(1, rounds + 2):
        execute(connection, *raw_load(number, changes // CHANGES_A_KEY))
        ours.append(timed(dbt, "run", "--select", "order_archive", "order_history"))
        native.append(timed(dbt, "snapshot", "--select", "order_snapshot"))
    return ours[1:], native[1:]  # the first of each warms the caches


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--base", type=int, default=20_000, help="archived changes at 1x")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        dbt, connection, server = open_region(Path(folder))
        try:
            first: dict[str, Sample] = {}
            for times in (1, 10, 100):
                measured = measure(dbt, connection, arguments.base * times, arguments.rounds)
                for name, samples in zip(("archive + history", "native snapshot"), measured, strict=True):
                    walls, nodes = [item.wall for item in samples], [item.nodes for item in samples]
                    now = Sample(median(walls), median(nodes))
                    base = first.setdefault(name, now)
                    print(
                        f"{times:>4}x {arguments.base * times:>10,} changes  {name:<18} nodes min {min(nodes):6.2f} s"
                        f"  median {now.nodes:6.2f} s ({now.nodes / base.nodes:5.2f} x)   wall min {min(walls):6.2f} s"
                        f"  median {now.wall:6.2f} s ({now.wall / base.wall:5.2f} x)",
                        flush=True,
                    )
        finally:
            server.stop()


if __name__ == "__main__":
    main()
