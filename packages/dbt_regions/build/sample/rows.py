"""The rows of the generated facts: what happened in a region's shop, before any system wrote it down in its own way.

Plain data: one row type a table, the tables' columns with their Postgres types, and the clock of the hourly loads.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


class UserFact(NamedTuple):
    """One row a registered user."""

    user_id: str
    country: str
    created_at: datetime
    load_number: int


class ProductFact(NamedTuple):
    """One row a product of the shop; the price has no currency."""

    product_id: str
    name: str
    price: Decimal


class EventFact(NamedTuple):
    """One row a delivery of an event; delivery 2 repeats an event. Times are UTC."""

    event_id: str
    session_id: str
    user_id: str | None
    event_type: str
    occurred_at: datetime
    arrived_at: datetime
    page_path: str
    order_id: str | None
    product_id: str | None
    country: str
    device: str
    delivery: int
    load_number: int


class OrderStateFact(NamedTuple):
    """One row a state that an order took, with all that was known of the order then. Times are UTC."""

    order_id: str
    user_id: str | None
    changed_at: datetime
    status: str
    ordered_at: datetime
    order_cost: Decimal
    shipping_cost: Decimal
    order_total: Decimal
    shipping_service: str | None
    tracking_id: str | None
    estimated_delivery_at: datetime | None
    delivered_at: datetime | None
    country: str
    load_number: int


class OrderItemFact(NamedTuple):
    """One row an order and product."""

    order_id: str
    product_id: str
    quantity: int


class ApplicationStateFact(NamedTuple):
    """One row a state that an application took, with all that was known of it then. Times are UTC."""

    application_id: str
    user_id: str
    changed_at: datetime
    product: str
    status: str
    quoted_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    bound_at: datetime | None
    annual_premium: Decimal | None
    country: str
    load_number: int


_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("order_cost", "shipping_cost", "order_total", "annual_premium", "price"), "numeric(12,2)"),
    **dict.fromkeys(("delivery", "quantity", "load_number"), "integer"),
}


def _columns(row_type: type[NamedTuple]) -> tuple[tuple[str, str], ...]:
    names: tuple[str, ...] = row_type._fields
    return tuple((name, "timestamp" if name.endswith("_at") else _TYPES.get(name, "text")) for name in names)


FACT_TABLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "facts_users": _columns(UserFact),
    "facts_products": _columns(ProductFact),
    "facts_events": _columns(EventFact),
    "facts_order_states": _columns(OrderStateFact),
    "facts_order_items": _columns(OrderItemFact),
    "facts_application_states": _columns(ApplicationStateFact),
}
"""The tables that sample SQL reads: table -> (column, Postgres type) in the order of the rows' values."""


@dataclass(frozen=True)
class Facts:
    """All facts up to one load, each table in the order of loads and, within a load, of arrival."""

    users: tuple[UserFact, ...]
    products: tuple[ProductFact, ...]
    events: tuple[EventFact, ...]
    order_states: tuple[OrderStateFact, ...]
    order_items: tuple[OrderItemFact, ...]
    application_states: tuple[ApplicationStateFact, ...]

    def rows(self, table: str) -> Sequence[tuple[object, ...]]:
        """Return the rows of one of FACT_TABLES; None stands for null."""
        tables: Mapping[str, Sequence[tuple[object, ...]]] = {
            "facts_users": self.users,
            "facts_products": self.products,
            "facts_events": self.events,
            "facts_order_states": self.order_states,
            "facts_order_items": self.order_items,
            "facts_application_states": self.application_states,
        }
        return tables[table]


@dataclass(frozen=True)
class LoadClock:
    """When the loads come: load 0 brings all up to `end`, load n what arrives in the n-th hour after it."""

    end: datetime

    def load_of(self, moment: datetime) -> int:
        """Return the load that brings what arrives at `moment`."""
        return max(0, -((self.end - moment) // HOUR))

    def starts_at(self, load_number: int) -> datetime:
        """Return the beginning of the hour that load `load_number` (1 or more) covers."""
        return self.end + (load_number - 1) * HOUR


def seeded(*parts: object) -> random.Random:
    """Return a random stream of its own for a purpose: the same parts give the same stream, everywhere."""
    return random.Random(":".join(map(str, parts)))  # noqa: S311 - sample data needs repeatable numbers, not secrets


def new_id(rng: random.Random) -> str:
    """Return the stream's next identifier, in the form of a random UUID."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def between(rng: random.Random, low: timedelta, high: timedelta) -> timedelta:
    """Return a span from `low` to below `high`, in whole milliseconds."""
    millisecond = timedelta(milliseconds=1)
    return low + rng.randrange(max(1, (high - low) // millisecond)) * millisecond


def cents(amount: int) -> Decimal:
    """Return an amount of cents as an amount with two decimals."""
    return Decimal(amount).scaleb(-2)
