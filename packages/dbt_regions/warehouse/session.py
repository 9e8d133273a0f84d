"""Sessions in one region's database: queries, the load manifest, changed snapshot rows.

Reads only; every driver error becomes a `WorldError` (no connection) or a `DataError` (the SQL says no).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2 import sql

from dbt_regions.errors import DataError, WorldError, one_line
from dbt_regions.warehouse.connection import Connection, connect


@dataclass(frozen=True)
class QueryResult:
    """The rows of a query with their column names."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@contextlib.contextmanager
def session(connection: Connection) -> Iterator[psycopg2.extensions.connection]:
    """Open one transaction in a region's database: committed at the end of the block, rolled back when it raises."""
    try:
        opened = connect(connection)
    except psycopg2.OperationalError as error:
        message = f"cannot reach the database of region {connection.database}: {one_line(error)}; is the warehouse up?"
        raise WorldError(message) from error
    try:
        with opened:
            yield opened
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        message = f"the database of region {connection.database} failed: {one_line(error)}; run the command again"
        raise WorldError(message) from error
    except psycopg2.Error as error:
        message = f"the database of region {connection.database} says: {one_line(error)}"
        raise DataError(message) from error
    finally:
        opened.close()


def can_connect(connection: Connection) -> bool:
    """Return whether a session can be opened now."""
    try:
        connect(connection).close()
    except psycopg2.OperationalError:
        return False
    return True


def query(connection: Connection, statement: str) -> QueryResult:
    """Run one statement of the user's own and return its rows; a statement without rows gives none."""
    with session(connection) as opened, opened.cursor() as cursor:
        cursor.execute(statement)
        if cursor.description is None:
            return QueryResult((), ())
        return QueryResult(tuple(column.name for column in cursor.description), tuple(cursor.fetchall()))


def relation_exists(connection: Connection, name: Sequence[str]) -> bool:
    """Return whether the database has a relation of this (schema, name)."""
    with session(connection) as opened, opened.cursor() as cursor:
        cursor.execute("select to_regclass(%s)", (".".join(f'"{part}"' for part in name),))
        return _only(cursor.fetchone()) is not None


def read_load_ids(connection: Connection, manifest: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of a region's loads, oldest first, from the relation `manifest` (schema, name)."""
    statement = "select load_id from {} group by load_id order by max(loaded_at), load_id"
    with session(connection) as opened, opened.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(*manifest)))
        return tuple(row[0] for row in cursor.fetchall())


def read_changed_rows(connection: Connection, snapshot: Sequence[str], key: str, since: datetime) -> QueryResult:
    """Return a snapshot's current rows that began after `since`, each with the row it replaced (nulls for a new key).

    Columns: the key; `was` and `now`, the two rows as JSON; `valid_to` of the old row and `valid_from` of the new one.
    """
    statement = """
        select
            current_row.{key}, to_jsonb(old_row), to_jsonb(current_row),
            old_row.dbt_valid_to, current_row.dbt_valid_from
        from {snapshot} as current_row
        left join {snapshot} as old_row
            on old_row.{key} = current_row.{key} and old_row.dbt_valid_to = current_row.dbt_valid_from
        where current_row.dbt_valid_from > %s
        order by 1, current_row.dbt_valid_from
    """
    with session(connection) as opened, opened.cursor() as cursor:
        parts = {"snapshot": sql.Identifier(*snapshot), "key": sql.Identifier(key)}
        cursor.execute(sql.SQL(statement).format(**parts), (since,))
        return QueryResult((key, "was", "now", "valid_to", "valid_from"), tuple(cursor.fetchall()))


def _only(row: tuple[Any, ...] | None) -> Any:
    return row[0] if row else None
