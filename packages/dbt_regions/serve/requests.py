"""What a client may ask for: bodies and lists, judged before anything is done."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dbt_regions.deploy.triggering import read_cause
from dbt_regions.domain import Job
from dbt_regions.errors import RequestError
from dbt_regions.regions import list_problems
from dbt_regions.serve.planning import builds_loads, read_steps_override
from dbt_regions.serve.queue import Ask, Load

LONGEST_PAGE = 100
_FOREIGN = (
    "git_sha", "git_branch", "azure_pull_request_id", "github_pull_request_id", "gitlab_merge_request_id",
    "non_native_pull_request_id", "schema_override", "dbt_version_override", "threads_override",
)  # fmt: skip
"""What dbt Cloud can override and this server cannot: it runs its own checkout, its own dbt, the region's profile."""


def _one_line(value: str) -> str:
    if not value.isprintable():
        message = "has characters that cannot be printed"
        raise ValueError(message)
    return value


class Trigger(BaseModel):
    """The body that starts a run."""

    model_config = ConfigDict(extra="forbid", strict=True)

    cause: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_one_line)]
    target_name_override: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$")] | None = None
    generate_docs_override: bool | None = None
    timeout_seconds_override: Annotated[int, Field(ge=1, le=24 * 3600)] | None = None
    steps_override: list[Annotated[str, Field(max_length=4000), AfterValidator(_one_line)]] | None = None


def read_object(content: bytes) -> dict[str, Any]:
    """Return the object of a body; RequestError for what is none."""
    try:
        value = json.loads(content, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate could be stored, and never be told again
    except (ValueError, RecursionError) as error:
        message = "the body is not JSON"
        raise RequestError(message) from error
    if not isinstance(value, dict):
        message = "the body is no object"
        raise RequestError(message)
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def read_trigger(region: str, job_id: int, job: Job, content: bytes) -> Ask:
    """Return what a trigger of a job asks for; RequestError for a body that is not one, or overrides not to be had."""
    body = read_object(content)
    if foreign := [name for name in _FOREIGN if body.get(name) is not None]:
        message = f"{foreign[0]} cannot be overridden here: the server runs its own checkout, dbt and profile"
        raise RequestError(message)
    try:
        given = Trigger.model_validate({name: value for name, value in body.items() if name not in _FOREIGN})
    except ValidationError as error:
        raise RequestError(list_problems(error, "body")) from error
    overrides = _overrides(given)
    found = read_cause(region, given.cause) if job.trigger == "load" else None
    if found and not builds_loads(job, overrides):
        message = "a run for a load takes neither steps_override nor target_name_override: it builds all of the load"
        raise RequestError(message)
    load = Load(*found) if found else None
    return Ask(job_id, "load" if load else "request", given.cause, "loads" if load else "build", overrides, load)


def _overrides(given: Trigger) -> dict[str, Any]:
    overrides = {
        "target": given.target_name_override,
        "document": given.generate_docs_override,
        "timeout_seconds": given.timeout_seconds_override,
    }
    told = {name: value for name, value in overrides.items() if value is not None}
    return {**told, **(read_steps_override(given.steps_override) if given.steps_override else {})}


def read_number(query: Mapping[str, str], name: str) -> int | None:
    """Return a number of a query, None where it is not there; RequestError for what is none."""
    text = _read_text(query, name, r"[0-9]{1,18}", "number")
    return None if text is None else int(text)


def read_numbers(query: Mapping[str, str], name: str) -> Sequence[int] | None:
    """Return the numbers of a query's list, with or without brackets; None where it is not there."""
    text = _read_text(query, name, r"\[?[0-9, ]{0,200}\]?", "list of numbers")
    return None if text is None else [int(number[:18]) for number in re.findall(r"[0-9]+", text)]


def _read_text(query: Mapping[str, str], name: str, form: str, what: str) -> str | None:
    text = query.get(name)
    if text is not None and not re.fullmatch(form, text):
        message = f"{name}={text[:50]!r} is no {what}"
        raise RequestError(message)
    return text


def read_page(query: Mapping[str, str]) -> tuple[int, int]:
    """Return how much of a list is asked for, and from where."""
    limit = read_number(query, "limit")
    return min(LONGEST_PAGE if limit is None else limit, LONGEST_PAGE), read_number(query, "offset") or 0


def read_related(query: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is to be told with a run, named in JSON or with commas."""
    return tuple(re.findall(r"[a-z_]+", query.get("include_related", "")[:500]))
