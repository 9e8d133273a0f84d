"""The ledger of restatements, end to end on region NA: every row equals a brute-force reference in Python."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from support.ledger import STEPS, Event, Published, Seen, figures, ledger
from support.monorepo import Monorepo

LEDGER = """
    select
        publication_id, previous_publication_id, funnel, session_date, step_number, step, figure,
        figure_from, figure_to, load_ids, late_events, corrected_events, deleted_events, cause
    from analytics_published.restatements order by 1, 4, 5, 6, 7
"""
PUBLISHED = """
    select session_date, step_number, step, entered, reached from analytics_published.product_funnel_publication
    where publication_id = (select max(publication_id) from analytics_published.product_funnel_publication)
"""
WRONG_TIMES = """
    select count(*) from analytics_published.restatements as restatements
    left join analytics_published.product_funnel_publication as published
        on restatements.publication_id = published.publication_id and restatements.run_id = published.run_id
        and restatements.restated_at = published.published_at
    left join analytics_published.product_funnel_publication as previous
        on restatements.previous_publication_id = previous.publication_id
        and restatements.previously_published_at = previous.published_at
    where published.publication_id is null or previous.publication_id is null
"""
AS_OF = """
    select count(*), count(distinct days.publication_id) filter (where days.conversion_rate is distinct from
        cast(cast(published.reached as numeric) / nullif(published.entered, 0) as numeric(18, 6)))
    from analytics_published.product_funnel_publication as published
    left join analytics_published.product_funnel_by_publication as days
        on days.session_date = published.session_date
        and published.published_at between days.published_from and days.published_until
    where published.step = 'checkout'
"""
DIGEST = """
    select
        (select md5(string_agg(r::text, ',' order by r::text)) from analytics_published.restatements as r),
        (select md5(string_agg(r::text, ',' order by r::text)) from analytics_history.event_arrivals as r)
"""
BUILDS_OF_THE_PROOF = 30


class Region:
    """Region NA of a scratch copy: what was loaded into it, and what each of its builds saw."""

    def __init__(self, monorepo: Monorepo) -> None:
        """Build the region's first publication of generated data."""
        self.monorepo = monorepo
        self.number = 0
        self.steps = STEPS
        self.unpublished: list[Seen] = []
        self.publications: list[Published] = []
        self.build()

    @property
    def load_id(self) -> str:
        """The id of the newest load."""
        return f"generated-578-x1-{self.number:04d}"

    def events(self) -> dict[str, Event]:
        """Return the raw events as they are now."""
        rows = self.monorepo.rows(
            "na", "select distinct event_id, session_id, user_id, event_type, created_at from raw.events"
        )
        return {name: Event(*values) for name, *values in rows}

    def load(self, *statements: str) -> None:
        """Change raw events as the next load."""
        self.number += 1
        manifest = f"""
            insert into analytics_history.load_manifest
            select '{self.load_id}', source_table, max(loaded_at) + interval '1 minute',
                (select count(*) from raw.events), (select max(created_at) from raw.events)
            from analytics_history.load_manifest where source_table = 'events' group by source_table
        """
        for statement in (*statements, manifest):
            self.monorepo.rows("na", statement)

    def build(self, **options: Any) -> None:
        """Build and remember what the build saw; with `select` nothing is published."""
        summary = self.monorepo.build_one("na", **options)
        assert summary.exit_code == 0, summary.first_error
        self.unpublished.append(Seen(self.load_id, self.events()))
        if "select" not in options:
            self.publications.append(Published(tuple(self.unpublished), self.steps))
            self.unpublished = []

    def check(self) -> None:
        """The newest figures and the whole ledger equal the reference."""
        published = {
            (day, number, step, name): value
            for day, number, step, entered, reached in self.monorepo.rows("na", PUBLISHED)
            for name, value in (("entered", entered), ("reached", reached))
        }
        assert published == figures(self.publications[-1])
        assert list(self.monorepo.rows("na", LEDGER)) == ledger(self.publications)
        assert self.monorepo.rows("na", WRONG_TIMES) == ((0,),)


def insert(name: str, session: str, kind: str, at: datetime) -> str:
    """Return the statement by which a late event arrives."""
    return f"""
        insert into raw.events (event_id, session_id, event_type, created_at, page_url)
        values ('{name}', '{session}', '{kind}', '{at}', 'https://na.plants.example.com/late')
    """


@pytest.mark.proof
def test_the_ledger_says_what_changed_and_why(fresh: Monorepo) -> None:
    """Late, corrected, vanished rows, a session that moves, a day that goes, a new definition: each is in the ledger.

    A rerun and --full-refresh add nothing and change nothing; each publication can still be read as it was.
    """
    region = Region(fresh)
    assert fresh.rows("na", LEDGER) == ()
    sessions = sorted((event.at, name, event) for name, event in region.events().items() if event.kind == "page_view")
    begin, (_, moved, mover) = sessions[0][0], sessions[500]
    gone, corrected = sessions[700][1], sessions[900][1]
    region.load(
        insert("late-1", mover.session, "page_view", mover.at - timedelta(days=2)),
        insert("early", "early", "page_view", begin - timedelta(days=2)),
        f"delete from raw.events where event_id in ('{gone}', '{moved}')",
        f"update raw.events set event_type = 'add_to_cart' where event_id = '{corrected}'",
    )
    region.build()
    region.check()
    causes = {row[-1] for row in fresh.rows("na", LEDGER)}
    assert any("late rows" in cause for cause in causes)
    assert any("deleted rows" in cause for cause in causes)
    region.load("delete from raw.events where event_id = 'early'")
    region.build(select="event_arrivals")
    region.load(insert("late-2", mover.session, "checkout", mover.at))
    region.build()
    region.check()
    before = fresh.rows("na", DIGEST)
    fresh.build_one("na", full_refresh=True)
    assert fresh.rows("na", DIGEST) == before
    fresh.edit(
        "packages/shared_macros/macros/funnel/product_funnel.sql",
        ("'step': 'cart', 'event_type': 'add_to_cart'", "'step': 'cart', 'event_type': 'checkout'"),
    )
    region.steps = (STEPS[0], ("cart", "checkout"), STEPS[2])
    region.build()
    region.check()
    count, wrong = fresh.rows("na", AS_OF)[0]
    assert (count > 0, wrong) == (True, 0)


def random_change(chance: random.Random, region: Region, bin_of_deleted: list[tuple[str, Event]], number: int) -> str:
    """Return a statement that changes one event: late, back again, corrected in one of four ways, or gone."""
    events = region.events()
    name, event = chance.choice(sorted(events.items()))
    other = chance.choice(sorted(events.items()))[1]
    kind = chance.choice(("page_view", "add_to_cart", "checkout"))
    at = event.at - timedelta(minutes=chance.randrange(60 * 48))
    early = min(e.at for e in events.values()) - timedelta(days=chance.randrange(3))
    kinds = ["late", "late session", "time", "type", "session", "user", "gone", *(["back"] if bin_of_deleted else [])]
    what = chance.choice(kinds)
    if what == "late":
        return insert(f"late-{number}", event.session, kind, at)
    if what == "late session":
        return insert(f"late-{number}", f"late-{number}", kind, chance.choice((at, early)))
    if what == "back":
        name, event = bin_of_deleted.pop()
        return insert(name, event.session, event.kind, event.at)
    if what == "gone":
        late = sorted(item for item in events.items() if item[0].startswith("late"))
        name, event = chance.choice(late or [(name, event)])
        bin_of_deleted.append((name, event))
        return f"delete from raw.events where event_id = '{name}'"
    change = {
        "time": f"created_at = '{at}'",
        "type": f"event_type = '{kind}'",
        "session": f"session_id = '{other.session}'",
        "user": "user_id = null",
    }[what]
    return f"update raw.events set {change} where event_id = '{name}'"


@pytest.mark.proof
def test_the_ledger_of_random_loads(fresh: Monorepo) -> None:
    """After each of 30 builds of random loads, some unpublished, the whole ledger equals the reference."""
    chance = random.Random(20240501)  # noqa: S311  the same loads in every run
    region = Region(fresh)
    deleted: list[tuple[str, Event]] = []
    for number in range(BUILDS_OF_THE_PROOF):
        changes = [random_change(chance, region, deleted, 10 * number + i) for i in range(chance.randrange(1, 5))]
        region.load(*changes)
        if chance.random() < 0.3:
            region.build(select="event_arrivals")
        else:
            region.build()
            region.check()
    assert len(fresh.rows("na", LEDGER)) > BUILDS_OF_THE_PROOF
