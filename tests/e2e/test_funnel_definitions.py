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
    "duplicate name": ({"steps.3.step": "viewed"}, "steps[3].step: the name 'viewed' stands twice"),
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
    "exclusion without order": ({"order": "any"}, "exclusions[1].when: needs an order; allowed orders"),
    "exclusion of an unknown column": ({"exclusions.1.when": {"x": 1}}, "exclusions[1].when: unknown column 'x'"),
    "breakdown of an unknown column": ({"breakdown.1.by": "x"}, "breakdown[1].by: unknown column 'x'; allowed"),
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
    cases = [{"name": name, "definition": _broken(changes)} for name, (changes, _) in CASES.items()]
    assert project.refusal("check_funnel", definition=GOOD) is None
    wrong = []
    for case, (_, words) in zip(cases, CASES.values(), strict=True):
        said = project.refusal("check_funnel", definition=case["definition"]) or "nothing"
        if f"funnel broken, {words}" not in said:
            wrong.append(f"{case['name']}: expected {words!r}, said {said!r}")
    assert not wrong, "\n".join(wrong)
