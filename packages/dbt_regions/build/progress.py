"""Shows a build as it goes: one live line a region in a terminal, plain lines elsewhere; the table at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dbt_regions.build.events import Event, NodeEnded, StageEnded, StageStarted, TryingAgain, Waiting
from dbt_regions.build.workers import BuildFailure, Outcome
from dbt_regions.domain import BuildSummary, StageResult

_MARKS = {"passed": "[green]✓[/]", "failed": "[red]✗[/]", "skipped": "[dim]-[/]", "interrupted": "[yellow]![/]"}
_FIGURES = (
    ("cumulative_total_sessions", "sessions"),
    ("cumulative_cart_sessions", "cart"),
    ("cumulative_checkout_sessions", "checkout"),
    ("cumulative_add_to_cart_rate", "add to cart"),
    ("cumulative_conversion_rate", "conversion"),
)


class Progress:
    """A context that prints events: call it with each one. `live` needs a terminal; else one line a stage."""

    def __init__(self, console: Console, regions: Sequence[str]) -> None:
        self._console = console
        self._done: dict[str, list[StageResult]] = {region: [] for region in regions}
        self._now: dict[str, tuple[str, int, str, float]] = {}
        live = Live(console=console, get_renderable=self._table, refresh_per_second=8, transient=True)
        self._live = live if console.is_terminal else None

    def __enter__(self) -> Progress:  # noqa: PYI034  typing.Self is there from Python 3.11
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, StageStarted):
            self._now[event.region] = (event.stage, 0, "", time.monotonic())
        elif isinstance(event, NodeEnded):
            stage, count, _, since = self._now[event.region]
            self._now[event.region] = (stage, count + 1, event.node, since)
        elif isinstance(event, StageEnded):
            self._done[event.region].append(event.result)
            self._now.pop(event.region, None)
            self._console.print(self._line(event.region, event.result), highlight=False, soft_wrap=True)
        elif isinstance(event, Waiting):
            self._console.print(
                f"{event.region}: waiting for the build that runs now ({event.holder})", highlight=False
            )
        elif isinstance(event, TryingAgain):
            text = f"{event.region}: {event.error}; trying again in {event.seconds:.0f} s"
            self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def _line(self, region: str, result: StageResult) -> Text:
        mark = _MARKS[result.status]
        width = max(len(name) for name in self._done)
        nodes = ", ".join(f"{count} {status}" for status, count in sorted(result.nodes.items()))
        detail = "  ".join(part for part in (nodes, result.note) if part)
        text = Text.from_markup(f"{mark} {region:<{width}}  {result.name:<9} {result.seconds:6.1f} s  ")
        text.append(detail, style="dim")
        return text

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for region, (stage, count, node, since) in list(self._now.items()):
            table.add_row(f"[cyan]… {region}[/]", stage, f"{time.monotonic() - since:5.1f} s", f"{count} nodes", node)
        return table


def print_outcomes(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the final table: a row a region with its published figures, then what failed and where the docs are."""
    table = Table(title="Published product funnel, to date", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("region", style="bold", no_wrap=True)
    table.add_column("build", no_wrap=True)
    for _, heading in _FIGURES:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("through", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    for outcome in outcomes:
        table.add_row(*_row(outcome))
    console.print()
    console.print(table)
    for outcome in outcomes:
        _print_notes(console, outcome)


def _row(outcome: Outcome) -> tuple[str, ...]:
    if isinstance(outcome, BuildFailure):
        return (outcome.region, "[red]failed[/]", *["-"] * (len(_FIGURES) + 2))
    figures = outcome.figures or {}
    seconds = sum(stage.seconds for stage in outcome.stages)
    passed = "[green]passed[/]" if outcome.exit_code == 0 else "[red]failed[/]"
    values = [_figure(name, figures) for name, _ in _FIGURES]
    return (outcome.region, passed, *values, str(figures.get("session_date", "-")), f"{seconds:.1f}")


def _figure(name: str, figures: Mapping[str, Any]) -> str:
    value = figures.get(name)
    if value is None:
        return "-"
    return f"{value:.2%}" if name.endswith("_rate") else f"{value:,}"


def _print_notes(console: Console, outcome: Outcome) -> None:
    if isinstance(outcome, BuildFailure):
        return
    if outcome.generated_data:
        console.print(
            f"{outcome.region}: generated sample data, not anybody's real figures", style="dim", highlight=False
        )
    for finding in outcome.findings:
        console.print(f"{outcome.region}: {finding}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    if outcome.exit_code and outcome.figures:
        console.print(
            f"{outcome.region}: the figures above are still those of the last good publication", highlight=False
        )
    if outcome.docs:
        console.print(f"{outcome.region}: docs {outcome.docs}", highlight=False, soft_wrap=True)


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as JSON-ready data."""
    if isinstance(outcome, BuildSummary):
        return outcome.to_json()
    return {"region": outcome.region, "exit_code": outcome.exit_code, "first_error": outcome.message}
