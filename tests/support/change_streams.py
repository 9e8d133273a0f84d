"""Streams of changes of one key each, by a stated seed, and the loads that bring them in several orders and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

from support.reference_history import Attributes, Change, Key, Value

SEED = 20240501
_START = datetime(2024, 5, 1)  # noqa: DTZ001  the warehouse's times have no zone
_MICROSECOND = timedelta(microseconds=1)
_TENANTS = ("t", "t1", "t11", "a|b", "a", "Zoë's", "ёж", "1:t", "")
_ITEMS = (1, 11, 2, 12, 111)
_TEXTS = (
    None,
    "",
    " ",
    "a",
    "b",
    "ab",
    "a|b",
    "a:b",
    "1:a",
    "-",
    "0:",
    "null",
    "x'y",
    'q"z',
    "\\",
    "Zoë",
    "日本",
    "\t",
)
_PAIRS = (
    ("ab", ""),
    ("a", "b"),
    ("", "ab"),
    (None, "ab"),
    ("ab", None),
    ("-", "ab"),
    ("a1", ":b"),
    (None, None),
    ("", ""),
)
_AMOUNTS = (None, Decimal("0.00"), Decimal("0.10"), Decimal("1.00"), Decimal("-1.00"), Decimal("12345678.90"))
_TIMES = (None, _START, _START + _MICROSECOND, _START + timedelta(days=1), datetime(1969, 12, 31, 23, 59))  # noqa: DTZ001  the warehouse's times have no zone
_FLAGS = (None, True, False)
_LENGTHS = (1, 2, 3, 4, 5, 6, 8, 10, 14, 20)


@dataclass(frozen=True)
class Stream:
    """The changes of one key in the source's order; `by_load` if its end also depends on when they were loaded."""

    key: Key
    changes: tuple[Change, ...]
    by_load: bool


@dataclass
class Load:
    """What one load brings: rows of a change feed, or the states of a full one."""

    load_id: str
    loaded_at: datetime
    rows: list[Change] = field(default_factory=list)


def make_streams(count: int, random: Random) -> list[Stream]:
    """Return streams; every tenth has changes that correct one another, every tenth has some without a time."""
    streams = []
    for number, key in enumerate(make_keys(count)):
        changes = _changes(key, random)
        kind = number % 10
        if kind == 0:
            changes = [replace(c, changed_at=None) if random.random() < 0.4 else c for c in changes]
        elif kind == 1:
            changes += [
                replace(c, attributes=random.choice(changes).attributes, is_deleted=random.random() < 0.2)
                for c in random.sample(changes, (len(changes) + 1) // 2)
            ]
        streams.append(Stream(key, tuple(dict.fromkeys(changes)), by_load=kind < 2))
    return streams


def make_keys(count: int) -> list[Key]:
    """Return keys whose parts occur in several, and some that read alike when their parts are put together."""
    tenants = len(_TENANTS)
    keys: list[Key] = [
        (_TENANTS[group % tenants] + ("" if group < tenants else f"/{group // tenants}"), item)
        for group in range(count // len(_ITEMS) + 1)
        for item in _ITEMS
    ]
    return keys[:count]


def _changes(key: Key, random: Random) -> list[Change]:
    """Return changes of a key in their order: of several at one time, those without a sequence first."""
    length = random.choice(_LENGTHS)
    states = random_states(random)
    moments = sorted(random.choices(_moments(random, max(1, length * 2 // 3)), k=length))
    changes: list[Change] = []
    deleted = random.random() < 0.1
    has_sequence = random.random() < 0.7
    for number, moment in enumerate(moments):
        deleted = random.random() < (0.3 if not deleted else 0.4)
        attributes = random.choice(states) if not deleted or random.random() < 0.5 else (None,) * len(states[0])
        sequence = None if not has_sequence or random.random() < 0.15 else number - 3
        changes.append(Change(key, attributes, moment, sequence, deleted))
    return changes


def random_states(random: Random) -> list[Attributes]:
    """Return a few states of which some differ in one attribute only, or in where one text ends and the next begins."""
    name, note = random.choice(_PAIRS) if random.random() < 0.5 else (random.choice(_TEXTS), random.choice(_TEXTS))
    base: Attributes = (name, note, random.choice(_AMOUNTS), random.choice(_TIMES), random.choice(_FLAGS))
    pools: tuple[Sequence[Value], ...] = (_TEXTS, _TEXTS, _AMOUNTS, _TIMES, _FLAGS)
    states = [base, (*random.choice(_PAIRS), *base[2:])]
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(base))
        states.append((*base[:place], random.choice(pools[place]), *base[place + 1 :]))
    return states


def _moments(random: Random, count: int) -> list[datetime]:
    moments: list[datetime] = []
    for _ in range(count):
        near = moments and random.random() < 0.3
        moments.append(
            random.choice(moments) + _MICROSECOND if near else _START + timedelta(hours=random.randrange(240))
        )
    return moments


def empty_loads(name: str, count: int, *, hours: int = 24) -> list[Load]:
    """Return loads without rows, some hours apart; every fourth has the load time of the one before."""
    return [
        Load(f"{name}-{number:02}", _START + timedelta(hours=6 + hours * (number - (number % 4 == 3)), microseconds=5))
        for number in range(count)
    ]


def loads_in_order(streams: Iterable[Stream], loads: list[Load], random: Random) -> list[Load]:
    """Deal each stream out in its order, in chunks of any size."""
    for stream in streams:
        chunks = random.randint(1, min(len(stream.changes), len(loads)))
        bounds = [0, *sorted(random.sample(range(1, len(stream.changes)), chunks - 1)), len(stream.changes)]
        places = sorted(random.sample(range(len(loads)), chunks))
        for place, (start, end) in zip(places, pairwise(bounds), strict=True):
            loads[place].rows += stream.changes[start:end]
    return with_repeats(loads, random)


def loads_shuffled(streams: Iterable[Stream], loads: list[Load], random: Random) -> list[Load]:
    """Deal each change out to any load."""
    for stream in streams:
        for change in random.sample(stream.changes, len(stream.changes)):
            random.choice(loads).rows.append(change)
    return with_repeats(loads, random)


def with_repeats(loads: list[Load], random: Random) -> list[Load]:
    """Let some changes come twice in a load, or again in a later one; no load keeps an order of its rows."""
    for place, load in enumerate(loads):
        for change in [change for change in load.rows if random.random() < 0.2]:
            random.choice(loads[place:]).rows.append(change)
    for load in loads:
        random.shuffle(load.rows)
    return loads


def full_loads(keys: Sequence[Key], loads: list[Load], random: Random) -> list[Load]:
    """Let keys appear, change, vanish and return; the source says late, early, again or never when a state changed."""
    for key in keys:
        states = random_states(random)
        state = random.choice(states)
        changed_at: datetime | None = None
        present = random.random() < 0.5
        for load in loads:
            present = random.random() < (0.75 if present else 0.5)
            if random.random() < 0.7:
                state = random.choice(states)
                ahead = load.loaded_at + timedelta(hours=30)
                behind = [load.loaded_at - timedelta(hours=hours) for hours in (5, 30)]
                guesses = (*behind, changed_at, load.loaded_at, load.loaded_at - _MICROSECOND, ahead, ahead)
                changed_at = random.choice(guesses) if random.random() < 0.7 else None
            if present:
                load.rows.append(Change(key, state, changed_at, None, random.random() < 0.1))
    for load in loads:
        random.shuffle(load.rows)
    return loads
