"""Loads of web events into the integration project, whose funnels then follow load by load, without the load gate."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from support.integration_project import IntegrationProject, integration_project
from support.monorepo import Monorepo, copy_monorepo

START = datetime(2024, 5, 1)  # noqa: DTZ001  the warehouse's times have no zone
FUNNELS = ("product_funnel", "product_fulfilment_funnel")
_MODELS = ("event_arrivals", "canonical_events", *(f"fct_{funnel}" for funnel in FUNNELS))
_KINDS = ("page_view", "add_to_cart", "checkout", "package_shipped")
_PROJECT = "packages/shared_macros/integration_tests"
_TABLE = """
    create schema if not exists raw;
    create table raw.visits (
        event_id varchar(64), session_id varchar(64), event_type varchar(32), happened_at timestamp, device varchar(16)
    );
    create table raw.policies (application_id varchar(64), quoted_at timestamp);
    create schema analytics_snapshots;
    create table analytics_snapshots.application_snapshot (
        application_id varchar(64), user_id varchar(64), product varchar(32), status varchar(16), quoted_at timestamp,
        submitted_at timestamp, decided_at timestamp, bound_at timestamp, annual_premium numeric(12, 2),
        currency varchar(16), country varchar(16), dbt_valid_to timestamp, dbt_is_deleted varchar(8)
    )
"""


@dataclass(frozen=True)
class Visit:
    """A row of raw.visits."""

    event_id: str
    session_id: str
    event_type: str
    happened_at: datetime
    device: str | None


@dataclass
class Feed:
    """The project, the events that its source holds now, and how many loads have come."""

    project: IntegrationProject
    monorepo: Monorepo
    visits: dict[str, Visit] = field(default_factory=dict)
    loads: int = 0

    def begin_session(self, random: Random, name: str, at: datetime) -> None:
        """Add the events of a new session to what the source holds."""
        self.visits |= {visit.event_id: visit for visit in new_session(random, name, at)}

    def load(self, *more: str, full_refresh: bool = False) -> None:
        """Let the source's rows be a load, and run the funnels' models and others."""
        self.loads += 1
        rows = [(v.event_id, v.session_id, v.event_type, v.happened_at, v.device) for v in self.visits.values()]
        self.project.fill("raw.visits", rows)
        at = START + timedelta(days=400, hours=self.loads)
        self.project.execute(
            f"insert into analytics_history.load_manifest values ('load {self.loads}', 'visits', '{at}', 1, null)"
        )
        options = ("--full-refresh",) if full_refresh else ()
        self.project.run(*_MODELS, *more, *options)

    def rows_of(self, relation: str) -> list[str]:
        """Return a funnel's rows as text, sorted, without what says when they were written."""
        rows = self.project.rows(f"select to_jsonb(r) - 'batch' - 'computed_by' from {relation} as r")
        return sorted(str(sorted(row[0].items())) for row in rows)


@contextmanager
def feed() -> Iterator[Feed]:
    """Give a feed without events, on a scratch copy whose loads nobody judges."""
    with tempfile.TemporaryDirectory(prefix="monorepo-") as folder:
        copy = copy_monorepo(Path(folder), regions=["na"])
        copy.edit(
            f"{_PROJECT}/dbt_project.yml",
            ('on-run-start:\n  - "{{ create_raw_tables() }}"\n', ""),
            ("+materialized: ephemeral", "+materialized: view"),  # dbt puts an ephemeral model into a node once only
        )
        copy.edit(
            f"{_PROJECT}/models/staging/stg_events.sql",
            ("{{ shared_macros.not_provided('varchar(16)') }} as device", "device"),
        )
        copy.edit("packages/shared_macros/macros/snapshot/gate_pre_hook.sql", ("if execute", "if false"))
        with integration_project(copy) as project:
            project.execute(_TABLE)
            project.run("load_manifest", "stg_events")
            yield Feed(project, copy)
        copy.stop()


def new_session(random: Random, name: str, at: datetime) -> list[Visit]:
    """Return the events of a session that begins at a time: any of the kinds, in any number, some of them tied."""
    visits = []
    for number in range(random.choice((1, 1, 2, 3, 4, 6))):
        kind = random.choice(_KINDS[: 1 + random.choice((0, 1, 2, 2, 3))])
        visits.append(Visit(f"{name}-{number}", name, kind, at, random.choice(("mobile", "desktop", None))))
        at += timedelta(seconds=random.choice((0, 1, 30, 600, 1200)))
    return visits


def disturb(feed: Feed, random: Random) -> None:
    """Change some of what the source holds: late, corrected, moved, deleted and returning events, and new sessions."""
    known = list(feed.visits.values())
    for visit in random.sample(known, min(len(known), random.randrange(6))):
        kind = random.randrange(6)
        other: Any = random.choice(known)
        changed = {
            0: replace(visit, event_type=random.choice(_KINDS)),
            1: replace(visit, session_id=other.session_id),
            2: replace(visit, device=random.choice(("mobile", "desktop", None))),
            3: replace(visit, happened_at=visit.happened_at - timedelta(hours=random.choice((1, 30)))),
        }.get(kind)
        if changed is not None:
            feed.visits[visit.event_id] = changed
        elif kind == 4:
            del feed.visits[visit.event_id]
        else:
            late = replace(visit, event_id=f"late-{feed.loads}-{visit.event_id}", event_type=random.choice(_KINDS))
            feed.visits[late.event_id] = late
    for number in range(random.randrange(5)):
        at = START + timedelta(hours=random.randrange(24 * 20), seconds=random.randrange(3600))
        feed.begin_session(random, f"s{feed.loads}-{number}", at)
    rows = list(feed.visits.items())
    random.shuffle(rows)
    feed.visits = dict(rows)
