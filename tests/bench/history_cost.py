"""Benchmark: what an hourly load costs on 1x, 10x and 100x history, beside dbt's native snapshot of the same data.

The load is the same each time: 500 changes of 200 orders. Ours are order_archive and order_history, dbt's is
order_snapshot, each as its node runs, alternating in one process. Printed are minimum and median seconds of the nodes
(dbt's execution time) and of the whole commands, and each size's ratio to 1x.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

from dbt_regions.build.packages import install_packages
from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import DbtSession
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.warehouse import Connection, Server, session
from support.monorepo import copy_monorepo

CHANGES, KEYS, CHANGES_A_KEY = 500, 200, 10
BASE = 20_000  # archived changes at 1x
STATES = """-- depends_on: {{ source('shop', 'order_changes') }}
select
    order_id, user_id, status, ordered_at, order_total, currency, shipping_service, tracking_id, estimated_delivery_at,
    delivered_at, country
from raw.order_states
"""
STATE = """
    cast('user ' || {key} % 977 as varchar(64)), cast('state ' || {number} % 7 as varchar(16)),
    timestamp '2021-01-01', cast({number} % 99999 as numeric(12, 2)) / 100, cast('USD' as varchar(16)),
    cast(null as varchar(32)), cast('track ' || {number} as varchar(64)),
    cast(null as timestamp), cast(null as timestamp), cast(null as varchar(16))
"""
COLUMNS = (
    "order_id, user_id, status, ordered_at, order_total, currency, shipping_service, tracking_id,"
    " estimated_delivery_at, delivered_at, country"
)


@dataclass(frozen=True)
class Sample:
    """One measured command: wall seconds, and those in which its nodes executed."""

    wall: float
    nodes: float


RAW_TABLES = """
create schema if not exists raw;
create table raw.order_changes (
    load_id varchar(16), change_sequence bigint, operation varchar(1), changed_at timestamp, order_number varchar(64),
    account_id varchar(64), status varchar(16), placed_at timestamp, total_usd numeric(12, 2),
    tracking_number varchar(64), delivered_at timestamp
);
create table raw.order_states (
    order_id varchar(64), user_id varchar(64), status varchar(16), ordered_at timestamp, order_total numeric(12, 2),
    currency varchar(16), shipping_service varchar(32), tracking_id varchar(64), estimated_delivery_at timestamp,
    delivered_at timestamp, country varchar(16)
)
"""


def execute(connection: Connection, statements: str) -> None:
    """Run statements in one transaction."""
    with session(connection) as opened, opened.cursor() as cursor:
        cursor.execute(statements)


def raw_load(number: int, keys: int) -> str:
    """Return the statements that bring load `number`: the feed holds its changes only, the states all keys'."""
    key = f"({number} * 7919 + n % {KEYS}) % {keys}"
    chosen = (
        f"(select 'order ' || {key} as order_id, n, {key} as key from generate_series(1, {CHANGES}) as n) as chosen"
    )
    return f"""
truncate raw.order_changes;
insert into raw.order_changes
select
    '20310101T00', {number} * {CHANGES} + n, 'U',
    timestamp '2030-01-01' + {number} * interval '1 hour' + n * interval '1 second', order_id,
    'user ' || key % 977, 'state ' || n % 7, timestamp '2021-01-01', n, 'track ' || {number} || n, null
from {chosen};
delete from raw.order_states where order_id in (select order_id from {chosen});
insert into raw.order_states
select distinct on (order_id) order_id, {STATE.format(key="key", number=f"({number} + n)")}
from {chosen} order by order_id, n desc;
insert into analytics_history.load_manifest values (
    'load {number}', 'order_changes', timestamp '2030-01-01' + {number} * interval '1 hour', {CHANGES}, null
)
"""


def seeds(changes: int) -> str:
    """Return a subquery: `changes` states of orders, each with its load and the time of the order's next."""
    keys = changes // CHANGES_A_KEY
    return f"""(
    select
        n, 'order ' || n % {keys} as order_id, n % {keys} as key, n / {keys} = {CHANGES_A_KEY - 1} as is_last,
        1 + n / {CHANGES} as batch,
        timestamp '2022-01-01' + (1 + n / {CHANGES}) * interval '1 hour' as at,
        case
            when n / {keys} = {CHANGES_A_KEY - 1} then timestamp '9999-12-31'
            else timestamp '2022-01-01' + (1 + (n + {keys}) / {CHANGES}) * interval '1 hour'
        end as next_at
    from generate_series(0, {changes - 1}) as n
) as seeds"""


def seed_ours(changes: int) -> str:
    """Return the statements that fill archive, history and manifest as if `changes` had come before."""
    state, source, end = STATE.format(key="key", number="n"), seeds(changes), "timestamp '9999-12-31'"
    history = f"""insert into analytics_history.order_history (
    version_id, {COLUMNS}, is_deleted, valid_from, valid_to, known_from, known_to, load_id, batch
)"""
    return f"""
truncate analytics_history.order_archive, analytics_history.order_history, analytics_history.load_manifest;
insert into analytics_history.order_archive (
    batch, load_id, loaded_at, change_id, {COLUMNS}, changed_at, change_sequence, is_deleted
)
select batch, 'seed ' || batch, at, md5(cast(n as text)), order_id, {state}, at, n, false from {source};
{history}
select md5('open ' || n), order_id, {state}, false, at, {end}, at, next_at, 'seed ' || batch, batch from {source};
{history}
select md5('closed ' || n), order_id, {state}, false, at, next_at, next_at, {end}, 'seed ' || batch, batch
from {source} where not is_last;
insert into analytics_history.load_manifest
select distinct 'seed ' || batch, 'order_changes', at, {CHANGES}, cast(null as timestamp) from {source}
"""


def seed_native(changes: int) -> str:
    """Return the statements that fill the native snapshot and the table that it reads, with the same states."""
    state, source = STATE.format(key="key", number="n"), seeds(changes)
    return f"""
truncate analytics_snapshots.order_snapshot, raw.order_states;
insert into analytics_snapshots.order_snapshot (
    {COLUMNS}, dbt_scd_id, dbt_updated_at, dbt_valid_from, dbt_valid_to, dbt_is_deleted
)
select order_id, {state}, md5('scd ' || n), at, at, next_at, 'False' from {source};
insert into raw.order_states select order_id, {state} from {source} where is_last
"""


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
    gate = monorepo.root / "packages/shared_macros/macros/snapshot/gate_pre_hook.sql"
    gate.write_text(gate.read_text().replace("if execute", "if false", 1))  # neither contestant is judged
    server = Server(monorepo.home)
    connection = server.region("phoenix")
    os.environ.update(dbt_environment(connection, "bench"))
    dbt = DbtSession(project, monorepo.root / "build/phoenix/target", target=EMBEDDED_TARGET)
    install_packages(monorepo.root, project, dbt)
    dbt.parse()
    timed(dbt, "run", "--select", "load_manifest")
    execute(connection, RAW_TABLES)
    execute(connection, raw_load(0, 1000))
    timed(dbt, "run", "--select", "order_archive", "order_history")
    timed(dbt, "snapshot", "--select", "order_snapshot")
    return dbt, connection, server


def measure(dbt: DbtSession, connection: Connection, changes: int, rounds: int) -> tuple[list[Sample], list[Sample]]:
    """Return the samples of ours and of dbt's on a history of `changes`."""
    execute(connection, seed_ours(changes))
    execute(connection, seed_native(changes))
    execute(connection, "analyze")
    ours, native = [], []
    for number in range(1, rounds + 2):
        execute(connection, raw_load(number, changes // CHANGES_A_KEY))
        ours.append(timed(dbt, "run", "--select", "order_archive", "order_history"))
        native.append(timed(dbt, "snapshot", "--select", "order_snapshot"))
    return ours[1:], native[1:]  # the first of each warms the caches


def _report(title: str, samples: list[Sample], base: list[Sample]) -> None:
    walls, nodes = [item.wall for item in samples], [item.nodes for item in samples]
    print(
        f"{title} nodes min {min(nodes):5.2f} s  median {median(nodes):5.2f} s"
        f" ({median(nodes) / median(item.nodes for item in base):5.2f} x)   command min {min(walls):5.2f} s"
        f"  median {median(walls):5.2f} s ({median(walls) / median(item.wall for item in base):5.2f} x)",
        flush=True,
    )


def run(rounds: int) -> None:
    """Measure and print."""
    print(f"{rounds} rounds, alternating; generated loads of {CHANGES} changes of {KEYS} orders, without the gate")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, patch.dict(os.environ):
        dbt, connection, server = open_region(Path(folder))
        try:
            first: dict[str, list[Sample]] = {}
            for times in (1, 10, 100):
                measured = measure(dbt, connection, BASE * times, rounds)
                for name, samples in zip(("archive + history", "native snapshot"), measured, strict=True):
                    title = f"{times:>4}x {BASE * times:>9,} changes  {name:<17}"
                    _report(title, samples, first.setdefault(name, samples))
        finally:
            server.stop()
