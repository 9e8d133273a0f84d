"""The regions' generated sample data, and ways to count it, for tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from dbt_regions.build.sample.facts import Facts, generate_facts
from dbt_regions.build.sample.rows import EventFact
from dbt_regions.build.sample.spec import SampleSpec, read_sample_spec
from support.repo import PROJECTS

STEPS = ("page_view", "add_to_cart", "checkout")


@lru_cache
def sample(region: str) -> SampleSpec:
    """Return a region's own sample spec."""
    return read_sample_spec(PROJECTS / region / "sample" / "sample.yml")


@lru_cache
def facts(region: str, load_number: int = 0) -> Facts:
    """Return a region's facts as its builds load them."""
    return generate_facts(sample(region), load_number)


def reached(rows: Sequence[EventFact]) -> tuple[int, ...]:
    """Count the sessions with any page view, with any add to cart, and with any checkout."""
    return tuple(len({row.session_id for row in rows if row.event_type == step}) for step in STEPS)


def by_session(rows: Sequence[EventFact]) -> dict[str, list[EventFact]]:
    """Return the events of each session, each event once."""
    sessions = defaultdict(list)
    for row in rows:
        if row.delivery == 1:
            sessions[row.session_id].append(row)
    return sessions
