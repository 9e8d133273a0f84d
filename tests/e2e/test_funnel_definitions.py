"""A broken definition stops the compilation: the message names the funnel, the field, and what is allowed."""

from __future__ import annotations

import copy
from typing import Any

from support.integration_project import IntegrationProject

GOOD: dict[str, Any] = {
    "funnel": "broken",
    "unit": "session",
    "order": "ordered",
    "window": {"hour": 1},
    "steps": [
        {"step": "viewed", "when": {"event_type": "page_view"}},
        {"step": "carted", "when": {"event_type": "add_to_cart"}},
        {"step": "paid", "when": {"event_type": "checkout"}},
    ],
    "exclusions": [{"when": {"event_type": "logout"}, "after": "viewed", "before": "paid"}],
    "breakdown": [{"by": "country", "attribution": "first"}],
}
STEPS = "viewed, carted, paid"
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "order misspelt": ({"order": "orderd"}, "order: 'orderd' is none; allowed: any, ordered, strict"),
    "unit misspelt": ({"unit": "visit"}, "unit: 'visit' is none; allowed: session, user, account, application"),
    "unit the stream lacks": ({"unit": "account"}, "unit: the stream has no column account_id"),
    "unknown field": ({"windows": {"hour": 1}}, "windows: no such field; allowed: funnel, unit, order, steps, window"),
    "name": ({"funnel": "Quick 'checkout"}, "funnel: 'Quick 'checkout' is no name; allowed: letters a to z"),
    "no name": ({"funnel": None}, "funnel: 'None' is no name; allowed: letters a to z, digits"),
    "steps as a mapping": ({"steps": {"viewed": "x"}}, "steps: {'viewed': 'x'} is no list of mappings"),
    "steps as texts": ({"steps": ["viewed"]}, "steps: ['viewed'] is no list of mappings; allowed: a list"),
    "exclusions none": ({"exclusions": None}, "exclusions: None is no list of mappings; allowed: a list"),
    "breakdown as text": ({"breakdown": "country"}, "breakdown: country is no list of mappings; allowed: a list"),
    "columns as text": ({"columns": "event_type"}, "columns: event_type is no list; allowed: a list of column names"),
    "settles never": ({"settles_after": None}, "settles_after: none is no period; allowed: one such as {'day': 1}"),
    "window without end": ({"window": {"hour": 99999999999}}, "window: {'hour': 99999999999} is more than 36500 days"),
    "no steps": ({"steps": []}, "steps: a list of at least one step is needed"),
    "window below zero": ({"window": {"hour": -1}}, "window: {'hour': -1} is below zero; allowed: one of second"),
    "window of weeks": ({"window": {"week": 1}}, "window: {'week': 1} is no period; allowed: one of second, minute"),
    "window of words": ({"window": "1 hour"}, "window: 1 hour is no period; allowed"),
    "window of a fraction": ({"window": {"hour": 1.5}}, "window: {'hour': 1.5} is no whole number; allowed"),
    "settles below zero": ({"settles_after": {"day": -1}}, "settles_after: {'day': -1} is below zero"),
    "filter of an unknown column": ({"filter": {"city": "x"}}, "filter: unknown column 'city'; allowed: event_id"),
    "open any order": ({"order": "any", "exclusions": [], "open_entry": True}, "open_entry: needs an order"),
    "open by word": ({"open_entry": "yes"}, "open_entry: yes is none; allowed: true, false"),
    "time zone": ({"time_zone": "New York"}, "time_zone: New York is none; allowed: an IANA name"),
    "time zone misspelt": ({"time_zone": "Europe/Berln"}, "time_zone: Europe/Berln is none; allowed: an IANA name"),
    "duplicate name": ({"steps.3.step": "viewed"}, "steps[3].step: the name 'viewed' stands twice"),
    "name over two lines": ({"steps.2.step": "carted\n"}, "steps[2].step: 'carted ' is no name; allowed: letters"),
    "number": ({"steps.2.when": {"event_type": 5}}, "steps[2].when.event_type: 5 is no text; allowed: texts such as"),
    "truth": ({"steps.2.when": {"event_type": True}}, "steps[2].when.event_type: True is no text; allowed"),
    "list in a list": ({"steps.2.when": {"event_type": [["a"], "b"]}}, "steps[2].when.event_type: ['a'] is no text"),
    "pattern": ({"steps.2.when": {"event_type": {"like": ["a"]}}}, "steps[2].when.event_type.like: ['a'] is no"),
    "not like": (
        {"steps.2.when": {"event_type": {"not": {"like": "x"}}}},
        "steps[2].when.event_type: {'like': 'x'} is no text; allowed",
    ),
    "not of nothing": ({"steps.2.when": {"event_type": {"not": []}}}, "steps[2].when.event_type: the list is empty"),
    "time": ({"steps.2.when": {"occurred_at": "2021"}}, "steps[2].when: 'occurred_at' is a time; allowed: event_id"),
    "name with a space": ({"steps.2.step": "in cart"}, "steps[2].step: 'in cart' is no name; allowed: letters a to z"),
    "name of a column": ({"steps.2.step": "entered"}, "steps[2].step: 'entered_at' is a column of every funnel"),
    "unknown column": ({"steps.2.when": {"kind": "x"}}, "steps[2].when: unknown column 'kind'; allowed: event_id"),
    "empty condition": ({"steps.2.when": {}}, "steps[2].when: is empty; allowed: at least one of event_id"),
    "condition as text": ({"steps.2.when": "kind = 1"}, "steps[2].when: kind = 1 is no condition; allowed: columns"),
    "empty list": ({"steps.2.when": {"event_type": []}}, "steps[2].when.event_type: the list is empty"),
    "comparison": ({"steps.2.when": {"device": {"over": 1}}}, "steps[2].when.device: {'over': 1} says no comparison"),
    "filter of a step": ({"steps.2.filter": {"kind": 1}}, "steps[2].filter: unknown column 'kind'"),
    "unknown field of a step": ({"steps.2.maxwait": {"day": 1}}, "steps[2].maxwait: no such field; allowed: step"),
    "minimum over maximum": (
        {"steps.2.min_wait": {"hour": 2}, "steps.2.max_wait": {"minute": 90}},
        "steps[2].min_wait: {'hour': 2} is more than max_wait {'minute': 90}; allowed: at most max_wait",
    ),
    "wait of the first": ({"steps.1.max_wait": {"day": 1}}, "steps[1].max_wait: the first step waits for none"),
    "wait below zero": ({"steps.2.max_wait": {"day": -1}}, "steps[2].max_wait: {'day': -1} is below zero"),
    "wait without order": (
        {"order": "any", "exclusions": [], "steps.2.max_wait": {"day": 1}},
        "steps[2].max_wait: needs an order; allowed orders: ordered, strict",
    ),
    "optional first": ({"steps.1.optional": True}, "steps[1].optional: the first step is never optional"),
    "optional by word": ({"steps.2.optional": "maybe"}, "steps[2].optional: maybe is none; allowed: true, false"),
    "unknown step after": (
        {"exclusions.1.after": "seen"},
        f"exclusions[1].after: unknown step 'seen'; allowed: {STEPS}",
    ),
    "unknown step before": ({"exclusions.1.before": "x"}, f"exclusions[1].before: unknown step 'x'; allowed: {STEPS}"),
    "exclusion backwards": (
        {"exclusions.1.after": "paid", "exclusions.1.before": "carted"},
        "exclusions[1].before: stands no later than after; allowed: a step after paid",
    ),
    "exclusion equal to a step": (
        {"exclusions.1.when": {"event_type": "add_to_cart"}},
        "exclusions[1].when: is that of the step 'carted'; allowed: a condition that no step has",
    ),
    "exclusion equal to a step, as a list": (
        {"exclusions.1.when": {"event_type": ["add_to_cart"]}},
        "exclusions[1].when: is that of the step 'carted'; allowed: a condition that no step has",
    ),
    "exclusion without order": ({"order": "any"}, "exclusions[1].when: needs an order; allowed orders"),
    "exclusion of an unknown column": ({"exclusions.1.when": {"x": 1}}, "exclusions[1].when: unknown column 'x'"),
    "breakdown of an unknown column": ({"breakdown.1.by": "x"}, "breakdown[1].by: unknown column 'x'; allowed"),
    "breakdown of a time": (
        {"breakdown.1.by": "occurred_at"},
        "breakdown[1].by: 'occurred_at' is a time; allowed: event_id",
    ),
    "attribution with a long name": (
        {"steps.1.step": "v" * 58, "exclusions": [], "breakdown.1.attribution": {"step": "v" * 58}},
        f"breakdown[1].attribution: the column '{'v' * 58}_country' has more than 63 letters; allowed: a shorter step",
    ),
    "attribution": (
        {"breakdown.1.attribution": "middle"},
        "breakdown[1].attribution: 'middle' is none; allowed: first, last, all, {'step': <name>}",
    ),
    "attribution to an unknown step": (
        {"breakdown.1.attribution": {"step": "seen"}},
        f"breakdown[1].attribution: unknown step 'seen'; allowed: {STEPS}",
    ),
}


def _broken(changes: dict[str, Any]) -> dict[str, Any]:
    definition = copy.deepcopy(GOOD)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place: Any = definition
        for parent in parents:
            place = place[int(parent) - 1] if parent.isdigit() else place[parent]
        place[last] = value
    return definition


def test_broken_definitions_are_named(project: IntegrationProject) -> None:
    """Each fault gives one message with funnel, field and allowed values; a good definition gives none."""
    cases: list[dict[str, Any]] = [
        {"name": name, "definition": _broken(changes)} for name, (changes, _) in CASES.items()
    ]
    assert project.refusal("check_funnel", definition=GOOD) is None
    wrong = []
    for case, (_, words) in zip(cases, CASES.values(), strict=True):
        said = project.refusal("check_funnel", definition=case["definition"]) or "nothing"
        if f"funnel {case['definition']['funnel']}, {words}" not in said:
            wrong.append(f"{case['name']}: expected {words!r}, said {said!r}")
    assert not wrong, "\n".join(wrong)


def test_a_definition_without_a_name_and_a_name_twice_are_said(project: IntegrationProject) -> None:
    """What is no mapping, or has no name, is said to be so; two funnels of one name are refused before they meet."""
    nameless = {field: value for field, value in GOOD.items() if field != "funnel"}
    assert "funnel without a name, funnel: is missing" in str(project.refusal("check_funnel", definition=nameless))
    said = project.refusal("check_funnel", definition=["viewed"])
    assert "funnel without a name, definition: ['viewed'] is none; allowed: a mapping" in str(said)
    assert project.refusal("check_funnel_names", definitions=[GOOD, {**GOOD, "funnel": "other"}]) is None
    said = project.refusal("check_funnel_names", definitions=[GOOD, {**GOOD, "window": None}])
    assert "funnel broken, funnel: the name stands twice in the list of funnels; allowed: each once" in str(said)
