"""The generated sample data: one region's facts, the same ones for the same spec, whenever and wherever it runs.

Pure, no clock and no outside world. Generated data, not measured data. Load 0 is the history, load n the n-th hour
after it; the facts of load n are those of load n - 1 and new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dbt_regions.build.sample.applications import Application, plan_history_applications, plan_load_applications
from dbt_regions.build.sample.orders import Order, plan_history_orders, plan_load_orders
from dbt_regions.build.sample.people import Crowd
from dbt_regions.build.sample.rows import (
    FACT_TABLES,
    ApplicationStateFact,
    EventFact,
    Facts,
    LoadClock,
    OrderStateFact,
    ProductFact,
    UserFact,
    cents,
    new_id,
    seeded,
)
from dbt_regions.build.sample.sessions import Deliveries, Session, plan_history, plan_load
from dbt_regions.build.sample.spec import SampleSpec

_Row = TypeVar("_Row", UserFact, EventFact, OrderStateFact, ApplicationStateFact)

__all__ = ["FACT_TABLES", "Facts", "generate_facts"]

_PLANTS = (
    "Aloe", "Anthurium", "Areca Palm", "Bamboo", "Begonia", "Bird of Paradise", "Boston Fern", "Cactus",
    "Calathea", "Cast Iron Plant", "Dracaena", "Fiddle Leaf Fig", "Hoya", "Ivy", "Jade Plant", "Lady Palm",
    "Monstera", "Money Tree", "Olive Tree", "Orchid", "Parlor Palm", "Peace Lily", "Philodendron", "Pothos",
    "Rubber Plant", "Snake Plant", "Spider Plant", "String of Pearls", "Yucca", "ZZ Plant",
)  # fmt: skip


@dataclass(frozen=True)
class _Batch:
    """What begins in one load: its sessions, their orders, its applications, and the deliveries of all their events."""

    sessions: Sequence[Session]
    orders: Sequence[Order]
    applications: Sequence[Application]
    events: Sequence[EventFact]


def generate_facts(spec: SampleSpec, load_number: int) -> Facts:
    """Return all facts that have arrived with load `load_number` or before; raises ValueError below 0."""
    if load_number < 0:
        message = f"load number {load_number}: loads count from 0"
        raise ValueError(message)
    crowd = Crowd(spec)
    products = _products(spec)
    batches = [_history(spec, crowd, products)]
    for number in range(1, load_number + 1):
        batches.append(_load(spec, crowd, products, batches[-1].sessions, number))
    return _facts(spec, load_number, crowd, products, batches)


def _products(spec: SampleSpec) -> tuple[ProductFact, ...]:
    rng = seeded(spec.seed, "products")
    return tuple(ProductFact(new_id(rng), name, cents(rng.randrange(650, 9_900))) for name in _PLANTS)


def _history(spec: SampleSpec, crowd: Crowd, products: Sequence[ProductFact]) -> _Batch:
    sessions = plan_history(spec, crowd, products)
    orders = plan_history_orders(spec, sessions)
    events = tuple(_events(Deliveries(spec, 0), sessions, orders))
    return _Batch(sessions, orders, plan_history_applications(spec, crowd), events)


def _load(
    spec: SampleSpec, crowd: Crowd, products: Sequence[ProductFact], earlier: Sequence[Session], number: int
) -> _Batch:
    sessions = plan_load(spec, crowd, products, number)
    orders = plan_load_orders(spec, sessions, number)
    deliveries = Deliveries(spec, number)
    events = (*_events(deliveries, sessions, orders), *deliveries.late_events(earlier, products, number))
    return _Batch(sessions, orders, plan_load_applications(spec, crowd, number), events)


def _events(deliveries: Deliveries, sessions: Sequence[Session], orders: Sequence[Order]) -> Iterator[EventFact]:
    order_ids = {order.session.session_id: order.order_id for order in orders}
    for session in sessions:
        yield from deliveries.events(session, order_ids.get(session.session_id))
    for order in orders:
        if order.shipping is not None:
            yield from deliveries.event(order.session, order.shipping, order.order_id)


def _facts(
    spec: SampleSpec, load_number: int, crowd: Crowd, products: Sequence[ProductFact], batches: Sequence[_Batch]
) -> Facts:
    """Return what has arrived of all batches, each table in the order of its loads and of arrival within a load."""
    clock = LoadClock(spec.end)
    people = [*crowd.people, *(session.person for batch in batches for session in batch.sessions if session.person)]
    orders = [order for batch in batches for order in batch.orders]
    states = (state for order in orders for state in order.states(clock))
    applications = (item for batch in batches for item in batch.applications)
    application_states = (state for item in applications for state in item.states(clock))
    events = (event for batch in batches for event in batch.events)
    placed = sorted(orders, key=lambda order: (clock.load_of(order.ordered_at), order.ordered_at, order.order_id))
    return Facts(
        users=_arrived(dict.fromkeys(person.user for person in people), load_number, _user_order),
        products=tuple(products),
        events=_arrived(events, load_number, lambda row: (row.load_number, row.arrived_at, row.event_id)),
        order_states=_arrived(states, load_number, lambda row: (row.load_number, row.changed_at, row.order_id)),
        order_items=tuple(
            item for order in placed if clock.load_of(order.ordered_at) <= load_number for item in order.items
        ),
        application_states=_arrived(
            application_states, load_number, lambda row: (row.load_number, row.changed_at, row.application_id)
        ),
    )


def _user_order(user: UserFact) -> tuple[object, ...]:
    return (user.load_number, user.created_at, user.user_id)


def _arrived(rows: Iterable[_Row], load_number: int, order: Callable[[_Row], Any]) -> tuple[_Row, ...]:
    return tuple(sorted((row for row in rows if row.load_number <= load_number), key=order))
