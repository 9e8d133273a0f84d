"""The generator of sample data: what holds for any spec, exact counts first."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_regions.build.sample.facts import FACT_TABLES, generate_facts
from dbt_regions.build.sample.spec import SampleSpec
from support.sample_data import by_session, reached, sample

HOUR = timedelta(hours=1)
ORDER_LIVES = (
    ["preparing"],
    ["preparing", "shipped"],
    ["preparing", "shipped", "delivered"],
    ["preparing", "cancelled"],
)
APPLICATION_LIVES = tuple(
    ["quote_started", *life]
    for life in (
        [],
        ["submitted"],
        ["submitted", "declined"],
        ["submitted", "approved"],
        ["submitted", "approved", "bound"],
    )
)
ANY_FACTS = settings(max_examples=25, deadline=None)


@st.composite
def specs(draw: Callable[..., int]) -> SampleSpec:
    """Draw a small spec of any seed and counts; the habits are those of APAC, the untidiest region."""
    sessions = draw(st.integers(1, 60))
    carts = draw(st.integers(0, sessions))
    checkouts = draw(st.integers(0, carts))
    return dataclasses.replace(
        sample("apac"),
        seed=draw(st.integers(0, 2**32)),
        sessions=sessions,
        carts=carts,
        checkouts=checkouts,
        users=draw(st.integers(1, 20)),
        orders_preparing=draw(st.integers(0, checkouts)),
        applications=draw(st.integers(0, 20)),
        days=draw(st.integers(1, 9)),
    )


@ANY_FACTS
@given(spec=specs(), scale=st.integers(1, 3))
def test_counts_are_exact(spec: SampleSpec, scale: int) -> None:
    """For any seed and scale, load 0 has exactly the spec's sessions, carts, checkouts, orders and applications."""
    generated = generate_facts(spec.scaled(scale), 0)
    assert reached(generated.events) == (spec.sessions * scale, spec.carts * scale, spec.checkouts * scale)
    assert len(by_session(generated.events)) == spec.sessions * scale
    assert len({row.order_id for row in generated.order_states}) == spec.checkouts * scale
    assert len({row.application_id for row in generated.application_states}) == spec.applications * scale


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 3))
def test_same_spec_gives_same_facts(spec: SampleSpec, load_number: int) -> None:
    """Generating again gives the same rows in the same order."""
    assert generate_facts(spec, load_number) == generate_facts(spec, load_number)


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 4))
def test_a_load_only_adds(spec: SampleSpec, load_number: int) -> None:
    """The rows of a load are the first rows of the next load, in every table."""
    earlier, later = generate_facts(spec, load_number), generate_facts(spec, load_number + 1)
    for table in FACT_TABLES:
        rows = earlier.rows(table)
        assert later.rows(table)[: len(rows)] == rows, table


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 3))
def test_rows_fit_their_columns(spec: SampleSpec, load_number: int) -> None:
    """Every row has one value for each column that FACT_TABLES names."""
    generated = generate_facts(spec, load_number)
    for table, columns in FACT_TABLES.items():
        assert {len(row) for row in generated.rows(table)} <= {len(columns)}, table


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 4))
def test_keys_are_unique_and_known(spec: SampleSpec, load_number: int) -> None:
    """A delivery, a user, an item and a state stand once; every user and product that a row names is there."""
    generated = generate_facts(spec, load_number)
    keys: list[list[object]] = [
        [(row.event_id, row.delivery) for row in generated.events],
        [row.user_id for row in generated.users],
        [(row.order_id, row.product_id) for row in generated.order_items],
        [(row.order_id, row.status) for row in generated.order_states],
        [(row.application_id, row.status) for row in generated.application_states],
    ]
    assert all(len(set(key)) == len(key) for key in keys)
    named = {row.user_id for row in generated.events} | {row.user_id for row in generated.order_states}
    named |= {row.user_id for row in generated.application_states}
    assert named - {None} <= {row.user_id for row in generated.users}
    assert {row.product_id for row in generated.events} - {None} <= {row.product_id for row in generated.products}


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 4))
def test_a_session_has_1_to_30_events(spec: SampleSpec, load_number: int) -> None:
    """A session has 1 to 30 events, one visitor, one country and one device; late events count too."""
    for rows in by_session(generate_facts(spec, load_number).events).values():
        assert 1 <= len(rows) <= 30
        assert len({(row.user_id, row.country, row.device) for row in rows}) == 1


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 4))
def test_a_row_comes_with_the_load_of_its_arrival(spec: SampleSpec, load_number: int) -> None:
    """Nothing arrives before it happened, nor in another load than that of the hour of its arrival."""
    generated = generate_facts(spec, load_number)
    arrivals = [(row.arrived_at, row.load_number) for row in generated.events]
    arrivals += [(row.changed_at, row.load_number) for row in generated.order_states]
    arrivals += [(row.changed_at, row.load_number) for row in generated.application_states]
    assert all(row.arrived_at > row.occurred_at for row in generated.events)
    for moment, number in arrivals:
        assert moment <= spec.end + number * HOUR
        assert number == 0 or moment > spec.end + (number - 1) * HOUR


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 4))
def test_every_order_has_its_checkout(spec: SampleSpec, load_number: int) -> None:
    """Each order has exactly one checkout event, of its own user, which arrived before it; its cart is its items."""
    generated = generate_facts(spec, load_number)
    checkouts = [row for row in generated.events if row.event_type == "checkout" and row.delivery == 1]
    by_order = {row.order_id: row for row in checkouts}
    assert len(by_order) == len(checkouts)
    items = defaultdict(set)
    for item in generated.order_items:
        items[item.order_id].add(item.product_id)
    for state in generated.order_states:
        checkout = by_order[state.order_id]
        assert checkout.arrived_at <= state.ordered_at
        assert checkout.user_id == state.user_id is not None
        assert state.order_total == state.order_cost + state.shipping_cost
        assert items[state.order_id]


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 4))
def test_an_order_lives_forwards(spec: SampleSpec, load_number: int) -> None:
    """An order goes from preparing to shipped to delivered, or is cancelled; each state later than the one before."""
    lives = defaultdict(list)
    for state in generate_facts(spec, load_number).order_states:
        lives[state.order_id].append(state)
    for states in lives.values():
        assert [state.status for state in states] in ORDER_LIVES
        assert all(left.changed_at < right.changed_at for left, right in pairwise(states))
        for state in states:
            is_sent = state.status in ("shipped", "delivered")
            assert is_sent == (state.tracking_id is not None) == (state.estimated_delivery_at is not None)
            assert (state.status == "delivered") == (state.delivered_at is not None)


@ANY_FACTS
@given(spec=specs(), load_number=st.integers(0, 4))
def test_an_application_lives_forwards(spec: SampleSpec, load_number: int) -> None:
    """An application takes its states in order, each with its time and the times of those before, none coming."""
    lives = defaultdict(list)
    for state in generate_facts(spec, load_number).application_states:
        lives[state.application_id].append(state)
    for states in lives.values():
        assert [state.status for state in states] in APPLICATION_LIVES
        for count, state in enumerate(states, 1):
            times = [state.quoted_at, state.submitted_at, state.decided_at, state.bound_at]
            known = [time for time in times if time is not None]
            assert times[:count] == known
            assert known == sorted(known)
            assert known[-1] == state.changed_at
            assert (state.annual_premium is None) == (state.status == "quote_started")


def test_loads_count_from_zero() -> None:
    """There is no load before the history."""
    with pytest.raises(ValueError, match="-1"):
        generate_facts(sample("na"), -1)
