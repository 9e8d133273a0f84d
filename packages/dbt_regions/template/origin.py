"""What a region was made with, the template's version and the answers, as its `template.yml` remembers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dbt_regions.errors import RequestError
from dbt_regions.regions import region_folder
from dbt_regions.template.answers import ANSWERS_FILE, Answers, check_answers, default_answers, read_kept

_HEAD = "# What this region was made with; `dbt-regions template status` compares it with the template of today.\n"


@dataclass(frozen=True)
class Origin:
    """The version of the template that a region was made with or updated to, empty where none is kept; its answers."""

    version: str
    answers: Answers


def read_origin(root: Path, region: str) -> Origin:
    """Return a region's origin, with defaults for questions that its template did not ask yet.

    RequestError where the region keeps no answers, or those of a region of another name.
    """
    file = region_folder(root, region) / ANSWERS_FILE
    value, kept = read_kept(file)
    defaults = {"like": region, **default_answers(root, region, str(kept.get("like", region)))}
    answers = check_answers({**defaults, **kept}, str(file))
    if answers.region != region:
        message = f"{file}: region is {answers.region!r} but the folder is {region!r}; name it so"
        raise RequestError(message)
    return Origin(str(value.get("version", "")), answers)


def render_origin(origin: Origin) -> str:
    """Return the text by which a new region remembers its origin."""
    return _HEAD + _dump(_value(origin))


def renew_origin(text: str, origin: Origin) -> str:
    """Return a `template.yml` that remembers an origin, with the comments and the form of the text that was there.

    A text of such a form that a new version and new answers find no place in it is written anew.
    """
    kept = yaml.safe_load(text)
    wanted = {**kept, **_value(origin)}
    new = {name: answer for name, answer in wanted["answers"].items() if name not in kept["answers"]}
    version, lines = (_dump(value) if value else "" for value in ({"version": origin.version}, new))
    renewed = re.sub(r"^version:.*\n", lambda _: version, text, count=1, flags=re.MULTILINE)
    renewed = renewed.rstrip("\n") + "\n" + re.sub(r"^(?=.)", "  ", lines, flags=re.MULTILINE)
    try:
        fits = yaml.safe_load(renewed) == wanted
    except yaml.YAMLError:
        fits = False
    return renewed if fits else _HEAD + _dump(wanted)


def _value(origin: Origin) -> dict[str, Any]:
    return {"version": origin.version, "answers": origin.answers.model_dump()}


def _dump(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
