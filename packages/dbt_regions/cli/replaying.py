"""The command `replay`: whether the histories are what their archives give."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.table import Table

from dbt_regions.build.replay import run_replay
from dbt_regions.cli.app import REGION, console, main
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.errors import DataError


@main.command()
@REGION
@click.option("--target", default=EMBEDDED_TARGET, show_default=True, help="dbt target of the region's profiles.yml.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def replay(obj: tuple[Path, Path], region: str, target: str, as_json: bool) -> None:  # noqa: FBT001  click's
    """Rebuild REGION's histories from their archives in a side schema, and say where the live ones differ.

    Native snapshots are stamped by the clock of their build and are not replayed.
    """
    histories = run_replay(*obj, region, target)
    if as_json:
        click.echo(json.dumps([history.to_json() for history in histories], indent=2))
    else:
        table = Table(box=None)
        for heading in ("history", "rows live", "rows replayed", "differences"):
            table.add_column(heading)
        for history in histories:
            counts = (history.live_rows, history.replayed_rows, history.differences)
            table.add_row(history.history, *(f"{count:,}" for count in counts))
        console().print(table)
    different = [history.words for history in histories if history.differences]
    if different:
        message = f"region {region}: {'; '.join(different)}; the replayed rows are in the schema that ends in _replay"
        raise DataError(message)
