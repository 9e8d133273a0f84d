"""The ledger of restatements by brute force: every event as it stood at every build, compared in Python alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

STEPS = (("total", "page_view"), ("cart", "add_to_cart"), ("checkout", "checkout"))
NOTHING_NEW = "no new rows: the definition or a mapping changed"


class Event(NamedTuple):
    """What the funnel reads of an event whose business day is its UTC day."""

    session: str
    user: str | None
    kind: str
    at: datetime


Events = Mapping[str, Event]
Figures = dict[tuple[date, int, str, str], int]


@dataclass(frozen=True)
class Seen:
    """All events as one build saw them, and the newest load at the time."""

    load_id: str
    events: Events


@dataclass(frozen=True)
class Published:
    """What the builds saw since the publication before, the published events last, and the steps of the definition."""

    seen: tuple[Seen, ...]
    steps: tuple[tuple[str, str], ...] = STEPS


def session_days(events: Events) -> dict[str, date]:
    """Return the day of each session: that of its first event."""
    firsts: dict[str, datetime] = {}
    for event in events.values():
        firsts[event.session] = min(event.at, firsts.get(event.session, event.at))
    return {session: first.date() for session, first in firsts.items()}


def figures(published: Published) -> Figures:
    """Return every figure of a publication by day, step and figure; a day without a session has zeros."""
    events = published.seen[-1].events
    days = session_days(events)
    kinds = defaultdict(set)
    for event in events.values():
        kinds[event.session].add(event.kind)
    first, last = min(days.values()), max(days.values())
    found: Figures = {}
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        reached = [sum(days[s] == day and kind in kinds[s] for s in days) for _, kind in published.steps]
        for number, (step, _) in enumerate(published.steps, start=1):
            found[day, number, step, "entered"] = reached[0]
            found[day, number, step, "reached"] = reached[number - 1]
    return found


def ledger(publications: Sequence[Published]) -> list[tuple[Any, ...]]:
    """Return the rows that the ledger must hold, without its run ids and times, sorted."""
    rows: list[tuple[Any, ...]] = []
    ever: set[tuple[date, int, str, str]] = set()
    for number, (previous, published) in enumerate(pairwise(publications), start=2):
        old, new = figures(previous), figures(published)
        ever |= old.keys()
        reasons = _reasons(previous, published)
        for place in sorted(old.keys() | new.keys()):
            if place in ever and old.get(place) != new.get(place):
                reason = reasons.get(place[0], ("", 0, 0, 0, NOTHING_NEW))
                rows.append((number, number - 1, "product_funnel", *place, old.get(place), new.get(place), *reason))
    return sorted(rows, key=lambda row: row[:7])


def _reasons(previous: Published, published: Published) -> dict[date, tuple[Any, ...]]:
    before, after = previous.seen[-1].events, published.seen[-1].events
    found: dict[date, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, loads in _bringers(previous, published).items():
        if before.get(name) == after.get(name):
            continue
        kind = "late" if name not in before else "deleted" if name not in after else "corrected"
        for day in set(_days(name, before, after)):
            found[day][kind].add(name)
            found[day]["loads"] |= loads
    kinds = ("late", "corrected", "deleted")
    return {
        day: (
            ",".join(sorted(sets["loads"])),
            *(len(sets[kind]) for kind in kinds),
            " and ".join(f"{kind} rows" for kind in kinds if sets[kind]),
        )
        for day, sets in found.items()
    }


def _bringers(previous: Published, published: Published) -> dict[str, set[str]]:
    """Return by event the new loads that changed it since the previous publication."""
    found: dict[str, set[str]] = defaultdict(set)
    for old, new in pairwise((previous.seen[-1], *published.seen)):
        if new.load_id != previous.seen[-1].load_id:
            for name in old.events.keys() | new.events.keys():
                if old.events.get(name) != new.events.get(name):
                    found[name].add(new.load_id)
    return found


def _days(name: str, before: Events, after: Events) -> Iterator[date]:
    sessions = {events[name].session for events in (before, after) if name in events}
    for events in (before, after):
        days = session_days(events)
        yield from (days[session] for session in sessions if session in days)
