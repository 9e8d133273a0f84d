"""Compares what Phoenix's models and snapshots hold on two warehouses, row by row and type by type."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg2 import sql

from dbt_regions.warehouse import Connection, session

WALL_CLOCK = frozenset(
    {"dbt_valid_from", "dbt_valid_to", "dbt_updated_at", "loaded_at", "recorded_at", "known_from", "known_to"}
    | {"held_from", "held_until"}
    | {"published_at", "published_from", "published_until", "restated_at", "previously_published_at"}
)
"""Times at which something was done: the first, second, ... time in its relation is compared, not the hour."""
OF_THE_RUN = frozenset({"run_id", "dbt_scd_id", "version_id", "computed_by"})
"""Ids made of the run, of its time or of the SQL itself: how often each occurs is compared, not what it is."""
WITHOUT_ORDER = frozenset({"decided_at"})
"""Times that nodes write side by side: only whether there is one is compared, as with the batch of a funnel's units,
which a full refresh writes anew."""
EXPLAINED_TYPES: Mapping[str, str] = {}
"""Columns whose types may differ, `relation.column`, with the reason."""


@dataclass(frozen=True)
class Relation:
    """A relation's (column, type) pairs in order, and its rows in a form that does not depend on the clock."""

    columns: tuple[tuple[str, str], ...]
    rows: Counter[tuple[Any, ...]]


def read_relations(connection: Connection, artifacts: Path) -> dict[str, Relation]:
    """Return every model and snapshot that is stored or a view, by name, out of the manifest in `artifacts`."""
    manifest = json.loads((artifacts / "manifest.json").read_text(encoding="utf-8"))
    stored = {"table", "view", "incremental", "snapshot"}
    nodes = [node for node in manifest["nodes"].values() if node["config"].get("materialized") in stored]
    return {node["name"]: _read(connection, (node["schema"], node["alias"])) for node in nodes}


def _read(connection: Connection, name: Sequence[str]) -> Relation:
    with session(connection) as opened, opened.cursor() as cursor:
        cursor.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
            (".".join(f'"{part}"' for part in name),),
        )
        columns = tuple(cursor.fetchall())
        cursor.execute(sql.SQL("select * from {}").format(sql.Identifier(*name)))
        return Relation(columns, _comparable([column for column, _ in columns], cursor.fetchall()))


def _comparable(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    clocks = [place for place, column in enumerate(columns) if column in WALL_CLOCK]
    times = sorted({row[place] for row in rows for place in clocks if isinstance(row[place], datetime)})
    order = {time: number for number, time in enumerate(times)}
    ids = [place for place, column in enumerate(columns) if column in OF_THE_RUN]
    occurrences = {place: Counter(row[place] for row in rows) for place in ids}

    def value(place: int, row: tuple[Any, ...]) -> Any:
        if columns[place] in WITHOUT_ORDER or (columns[place] == "batch" and "computed_by" in columns):
            return row[place] is not None
        if place in clocks:
            return order.get(row[place])
        return occurrences[place][row[place]] if place in ids else row[place]

    return Counter(tuple(value(place, row) for place in range(len(columns))) for row in rows)


def compare_relations(ours: Mapping[str, Relation], theirs: Mapping[str, Relation]) -> list[str]:
    """Return every difference in names, columns, unexplained types and rows."""
    differences = [f"{name} is in one only" for name in sorted(ours.keys() ^ theirs.keys())]
    for name in sorted(ours.keys() & theirs.keys()):
        types = dict(theirs[name].columns)
        if [column for column, _ in ours[name].columns] != list(types):
            differences.append(f"{name}: columns {ours[name].columns} and {theirs[name].columns}")
        differences += [
            f"{name}.{column}: {data_type} and {types.get(column)}"
            for column, data_type in ours[name].columns
            if types.get(column) != data_type and f"{name}.{column}" not in EXPLAINED_TYPES
        ]
        differences += [f"{name}: in the first only: {row}" for row in list(ours[name].rows - theirs[name].rows)[:3]]
        differences += [f"{name}: in the second only: {row}" for row in list(theirs[name].rows - ours[name].rows)[:3]]
    return differences
