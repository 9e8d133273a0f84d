"""The commands that look: `regions` and `docs`; and `dbt`, plain dbt on a region."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Table

from dbt_regions.build.packages import install_packages
from dbt_regions.build.stages import dbt_environment
from dbt_regions.cli.app import REGION, console, main
from dbt_regions.dbt_runner import DbtSession, dbt_command
from dbt_regions.domain import EMBEDDED_TARGET, Job
from dbt_regions.regions import read_region, read_regions
from dbt_regions.report import write_index
from dbt_regions.warehouse import Server


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def regions(obj: tuple[Path, Path], as_json: bool) -> None:  # noqa: FBT001  click's
    """List the regions with owner and jobs; validates every deployment.yml."""
    found = read_regions(obj[0])
    if as_json:
        click.echo(json.dumps([asdict(region) for region in found], indent=2, default=str))
        return
    table = Table(box=None)
    for heading in ("region", "owner", "jobs"):
        table.add_column(heading)
    for region in found:
        table.add_row(region.name, f"{region.owner_team} <{region.owner_email}>", "; ".join(map(_job, region.jobs)))
    console().print(table)


def _job(job: Job) -> str:
    return f"{job.name}: {job.cron} {job.time_zone}" if job.cron else f"{job.name}: after each load"


@main.command()
@click.pass_obj
def docs(obj: tuple[Path, Path]) -> None:
    """Write the index page over all regions' documentation and say where it is."""
    click.echo(f"docs: {write_index(obj[0], tuple(region.name for region in read_regions(obj[0])))}")


@main.command("dbt", context_settings={"ignore_unknown_options": True})
@click.option("--target", default=EMBEDDED_TARGET, show_default=True, help="dbt target.")
@REGION
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def plain_dbt(obj: tuple[Path, Path], target: str, region: str, arguments: tuple[str, ...]) -> None:
    """Run plain dbt on REGION with the embedded warehouse's credentials, such as `dbt na -- test`."""
    root, home = obj
    found = read_region(root, region)
    target_path = root / "build" / region / "dbt"
    install_packages(root, found.path, DbtSession(found.path, target_path, target=target))
    connection = Server(home).region(region) if target == EMBEDDED_TARGET else None
    command = dbt_command(found.path, target_path, target=target, arguments=arguments)
    environment = {**os.environ, **dbt_environment(connection, "by-hand")}
    sys.exit(subprocess.run(command, check=False, env=environment).returncode)
