"""Replay: a region's histories made anew from their archives beside the live ones, and where the two differ.

The work is the dbt package's (`dbt run-operation replay`), to be had without Python too; here its report is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dbt_regions.build.operations import open_session
from dbt_regions.domain import failure_exit_code
from dbt_regions.errors import DataError, RequestError, WorldError

_REPORT = "select * from {{ shared_macros._replay_schema() }}.replay_report order by history"


@dataclass(frozen=True)
class ReplayedHistory:
    """One history against its replay: rows, how many differ, and the first that does (None when none does)."""

    history: str
    live_rows: int
    replayed_rows: int
    differences: int
    record_key: str | None
    valid_from: str | None
    known_from: str | None
    column_name: str | None
    live_value: str | None
    replayed_value: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields under the same names."""
        return asdict(self)

    @property
    def words(self) -> str:
        """What differs first, in words."""
        return (
            f"{self.history}: {self.differences} rows are not what the archive gives, first {self.record_key} valid "
            f"from {self.valid_from} known from {self.known_from}: {self.column_name} live {self.live_value}, "
            f"replayed {self.replayed_value}"
        )


def run_replay(root: Path, home: Path, name: str, target: str) -> tuple[ReplayedHistory, ...]:
    """Rebuild the region's histories in the side schema `<target schema>_replay`, and return how they compare, by name.

    Waits for the region's writer lock; raises RequestError where nothing is archived yet.
    """
    session = open_session(root, home, name, target, "replay", "replay")
    parsed = session.parse()
    if not parsed.success:
        message = f"{parsed.error or 'dbt parse failed'}; correct what it names and replay again"
        raise RequestError(message)
    outcome = session.run(("run-operation", "replay", "--args", "{strict: false}"))
    if not outcome.success:
        raise _failure(outcome.error or "dbt run-operation replay failed, see dbt.log")
    return tuple(_history(row) for row in session.show_rows(_REPORT))


def _failure(message: str) -> Exception:
    by_exit_code = {RequestError.exit_code: RequestError, WorldError.exit_code: WorldError}
    return by_exit_code.get(failure_exit_code(message), DataError)(message)


def _history(row: Mapping[str, Any]) -> ReplayedHistory:
    texts = ("record_key", "valid_from", "known_from", "column_name", "live_value", "replayed_value")
    return ReplayedHistory(
        history=str(row["history"]),
        live_rows=int(row["live_rows"]),
        replayed_rows=int(row["replayed_rows"]),
        differences=int(row["differences"]),
        **{name: None if row[name] is None else str(row[name]) for name in texts},
    )
