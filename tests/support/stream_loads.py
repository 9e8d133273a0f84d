"""Loads of generated streams through the archive and the history of the integration project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from support.change_streams import Load
from support.integration_project import IntegrationProject
from support.reference_history import Belief, Change, Delivery, Key, Version

SOURCES = {"stream": "stream_changes", "state": "stream_states"}
"""The raw table of a feed: changes for `stream_archive`, full states for `state_archive`."""
MANIFEST = "analytics_history.load_manifest"
_CONTENT = "tenant_id, item_id, name, note, amount, seen_at, is_flagged"
_ARCHIVE = (
    f"select {_CONTENT}, changed_at, change_sequence, is_deleted, loaded_at, load_id, change_id from analytics_history."
)
_HISTORY = f"select {_CONTENT}, is_deleted, valid_from, valid_to, known_from, known_to, load_id from analytics_history."


@dataclass(frozen=True)
class Archived:
    """One row of an archive."""

    change: Change
    loaded_at: datetime
    load_id: str
    change_id: str


def run_loads(project: IntegrationProject, feeds: Mapping[str, Sequence[Load]], *, in_any_order: bool = False) -> None:
    """Bring loads into empty archives, one run a load; `in_any_order` lets an earlier load come after a later one."""
    for feed in feeds:
        forget(project, feed)
    models = [f"{feed}_{kind}" for feed in feeds for kind in ("archive", "history")]
    for place in range(max(len(loads) for loads in feeds.values())):
        for feed, loads in feeds.items():
            if place < len(loads):
                _deliver(project, SOURCES[feed], loads[place], alone=in_any_order)
        project.run(*models)


def forget(project: IntegrationProject, feed: str) -> None:
    """Drop a feed's archive and history, and its loads from the manifest."""
    project.execute(
        f"drop table if exists analytics_history.{feed}_history cascade",
        f"drop table if exists analytics_history.{feed}_archive cascade",
        f"delete from {MANIFEST} where source_table = '{SOURCES[feed]}'",
    )


def _deliver(project: IntegrationProject, table: str, load: Load, *, alone: bool) -> None:
    rows = [(*c.key, *c.attributes, c.changed_at, c.sequence, c.is_deleted) for c in load.rows]
    project.fill(f"raw.{table}", rows)
    if alone:
        project.execute(f"delete from {MANIFEST} where source_table = '{table}'")
    project.execute(
        f"insert into {MANIFEST} values ('{load.load_id}', '{table}', '{load.loaded_at}', {len(rows)}, null)"
    )


def read_archive(project: IntegrationProject, feed: str) -> list[Archived]:
    """Return the rows of a feed's archive."""
    return [
        Archived(Change(row[:2], row[2:7], *row[7:10]), *row[10:]) for row in project.rows(f"{_ARCHIVE}{feed}_archive")
    ]


def read_history(project: IntegrationProject, feed: str) -> dict[Key, list[Belief]]:
    """Return the rows of a feed's history by key; a deleted version's attributes are null, or it is no deletion."""
    by_key: dict[Key, list[Belief]] = defaultdict(list)
    for row in project.rows(f"{_HISTORY}{feed}_history"):
        version = Version(row[8], row[9], state_of(row[2:7], is_deleted=row[7]))
        by_key[row[:2]].append(Belief(version, *row[10:]))
    return by_key


def state_of(attributes: tuple[Any, ...], *, is_deleted: bool) -> tuple[Any, ...] | None:
    """Return the state that a row of a history says."""
    assert not is_deleted or attributes == (None,) * len(attributes), f"a deletion says {attributes}"
    return None if is_deleted else attributes


def deliveries_of(loads: Sequence[Load], archive: Sequence[Archived]) -> dict[Key, list[Delivery]]:
    """Return all that loads brought, by key, in the order in which they came; content ids are those of the archive."""
    ids = {row.change: row.change_id for row in archive}
    first: dict[Change, datetime] = {}
    for load in loads:
        for change in load.rows:
            first[change] = min(first.get(change, load.loaded_at), load.loaded_at)
    by_key: dict[Key, list[Delivery]] = defaultdict(list)
    for load in loads:
        for change in load.rows:
            dated = replace(change, changed_at=change.changed_at or first[change])
            by_key[change.key].append(Delivery(load.loaded_at, load.load_id, change, ids[dated]))
    return by_key
