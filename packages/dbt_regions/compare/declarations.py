"""What a region declares of itself in the YAML of its staging models, validated. Pure.

`business_day` of stg_events: an IANA time zone, or `visitor`, where the day is that of each visitor's own zone.
`not_provided_event_types` of stg_events and stg_applications: the event types that the source never sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from dbt_regions.artifacts import DeclaredMeta
from dbt_regions.compare.additions import VISITOR
from dbt_regions.errors import RequestError

_DAY = "business_day"
_NOT_PROVIDED = "not_provided_event_types"
_INPUTS = {"events": "stg_events", "application_events": "stg_applications"}
_DAYS = {"application_events": "UTC"}
"""Streams whose business date is the same in every region (int_application_events)."""


@dataclass(frozen=True)
class Declarations:
    """Whose day a region keeps (None: it does not say), and which event types each of its inputs never has."""

    business_day: str | None
    not_sent: Mapping[str, frozenset[str]]

    def day_of(self, definition: Mapping[str, Any], stream: str) -> str | None:
        """Return whose day a funnel's units count on: the funnel's own zone, that of its stream, or the region's."""
        return definition.get("time_zone") or _DAYS.get(stream) or self.business_day

    def not_sent_in(self, stream: str) -> frozenset[str]:
        """Return the event types that a stream never has."""
        return self.not_sent.get(_INPUTS.get(stream, ""), frozenset())


def read_declarations(
    inputs: Mapping[str, DeclaredMeta], event_types: Mapping[str, Sequence[str]], region: str
) -> Declarations:
    """Return what a region declares; RequestError names every wrong field with its file and what is allowed."""
    faults = [fault for name, declared in sorted(inputs.items()) for fault in _faults(name, declared, event_types)]
    if faults:
        message = f"projects/{region}/{'; '.join(faults)}; correct it and build {region} again"
        raise RequestError(message)
    events = inputs.get("stg_events")
    return Declarations(
        business_day=events.meta.get(_DAY) if events else None,
        not_sent={name: frozenset(declared.meta.get(_NOT_PROVIDED, ())) for name, declared in inputs.items()},
    )


def _faults(name: str, declared: DeclaredMeta, event_types: Mapping[str, Sequence[str]]) -> Iterator[str]:
    place = f"{declared.file}: config.meta."
    for field, value in sorted(declared.meta.items()):
        if field == _DAY and name == "stg_events" and not _is_day(value):
            yield (
                f"{place}{field} is {value!r}; allowed: an IANA time zone such as 'Europe/Berlin', or '{VISITOR}' for "
                "the day of each visitor's own zone"
            )
        elif field == _DAY and name != "stg_events":
            yield f"{place}{field} stands at the wrong model; allowed: at stg_events only"
        elif field == _NOT_PROVIDED and not _are_types(value, event_types.get(name, ())):
            yield f"{place}{field} is {value!r}; allowed: a list of {', '.join(event_types.get(name, ()))}"
        elif field.startswith("not_provided") and field != _NOT_PROVIDED:
            yield f"{place}{field} is no field; allowed: {_NOT_PROVIDED}, a list of event types"


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    try:
        return value == VISITOR or bool(ZoneInfo(value))
    except (KeyError, ValueError, OSError):
        return False


def _are_types(value: object, allowed: Sequence[str]) -> bool:
    return isinstance(value, list) and set(map(str, value)) <= set(allowed)
