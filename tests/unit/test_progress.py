"""What a build shows: in a terminal, and in a log."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from dbt_regions.build.events import Event, NodeEnded, StageEnded, StageStarted, Waiting
from dbt_regions.build.progress import Progress, print_outcomes
from dbt_regions.build.workers import BuildFailure
from dbt_regions.domain import StageResult

EVENTS: tuple[Event, ...] = (
    Waiting("na", "run r1, pid 7"),
    StageStarted("na", "gate"),
    StageStarted("phoenix", "run"),
    NodeEnded("na", "gate", "gate_orders", "success"),
    StageEnded("na", StageResult("gate", "passed", 1.25, {"success": 4}, note="all well")),
    StageEnded("phoenix", StageResult("run", "failed", 0.5, {"error": 1}, "it broke [here]", 1)),
)


@pytest.mark.parametrize("terminal", [True, False])
def test_every_stage_gets_its_line(terminal: bool) -> None:  # noqa: FBT001  a parameter of pytest's
    """A line for each ended stage with region, seconds and nodes, live or in a log; brackets in texts are no markup."""
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=160, no_color=True)
    with Progress(console, ["na", "phoenix"]) as progress:
        for event in EVENTS:
            progress(event)
    print_outcomes(console, [BuildFailure("na", "no [such] thing", 3)])
    text = output.getvalue()
    for words in ("waiting for the build that runs now (run r1, pid 7)", "1.2 s", "4 success", "all well", "1 error"):
        assert words in text
    assert ("\x1b" in text) is terminal
