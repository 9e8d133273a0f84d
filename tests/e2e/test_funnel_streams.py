"""Funnels of generated streams equal a brute-force reference that shares no code with the SQL and was written apart."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from support.funnel_answers import answer, differences, fill_events
from support.funnel_streams import DEFINITIONS, SEED, make_streams, random_definition
from support.integration_project import IntegrationProject


@dataclass(frozen=True)
class Size:
    """How many streams are answered, by every how manieth of the written definitions, and by how many random ones."""

    streams: int
    every: int
    random_definitions: int


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(Size(500, 4, 2), id="quick"),
        pytest.param(Size(10_000, 1, 20), id="full", marks=pytest.mark.proof),
    ],
)
def test_every_definition_equals_the_reference(project: IntegrationProject, size: Size) -> None:
    """Each unit's day, step times, furthest step, end and attributed values are those of the reference."""
    random = Random(SEED)  # noqa: S311  a test's own numbers, no secrets
    events = make_streams(size.streams, random)
    definitions = [*DEFINITIONS[:: size.every], *(random_definition(random) for _ in range(size.random_definitions))]
    fill_events(project, events)
    answer(project, definitions)
    wrong = [said for definition in definitions for said in differences(project, definition, events)]
    assert not wrong, "\n".join(wrong[:20])
