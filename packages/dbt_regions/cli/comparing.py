"""The command that puts regions side by side: `compare`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from dbt_regions.cli.app import console, main
from dbt_regions.compare import (
    AMOUNT_HEADINGS,
    Comparison,
    Line,
    Period,
    amount_lines,
    amount_title,
    compare,
    drop_off_lines,
    funnel_lines,
    funnel_title,
    read_region_state,
    refusal_lines,
    state_lines,
)
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.errors import RequestError
from dbt_regions.regions import read_region, region_names

_DAY = click.DateTime(["%Y-%m-%d"])


@main.command("compare")
@click.argument("regions", nargs=-1)
@click.option("--all", "all_regions", is_flag=True, help="Every region (as without REGIONS).")
@click.option("--funnel", help="One funnel only.")
@click.option(
    "--from", "start", type=_DAY, help="First day (YYYY-MM-DD, the region's own); default: from the first on."
)
@click.option("--through", "end", type=_DAY, help="Last day; default: to date.")
@click.option("--target", default=EMBEDDED_TARGET, show_default=True, help="dbt target of the region's profiles.yml.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def compare_regions(
    obj: tuple[Path, Path], /, regions: tuple[str, ...], *, all_regions: bool, as_json: bool, **options: Any
) -> None:
    """Put the funnels of REGIONS side by side, from their newest builds; add up only what may be added."""
    root, home = obj
    names = region_names(root) if all_regions or not regions else tuple(dict.fromkeys(regions))
    found = [read_region(root, name) for name in names]
    period = Period(*(options[name] and options[name].date() for name in ("start", "end")))
    if period.start and period.end and period.start > period.end:
        message = f"--from {period.start} is later than --through {period.end}; exchange them"
        raise RequestError(message)
    target = options["target"]
    states = [read_region_state(root, home, region, target, period) for region in found]
    comparison = compare(states, target, period, options["funnel"])
    if as_json:
        sys.stdout.write(json.dumps(comparison.to_json(), indent=2) + "\n")
    else:
        _print(console(rows=True), comparison)


def _print(screen: Console, comparison: Comparison) -> None:
    for funnel in comparison.funnels:
        headings, lines = funnel_lines(funnel, comparison)
        _print_table(screen, funnel_title(funnel, comparison), headings, lines, texts=3)
        _print_sentences(screen, drop_off_lines(funnel))
        amounts = amount_lines(funnel)
        if amounts:
            _print_table(screen, amount_title(funnel), AMOUNT_HEADINGS, amounts, texts=1)
        _print_sentences(screen, refusal_lines(funnel))
    _print_sentences(screen, state_lines(comparison))


def _print_table(screen: Console, title: str, headings: Sequence[str], lines: Sequence[Line], *, texts: int) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < texts else "right", no_wrap=place < texts)
    for line in lines:
        table.add_row(*line.cells, style="bold" if line.is_total else "")
    screen.print(f"\n{title}", style="bold", highlight=False, soft_wrap=True)
    screen.print(table, highlight=False)


def _print_sentences(screen: Console, sentences: Iterable[str]) -> None:
    for sentence in sentences:
        screen.print(sentence, highlight=False, markup=False, soft_wrap=True)
