"""The command that overrules the gate: `accept`."""

from __future__ import annotations

from pathlib import Path

import click

from dbt_regions.build.accept import accept_load
from dbt_regions.cli.app import REGION, main
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.regions import region_of_project


@main.command()
@REGION
@click.option("--load", "load_id", required=True, help="Load id, as the gate's message names it.")
@click.option("--reason", required=True, help="Why the load is right, for whoever reads gate_decisions.")
@click.option("--target", default=EMBEDDED_TARGET, show_default=True, help="dbt target of the region's profiles.yml.")
@click.pass_obj
def accept(obj: tuple[Path, Path], region: str, load_id: str, reason: str, target: str) -> None:
    """Accept a load of REGION that the gate refused; the next build takes it, and the reason is kept."""
    region = region_of_project(obj[0], region)  # the gate knows only the project's name
    accept_load(*obj, region, load_id, reason, target)
    click.echo(f"accepted: load {load_id} of {region}; build it again: dbt-regions build {region} --target {target}")
