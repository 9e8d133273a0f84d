"""The regions' own generated sample data: the promised figures, and as untidy as real data."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from datetime import timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from dbt_regions.build.sample.facts import generate_facts
from support.repo import region_names
from support.sample_data import STEPS, by_session, facts, reached, sample

HOUR = timedelta(hours=1)
REGIONS = region_names()


@pytest.mark.parametrize("region", REGIONS)
def test_region_has_its_figures(region: str) -> None:
    """Each region's own sample holds the figures that its sample.yml promises, the orders in preparing too."""
    spec, generated = sample(region), facts(region)
    assert reached(generated.events) == (spec.sessions, spec.carts, spec.checkouts)
    newest = {row.order_id: row.status for row in generated.order_states}
    assert Counter(newest.values())["preparing"] == spec.orders_preparing


def test_na_has_the_published_figures() -> None:
    """NA's default sample has 578 sessions, 467 with a cart, 361 with a checkout."""
    assert reached(facts("na").events) == (578, 467, 361)


def test_regions_differ() -> None:
    """No two regions have the same size, nor rates closer than two points."""
    rates = sorted((spec.carts / spec.sessions, spec.sessions) for spec in map(sample, REGIONS))
    assert all(right[0] - left[0] > 0.02 for left, right in pairwise(rates))
    assert len({sessions for _, sessions in rates}) == len(REGIONS)


def test_another_seed_gives_other_facts() -> None:
    """The seed decides what is generated: no event of one seed comes again with another."""
    other = generate_facts(dataclasses.replace(sample("na"), seed=1), 0)
    assert not {row.event_id for row in other.events} & {row.event_id for row in facts("na").events}


@pytest.mark.parametrize("region", REGIONS)
def test_packages_leave_hours_after_the_checkout(region: str) -> None:
    """A package leaves at least two hours after the checkout of its order, and belongs to the same session."""
    events = facts(region, 3).events
    checkouts = {row.order_id: row for row in events if row.event_type == "checkout"}
    shipped = [row for row in events if row.event_type == "package_shipped"]
    assert shipped
    for row in shipped:
        assert row.occurred_at - checkouts[row.order_id].occurred_at >= 2 * HOUR - timedelta(seconds=1)
        assert row.session_id == checkouts[row.order_id].session_id


@pytest.mark.parametrize("region", REGIONS)
def test_events_arrive_untidily(region: str) -> None:
    """Events arrive out of order, some of them hours late, and some are delivered twice in all but the arrival."""
    events = facts(region).events
    happened = [row.occurred_at for row in events]
    assert happened != sorted(happened)
    assert any(row.arrived_at - row.occurred_at > HOUR for row in events if row.delivery == 1)
    twice = [row for row in events if row.delivery == 2]
    assert twice
    first = {row.event_id: row for row in events if row.delivery == 1}
    for row in twice:
        original = first[row.event_id]
        assert row.arrived_at > original.arrived_at
        again = original._replace(arrived_at=row.arrived_at, delivery=2, load_number=row.load_number)
        assert again == row


@pytest.mark.parametrize("region", REGIONS)
def test_sessions_last_over_midnight(region: str) -> None:
    """Some sessions, without their package's departure, begin on one local day and end on the next."""
    zones = {home.country: ZoneInfo(home.time_zone) for home in sample(region).countries}
    if region == "na":
        zones = {"US": ZoneInfo("UTC")}  # its business day
    crossing = 0
    for rows in by_session(facts(region).events).values():
        visit = [row for row in rows if row.event_type != "package_shipped"]
        days = {row.occurred_at.replace(tzinfo=timezone.utc).astimezone(zones[row.country]).date() for row in visit}
        crossing += len(days) == 2
    assert crossing >= 2


@pytest.mark.parametrize("region", REGIONS)
def test_some_sessions_are_out_of_order(region: str) -> None:
    """In a few sessions a step comes before the one that should precede it; in most of them the order holds."""
    odd = 0
    sessions = by_session(facts(region).events)
    for rows in sessions.values():
        times = [[row.occurred_at for row in rows if row.event_type == step] for step in STEPS]
        firsts = [min(of_step) for of_step in times if of_step]
        odd += firsts != sorted(firsts)
    assert 1 <= odd < len(sessions) / 20


@pytest.mark.parametrize("region", REGIONS)
def test_users_return_and_one_is_heavy(region: str) -> None:
    """Most users have several sessions, the heaviest twice those of the second; some visitors are anonymous."""
    visits = [rows[0].user_id for rows in by_session(facts(region).events).values()]
    counts = Counter(user for user in visits if user is not None)
    assert sum(count > 1 for count in counts.values()) > len(counts) / 2
    (_, most), (_, second) = counts.most_common(2)
    assert most >= 2 * second
    assert None in visits


@pytest.mark.parametrize("region", REGIONS)
def test_nights_are_quiet_and_weekends_differ(region: str) -> None:
    """Evenings are at least four times as busy as the small hours; a weekend day differs from a working day."""
    spec = sample(region)
    zone = ZoneInfo(spec.countries[0].time_zone)
    country = spec.countries[0].country
    starts = [
        min(row.occurred_at for row in rows).replace(tzinfo=timezone.utc).astimezone(zone)
        for rows in by_session(generate_facts(spec.scaled(3), 0).events).values()
        if rows[0].country == country
    ]
    assert sum(18 <= start.hour < 22 for start in starts) > 4 * sum(1 <= start.hour < 5 for start in starts)
    weekend = sum(start.weekday() >= 5 for start in starts) / 2
    working = sum(start.weekday() < 5 for start in starts) / 5
    assert (weekend > working) == (spec.weekend_factor > 1)


def test_some_applicants_take_several_states_within_an_hour() -> None:
    """In each region some applications take several states within one hour, others are abandoned or declined."""
    for region in REGIONS:
        lives = defaultdict(list)
        for state in facts(region).application_states:
            lives[state.application_id].append(state)
        ends = Counter(states[-1].status for states in lives.values())
        assert set(ends) == {"quote_started", "submitted", "approved", "declined", "bound"}
        assert any(len(s) > 2 and s[-1].changed_at - s[0].changed_at < HOUR for s in lives.values())


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("load_number", [*range(1, 9), 30])
def test_each_load_brings_something_of_everything(region: str, load_number: int) -> None:
    """Each load after the history has new sessions, order and application states, and an event of an earlier hour."""
    generated = facts(region, load_number)
    before = {row.session_id for row in generated.events if row.load_number < load_number}
    new = [row for row in generated.events if row.load_number == load_number]
    hour = sample(region).end + (load_number - 1) * HOUR
    assert {row.session_id for row in new} - before
    assert any(row.occurred_at < hour and row.session_id in before and row.delivery == 1 for row in new)
    changed = [state.status for state in generated.order_states if state.load_number == load_number]
    assert set(changed) - {"preparing"}
    assert sum(state.load_number == load_number for state in generated.application_states) >= 2


def test_fixed_orders_are_shipped_by_the_first_load() -> None:
    """NA's three known orders are preparing at load 0, shipped with all that belongs to it at load 1, and stay so."""
    spec = sample("na")
    assert len(spec.fixed_orders) == 3
    for load_number, expected in enumerate((("preparing", 0), ("shipped", 1), ("shipped", 1))):
        newest = {row.order_id: row for row in facts("na", load_number).order_states}
        orders = [newest[order_id] for order_id in spec.fixed_orders]
        assert [(order.status, order.load_number) for order in orders] == [expected] * 3


def test_fixed_orders_stay_when_scaled() -> None:
    """The three known orders are in the data at every scale."""
    newest = {row.order_id: row.status for row in generate_facts(sample("na").scaled(4), 0).order_states}
    assert [newest[order_id] for order_id in sample("na").fixed_orders] == ["preparing"] * 3
