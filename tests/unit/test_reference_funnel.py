"""The brute-force reference of funnels against examples worked by hand from docs/rules/funnel-semantics.md."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from support.funnel_streams import DEFINITIONS, SEED, WATERMARK, make_streams, random_definition
from support.reference_funnel import Event, UnitResult, daily, funnel_units

_NOON = datetime(2024, 5, 1, 12)  # noqa: DTZ001  the warehouse's times have no zone


def _event(kind: str | None, second: float, **columns: Any) -> Event:
    """Return an event so many seconds after noon."""
    time = _NOON + timedelta(seconds=second)
    values: dict[str, Any] = {"event_id": f"{kind}{second}", "event_type": kind, "occurred_at": time}
    values |= {"session_id": "s", "user_id": "u", "account_id": "a", "application_id": None}
    values |= {"business_date": time.date(), "country": None, "device": None, "product_id": None}
    return Event(**(values | columns))


def _row(text: str) -> list[Event]:
    """Return the events of one session: `a0 b1.5` is a at noon, b one and a half seconds later."""
    return [_event(word[0], float(word[1:])) for word in text.split()]


def _steps(letters: str, **options: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a step for each letter; the names of repeated ones end in `_`."""
    names = [letter + "_" * letters[:place].count(letter) for place, letter in enumerate(letters)]
    return [{"step": name, "when": {"event_type": name[0]}, **options.get(name, {})} for name in names]


def _run(events: list[Event], order: str, steps: list[dict[str, Any]], **options: Any) -> UnitResult:
    definition = {"funnel": "f", "unit": "session", "order": order, "steps": steps, **options}
    assert json.loads(json.dumps(definition)) == definition
    (result,) = funnel_units(events, definition)
    return result


def _times(text: str, order: str, steps: list[dict[str, Any]], **options: Any) -> list[float | None]:
    """Return the seconds after noon at which the best attempt took each step."""
    return [
        (time - _NOON).total_seconds() if time else None for time in _run(_row(text), order, steps, **options).times
    ]


def _random() -> Random:
    return Random(SEED)  # noqa: S311  test data, by a stated seed


def test_ties() -> None:
    """At one instant an earlier step stands before a later one, what takes none last; equal events make one step."""
    assert _times("b0 a0", "ordered", _steps("ab")) == [0, 0]
    assert _times("b0 x0 a0", "strict", _steps("ab")) == [0, 0]
    assert _times("b1 x0 a0", "strict", _steps("ab")) == [0, None]
    assert _times("a0 a0", "ordered", _steps("aa")) == [0, None]
    assert _times("a0 a0", "strict", _steps("aa")) == [0, None]
    both = [{"step": "any", "when": {"event_type": ["a", "b"]}}, *_steps("b")]
    assert _times("b0 a0", "ordered", both) == [0, 0]


def test_duplicates_change_strict_only() -> None:
    """The second of two equal events is a neighbour like any other; in `ordered` it changes nothing."""
    assert _times("a0 b1 b1 c2", "ordered", _steps("abc")) == [0, 1, 2]
    assert _times("a0 b1 b1 c2", "strict", _steps("abc")) == [0, 1, None]
    assert _times("a0 a0 b1 c2", "strict", _steps("abc")) == [0, 1, 2]


@pytest.mark.parametrize("order", ["any", "ordered", "strict"])
def test_window_edge(order: str) -> None:
    """An event exactly a window after the entry counts, one a microsecond later does not."""
    assert _times("a0 b60", order, _steps("ab"), window={"minute": 1}) == [0, 60]
    late = _times("a0 b60.000001", order, _steps("ab"), window={"minute": 1})
    assert late == ([None, 60.000001] if order == "any" else [0, None])


def test_wait_edges() -> None:
    """A wait runs from the step taken before, its edges are closed; the window still runs from the entry."""
    low, high = {"b": {"min_wait": {"second": 5}}}, {"c": {"max_wait": {"second": 5}}}
    assert _times("a0 b4 b5 c10", "ordered", _steps("abc", **low, **high)) == [0, 5, 10]
    assert _times("a0 b5 c10.000001", "ordered", _steps("abc", **high)) == [0, 5, None]
    assert _times("a0 b5 c10", "ordered", _steps("abc", **high), window={"second": 9}) == [0, 5, None]
    assert _times("a0 c6", "ordered", _steps("abc", b={"optional": True}, **high)) == [0, None, None]


def test_exclusions() -> None:
    """An excluded event strictly between two steps ends the attempt, within its range; a later entry may do better."""
    none_x = [{"when": {"event_type": "x"}}]
    assert _times("a0 x1 b2", "ordered", _steps("ab"), exclusions=none_x) == [0, None]
    assert _times("a0 x1 a2 b3", "ordered", _steps("ab"), exclusions=none_x) == [2, 3]
    assert _times("a0 b1 x1", "ordered", _steps("ab"), exclusions=none_x) == [0, 1]
    assert _times("a0 x0 b1", "ordered", _steps("ab"), exclusions=none_x) == [0, None]
    phone = [_event("a", 0), _event("a", 0, device="phone"), _event("b", 1)]
    assert _run(phone, "ordered", _steps("ab"), exclusions=[{"when": {"device": "phone"}}]).steps_taken == 2
    after_b = [{"when": {"event_type": "x"}, "after": "b"}]
    assert _times("a0 x1 b2 x3 c4", "ordered", _steps("abc"), exclusions=after_b) == [0, 2, None]
    before_b = [{"when": {"event_type": "x"}, "before": "b"}]
    optional = _steps("abc", b={"optional": True})
    assert _times("a0 x1 b2 x3 c4", "ordered", optional, exclusions=before_b) == [0, None, 4]


def test_optional_steps() -> None:
    """An attempt may leave out optional steps, also the last, and no other."""
    assert _times("a0 c1", "ordered", _steps("abc", b={"optional": True})) == [0, None, 1]
    assert _times("a0 c1", "ordered", _steps("abc")) == [0, None, None]
    assert _times("a0 d1", "ordered", _steps("abcd", b={"optional": True})) == [0, None, None, None]
    assert _times("a0 c1 b2", "strict", _steps("abc", b={"optional": True}, c={"optional": True})) == [0, None, 1]


def test_best_attempt() -> None:
    """Furthest before most steps before earliest entry before earliest steps."""
    optional = {name: {"optional": True} for name in "bc"}
    window = {"window": {"second": 3}}
    assert _times("a0 b1 c2 a20 d21", "ordered", _steps("abcd", **optional), **window) == [20, None, None, 21]
    assert _times("a0 c1 a2 b3 c4", "ordered", _steps("abc", **optional), **window) == [2, 3, 4]
    assert _times("a0 a1 b2 b3", "ordered", _steps("ab")) == [0, 2]
    assert _times("a0 b1 c1 a2 b3", "ordered", _steps("abc", **optional)) == [0, 1, 1]
    assert _times("a0 c1 b2 c3", "ordered", _steps("abc", **optional)) == [0, 2, 3]
    assert _times("a0 b1 a2 b3 a4", "ordered", _steps("aba")) == [0, 1, 2]
    assert _times("a0 c1 b2 d3", "ordered", _steps("abcd", **optional)) == [0, 2, None, 3]
    assert _times("b0 a1 c2", "ordered", _steps("abc", **optional), open_entry=True) == [None, 0, 2]
    assert _run(_row("a0 c5"), "ordered", _steps("abc", **optional)).seconds_from_previous == (None, None, 5)


def test_strict() -> None:
    """Whatever lies between two events ends a strict attempt, unless the filter leaves it out."""
    assert _times("a0 x1 b2", "ordered", _steps("ab")) == [0, 2]
    assert _times("a0 x1 b2", "strict", _steps("ab")) == [0, None]
    assert _times("a0 x1 b2", "strict", _steps("ab"), filter={"event_type": {"not": "x"}}) == [0, 2]
    assert _times("a0 a1 b2 x3 c4", "strict", _steps("abc")) == [1, 2, None]


def test_any() -> None:
    """Without an order an attempt begins at any step; later steps may come first, and one event may take several."""
    result = _run(_row("b0 a10 b11"), "any", _steps("ab"), window={"second": 10})
    assert (result.seconds_from_previous, result.seconds_from_entry) == ((None, -10), (10, 0))
    assert result.entered
    assert _times("b0 a11 b12", "any", _steps("ab"), window={"second": 10}) == [11, 12]
    assert _times("a0 a5", "any", _steps("aa")) == [0, 0]
    assert not _run(_row("b0"), "any", _steps("ab")).entered


def test_open_entry() -> None:
    """An open funnel is entered at any step; else a unit without the first step is not in it."""
    result = _run(_row("b0 c1 a2"), "ordered", _steps("abc"), open_entry=True)
    assert (result.furthest_step_number, result.steps_taken, result.entered) == (3, 2, True)
    assert (result.seconds_from_previous, result.seconds_from_entry) == ((None, None, 1), (None, 0, 1))
    closed = {"funnel": "f", "unit": "session", "order": "ordered", "steps": _steps("abc")}
    assert not funnel_units(_row("b0 c1"), closed)


@pytest.mark.parametrize(
    ("closes", "options"),
    [
        (30, {"window": {"second": 30}}),
        (50, {"window": {"second": 30}, "open_entry": True}),
        (80, {"settles_after": {"minute": 1}}),
        (86420, {}),
        (86420, {"steps": _steps("abc", b={"max_wait": {"second": 9}})}),
        (31, {"steps": _steps("abc", b={"max_wait": {"second": 9}}, c={"max_wait": {"second": 11}})}),
    ],
)
def test_pending(closes: int, options: dict[str, Any]) -> None:
    """A unit is pending until its last hope ends, that instant included, unless it took the last step."""
    options = {"order": "ordered", "steps": _steps("abc"), **options}
    for wait, is_pending in ((0, True), (0.000001, False)):
        later = _event("x", closes + wait, session_id="other")
        result = _run([*_row("a0 b20 x25"), later], **options)
        assert result.closes_at == _NOON + timedelta(seconds=closes)
        assert result.is_pending == is_pending
        assert not _run([*_row("a0 b0 c0"), later], **options).is_pending
    assert _run(_row("b0"), "any", _steps("ab")).is_pending
    assert not _run(_row("a0 c0"), "ordered", _steps("abc", b={"optional": True})).is_pending


def test_days() -> None:
    """A session's day is that of its first event, a user's that of its entry, by the local clock of long days too."""
    saturday, sunday = datetime(2024, 11, 3, 3, 59, 59), datetime(2024, 11, 4, 4, 59, 59)  # noqa: DTZ001  the warehouse's times have no zone
    events = [
        _event("x", 0, occurred_at=saturday, business_date=date(2024, 11, 9)),
        _event("a", 1, occurred_at=sunday, business_date=date(2024, 11, 8)),
        _event("x", 2, occurred_at=sunday, business_date=date(2024, 11, 7)),
    ]
    zone = {"time_zone": "America/New_York"}
    assert _run(events, "ordered", _steps("a"), **zone).unit_date == date(2024, 11, 2)
    assert _run(events, "ordered", _steps("a"), unit="user", **zone).unit_date == date(2024, 11, 3)
    filtered = {"filter": {"event_type": "a"}}
    assert _run(events, "ordered", _steps("a"), **filtered).unit_date == date(2024, 11, 8)
    assert _run(events, "ordered", _steps("a"), unit="user").unit_date == date(2024, 11, 7)


def test_attribution() -> None:
    """A step's value is the lowest of its instant; first and last look for one that has any, a named step does not."""
    events = [
        _event("a", 0),
        _event("b", 1, device="y"),
        _event("b", 1, device="x", event_id="again"),
        _event("x", 1, device="w"),
        _event("b", 1.5, device="v"),
        _event("c", 2, device="z"),
        _event("d", 3),
    ]
    hows: tuple[Any, ...] = ("first", "last", "all", {"step": "a"}, {"step": "b"}, {"step": "e"})
    breakdown = [{"by": "device", "attribution": how} for how in hows]
    found = _run(events, "ordered", _steps("abcde"), breakdown=breakdown).segments
    assert [set(values) for values in found] == [{"x"}, {"z"}, {"x", "z"}, {None}, {"x"}, {None}]
    assert _run(_row("a0"), "ordered", _steps("a"), breakdown=breakdown[:3]).segments == (frozenset([None]),) * 3


def test_conditions() -> None:
    """`not` holds for null, `like` does not, and a list may name null."""

    def found(test: Any) -> str:
        events = [_event("a", 0, session_id=str(device), device=device) for device in ("ab", "a_", None)]
        definition = {"unit": "session", "order": "ordered", "filter": {"device": test}, "steps": _steps("a")}
        return " ".join(unit.unit_id for unit in funnel_units(events, definition))

    assert (found("ab"), found(None), found(["ab", None])) == ("ab", "None", "None ab")
    assert (found({"not": "ab"}), found({"not": ["ab", None]}), found({"not": None})) == ("None a_", "a_", "a_ ab")
    narrow = [{"step": "a", "when": {"event_type": "a"}, "filter": {"device": "ab"}}]
    assert _run([_event("a", 0), _event("a", 1, device="ab")], "ordered", narrow).entered_at == _NOON + timedelta(0, 1)
    assert (found({"like": "a_"}), found({"like": "%b"}), found({"like": "a"})) == ("a_ ab", "ab", "")


def test_daily() -> None:
    """Days add up their units; a day is final once the settling days after it are over, a user's day never."""
    events = [*_row("a0.9 b2.1"), *(_event("a", 5, session_id=name) for name in ("t", None))]
    definition = {"funnel": "f", "unit": "session", "order": "ordered", "steps": _steps("ab")}
    for later, unit, is_final in ((1, "session", False), (2, "session", True), (2, "user", False)):
        stream = [*events, _event("x", later * 86_400, session_id=None, user_id=None)]
        asked = {**definition, "unit": unit}
        figures = daily(funnel_units(stream, asked), asked, stream)
        assert {figure.is_final for figure in figures.values()} == {is_final}
        second = figures[_NOON.date(), 2]
        assert (second.reached, second.seconds_from_entry) == (1, (2,))
        if unit == "session":
            assert (second.entered, second.pending) == (2, int(later == 1))


def test_daily_of_any_and_of_pending_units() -> None:
    """Without the first step a unit is neither among the entered nor pending; one pending unit keeps a day open."""
    definition = {"funnel": "f", "unit": "session", "order": "any", "steps": _steps("ab"), "window": {"day": 3}}
    stream = [_event("b", 0), _event("x", 0, session_id="t"), _event("a", 1, session_id="r"), _event("x", 172_800)]
    figures = daily(funnel_units(stream, definition), definition, stream)
    first, second = (figures[_NOON.date(), number] for number in (1, 2))
    assert (first.entered, first.reached, first.pending, first.is_final) == (1, 1, 0, False)
    assert (second.entered, second.reached, second.pending) == (1, 1, 1)


def test_final_after_days_rounded_up() -> None:
    """Twenty-five hours are two days, and the highest day of the latest events counts."""
    definition = {"funnel": "f", "unit": "session", "order": "any", "steps": _steps("a"), "settles_after": {"hour": 25}}
    for later, is_final in ((2, False), (3, True)):
        days = [_NOON.date() + timedelta(days=count) for count in (0, later)]
        stream = [_event("a", 0), *(_event("x", 9, session_id=None, business_date=day) for day in days)]
        figures = daily(funnel_units(stream, definition), definition, stream)
        assert figures[_NOON.date(), 1].is_final == is_final


def test_definitions_are_valid() -> None:
    """Every definition keeps the rules of definitions; random ones come again with their seed."""
    random = _random()
    definitions = [*DEFINITIONS, *(random_definition(random) for _ in range(500))]
    assert random_definition(_random()) == definitions[len(DEFINITIONS)]
    assert len({definition["funnel"] for definition in definitions}) == len(definitions)
    for definition in definitions:
        names = [step["step"] for step in definition["steps"]]
        assert re.fullmatch(r"[a-z0-9_]{1,40}", definition["funnel"])
        assert len(set(names)) == len(names)
        _check_order(definition, names)


def _check_order(definition: dict[str, Any], names: list[str]) -> None:
    steps, exclusions = definition["steps"], definition.get("exclusions", [])
    assert not {"optional", "min_wait", "max_wait"} & set(steps[0])
    if definition["order"] == "any":
        assert not {"open_entry", "exclusions"} & set(definition)
        assert not any({"optional", "min_wait", "max_wait"} & set(step) for step in steps)
    for step in steps:
        low, high = (
            timedelta(**{f"{k}s": v for k, v in step.get(end, {}).items()}) for end in ("min_wait", "max_wait")
        )
        assert "max_wait" not in step or low <= high
    for exclusion in exclusions:
        assert exclusion["when"] not in [step["when"] for step in steps]
        assert names.index(exclusion.get("after", names[0])) < names.index(exclusion.get("before", names[-1]))


def test_streams() -> None:
    """Streams come again with their seed, and some events are at the watermark, none later."""
    events = make_streams(200, _random())
    assert events == make_streams(200, _random())
    assert max(event.occurred_at for event in events) == WATERMARK
    assert len({event.event_id for event in events}) == len(events)
