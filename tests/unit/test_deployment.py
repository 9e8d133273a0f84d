"""deployment.yml: what may stand in it, by pydantic and by the published JSON schema, and which job builds what."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dbt_regions.deploy.cadence import Node, find_faults, plan_listing
from dbt_regions.deploy.rendering import SCHEMA
from dbt_regions.deployment import Deployment, deployment_schema
from dbt_regions.domain import JOB_STAGES
from dbt_regions.regions import read_yaml, region_names
from support.jobs import cron_job, load_job
from support.repo import ROOT

GOOD: Mapping[str, Any] = {
    "region": "na",
    "owner": {"team": "t", "email": "t@example.com"},
    "jobs": {
        "hourly": {"trigger": "load", "description": "d", "sweep": "50 * * * *", "exclude": "tag:daily"},
        "daily": {
            "trigger": "cron", "cron": "30 4 * * *", "time_zone": "Europe/Berlin", "description": "d",
            "select": "tag:daily", "stages": ["gate", "run", "test"], "timeout_minutes": 30, "retries": 2,
            "owner": {"team": "u", "email": "u@example.com"},
        },
    },
    "dbt_cloud": {"account_id": 1, "project_id": 2, "environment_id": 3},
}  # fmt: skip

BAD: Mapping[str, tuple[tuple[str, ...], Any, str]] = {
    "no stages": (("jobs", "daily", "stages"), [], "at least 1"),
    "an unknown stage": (("jobs", "daily", "stages"), ["gate", "deploy"], "'gate', 'snapshot'"),
    "stages in another order": (("jobs", "daily", "stages"), ["run", "gate"], "in this order: gate, snapshot"),
    "a stage twice": (("jobs", "daily", "stages"), ["gate", "gate"], "each stage once"),
    "a write without the gate": (("jobs", "daily", "stages"), ["run", "test"], "a job that writes begins with gate"),
    "a publication untested": (("jobs", "daily", "stages"), ["gate", "run", "publish"], "nothing untested"),
    "an empty selection": (("jobs", "daily", "select"), "", "at least 1"),
    "a blank selection": (("jobs", "daily", "select"), " ", "empty"),
    "an option in a selection": (("jobs", "daily", "exclude"), "tag:x --full-refresh", "an option of dbt has no place"),
    "a bell in a description": (("jobs", "daily", "description"), "a\ab", "cannot be printed"),
    "a NUL in a team": (("owner", "team"), "a\0b", "cannot be printed"),
    "documentation alone": (("jobs", "daily", "stages"), ["document"], "document alone builds nothing"),
    "a cron of Debian's": (("jobs", "daily", "cron"), "30 4 L * *", "bad cron"),
    "the n-th weekday": (("jobs", "daily", "cron"), "30 4 * * 1#2", "bad cron"),
    "Sunday as 7": (("jobs", "daily", "cron"), "30 4 * * 7", "Sunday as 0"),
    "every minute": (("jobs", "hourly", "sweep"), "* * * * *", "more often than every 5 minutes"),
    "two crons of one text": (("jobs", "hourly", "sweep"), "30 4 * * *", "stands at two jobs"),
    "a zone of one machine": (("jobs", "daily", "time_zone"), "localtime", "unknown time zone"),
    "a zone with leap seconds": (("jobs", "daily", "time_zone"), "right/Europe/Berlin", "unknown time zone"),
    "a job's name that is null": (("jobs", "null"), GOOD["jobs"]["daily"], "no word of YAML"),
    "a job's name with _ first": (("jobs", "_x"), GOOD["jobs"]["daily"], "'_x' is no name of a job"),
    "a number beyond all": (("dbt_cloud", "account_id"), 10**16, "less than or equal"),
    "a sweep by cron": (("jobs", "daily", "sweep"), "0 * * * *", "takes no sweep"),
    "a sweep that is none": (("jobs", "hourly", "sweep"), "hourly", "bad cron"),
    "six fields": (("jobs", "daily", "cron"), "0 30 4 * * *", "five fields"),
    "no time": (("jobs", "daily", "timeout_minutes"), 0, "greater than or equal to 1"),
    "more than a day": (("jobs", "daily", "timeout_minutes"), 1441, "less than or equal to 1440"),
    "a time in words": (("jobs", "daily", "timeout_minutes"), "30 minutes", "valid integer"),
    "retries without end": (("jobs", "daily", "retries"), 100, "less than or equal to 5"),
    "a job's name with a blank": (("jobs", "a b"), GOOD["jobs"]["daily"], "no name of a job"),
    "a job's name in capitals": (("jobs", "Daily"), GOOD["jobs"]["daily"], "no name of a job"),
    "two jobs by load": (("jobs", "other"), GOOD["jobs"]["hourly"], "would start both at once"),
    "a cloud without a project": (("dbt_cloud",), {"account_id": 1, "environment_id": 3}, "required"),
    "a cloud id of nobody": (("dbt_cloud", "project_id"), 0, "greater than 0"),
    "an unknown key": (("jobs", "daily", "shedule"), "0 1 * * *", "Extra inputs"),
}
BY_SCHEMA = frozenset(
    {
        "no stages", "an unknown stage", "an empty selection", "no time", "more than a day", "a time in words",
        "retries without end", "a cloud without a project", "a cloud id of nobody", "an unknown key",
        "a number beyond all",
    }
)  # fmt: skip
"""What a JSON schema can say; the rest is said by whichever command reads the file."""


def with_value(path: tuple[str, ...], value: object) -> dict[str, Any]:
    """Return the good deployment with one value of another kind."""
    deployment: dict[str, Any] = copy.deepcopy(dict(GOOD))
    place = deployment
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return deployment


def test_a_job_has_defaults_and_the_regions_owner() -> None:
    """What is not said is: all stages, all nodes, target prod, an hour, no retry, the region's owner."""
    deployment = Deployment.model_validate(dict(GOOD))
    hourly, daily = (deployment.jobs[name].to_job(name, deployment.owner) for name in ("hourly", "daily"))
    assert (hourly.stages, hourly.select, hourly.target, hourly.timeout_minutes) == (JOB_STAGES, None, "prod", 60)
    assert (hourly.retries, hourly.owner_team, daily.owner_team) == (0, "t", "u")


@pytest.mark.parametrize("case", BAD)
def test_what_may_not_be_is_refused(case: str) -> None:
    """Each wrong value is refused with words that name it; by the JSON schema too, where that can say it."""
    path, value, words = BAD[case]
    deployment = with_value(path, value)
    with pytest.raises(ValidationError, match=words):
        Deployment.model_validate(deployment)
    errors = list(jsonschema.Draft202012Validator(deployment_schema()).iter_errors(deployment))
    assert bool(errors) == (case in BY_SCHEMA)


def test_texts_are_folded_to_one_line() -> None:
    """A text written over lines, or with blanks around it, is one line: a cron in a block of YAML is the cron."""
    deployment = with_value(("jobs", "hourly", "sweep"), "50 *  * * *\n")
    deployment["jobs"]["daily"]["description"] = "one\n  two\n"
    jobs = Deployment.model_validate(deployment).jobs
    assert (jobs["hourly"].sweep, jobs["daily"].description) == ("50 * * * *", "one two")


def test_the_published_schema_takes_every_region() -> None:
    """docs/deployment.schema.json is a JSON schema, and no region's deployment.yml breaks it."""
    schema = json.loads((ROOT / SCHEMA).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for region in region_names(ROOT):
        jsonschema.validate(read_yaml(ROOT / "projects" / region / "deployment.yml"), schema)


def test_every_field_is_described() -> None:
    """The schema says of each field what it means, and the how-to page names each."""
    page = (ROOT / "docs/howto/deployment.md").read_text()
    schema = deployment_schema()
    fields = [
        (name, field) for part in (schema, *schema["$defs"].values()) for name, field in part["properties"].items()
    ]
    assert [name for name, field in fields if not field.get("description") and "$ref" not in field] == []
    assert [name for name, _ in fields if f"{name}`" not in page] == []


def test_a_command_is_listed_as_it_selects() -> None:
    """`dbt ls` is asked for what a command takes: its kinds and its selection, without what only running knows."""
    command = ("test", "--select", "a", "b+", "--exclude", "tag:x", "--exclude-resource-types", "unit_test", "--quiet")
    expected = ("--resource-type", "test", "--select", "a", "b+", "--exclude", "tag:x")
    assert plan_listing(command) == expected


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Mapping[str, Node], list[frozenset[str]]]:
    """Return a graph of nodes that read nodes before them, and what two jobs take of it."""
    names = [f"model.p.n{number}" for number in range(draw(st.integers(1, 6)))]
    graph = {
        name: Node(
            tuple(draw(st.sets(st.sampled_from(names[:place]))) if place else ()),
            is_gate=draw(st.booleans()),
            is_test=draw(st.booleans()),
        )
        for place, name in enumerate(names)
    }
    return graph, [frozenset(draw(st.sets(st.sampled_from(names)))) for _ in range(2)]


@settings(deadline=None)
@given(graphs())
def test_faults_are_those_of_the_rules(drawn: tuple[Mapping[str, Node], list[frozenset[str]]]) -> None:
    """A node in no job or in two, a test in none, what a job by load reads but does not build: all, and no other."""
    graph, (loads, crons) = drawn
    jobs = {load_job("hourly"): loads, cron_job("daily", "0 4 * * *", "UTC", 60): crons}
    said = "\n".join(find_faults(graph, jobs))

    def named(what: str) -> set[str]:
        line = next((line for line in said.splitlines() if line.startswith(what)), what)
        names = line.removeprefix(what).partition(";")[0].replace(" and 1 more", "").split(", ")
        return {name.strip() for name in names if name.strip()}

    plain = {key for key, node in graph.items() if not (node.is_gate or node.is_test)}
    short = {key: key.split(".")[2] for key in graph}
    expected = {
        "no job builds": plain - loads - crons,
        "hourly and daily would build at once": plain & loads & crons,
        "no job runs the test": {key for key, node in graph.items() if node.is_test} - loads - crons,
        "hourly reads but does not build": {read for key in plain & loads for read in graph[key].reads} - loads,
    }
    for what, keys in expected.items():
        assert named(what) <= {short[key] for key in keys}
        assert bool(named(what)) == bool(keys)
        assert len(named(what)) == min(len(keys), 5)
    assert bool(said) == any(expected.values())
