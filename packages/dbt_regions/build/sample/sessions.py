"""What visitors do: the sessions of the history and of each later load, and the events as they were delivered.

A session is planned first (who, which steps, when); its events are written once its order is known.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from dbt_regions.build.sample.people import Calendar, Crowd, Person
from dbt_regions.build.sample.rows import HOUR, SECOND, EventFact, LoadClock, ProductFact, between, new_id, seeded
from dbt_regions.build.sample.spec import HomeSpec, SampleSpec

_MOST_VIEWS, _MOST_ADDS = 20, 6  # with checkout, package_shipped and two late events: at most 30
_TIE_SHARE = 0.01  # events at the very moment of the one before
_MINUTE = timedelta(minutes=1)
_LATE = (10 * _MINUTE, 30 * HOUR)
_REDELIVERY = (SECOND, 3 * HOUR)
_FEWEST_PER_LOAD = 5
_LATE_CANDIDATES = 30  # newest sessions of the history that a late event may belong to
_PATHS: Mapping[str, str] = {
    "page_view": "/product/{product_id}",
    "add_to_cart": "/product/{product_id}",
    "checkout": "/checkout",
    "package_shipped": "/order/{order_id}",
}


class Reach(IntEnum):
    """How far a session gets."""

    VIEW = 0
    CART = 1
    CHECKOUT = 2


@dataclass(frozen=True)
class Action:
    """One thing that a visitor does, at a moment in UTC."""

    event_type: str
    product: ProductFact | None
    at: datetime


@dataclass(frozen=True)
class Session:
    """One visit: `person` is None for an anonymous visitor; the actions are in the order of their times."""

    session_id: str
    person: Person | None
    home: HomeSpec
    device: str
    actions: tuple[Action, ...]

    @property
    def checkout_at(self) -> datetime | None:
        """When the visitor checked out; None without a checkout."""
        return next((action.at for action in self.actions if action.event_type == "checkout"), None)

    @property
    def user_id(self) -> str | None:
        """The signed-in user; None for an anonymous visitor."""
        return None if self.person is None else self.person.user.user_id


def plan_history(spec: SampleSpec, crowd: Crowd, products: Sequence[ProductFact]) -> list[Session]:
    """Return the sessions of load 0, in the order of their beginnings; the spec's counts hold exactly."""
    rng = seeded(spec.seed, "sessions", 0)
    calendar = Calendar(spec)
    reaches = [Reach.CHECKOUT] * spec.checkouts + [Reach.CART] * (spec.carts - spec.checkouts)
    reaches += [Reach.VIEW] * (spec.sessions - spec.carts)
    rng.shuffle(reaches)
    sessions = []
    for reach in reaches:
        person = None if _is_anonymous(rng, spec, reach) else crowd.visitor(rng)
        home = crowd.home(rng) if person is None else person.home
        steps = _steps(rng, spec, reach, products)
        offsets = _offsets(rng, len(steps))
        start = calendar.moment(rng, home)
        midnight = calendar.midnight(rng, home) if rng.random() < spec.midnight_share else None
        if midnight is not None:
            start = midnight - between(rng, timedelta(milliseconds=1), offsets[-1])
        start = min(start, spec.end - offsets[-1] - _MINUTE)
        sessions.append(_session(rng, spec, (person, home), start, list(zip(steps, offsets, strict=True))))
    return sorted(sessions, key=lambda session: session.actions[0].at)


def plan_load(spec: SampleSpec, crowd: Crowd, products: Sequence[ProductFact], load_number: int) -> list[Session]:
    """Return the sessions that begin in the hour of a load after the history; the first of them checks out."""
    rng = seeded(spec.seed, "sessions", load_number)
    clock = LoadClock(spec.end)
    count = max(_FEWEST_PER_LOAD, round(spec.sessions / spec.days / 24)) + rng.randrange(3)
    sessions = []
    for number in range(count):
        reach = Reach.CART if rng.random() * spec.sessions < spec.carts else Reach.VIEW
        if reach is Reach.CART and rng.random() * spec.carts < spec.checkouts:
            reach = Reach.CHECKOUT
        if number == 0 and spec.checkouts:
            reach = Reach.CHECKOUT
        person = None if _is_anonymous(rng, spec, reach) else crowd.visitor_of_load(rng, clock, load_number)
        home = crowd.home(rng) if person is None else person.home
        steps = _steps(rng, spec, reach, products)
        start = clock.starts_at(load_number) + between(rng, SECOND, 50 * _MINUTE)
        offsets = _offsets(rng, len(steps))
        sessions.append(_session(rng, spec, (person, home), start, list(zip(steps, offsets, strict=True))))
    return sorted(sessions, key=lambda session: session.actions[0].at)


def _is_anonymous(rng: random.Random, spec: SampleSpec, reach: Reach) -> bool:
    return reach is not Reach.CHECKOUT and rng.random() < spec.anonymous_share


def _steps(
    rng: random.Random, spec: SampleSpec, reach: Reach, products: Sequence[ProductFact]
) -> list[tuple[str, ProductFact | None]]:
    viewed = rng.choices(products, k=min(_MOST_VIEWS, 1 + int(rng.expovariate(0.4))))
    steps: list[tuple[str, ProductFact | None]] = [("page_view", product) for product in viewed]
    if reach >= Reach.CART:
        for _ in range(min(_MOST_ADDS, 1 + int(rng.expovariate(0.9)))):
            position = rng.randrange(1, len(steps) + 1)
            steps.insert(position, ("add_to_cart", steps[position - 1][1]))
    if reach is Reach.CHECKOUT:
        steps.append(("checkout", None))
    if rng.random() < spec.disorder_share:
        rng.shuffle(steps)
    return steps


def _offsets(rng: random.Random, count: int) -> list[timedelta]:
    offsets = [timedelta(0)]
    for _ in range(count - 1):
        pause = 0 if rng.random() < _TIE_SHARE else 1000 + min(300_000, int(rng.expovariate(1 / 45_000)))
        offsets.append(offsets[-1] + timedelta(milliseconds=pause))
    return offsets


def _session(
    rng: random.Random,
    spec: SampleSpec,
    visitor: tuple[Person | None, HomeSpec],
    start: datetime,
    steps: Sequence[tuple[tuple[str, ProductFact | None], timedelta]],
) -> Session:
    device = rng.choices(list(spec.devices), weights=list(spec.devices.values()))[0]
    actions = tuple(Action(event_type, product, start + offset) for (event_type, product), offset in steps)
    return Session(new_id(rng), *visitor, device, actions)


class Deliveries:
    """Writes events as the collector receives them: late, out of order, some of them twice."""

    def __init__(self, spec: SampleSpec, load_number: int) -> None:
        self._spec = spec
        self._clock = LoadClock(spec.end)
        self._rng = seeded(spec.seed, "deliveries", load_number)

    def events(self, session: Session, order_id: str | None) -> Iterator[EventFact]:
        """Yield all deliveries of a session's events; those that decide how far it got arrive within a minute."""
        seen: set[str] = set()
        for action in session.actions:
            yield from self.event(
                session, action, order_id, self._delay(action, is_first=action.event_type not in seen)
            )
            seen.add(action.event_type)

    def _delay(self, action: Action, *, is_first: bool) -> timedelta:
        if action.event_type == "checkout":
            return SECOND  # before the order that it makes
        if not is_first and self._rng.random() < self._spec.late_share:
            return between(self._rng, *_LATE)
        return between(self._rng, SECOND, 45 * SECOND)

    def event(
        self, session: Session, action: Action, order_id: str | None, delay: timedelta = 5 * SECOND
    ) -> Iterator[EventFact]:
        """Yield one event that arrives `delay` after it happened, and its second delivery where there is one."""
        product_id = None if action.product is None else action.product.product_id
        has_order = action.event_type in ("checkout", "package_shipped")
        arrived_at = action.at + delay
        event = EventFact(
            event_id=new_id(self._rng),
            session_id=session.session_id,
            user_id=session.user_id,
            event_type=action.event_type,
            occurred_at=action.at,
            arrived_at=arrived_at,
            page_path=_PATHS[action.event_type].format(product_id=product_id, order_id=order_id),
            order_id=order_id if has_order else None,
            product_id=product_id,
            country=session.home.country,
            device=session.device,
            delivery=1,
            load_number=self._clock.load_of(arrived_at),
        )
        yield event
        if self._rng.random() < self._spec.duplicate_share:
            again = arrived_at + between(self._rng, *_REDELIVERY)
            yield event._replace(arrived_at=again, delivery=2, load_number=self._clock.load_of(again))

    def late_events(
        self, earlier: Sequence[Session], products: Sequence[ProductFact], load_number: int
    ) -> Iterator[EventFact]:
        """Yield the one or two events of the load before that arrive in this load only: a view or an add to cart."""
        start = self._clock.starts_at(load_number)
        for _ in range(self._rng.randint(1, 2)):
            session = self._rng.choice(earlier[-_LATE_CANDIDATES:])
            first, last = session.actions[0].at, min(session.actions[-1].at, start)
            at = first + between(self._rng, timedelta(0), max(last - first, timedelta(milliseconds=1)))
            event_type = self._rng.choice(("page_view", "add_to_cart"))
            arrived_at = start + between(self._rng, SECOND, HOUR)
            action = Action(event_type, self._rng.choice(products), at)
            yield from self.event(session, action, None, arrived_at - at)
