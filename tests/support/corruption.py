"""The twelve kinds of corrupted load, as SQL on each region's raw orders."""

from __future__ import annotations

from dataclasses import dataclass

CORRUPTED = "-corrupted"
"""Ends the id of the new load, which begins as that of the newest one: the load stage takes it for its own."""


@dataclass(frozen=True)
class RawOrders:
    """A region's raw table of orders: its key, a column to retype, and SQL that sets its watermark's time."""

    table: str
    key: str
    retyped: str
    set_time: str
    total: str
    twice: str
    """A change that makes a row another one; staging of changes keeps one a key, so that there it is spoilt too."""


RAW_ORDERS = {
    "na": RawOrders(
        "orders", "order_id", "status type varchar(40)", "created_at = cast('{}' as timestamp), delivered_at = null",
        "order_total = order_total + 1", "status = status || 'x'",
    ),
    "eu": RawOrders(
        "purchases", "order_no", "total_cents type integer",
        "ordered_local = cast('{}' as timestamp), delivered_local = null", "total_cents = total_cents + 1",
        "status_code = 90",
    ),
    "apac": RawOrders(
        "order_documents", "order_key", "version type bigint",
        "written_ms = cast(1000 * extract(epoch from cast('{}' as timestamp)) as bigint)",
        """document = jsonb_set(document, '{amount,value}', '"7.77"')""", "version = version + 1",
    ),
    "phoenix": RawOrders(
        "order_changes", "order_number", "total_usd type numeric(14, 3)", "changed_at = cast('{}' as timestamp)",
        "total_usd = total_usd + 1", "change_sequence = change_sequence + 1",
    ),
}  # fmt: skip

_ONE = "ctid = (select min(ctid) from raw.{table})"
FAULTS = {
    "missing": "drop table raw.{table}",
    "empty": "delete from raw.{table}",
    "stale": "",
    "truncated": "delete from raw.{table} where ctid not in (select ctid from raw.{table} order by {key} limit 60)",
    "mass change": "update raw.{table} set {total}",
    "duplicated keys": """
        create temporary table again as select * from raw.{table} limit 1;
        update again set {twice};
        insert into raw.{table} select * from again
    """,
    "null keys": "update raw.{table} set {key} = null where " + _ONE,
    "clock skew": "update raw.{table} set {late} where " + _ONE,
    "going backwards": "",
    "drift": "alter table raw.{table} alter column {retyped}",
    "delivered twice": "insert into raw.{table} select * from raw.{table}",
    "wrong region": "update raw.{table} set {key} = 'x' || {key}",
}
"""What spoils the table; "" where the load manifest is spoilt instead."""
MANIFEST = "analytics_history.load_manifest"
_NEW_LOAD = """
    insert into {manifest} (load_id, source_table, loaded_at, row_count, watermark)
    select
        max(load_id) || '{end}', source_table, max(loaded_at) + interval '{hours} hours', max(row_count),
        max(watermark){back}
    from {manifest} where source_table {tables} group by source_table
"""


def corrupt(region: str, kind: str) -> tuple[str, ...]:
    """Return the statements that bring a new load of a region's orders with a fault of this kind."""
    raw = RAW_ORDERS[region]
    words = {"table": raw.table, "key": raw.key, "retyped": raw.retyped, "total": raw.total, "twice": raw.twice}
    spoilt = FAULTS[kind].format(**words, late=raw.set_time.format("2099-01-01 00:00:00"))
    others = f"<> '{raw.table}'" if kind == "stale" else f"= '{raw.table}'"
    back = " - interval '30 days'" if kind == "going backwards" else ""
    hours = 30 if kind == "stale" else 1
    load = _NEW_LOAD.format(manifest=MANIFEST, end=CORRUPTED, hours=hours, tables=others, back=back)
    return tuple(statement for statement in (load, spoilt) if statement)


def where(region: str, kind: str) -> str:
    """Return the table, column or model that the gate must name."""
    raw = RAW_ORDERS[region]
    if kind == "drift":
        return f"{raw.table}.{raw.retyped.split()[0]}"
    of_keys = {"null keys": "stg_orders.order_id", "duplicated keys": "stg_orders.order_id"}
    of_input = {"mass change": "stg_orders", "wrong region": "stg_orders"}
    return {**of_keys, **of_input}.get(kind, raw.table)


def spoil_staging(text: str) -> str:
    """Return the text of a staging model that no longer keeps one row a key."""
    return text.replace("where changes_back = 1\n", "").replace("where changes_back = 1 and", "where")
