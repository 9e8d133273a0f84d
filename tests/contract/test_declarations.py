"""Rules of what regions declare for comparisons: it is there, it is valid, and it is what their SQL does."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dbt_regions.artifacts import DeclaredMeta
from dbt_regions.compare.declarations import read_declarations
from dbt_regions.errors import RequestError
from support.lint_exceptions import Refuse
from support.repo import SHARED_NAME, ParsedProject

EVENT_TYPES = "agg_funnel_amounts"
"""The model whose meta lists the event types of each staging model."""


def _event_types(neutral: ParsedProject) -> Mapping[str, list[str]]:
    node = next(node for node in neutral.nodes(SHARED_NAME, "model") if node["name"] == EVENT_TYPES)
    types: Mapping[str, list[str]] = node["config"]["meta"]["event_types"]
    return types


def test_event_types_stand_once(neutral: ParsedProject, refuse: Refuse) -> None:
    """The application events that a region may declare as not provided are those that int_application_events makes."""
    node = next(node for node in neutral.nodes(SHARED_NAME, "model") if node["name"] == "int_application_events")
    made = re.findall(r"\('(\w+)', '\w+_at'\)", node["raw_code"])
    declared = _event_types(neutral)["stg_applications"]
    wrong = made if made != declared else []
    refuse(f"Write the event types of int_application_events in {EVENT_TYPES}.sql:", wrong)


def test_declarations_are_valid(regions: Mapping[str, ParsedProject], neutral: ParsedProject, refuse: Refuse) -> None:
    """Each region says whose day it keeps, and no field of a declaration is wrong."""
    wrong = []
    for name, project in regions.items():
        inputs = {
            node["name"]: DeclaredMeta(node["original_file_path"], node["config"]["meta"])
            for node in project.nodes(name, "model")
            if node["name"] in _event_types(neutral)
        }
        try:
            declared = read_declarations(inputs, _event_types(neutral), name)
        except RequestError as error:
            wrong.append(str(error))
        else:
            wrong += [] if declared.business_day else [f"projects/{name}: stg_events has no business_day"]
    refuse("Declare it under `config: meta:` (docs/howto/compare-regions.md):", wrong)


def test_the_declared_day_is_that_of_the_sql(regions: Mapping[str, ParsedProject], refuse: Refuse) -> None:
    """The zone that stg_events gives business_date is the declared one; a column of zones means each visitor's own."""
    wrong = []
    for name, project in regions.items():
        node = next(node for node in project.nodes(name, "model") if node["name"] == "stg_events")
        zone = re.search(r"business_date\([^,]+, (?:\"'(?P<zone>[\w/+-]+)'\"|'\w+')\)", node["raw_code"])
        declared = node["config"]["meta"].get("business_day")
        done = (zone["zone"] or "visitor") if zone else "none that this rule can read"
        wrong += [] if done == declared else [f"projects/{name}: declares {declared}, takes {done}"]
    refuse("Declare the zone that shared_macros.business_date is given:", wrong)
