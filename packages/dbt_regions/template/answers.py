"""What a new region must be told, with good defaults; each region keeps its answers in `template.yml`.

Reads only. An answer that cannot be is a `RequestError` naming question, answer and repair.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from dbt_regions.deployment import check_cron, check_time_zone
from dbt_regions.errors import RequestError
from dbt_regions.regions import project_name, read_yaml, region_names

ANSWERS_FILE = "template.yml"
_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_LONGEST = 40  # what Postgres allows less than the longest word that stands before or after a region's name
_TAKEN = frozenset(
    {"all", "analytics", "dbt", "dbt_postgres", "dbt_redshift", "dbt_utils", "postgres", "shared_macros"}
)
_PLAIN = r"^[^\x00-\x1f\x7f]+$"
_ADDRESS = r"^[A-Za-z0-9_./:-]{1,200}$"
_FORMS = {
    "label": "up to 60 characters on one line",
    "team": "up to 80 characters on one line",
    "email": "an address such as data@example.com",
    "port": "a number such as 5432",
    "loaded_at": "a column's name of a-z, 0-9 and _",
    **dict.fromkeys(("host", "user", "database", "source_schema"), "a name of letters, digits and . _ / : -"),
}


class Answers(BaseModel):
    """The questions of a new region, each with what it decides.

    `like` is the region whose raw tables look most alike: its mapping and its sample queries are where the new region
    begins. `cron` and `time_zone` are those of the nightly build. `warehouse` is where it runs in production.

    A `host` says that the raw tables are there already, in schema `source_schema` of that Postgres: nothing is
    generated and nothing loaded, the gate writes load ids of its own. `loaded_at` is the tables' column by which a load
    is judged stale; none: a load counts from when a build first saw it.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    region: str
    like: str
    label: str = Field(pattern=_PLAIN, max_length=60)
    team: str = Field(pattern=_PLAIN, max_length=80)
    email: str = Field(pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$", max_length=120)
    cron: str = "30 4 * * *"
    time_zone: str = "UTC"
    warehouse: Literal["postgres", "redshift"] = "postgres"
    host: str | None = Field(default=None, pattern=_ADDRESS)
    port: str = Field(default="5432", pattern=r"^[1-9][0-9]{0,4}$")
    user: str | None = Field(default=None, pattern=_ADDRESS)
    database: str | None = Field(default=None, pattern=_ADDRESS)
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = "require"
    source_schema: str = Field(default="raw", pattern=_ADDRESS)
    loaded_at: str | None = Field(default=None, pattern=r"^[a-z_][a-z0-9_]{0,62}$")

    @field_validator("region")
    @classmethod
    def _name_is_usable(cls, value: str) -> str:
        if not _NAME.fullmatch(value) or len(value) > _LONGEST:
            message = f"{value!r} is no region name; at most {_LONGEST} of a-z, 0-9, - and _, a letter first"
            raise ValueError(message)
        name = project_name(value)
        if name in _TAKEN or name in _reserved_words() or name.startswith("pg_") or yaml.safe_load(value) != value:
            free = f"{value.removeprefix('pg_') or 'my'}-shop"
            message = f"{value!r} is a reserved word of SQL, YAML, dbt or Postgres; take one such as {free!r}"
            raise ValueError(message)
        return value

    @property
    def brings_its_own_tables(self) -> bool:
        """Whether the raw tables are in an existing Postgres."""
        return self.host is not None

    @model_validator(mode="after")
    def _an_address_is_whole(self) -> Answers:
        given = {"user": self.user, "database": self.database}
        missing = [name for name, value in given.items() if value is None]
        if self.brings_its_own_tables and (missing or self.warehouse != "postgres"):
            message = f"host names an existing Postgres: give {' and '.join(missing) or 'warehouse postgres'} too"
            raise ValueError(message)
        if not self.brings_its_own_tables and (self.loaded_at or self.source_schema != "raw" or any(given.values())):
            message = "user, database, source_schema and loaded_at are those of an existing Postgres: give host too"
            raise ValueError(message)
        return self

    @field_validator("cron")
    @classmethod
    def _cron_is_valid(cls, value: str) -> str:
        check_cron(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _time_zone_is_known(cls, value: str) -> str:
        check_time_zone(value)
        return value

    @field_validator("like")
    @classmethod
    def _like_is_a_region(cls, value: str, info: ValidationInfo) -> str:
        known = (info.context or {}).get("regions", ())
        if known and value not in known:
            message = f"there is no region {value!r} to begin from; name {', '.join(known)}"
            raise ValueError(message)
        return value


def _reserved_words() -> set[str]:
    from sqlglot.generators.redshift import RedshiftGenerator  # noqa: PLC0415  takes time that --help need not spend

    return RedshiftGenerator.RESERVED_KEYWORDS


def default_answers(root: Path, region: str, like: str) -> dict[str, Any]:
    """Return what is taken where a question about a region stays unanswered."""
    word = region if re.fullmatch(r"[a-z0-9_-]+", region) else "region"
    label = word.upper() if len(word) <= len("apac") else word.replace("_", "-").replace("-", " ").title()
    file = root / "projects" / like / ANSWERS_FILE
    kept = read_kept(file)[1] if like in region_names(root) and file.exists() else {}
    return {
        "label": label,
        "team": f"{label} analytics",
        "email": f"{word.replace('_', '-')}-analytics@example.com",
        "cron": "30 4 * * *",
        "time_zone": "UTC",
        "warehouse": kept.get("warehouse", "postgres"),
    }


def check_answers(values: Mapping[str, Any], where: str, regions: tuple[str, ...] = ()) -> Answers:
    """Return answers as they must be; RequestError names `where` they stand, the question and the repair."""
    try:
        return Answers.model_validate(dict(values), context={"regions": regions})
    except ValidationError as error:
        message = f"{where}: {_problems(error).replace(': Value error, ', ': ')}"
        raise RequestError(message) from error


def _problems(error: ValidationError) -> str:
    """Return what is wrong with answers; with the name, only that: the defaults of the others are made of it."""
    named = [item for item in error.errors() if item["loc"] == ("region",)]
    if named:
        return "; ".join(f"region: {item['msg']}" for item in named)
    words = []
    for item in error.errors():
        question = str(item["loc"][0]) if item["loc"] else "answers"
        is_form = item["type"] in {"string_pattern_mismatch", "string_too_long"}
        words.append(
            f"{question}: {item['input']!r} is not {_FORMS[question]}" if is_form else f"{question}: {item['msg']}"
        )
    return "; ".join(words)


def read_kept(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a `template.yml` holds, and the answers in it, unchecked; RequestError where it holds none."""
    value = read_yaml(file)
    if not isinstance(value, dict) or not isinstance(value.get("answers"), dict):
        message = f"{file} holds no answers; it has the form of projects/na/{ANSWERS_FILE}"
        raise RequestError(message)
    return value, value["answers"]
