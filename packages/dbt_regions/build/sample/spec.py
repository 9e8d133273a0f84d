"""What a region's generated data looks like: reads and validates `projects/<region>/sample/sample.yml`.

Reads only. A file that does not say what it must is a `RequestError` naming file, field and repair.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, field_validator, model_validator
from pydantic.dataclasses import dataclass

from dbt_regions.errors import RequestError
from dbt_regions.regions import list_problems, read_yaml

_STRICT = ConfigDict(extra="forbid")

Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(gt=0)]
Names = Annotated[tuple[str, ...], Field(min_length=1)]


@dataclass(frozen=True, config=_STRICT)
class HomeSpec:
    """Where users live: an ISO 3166-1 alpha-2 country, its IANA time zone, and how many live there (a weight)."""

    country: str
    time_zone: str
    weight: Weight

    @field_validator("time_zone")
    @classmethod
    def _time_zone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            message = f"unknown time zone {value!r}; an IANA name such as 'Europe/Berlin'"
            raise ValueError(message) from error
        return value


@dataclass(frozen=True, config=_STRICT)
class SampleSpec:
    """One region's generated data; every count holds for load 0, the history of `days` days up to `end` (UTC)."""

    seed: int
    sessions: Positive  # with a page view, which every session has
    carts: Count  # sessions with an add to cart
    checkouts: Count  # sessions with a checkout, each of them one order
    users: Positive
    orders_preparing: Count  # the newest orders, not shipped at load 0; more where an order is too fresh to be
    applications: Count
    days: Positive
    end: datetime
    countries: Annotated[tuple[HomeSpec, ...], Field(min_length=1)]
    devices: Annotated[Mapping[str, Weight], Field(min_length=1)]
    shipping_services: Names
    insurance_products: Names
    heavy_user_share: Share  # share of the sessions that one single user makes
    anonymous_share: Share  # share of the sessions without a checkout that have no user
    night_factor: Weight  # activity from 0 to 6 o'clock local time, against the day's
    weekend_factor: Weight  # activity on Saturdays and Sundays, against the working days'
    midnight_share: Share  # share of the sessions that are moved to last over a local midnight
    late_share: Share  # share of the events, of those that decide no step, that arrive minutes to hours late
    duplicate_share: Share  # share of the events that are delivered twice
    disorder_share: Share  # share of the sessions whose events come in no order at all
    cancelled_share: Share  # share of the orders, of those not preparing at load 0, that are cancelled
    fixed_orders: tuple[str, ...] = ()  # ids of orders that are preparing at load 0 and shipped at load 1

    @field_validator("end")
    @classmethod
    def _end_is_a_full_hour(cls, value: datetime) -> datetime:
        if value.tzinfo is not None:
            value = value.astimezone(timezone.utc).replace(tzinfo=None)
        if (value.minute, value.second, value.microsecond) != (0, 0, 0):
            message = f"{value} is not a full hour; loads come hourly, write such as 2021-02-28T23:00:00Z"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _counts_fit(self) -> SampleSpec:
        if not len(self.fixed_orders) <= self.orders_preparing <= self.checkouts <= self.carts <= self.sessions:
            message = "must hold: number of fixed_orders <= orders_preparing <= checkouts <= carts <= sessions"
            raise ValueError(message)
        return self

    def scaled(self, scale: int) -> SampleSpec:
        """Return the same region with `scale` times the sessions, users, orders and applications."""
        counts = ("sessions", "carts", "checkouts", "users", "orders_preparing", "applications")
        return dataclasses.replace(self, **{name: getattr(self, name) * scale for name in counts})


def read_sample_spec(path: Path) -> SampleSpec:
    """Return the validated `sample.yml` at `path`; RequestError names every field that is wrong."""
    value = read_yaml(path)
    try:
        return TypeAdapter(SampleSpec).validate_python(value)
    except ValidationError as error:
        message = (
            f"{path}: {list_problems(error, 'file')}; correct these fields, they are described in "
            "packages/dbt_regions/build/sample/spec.py"
        )
        raise RequestError(message) from error
