"""The command group `warehouse`: the embedded Postgres."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import click
from rich.table import Table

from dbt_regions.cli.app import REGION, cell, console, main
from dbt_regions.regions import read_region
from dbt_regions.warehouse import QueryResult, Server, query


@main.group()
def warehouse() -> None:
    """The embedded Postgres: one database and one role for each region."""


@warehouse.command()
@click.pass_obj
def start(obj: tuple[Path, Path]) -> None:
    """Start it (every build does so by itself)."""
    Server(obj[1]).start()
    click.echo(f"warehouse: running, files in {obj[1]}")


@warehouse.command()
@click.pass_obj
def stop(obj: tuple[Path, Path]) -> None:
    """Stop it; the data stays."""
    click.echo("warehouse: stopped" if Server(obj[1]).stop() else "warehouse: was not running")


@warehouse.command()
@click.pass_obj
def status(obj: tuple[Path, Path]) -> None:
    """Say whether it runs, and which regions have a database in it."""
    server = Server(obj[1])
    if server.is_running():
        names = ", ".join(server.region_names()) or "none yet"
        click.echo(f"warehouse: running, files in {obj[1]}, socket in {server.socket_folder}, databases: {names}")
    else:
        click.echo(f"warehouse: stopped, files in {obj[1]}")


@warehouse.command()
@REGION
@click.pass_obj
def url(obj: tuple[Path, Path], region: str) -> None:
    """Print REGION's libpq address (its password is in the warehouse's file secrets/REGION)."""
    read_region(obj[0], region)
    click.echo(Server(obj[1]).region(region).url)


@warehouse.command()
@REGION
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def reset(obj: tuple[Path, Path], region: str, yes: bool) -> None:  # noqa: FBT001  click's
    """Delete REGION's database: raw tables, snapshots, publications, load manifest."""
    read_region(obj[0], region)
    if not yes:
        click.confirm(f"Delete everything in the embedded database of {region}?", abort=True)
    Server(obj[1]).reset_region(region)
    click.echo(f"warehouse: the database of {region} is empty")


@warehouse.command("query")
@REGION
@click.argument("statement", metavar="SQL")
@click.option("--format", "form", type=click.Choice(["csv", "json", "table"]), default="table", show_default=True)
@click.pass_obj
def run_query(obj: tuple[Path, Path], region: str, statement: str, form: str) -> None:
    """Run one SQL statement in REGION's database as the region's own role."""
    read_region(obj[0], region)
    _print_rows(query(Server(obj[1]).region(region), statement), form)


def _print_rows(result: QueryResult, form: str) -> None:
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.rows)
    elif form == "json":
        click.echo(json.dumps([dict(zip(result.columns, row, strict=True)) for row in result.rows], default=str))
    else:
        table = Table(box=None)
        for column in result.columns:
            table.add_column(column, overflow="fold")
        for row in result.rows:
            table.add_row(*(cell(value) for value in row))
        console(rows=True).print(table)
