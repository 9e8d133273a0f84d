"""What a load changed: the snapshot rows that the last build closed and opened, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dbt_regions.artifacts import read_snapshot_columns
from dbt_regions.warehouse import Connection, query, read_changed_rows


@dataclass(frozen=True)
class ChangedRow:
    """One key of a snapshot with a new current row: what differs, the old row's valid-to and the new valid-from (UTC).

    `changes` maps a column to its old and new value; for a new key it is empty and `valid_to` is None.
    """

    snapshot: str
    key: str
    changes: Mapping[str, tuple[Any, Any]]
    valid_to: datetime | None
    valid_from: datetime


def plan_changes(snapshot: str, rows: Sequence[Sequence[Any]]) -> tuple[ChangedRow, ...]:
    """Return the changed rows of one snapshot from (key, was, now, valid_to, valid_from) rows."""
    return tuple(
        ChangedRow(
            snapshot,
            str(key),
            {
                name: (was[name], now[name])
                for name in now
                if was is not None and was.get(name) != now[name] and not name.startswith("dbt_")
            },
            valid_to,
            valid_from,
        )
        for key, was, now, valid_to, valid_from in rows
    )


def read_changes(connection: Connection, target_path: Path, since: datetime) -> tuple[ChangedRow, ...]:
    """Return all snapshot rows of a region that began after `since` (UTC), by snapshot and key."""
    changes: list[ChangedRow] = []
    for name, (relation, key) in sorted(read_snapshot_columns(target_path).items()):
        result = read_changed_rows(connection, (relation.schema, relation.identifier), key, since)
        changes.extend(plan_changes(name, result.rows))
    return tuple(changes)


def snapshot_clock(connection: Connection) -> datetime:
    """Return the warehouse's time now (UTC), to ask later what began after it."""
    return query(connection, "select clock_timestamp() at time zone 'UTC'").rows[0][0]  # type: ignore[no-any-return]  # a driver's row is Any
