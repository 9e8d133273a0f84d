"""The artifacts of a run: files of its builds, by name and step. A name is looked up, never made into a path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, RowMapping, select

from dbt_regions.errors import RequestError
from dbt_regions.serve.store import steps


def find_artifacts(connection: Connection, root: Path, run: RowMapping, step: int | None = None) -> Mapping[str, Path]:
    """Return a run's artifacts by name: those of one step, counted from 1, or each from the last step that has it.

    A build's summary.json is among the latter. RequestError for a step that the run does not have.
    """
    query = select(steps).where(steps.c.run_id == run["id"]).order_by(steps.c.position)
    rows = connection.execute(query if step is None else query.where(steps.c.position == step)).mappings().all()
    if step is not None and not rows:
        message = f"run {run['id']} has no step {step}"
        raise RequestError(message)
    home = root / "build" / run["region"] / "runs"
    folders = [home / row["folder"] for row in rows]
    if step is None:
        folders += sorted({folder.parent for folder in folders})
    return {file.name: file for folder in folders for file in sorted(folder.glob("*.json")) if file.is_file()}
