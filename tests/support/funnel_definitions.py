"""Definitions of funnels that together use every option, and random ones by a seed."""

from __future__ import annotations

from random import Random
from typing import Any

Spec = dict[str, Any]
"""A definition, or a part of one, as a dbt macro returns it."""
UNITS = ("session", "user", "account", "application")
TIME_ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Singapore",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Pacific/Auckland",
)
PERIODS: tuple[Spec, ...] = ({"second": 1}, {"second": 90}, {"minute": 30}, {"hour": 1}, {"day": 1}, {"hour": 25})
_COLUMNS = ("country", "device", "product_id", "event_type")
_NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")


def _step(name: str, when: str | Spec, **options: Any) -> Spec:
    return {"step": name, "when": {"event_type": when} if isinstance(when, str) else when, **options}


def _all(by: str) -> list[Spec]:
    """Return one breakdown of each attribution that needs no step's name."""
    return [{"by": by, "attribution": attribution} for attribution in ("first", "last", "all")]


_VIEW, _CART, _PAY = _step("viewed", "page_view"), _step("carted", "add_to_cart"), _step("paid", "checkout")
_SHIP, _FIND, _LEAVE = _step("shipped", "package_shipped"), _step("searched", "search"), _step("left_it", "logout")
_BACK, _CART_BACK = _step("viewed_again", "page_view"), _step("carted_again", "add_to_cart")
_PHONE = _step("on_phone", {"device": "mobile"})
_SECOND, _SOME, _HALF, _HOUR, _DAY, _LONG = PERIODS
_OFF = {"event_type": "logout"}
_OPTIONAL = {"optional": True}
_ZERO = {"second": 0}
_EVERY: list[Spec] = [*_all("device"), *_all("country"), *_all("product_id"), *_all("event_type")]

# name: unit, steps, options; each once as `ordered` and once as `strict`
_OF_ORDER: dict[str, tuple[str, list[Spec], Spec]] = {
    "one": ("session", [_VIEW], {"breakdown": _all("device")}),
    "two": ("session", [_VIEW, _CART], {}),
    "two_half": ("session", [_VIEW, _CART], {"window": _HALF, "breakdown": _EVERY}),
    "three": ("user", [_VIEW, _CART, _PAY], {"breakdown": _EVERY}),
    "three_hour": ("account", [_VIEW, _CART, _PAY], {"window": _HOUR, "time_zone": "Europe/Berlin"}),
    "four_second": ("application", [_VIEW, _CART, _PAY, _SHIP], {"window": _SECOND, "settles_after": _LONG}),
    "five": ("user", [_FIND, _VIEW, _CART, _PAY, _SHIP], {"settles_after": {"day": 3}}),
    "six_day": ("user", [_VIEW, _CART, _BACK, _CART_BACK, _PAY, _SHIP], {"window": _DAY}),
    "zero": ("session", [_VIEW, _CART, _PAY], {"window": _ZERO, "settles_after": _ZERO}),
    "aba": ("session", [_VIEW, _CART, _BACK], {"time_zone": "Asia/Singapore"}),
    "aba_half": ("user", [_VIEW, _CART, _BACK], {"window": _HALF, "breakdown": _all("product_id")}),
    "aaa": ("session", [_VIEW, _BACK, _step("viewed_thrice", "page_view")], {"window": _HOUR}),
    "phone": ("session", [_VIEW, _PHONE, _CART], {"breakdown": [*_all("device"), *_all("event_type")]}),
    "phone_first": ("user", [_PHONE, {**_VIEW, "filter": {"device": "mobile"}}, _PAY], {"window": _DAY}),
    "within": (
        "application",
        [
            _step("either", {"event_type": ["page_view", "add_to_cart"]}),
            _step("not_phone", {"device": {"not": "mobile"}}),
        ],
        {"settles_after": _HOUR},
    ),
    "likes": (
        "session",
        [_step("p_like", {"event_type": {"like": "p%"}}), _step("c_like", {"event_type": {"like": "%_c%t"}}), _PAY],
        {"filter": {"country": {"not": ["BR", None]}}, "time_zone": "America/New_York"},
    ),
    "nulls": (
        "user",
        [
            _step("no_device", {"device": None}),
            _step("no_product", {"product_id": [None, "p1"], "event_type": {"not": None}}),
        ],
        {"breakdown": [*_all("country"), {"by": "product_id", "attribution": {"step": "no_product"}}]},
    ),
    "skip_one": ("session", [_VIEW, {**_CART, **_OPTIONAL}, _PAY], {"breakdown": _EVERY}),
    "skip_two": (
        "user",
        [_VIEW, {**_FIND, **_OPTIONAL}, {**_CART, **_OPTIONAL}, _PAY],
        {"window": _DAY, "breakdown": [{"by": "device", "attribution": {"step": "carted"}}, *_all("device")]},
    ),
    "skip_last": ("account", [_VIEW, _CART, {**_PAY, **_OPTIONAL}], {"time_zone": "Australia/Lord_Howe"}),
    "skip_all": ("session", [_VIEW, *({**step, **_OPTIONAL} for step in (_CART, _BACK, _PAY))], {"window": _HOUR}),
    "skip_open": ("user", [_VIEW, {**_CART, **_OPTIONAL}, _PAY, _SHIP], {"open_entry": True, "breakdown": _EVERY}),
    "max_waits": ("session", [_VIEW, {**_CART, "max_wait": _HALF}, {**_PAY, "max_wait": _HOUR}], {}),
    "max_wait_some": ("user", [_VIEW, {**_CART, "max_wait": _DAY}, _PAY], {"settles_after": _LONG}),
    "min_waits": ("user", [_VIEW, {**_CART, "min_wait": _SECOND}, {**_PAY, "min_wait": _HALF}], {}),
    "both_waits": (
        "session",
        [_VIEW, {**_CART, "min_wait": _SECOND, "max_wait": _HALF}, {**_BACK, "min_wait": _SOME, "max_wait": _HALF}],
        {"window": _HOUR, "time_zone": "America/Sao_Paulo"},
    ),
    "wait_skip": (
        "account",
        [_VIEW, {**_CART, **_OPTIONAL, "min_wait": _SECOND}, {**_PAY, "max_wait": _HALF}],
        {"window": _DAY, "breakdown": _all("country")},
    ),
    "wait_open": ("user", [_VIEW, {**_CART, "max_wait": _ZERO}, {**_PAY, "max_wait": _HALF}], {"open_entry": True}),
    "without": ("session", [_VIEW, _CART, _PAY], {"exclusions": [{"when": _OFF}]}),
    "without_early": ("session", [_VIEW, _CART, _PAY], {"exclusions": [{"when": _OFF, "before": "carted"}]}),
    "without_half": (
        "user",
        [_VIEW, _CART, _BACK, _PAY],
        {"exclusions": [{"when": _OFF, "after": "carted", "before": "viewed_again"}], "window": _HALF},
    ),
    "without_two": (
        "session",
        [_VIEW, _CART, _PAY, _SHIP],
        {
            "exclusions": [{"when": _OFF, "before": "paid"}, {"when": {"event_type": "search"}, "after": "paid"}],
            "breakdown": _all("device"),
        },
    ),
    "without_skip": (
        "user",
        [_VIEW, {**_CART, **_OPTIONAL}, _PAY, {**_SHIP, **_OPTIONAL}],
        {"exclusions": [{"when": _OFF, "after": "carted", "before": "paid"}], "time_zone": "Pacific/Auckland"},
    ),
    "without_phone": (
        "application",
        [_VIEW, _CART, _PAY],
        {"exclusions": [{"when": {"device": "mobile"}}], "window": _DAY, "time_zone": "Africa/Casablanca"},
    ),
    "without_all": (
        "user",
        [_VIEW, {**_CART, **_OPTIONAL, "min_wait": _SECOND}, {**_PAY, "max_wait": _DAY}],
        {"exclusions": [{"when": _OFF}], "open_entry": True, "window": _LONG, "breakdown": _EVERY},
    ),
    "open": ("session", [_VIEW, _CART, _PAY, _SHIP], {"open_entry": True, "window": _HOUR}),
    "open_aba": ("account", [_VIEW, _CART, _BACK], {"open_entry": True, "filter": {"device": {"not": "tablet"}}}),
}

_OF_ANY: dict[str, tuple[str, list[Spec], Spec]] = {
    "one": ("session", [_VIEW], {"window": _HALF, "breakdown": _EVERY}),
    "two": ("session", [_VIEW, _CART], {"breakdown": _EVERY, "settles_after": _HOUR}),
    "three_half": ("session", [_VIEW, _CART, _PAY], {"window": _HALF, "time_zone": "America/New_York"}),
    "three": ("user", [_VIEW, _CART, _PAY], {"time_zone": "Australia/Lord_Howe"}),
    "four_hour": ("account", [_PAY, _CART, _VIEW, _SHIP], {"window": _HOUR, "time_zone": "America/Sao_Paulo"}),
    "six_day": ("application", [_VIEW, _CART, _PAY, _SHIP, _FIND, _LEAVE], {"window": _DAY}),
    "zero": ("user", [_CART, _VIEW], {"window": _ZERO, "breakdown": _all("device")}),
    "several": ("user", [_VIEW, _PHONE, _BACK], {"window": _HALF, "breakdown": _EVERY}),
    "filter": (
        "session",
        [_PAY, {**_VIEW, "filter": {"product_id": {"not": None}}}],
        {"filter": {"device": [None, "mobile"]}, "settles_after": _LONG, "time_zone": "Asia/Singapore"},
    ),
    "named": (
        "account",
        [_VIEW, _CART, _PAY],
        {"window": _DAY, "breakdown": [{"by": "country", "attribution": {"step": "carted"}}, *_all("country")]},
    ),
}


def _define(name: str, order: str, unit: str, steps: list[Spec], options: Spec) -> Spec:
    return {"funnel": f"{order}_{name}", "unit": unit, "order": order, "steps": steps, **options}


DEFINITIONS: tuple[Spec, ...] = (
    *(_define(name, order, *rest) for order in ("ordered", "strict") for name, rest in _OF_ORDER.items()),
    *(_define(name, "any", *rest) for name, rest in _OF_ANY.items()),
)

_CONDITIONS: tuple[Spec, ...] = (
    *(step["when"] for step in (_VIEW, _VIEW, _CART, _CART, _PAY, _PAY, _SHIP, _FIND, _LEAVE, _PHONE)),
    {"event_type": ["add_to_cart", "checkout"]},
    {"event_type": {"not": ["logout", "search"]}},
    {"event_type": {"like": "%c%"}},
    {"event_type": None},
    {"device": {"not": "mobile"}, "event_type": "page_view"},
    {"product_id": ["p1", None], "event_type": {"not": None}},
    {"country": {"not": [None, "US"]}},
)
_FILTERS: tuple[Spec, ...] = (
    {"device": {"not": "tablet"}},
    {"country": ["US", None]},
    {"product_id": {"not": None}},
    {"event_type": {"like": "%a%"}},
)


def random_definition(random: Random) -> Spec:
    """Return a valid definition; its name depends on the state of `random` alone."""
    order = random.choice(("any", "ordered", "ordered", "strict"))
    names = _NAMES[: random.choice((1, 2, 2, 3, 3, 3, 4, 4, 5, 6))]
    steps: list[Spec] = [_step(name, random.choice(_CONDITIONS)) for name in names]
    for step in steps:
        _may(random, 0.15, step, filter=random.choice(_FILTERS))
    definition: Spec = {"funnel": f"random_{random.getrandbits(64):016x}", "unit": random.choice(UNITS), "order": order}
    definition["steps"] = steps
    _may(random, 0.5, definition, window=random.choice(PERIODS))
    _may(random, 0.2, definition, filter=random.choice(_FILTERS))
    _may(random, 0.4, definition, time_zone=random.choice(TIME_ZONES))
    _may(random, 0.4, definition, settles_after=random.choice(PERIODS))
    how = ("first", "last", "all", *({"step": name} for name in names))
    breakdown = [{"by": column, "attribution": random.choice(how)} for column in random.sample(_COLUMNS, 2)]
    _may(random, 0.7, definition, breakdown=breakdown)
    if order != "any":
        _add_order_options(random, definition)
    return definition


def _may(random: Random, chance: float, part: Spec, **options: Any) -> None:
    """Give a part of a definition some options, or leave it as it is."""
    if random.random() < chance:
        part.update(options)


def _add_order_options(random: Random, definition: Spec) -> None:
    steps: list[Spec] = definition["steps"]
    for step in steps[1:]:
        _may(random, 0.3, step, optional=True)
        low, high = sorted(random.choices(range(len(PERIODS)), k=2))
        _may(random, 0.15, step, min_wait=PERIODS[low])
        _may(random, 0.3, step, max_wait=PERIODS[high])
    _may(random, 0.25, definition, open_entry=True)
    taken = [step["when"] for step in steps]
    free = [condition for condition in _CONDITIONS if condition not in taken]
    exclusions = [_exclusion(random, free, steps) for _ in range(random.choice((1, 1, 2)))]
    if len(steps) > 1:
        _may(random, 0.35, definition, exclusions=exclusions)


def _exclusion(random: Random, free: list[Spec], steps: list[Spec]) -> Spec:
    exclusion: Spec = {"when": random.choice(free)}
    after, before = sorted(random.sample(range(len(steps)), 2)) if len(steps) > 1 else (0, 0)
    if after < len(steps) - 1:
        _may(random, 0.5, exclusion, after=steps[after]["step"])
    _may(random, 0.5, exclusion, before=steps[before]["step"])
    return exclusion
