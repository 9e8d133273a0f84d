"""Fills a region's raw tables, one load in one transaction: generated facts, or a folder of CSV files.

A load rewrites the raw tables and adds its rows to `load_manifest` in the same transaction, so that it is there as
a whole or not at all. Table and column types are the ones that the region's source YAML declares.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from dbt_regions.domain import SourceTable
from dbt_regions.errors import RequestError, one_line
from dbt_regions.warehouse.connection import Connection
from dbt_regions.warehouse.session import session

_TYPE = re.compile(r"[a-z][a-z0-9_ ]*(\(\d+(, ?\d+)?\))?( without time zone| with time zone)?")
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_Cursor = psycopg2.extensions.cursor


@dataclass(frozen=True)
class RawLoad:
    """One load to write: its id, the manifest relation (schema, name) and the declared tables in name order."""

    load_id: str
    manifest: tuple[str, ...]
    tables: tuple[SourceTable, ...]


def load_generated(
    connection: Connection,
    load: RawLoad,
    facts: Mapping[str, tuple[Sequence[tuple[str, str]], Iterable[Sequence[Any]]]],
    selects: Mapping[str, str],
) -> dict[str, int]:
    """Write generated data: `facts` become temporary tables, and each raw table is filled by its SELECT over them.

    `facts` maps a table name to its (column, type) pairs and rows; `selects` maps a raw table to its SQL.
    Returns the rows written by raw table.
    """
    rows: dict[str, int] = {}
    with session(connection) as opened, opened.cursor() as cursor:
        for name, (columns, values) in facts.items():
            _create_table(cursor, ("pg_temp", name), columns)
            _copy_rows(cursor, name, values)
        for table in load.tables:
            target = _recreate(cursor, table, table.columns)
            names = sql.SQL(", ").join(sql.Identifier(column) for column, _ in table.columns)
            statement = sql.SQL("insert into {} ({}) select {} from (\n{}\n) as generated")
            cursor.execute(statement.format(target, names, names, sql.SQL(selects[table.name])))
            rows[table.name] = cursor.rowcount
            _register(cursor, load, table)
    return rows


def load_csv_folder(connection: Connection, load: RawLoad, folder: Path) -> dict[str, int]:
    """Write the folder's `<table>.csv` files; a table without a file that the region needs is a RequestError.

    A table without a file that it does not need is left empty and gets no row in the load manifest. Columns that
    the region does not declare are kept as text. Returns the rows written by raw table that had a file.
    """
    _check_folder(load, folder)
    rows: dict[str, int] = {}
    with session(connection) as opened, opened.cursor() as cursor:
        for table in load.tables:
            file = folder / f"{table.name}.csv"
            if not file.exists():
                _recreate(cursor, table, table.columns)
                continue
            header = _check_header(table, file)
            declared = dict(table.columns)
            extra = [(column, "text") for column in header if column not in declared]
            target = _recreate(cursor, table, (*table.columns, *extra))
            rows[table.name] = _copy_csv(cursor, target, header, file)
            _register(cursor, load, table)
    return rows


def missing_files(load: RawLoad, folder: Path) -> tuple[str, ...]:
    """Return the declared tables that the folder has no CSV file for."""
    return tuple(table.name for table in load.tables if not (folder / f"{table.name}.csv").exists())


def _check_folder(load: RawLoad, folder: Path) -> None:
    needed = [table.name for table in load.tables if table.needed and not (folder / f"{table.name}.csv").exists()]
    if needed:
        message = f"{folder} has no {', '.join(f'{name}.csv' for name in needed)}, which the region needs; add the file"
        raise RequestError(message)


def _check_header(table: SourceTable, file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            header = next(csv.reader(handle), [])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"cannot read {file}: {one_line(error)}; give a readable UTF-8 CSV file"
        raise RequestError(message) from error
    if not header:
        message = (
            f"{file} is empty; the first line must name the columns {', '.join(name for name, _ in table.columns)}"
        )
        raise RequestError(message)
    missing = [name for name, _ in table.columns if name not in header]
    if missing:
        message = (
            f"{file} has no column {', '.join(missing)}, declared for source table {table.name}; add it to the file"
        )
        raise RequestError(message)
    unusable = [name for name in header if not name or name in _SYSTEM_COLUMNS]
    if unusable:
        message = f"{file} has a column named {unusable[0]!r}, which no table can have; take it out of the file"
        raise RequestError(message)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        message = f"{file} names the column {', '.join(twice)} twice; name each column once"
        raise RequestError(message)
    return header


def _copy_csv(cursor: _Cursor, target: sql.Composable, header: Sequence[str], file: Path) -> int:
    names = sql.SQL(", ").join(sql.Identifier(column) for column in header)
    copy = sql.SQL("copy {} ({}) from stdin (format csv, header true, encoding 'UTF8')").format(target, names)
    try:
        with file.open("rb") as handle:
            if handle.read(3) != b"\xef\xbb\xbf":
                handle.seek(0)
            cursor.copy_expert(copy, handle)
    except psycopg2.DataError as error:
        context = error.diag.context or ""
        message = (
            f"{file}: {one_line(error.diag.message_primary)} ({one_line(context)}); correct it, nothing was loaded"
        )
        raise RequestError(message) from error
    return cursor.rowcount


def _recreate(cursor: _Cursor, table: SourceTable, columns: Sequence[tuple[str, str]]) -> sql.Composable:
    name = (table.schema, table.name)
    cursor.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(table.schema)))
    cursor.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(*name)))
    _create_table(cursor, name, columns)
    return sql.Identifier(*name)


def _create_table(cursor: _Cursor, name: tuple[str, str], columns: Sequence[tuple[str, str]]) -> None:
    for column, data_type in columns:
        if not _TYPE.fullmatch(data_type):
            message = f"source table {name[1]}: column {column} has the data_type {data_type!r}; write a Postgres type"
            raise RequestError(message)
    definitions = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(data_type)) for column, data_type in columns
    )
    cursor.execute(sql.SQL("create table {} ({})").format(sql.Identifier(*name), definitions))


def _copy_rows(cursor: _Cursor, name: str, rows: Iterable[Sequence[Any]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    buffer.seek(0)
    cursor.copy_expert(sql.SQL("copy {} from stdin (format csv)").format(sql.Identifier("pg_temp", name)), buffer)


def _register(cursor: _Cursor, load: RawLoad, table: SourceTable) -> None:
    watermark = sql.SQL(f"cast(max({table.watermark}) as timestamp)" if table.watermark else "cast(null as timestamp)")
    statement = sql.SQL(
        "insert into {manifest} (load_id, source_table, loaded_at, row_count, watermark)"
        " select {load_id}, {table}, now() at time zone 'UTC', count(*), {watermark} from {relation}"
    )
    cursor.execute(
        statement.format(
            manifest=sql.Identifier(*load.manifest),
            load_id=sql.Literal(load.load_id),
            table=sql.Literal(table.name),
            watermark=watermark,
            relation=sql.Identifier(table.schema, table.name),
        )
    )
