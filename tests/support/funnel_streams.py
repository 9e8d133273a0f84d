"""Small streams of events by a stated seed: full of ties, duplicates, nulls, midnights and edges of windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from random import Random
from zoneinfo import ZoneInfo

from support.funnel_definitions import DEFINITIONS, TIME_ZONES, random_definition
from support.reference_funnel import Event

__all__ = ["DEFINITIONS", "SEED", "WATERMARK", "make_streams", "random_definition"]

SEED = 20241103
WATERMARK = datetime(2024, 11, 4, 4, 30)  # noqa: DTZ001  half an hour before New York's 25-hour day ends
"""No event is later; with some dozens of streams, some are at it."""

_TYPES = ("page_view", "add_to_cart", "checkout", "package_shipped", "search", "logout")
_PATHS = (
    ("page_view", "add_to_cart", "checkout", "package_shipped"),
    ("page_view", "add_to_cart", "page_view"),
    ("page_view", "page_view", "page_view", "add_to_cart"),
    ("page_view", "page_view", "add_to_cart", "add_to_cart", "checkout"),
    ("search", "page_view", "add_to_cart", "checkout", "package_shipped"),
    ("page_view", "logout", "add_to_cart", "page_view", "add_to_cart", "checkout"),
    ("page_view", "add_to_cart", "logout", "checkout"),
    ("page_view", "add_to_cart", "page_view", "add_to_cart", "checkout", "package_shipped"),
    ("add_to_cart", "page_view", "checkout", "add_to_cart"),
    ("checkout", "package_shipped"),
    ("page_view", "checkout", "add_to_cart", "page_view", "add_to_cart", "checkout", "page_view"),
)
_DEVICES = ("desktop", "mobile", "mobile", "tablet", None)
_COUNTRIES = ("BR", "DE", "US", None)
_PRODUCTS = ("p1", "p2", "p3", None, None)
_TICK = timedelta(microseconds=1)
_LENGTHS = [timedelta(seconds=s) for s in (0, 0, 1, 2, 90, 1800, 1800, 3600, 86400, 90000)]
_NEAR = (timedelta(0), timedelta(0), timedelta(0), _TICK, -_TICK, timedelta(seconds=1), timedelta(seconds=-1))
# In UTC: clocks go forward or back; in Sao Paulo at midnight, in Lord Howe by half an hour.
_CLOCK_CHANGES = {
    "America/New_York": ("2024-03-10 07:00", "2024-11-03 06:00"),
    "Europe/Berlin": ("2024-03-31 01:00", "2024-10-27 01:00"),
    "Australia/Lord_Howe": ("2024-04-06 15:00", "2024-10-05 15:30"),
    "America/Sao_Paulo": ("2018-11-04 03:00", "2018-02-18 02:00"),
    "Africa/Casablanca": ("2023-03-19 02:00", "2023-04-23 02:00"),
    "Pacific/Auckland": ("2024-04-06 14:00", "2024-09-28 14:00"),
}


def make_streams(count: int, random: Random) -> list[Event]:
    """Return the events of `count` streams, shuffled; every stream has its own account, users and sessions.

    Every twentieth stream has events that few funnels know, and every twentieth one event only.
    """
    events = [event for number in range(count) for event in _stream(number, random)]
    random.shuffle(events)
    return events


def _stream(number: int, random: Random) -> list[Event]:
    types: Sequence[str | None] = _types(random)
    if number % 20 == 0:
        types = [random.choice(("logout", "logout", None)) for _ in types]
    elif number % 20 == 1:
        types = types[:1]
    zone = random.choice(TIME_ZONES)
    times = _times(_start(zone, random), len(types), random)
    sessions = random.choice((1, 1, 1, 1, 2, 3))
    mixed_days = random.random() < 0.05
    null_ids = 0.3 if random.random() < 0.1 else 0.0
    events = [
        _event(number, random.randrange(sessions), kind, time, random) for kind, time in zip(types, times, strict=True)
    ]
    events = [_without_ids(event, null_ids, random) for event in events]
    events = [
        replace(event, business_date=_local_day(event.occurred_at, random.choice(TIME_ZONES) if mixed_days else zone))
        for event in events
    ]
    if random.random() < 0.25:
        events += random.sample(events, min(2, len(events)))
    return [replace(event, event_id=f"e{number}_{place}") for place, event in enumerate(events)]


def _types(random: Random) -> list[str | None]:
    """Return a path of steps, mostly with other events in between; now and then a type is null."""
    types: list[str | None] = list(random.choice(_PATHS))
    if random.random() < 0.25:
        types = random.choices(_TYPES, k=random.randint(2, 7))
    for _ in range(random.choice((0, 0, 1, 2))):
        types.insert(random.randrange(len(types) + 1), random.choice(_TYPES))
    if random.random() < 0.15:
        types[random.randrange(len(types))] = None
    return types[:7]


def _start(zone: str, random: Random) -> datetime:
    """Return a moment at which a stream gets going: near the watermark, a clock change, midnight or just some time."""
    kind = random.randrange(10)
    if kind < 4:
        moment = WATERMARK - random.choice(_LENGTHS) - random.choice(_LENGTHS)
    elif kind < 6:
        moment = _clock_change(zone, random) - random.choice(_LENGTHS)
    elif kind < 9:
        day = _local_day(_clock_change(zone, random), zone) + timedelta(days=random.randint(0, 1))
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        moment = midnight.astimezone(timezone.utc).replace(tzinfo=None)
    else:
        moment = datetime(2024, 5, 1, 12) + timedelta(minutes=random.randrange(10_000))  # noqa: DTZ001  the warehouse's times have no zone
    return moment + random.choice(_NEAR)


def _clock_change(zone: str, random: Random) -> datetime:
    """Return when the clocks of a zone change; of any zone for one that has no summer."""
    changes = _CLOCK_CHANGES.get(zone) or random.choice(list(_CLOCK_CHANGES.values()))
    return datetime.fromisoformat(random.choice(changes))


def _times(start: datetime, count: int, random: Random) -> list[datetime]:
    """Return times mostly in order: few different ones, at edges from the start or from one another, or far apart."""
    kind = random.randrange(4)
    if kind == 0:
        few = [start + timedelta(seconds=random.choice((0, 1, 1, 2))) for _ in range(random.randint(1, 3))]
        times = random.choices(few, k=count)
    elif kind == 1:
        times = [start, *(start + _gap(random) for _ in range(count - 1))]
    else:
        times = [start]
        while len(times) < count:
            times.append(times[-1] + _gap(random))
        if kind == 3:
            far = timedelta(days=random.randint(3, 40))
            times = [time + far if place >= count - 2 else time for place, time in enumerate(times)]
    # The last event stands an edge before the watermark, so that some units close exactly at it.
    cap = WATERMARK - _gap(random)
    times = [min(time, cap) for time in times]
    return times if random.random() < 0.15 else sorted(times)


def _gap(random: Random) -> timedelta:
    return max(random.choice(_LENGTHS) + random.choice(_NEAR), timedelta(0))


def _event(number: int, session: int, kind: str | None, time: datetime, random: Random) -> Event:
    """Return an event of a session: the third session is another user's, and users share the account."""
    return Event(
        event_id="",
        session_id=f"s{number}_{session}",
        user_id=f"u{number}_{session // 2}",
        account_id=f"a{number}",
        application_id=random.choice((f"k{number}_0", f"k{number}_0", f"k{number}_1", None)),
        event_type=kind,
        occurred_at=time,
        business_date=time.date(),
        country=random.choice(_COUNTRIES),
        device=random.choice(_DEVICES),
        product_id=random.choice(_PRODUCTS),
    )


def _without_ids(event: Event, chance: float, random: Random) -> Event:
    """Take ids from an event, as where nobody is logged in."""
    ids = (event.session_id, event.user_id, event.account_id)
    session_id, user_id, account_id = (None if random.random() < chance else each for each in ids)
    return replace(event, session_id=session_id, user_id=user_id, account_id=account_id)


def _local_day(time: datetime, zone: str) -> date:
    return time.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).date()
