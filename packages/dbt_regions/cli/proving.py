"""The commands about one meaning in many regions: `parity` proves it, `affected` says what a change of it moves."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from dbt_regions.affected import RegionAnswer, read_answer
from dbt_regions.build.packages import install_regions
from dbt_regions.cli.app import main
from dbt_regions.parity import Comparison, compare_projects, compile_projects, find_compiled, plan_projects
from dbt_regions.regions import read_region, region_names

_SHOWN_LINES = 40
_SHOWN_REASONS = 4


@main.command()
@click.argument("regions", nargs=-1)
@click.option("--no-compile", is_flag=True, help="Compare what an earlier run compiled.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def parity(obj: tuple[Path, Path], /, regions: tuple[str, ...], *, no_compile: bool, as_json: bool) -> None:
    """Prove that all shared SQL and its configuration is the same in REGIONS (default: all); exit code 1 if not.

    Each is compiled for each warehouse of its profiles.yml, with no connection, and compared with the shared package
    under a region that configures nothing. The region's mapping is left out: staging models, relations, raw tables.
    """
    root = obj[0]
    names = regions or region_names(root)
    plan = plan_projects(root, [read_region(root, name).path for name in dict.fromkeys(names)])
    if no_compile:
        since = find_compiled(plan)
        click.echo(f"comparing what was compiled up to {since:%Y-%m-%d %H:%M} UTC; later edits are not seen", err=True)
    else:
        install_regions(root, names)
        for done in compile_projects(root, plan):
            if not as_json:
                click.echo(f"compiled {done.name} for {done.warehouse} in {done.seconds:.1f} s")
    started = time.monotonic()
    found = compare_projects(plan)
    if as_json:
        click.echo(json.dumps([drift.to_json() for drift in found.drifts], indent=2))
    else:
        _print(found, len(names), time.monotonic() - started)
    sys.exit(int(bool(found.drifts)))


def _print(found: Comparison, regions: int, seconds: float) -> None:
    for drift in found.drifts:
        subject = "" if drift.node == drift.region else f"{drift.node}: "
        click.echo(f"{drift.region}: {drift.cause}: {subject}{drift.what}")
        lines = drift.diff.splitlines()
        for line in lines[:_SHOWN_LINES]:
            click.echo(f"    {line}")
        if len(lines) > _SHOWN_LINES:
            click.echo(f"    ... and {len(lines) - _SHOWN_LINES} lines more; --json has all")
    count = len(found.drifts)
    verdict = f"{count} drifts" if count else "one meaning: no drift"
    click.echo(f"{found.nodes:,} shared nodes in {regions} regions compared in {seconds:.1f} s: {verdict}")


@main.command()
@click.argument("regions", nargs=-1)
@click.option(
    "--since", required=True, metavar="REV", help="Commit, branch or tag that the files here are compared with."
)
@click.option(
    "--vars", "variables", help="dbt's variables of the next build, as YAML; compared with the last good one."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def affected(
    obj: tuple[Path, Path], /, regions: tuple[str, ...], *, since: str, variables: str | None, as_json: bool
) -> None:
    """Say what the change since REV touches in REGIONS (default: all): changed nodes and why, and what is made of them.

    From dbt's graph of both states, parsed for the warehouse that each region runs on in production. Variables and
    environment are compared with those of the region's last good build here.
    """
    names = tuple(dict.fromkeys(regions)) or region_names(obj[0])
    install_regions(obj[0], names)
    answer = read_answer(obj[0], since, names, variables)
    if as_json:
        click.echo(json.dumps(answer.to_json(), indent=2))
        return
    for region in answer.regions:
        _print_region(region)
    for name in answer.unbuilt:
        click.echo(f"{name}: no whole, good build here, so variables and environment are compared with nothing")
    for name in answer.gone:
        click.echo(f"{name}: is gone")
    click.echo(f"the comparison of regions reads {'other figures' if answer.comparison else 'what it read before'}")
    click.echo(f"parsed in {answer.parsing:.1f} s, compared in {answer.comparing:.1f} s")


def _print_region(region: RegionAnswer) -> None:
    if not region.is_affected:
        click.echo(f"{region.region}: not affected")
        return
    counted = f"changed nodes: {len(region.changes)}, below them: {len(region.below)}" if region.changes else ""
    shown = f"exposures: {', '.join(region.exposures)}" if region.exposures else ""
    said = [*region.reasons, *filter(None, [counted, shown])]
    click.echo(f"{region.region} ({region.warehouse}): {'; '.join(said)}")
    for change in region.changes[:_SHOWN_LINES]:
        reasons = [*change.reasons[:_SHOWN_REASONS]]
        reasons += [f"{len(change.reasons) - _SHOWN_REASONS} more"] if len(change.reasons) > _SHOWN_REASONS else []
        click.echo(f"    {change.node.partition('.')[0]} {change.node.split('.')[2]}: {', '.join(reasons)}")
    if len(region.changes) > _SHOWN_LINES:
        click.echo(f"    ... and {len(region.changes) - _SHOWN_LINES} more; --json has all")
