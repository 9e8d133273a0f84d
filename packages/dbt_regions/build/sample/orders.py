"""What becomes of a checkout: the order, its items, and its states from preparing to delivered or cancelled."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dbt_regions.build.sample.rows import (
    HOUR,
    SECOND,
    LoadClock,
    OrderItemFact,
    OrderStateFact,
    between,
    cents,
    new_id,
    seeded,
)
from dbt_regions.build.sample.sessions import Action, Session
from dbt_regions.build.sample.spec import SampleSpec

_SOONEST_SHIPPING = 2 * HOUR
_SHIPPING = (_SOONEST_SHIPPING, 30 * HOUR)
_CANCELLING = (300 * SECOND, 90 * 60 * SECOND)  # before shipping begins
_DELIVERY = (20 * HOUR, 150 * HOUR)
_ESTIMATE = (44 * HOUR, 120 * HOUR)
_LOADS_TO_SHIPPING = 4  # of the first order of a load
_SHIPPED_PER_HOUR = 2  # of the orders that wait when the history ends


@dataclass(frozen=True)
class Order:
    """One order with its whole life; `shipped_at` is None exactly for a cancelled order."""

    order_id: str
    session: Session
    ordered_at: datetime
    order_cost: int  # cents
    shipping_cost: int  # cents
    items: tuple[OrderItemFact, ...]
    cancelled_at: datetime | None
    shipped_at: datetime | None
    shipping_service: str
    tracking_id: str
    estimated_delivery_at: datetime
    delivered_at: datetime

    @property
    def shipping(self) -> Action | None:
        """The package_shipped event of the order; None for a cancelled order."""
        return None if self.shipped_at is None else Action("package_shipped", None, self.shipped_at)

    def states(self, clock: LoadClock) -> Iterator[OrderStateFact]:
        """Yield every state of the order, the coming ones too."""
        first = OrderStateFact(
            order_id=self.order_id,
            user_id=self.session.user_id,
            changed_at=self.ordered_at,
            status="preparing",
            ordered_at=self.ordered_at,
            order_cost=cents(self.order_cost),
            shipping_cost=cents(self.shipping_cost),
            order_total=cents(self.order_cost + self.shipping_cost),
            shipping_service=None,
            tracking_id=None,
            estimated_delivery_at=None,
            delivered_at=None,
            country=self.session.home.country,
            load_number=clock.load_of(self.ordered_at),
        )
        yield first
        if self.cancelled_at is not None:
            at = self.cancelled_at
            yield first._replace(status="cancelled", changed_at=at, load_number=clock.load_of(at))
        if self.shipped_at is not None:
            shipped = first._replace(
                status="shipped",
                changed_at=self.shipped_at,
                shipping_service=self.shipping_service,
                tracking_id=self.tracking_id,
                estimated_delivery_at=self.estimated_delivery_at,
                load_number=clock.load_of(self.shipped_at),
            )
            yield shipped
            at = self.delivered_at
            yield shipped._replace(status="delivered", changed_at=at, delivered_at=at, load_number=clock.load_of(at))


def plan_history_orders(spec: SampleSpec, sessions: Sequence[Session]) -> list[Order]:
    """Return the orders of load 0 in the order of their checkouts; the newest of them wait for later loads."""
    rng = seeded(spec.seed, "orders", 0)
    checkouts = _in_checkout_order(sessions)
    first_waiting = len(checkouts) - spec.orders_preparing
    orders = []
    for number, (checkout_at, session) in enumerate(checkouts):
        waiting = number - first_waiting
        if waiting < 0:
            orders.append(_order(rng, spec, session, checkout_at, new_id(rng)))
            continue
        is_fixed = waiting < len(spec.fixed_orders)
        order_id = spec.fixed_orders[waiting] if is_fixed else new_id(rng)
        hour = 0 if is_fixed else waiting // _SHIPPED_PER_HOUR
        slot = spec.end + hour * HOUR + between(rng, 60 * SECOND, HOUR)
        soonest = checkout_at + _SOONEST_SHIPPING + between(rng, 60 * SECOND, HOUR)
        shipped_at = slot if is_fixed else max(slot, soonest)
        orders.append(_order(rng, spec, session, checkout_at, order_id, shipped_at))
    return orders


def plan_load_orders(spec: SampleSpec, sessions: Sequence[Session], load_number: int) -> list[Order]:
    """Return the orders of a later load's sessions; the first is shipped a fixed number of loads later."""
    rng = seeded(spec.seed, "orders", load_number)
    slot = LoadClock(spec.end).starts_at(load_number + _LOADS_TO_SHIPPING) + between(rng, 60 * SECOND, HOUR)
    slots = {0: slot}
    return [
        _order(rng, spec, session, at, new_id(rng), slots.get(number))
        for number, (at, session) in enumerate(_in_checkout_order(sessions))
    ]


def _in_checkout_order(sessions: Sequence[Session]) -> list[tuple[datetime, Session]]:
    found = [(session.checkout_at, session) for session in sessions]
    return sorted(((at, session) for at, session in found if at is not None), key=lambda pair: pair[0])


def _order(
    rng: random.Random,
    spec: SampleSpec,
    session: Session,
    checkout_at: datetime,
    order_id: str,
    shipped_at: datetime | None = None,
) -> Order:
    """Return an order with its coming life; one without a given shipping time may be cancelled."""
    ordered_at = checkout_at.replace(microsecond=0) + rng.randint(2, 5) * SECOND
    is_cancelled = shipped_at is None and rng.random() < spec.cancelled_share
    if shipped_at is None:
        shipped_at = checkout_at + between(rng, *_SHIPPING)
    shipped_at = shipped_at.replace(microsecond=0)
    added = dict.fromkeys(action.product for action in session.actions if action.event_type == "add_to_cart")
    lines = [(product, rng.choice((1, 1, 1, 2, 3))) for product in added if product is not None]
    return Order(
        order_id=order_id,
        session=session,
        ordered_at=ordered_at,
        order_cost=sum(int(product.price * 100) * quantity for product, quantity in lines),
        shipping_cost=rng.randrange(199, 990),
        items=tuple(OrderItemFact(order_id, product.product_id, quantity) for product, quantity in lines),
        cancelled_at=ordered_at + _whole_seconds(rng, _CANCELLING) if is_cancelled else None,
        shipped_at=None if is_cancelled else shipped_at,
        shipping_service=rng.choice(spec.shipping_services),
        tracking_id=new_id(rng),
        estimated_delivery_at=shipped_at + _whole_seconds(rng, _ESTIMATE),
        delivered_at=shipped_at + _whole_seconds(rng, _DELIVERY),
    )


def _whole_seconds(rng: random.Random, span: tuple[timedelta, timedelta]) -> timedelta:
    return between(rng, *span) // SECOND * SECOND
