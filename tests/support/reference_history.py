"""A history by its definition, by brute force. It shares no code with the SQL of the shared package, which must agree.

Everything here is about one key: the deliveries handed in are those of that key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

END = datetime(9999, 12, 31)  # noqa: DTZ001  the warehouse's times have no zone
Value = str | int | Decimal | datetime | bool | None
Key = tuple[Value, ...]
Attributes = tuple[Value, ...]
State = Attributes | None
"""What is true of a key; None while it is deleted."""


@dataclass(frozen=True)
class Change:
    """What a source says of a key: two changes that say the same are one."""

    key: Key
    attributes: Attributes
    changed_at: datetime | None
    sequence: int | None
    is_deleted: bool

    @property
    def state(self) -> State:
        """What is true of the key from this change on."""
        return None if self.is_deleted else self.attributes


@dataclass(frozen=True)
class Delivery:
    """A change as a load brought it; `content_id` orders what nothing else does."""

    loaded_at: datetime
    load_id: str
    change: Change
    content_id: str

    @property
    def happened_at(self) -> datetime:
        """When the change happened; the load's time where the source does not say."""
        return self.change.changed_at or self.loaded_at


@dataclass(frozen=True)
class Version:
    """What was true of a key, from and until when."""

    valid_from: datetime
    valid_to: datetime
    state: State


@dataclass(frozen=True)
class Belief:
    """A version, from and until when it was held for true, and the load that told."""

    version: Version
    known_from: datetime
    known_to: datetime
    load_id: str


def first_deliveries(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Return each change as it came first."""
    first: dict[Change, Delivery] = {}
    for delivery in sorted(deliveries, key=lambda d: (d.loaded_at, d.load_id)):
        first.setdefault(delivery.change, delivery)
    return list(first.values())


def answer(deliveries: Sequence[Delivery], valid_at: datetime, known_at: datetime = END) -> Delivery | None:
    """Return the first delivery of the change that was in force at a time, by what was known at another."""
    known = [d for d in first_deliveries(deliveries) if d.loaded_at <= known_at and d.happened_at <= valid_at]
    return max(known, key=_place, default=None)


def _place(delivery: Delivery) -> tuple[datetime, bool, int, datetime, str]:
    """Of two changes at one time the higher sequence is later; of two with the same one, what was loaded later."""
    if delivery.change.sequence is None:
        return (delivery.happened_at, False, 0, datetime.min, delivery.content_id)  # noqa: DTZ901  the warehouse's times have no zone
    return (delivery.happened_at, True, delivery.change.sequence, delivery.loaded_at, delivery.content_id)


def timeline(deliveries: Sequence[Delivery], known_at: datetime) -> list[Version]:
    """Return the versions that what was known at a time makes, equal neighbours as one."""
    first = first_deliveries(deliveries)
    begun: list[tuple[datetime, State]] = []
    for moment in sorted({d.happened_at for d in first if d.loaded_at <= known_at}):
        in_force = answer(first, moment, known_at)
        assert in_force is not None
        if not begun or begun[-1][1] != in_force.change.state:
            begun.append((moment, in_force.change.state))
    ends = [moment for moment, _ in begun[1:]] + [END]
    return [Version(moment, end, state) for (moment, state), end in zip(begun, ends, strict=True)]


def beliefs(deliveries: Sequence[Delivery]) -> set[Belief]:
    """Return the bitemporal history: each load time's timeline, what the next ones leave as it is as one row."""
    first = first_deliveries(deliveries)
    loads = {time: max(d.load_id for d in first if d.loaded_at == time) for time in {d.loaded_at for d in first}}
    held: dict[Version, datetime] = {}
    rows: set[Belief] = set()
    for time in sorted(loads):
        now = timeline(first, time)
        for version in [version for version in held if version not in now]:
            since = held.pop(version)
            rows.add(Belief(version, since, time, loads[since]))
        for version in now:
            held.setdefault(version, time)
    return rows | {Belief(version, since, END, loads[since]) for version, since in held.items()}


def changes_of_states(loads: Sequence[tuple[str, datetime]], states: Mapping[str, Change]) -> list[Delivery]:
    """Return what a full feed tells: `states` has the key's state by load id, and no entry where the key was absent.

    A state counts from when the source says that it changed; where that is not said, or is before what was seen
    earlier, from the load that saw it. No state is placed before one that was seen earlier.
    """
    told: list[Delivery] = []
    for place, (load_id, loaded_at) in enumerate(loads):
        seen = states.get(load_id)
        state = seen.state if seen else None
        last = told[-1] if told else None
        if (last and last.change.state == state) or not (last or seen):
            continue
        changed_at = seen.changed_at if seen else None
        if last and (
            not changed_at
            or changed_at < last.happened_at
            or (last.change.is_deleted and changed_at == last.happened_at)
        ):
            changed_at = max(loaded_at, last.happened_at)
        key = seen.key if seen else told[-1].change.key
        change = Change(key, state or (), changed_at or loaded_at, place, state is None)
        told.append(Delivery(loaded_at, load_id, change, ""))
    return told
