"""The commands that build: `build` and `next-load`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from dbt_regions.affected import find_last_good, read_answer
from dbt_regions.build.changes import ChangedRow, read_changes, snapshot_clock
from dbt_regions.build.packages import install_regions
from dbt_regions.build.plan import BuildRequest, check_request, request_job
from dbt_regions.build.progress import Progress, outcome_json, print_outcomes
from dbt_regions.build.workers import BuildFailure, run_builds
from dbt_regions.cli.app import REGION, cell, console, main
from dbt_regions.domain import EMBEDDED_TARGET, combined_exit_code
from dbt_regions.errors import RequestError
from dbt_regions.regions import find_job, has_sample, read_region, region_names
from dbt_regions.report import read_summary, write_index
from dbt_regions.warehouse import Server

_SHOWN_CHANGES = 100


def _build_options(command: Any) -> Any:
    for option in reversed(
        (
            click.option("--select", help="dbt's node selection; a partial build publishes nothing."),
            click.option("--vars", "variables", help="dbt's variables, as YAML."),
            click.option("--full-refresh", is_flag=True, help="dbt's full refresh; tables that only grow stay."),
            click.option("--keep", type=int, default=50, show_default=True, help="How many passed runs are kept."),
            click.option(
                "--lock-timeout",
                type=float,
                default=60.0,
                show_default=True,
                help="Seconds to wait for a running build.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print the summaries as JSON, nothing else."),
        )
    ):
        command = option(command)
    return command


@main.command()
@click.argument("regions", nargs=-1)
@click.option("--all", "all_regions", is_flag=True, help="Every region found under projects/, side by side.")
@click.option(
    "--raw",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of <source table>.csv files instead of sample data.",
)
@click.option("--scale", type=int, help="Multiplies the generated sample (default 1).")
@click.option("--target", default=EMBEDDED_TARGET, show_default=True, help="dbt target of the region's profiles.yml.")
@click.option("--job", help="Build what this job of each region's deployment.yml builds, in its stages.")
@click.option("--since", metavar="REV", help="Build only what the change since REV touches, as `affected` tells it.")
@click.option("--defer", is_flag=True, help="Read what is not built where the region's last good build left it.")
@_build_options
@click.pass_obj
def build(
    obj: tuple[Path, Path],
    /,
    regions: tuple[str, ...],
    *,
    all_regions: bool,
    since: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Build REGIONS: load, gate, snapshot, run, test, publish, document, record."""
    names = _all(obj[0], options, quiet=as_json) if all_regions else tuple(dict.fromkeys(regions))
    if not names:
        message = f"name a region to build, or --all; the regions are {', '.join(region_names(obj[0]))}"
        raise RequestError(message)
    if since and options["job"]:
        message = f"--job {options['job']} says by itself what is built; leave out --select and --since"
        raise RequestError(message)
    if not since:
        sys.exit(_run(obj, names, options, as_json=as_json))
    selections = _selections(obj[0], names, since, options, quiet=as_json)
    sys.exit(_run(obj, tuple(selections), options, selections, as_json=as_json) if selections else 0)


def _all(root: Path, options: dict[str, Any], *, quiet: bool) -> tuple[str, ...]:
    """Return all regions but those whose raw tables are in a Postgres of their own while the target is the embedded."""
    names = region_names(root)
    if options["target"] != EMBEDDED_TARGET or options["raw"]:
        return names
    elsewhere = [name for name in names if not has_sample(root / "projects" / name)]
    for name in elsewhere:
        console(quiet=quiet).print(f"{name}: left out, its raw tables are elsewhere; build it with --target prod")
    return tuple(name for name in names if name not in elsewhere)


def _selections(
    root: Path, names: tuple[str, ...], since: str, options: dict[str, Any], *, quiet: bool
) -> dict[str, str | None]:
    """Return what the change since a revision asks to build: dbt's selection by region, None for all of a region."""
    if options["select"]:
        message = "--since selects by itself; leave out --select"
        raise RequestError(message)
    install_regions(root, names)
    selections: dict[str, str | None] = {}
    for answer in read_answer(root, since, names, options["variables"]).regions:
        if not find_last_good(root, answer.region):
            console(quiet=quiet).print(f"{answer.region}: no whole, good build here; building all of it")
            selections[answer.region] = None
        elif answer.reasons or answer.selection:
            selections[answer.region] = answer.selection
        else:
            console(quiet=quiet).print(f"{answer.region}: nothing to build of the change since {since}")
    return selections


@main.command("next-load")
@REGION
@_build_options
@click.pass_obj
def next_load(obj: tuple[Path, Path], /, region: str, *, as_json: bool, **options: Any) -> None:
    """Let REGION's next generated hourly load arrive, build, and show the snapshot rows that it changed."""
    root, home = obj
    read_region(root, region)
    if read_summary(root, region) is None:
        console(quiet=as_json).print(f"{region} was never built here: building its first load before the next one")
        code = _run(obj, (region,), options, as_json=as_json)
        if code:
            sys.exit(code)
    connection = Server(home).region(region)
    since = snapshot_clock(connection)
    code = _run(obj, (region,), {**options, "next_load": True}, as_json=as_json)
    if not as_json and code == 0:
        _print_changes(read_changes(connection, root / "build" / region / "target", since))
    sys.exit(code)


def _run(
    obj: tuple[Path, Path],
    names: tuple[str, ...],
    options: dict[str, Any],
    selections: Mapping[str, str | None] | None = None,
    *,
    as_json: bool,
) -> int:
    own = [options if selections is None else {**options, **_part(selections[name], options)} for name in names]
    requests = [_request(obj[0], name, mine) for name, mine in zip(names, own, strict=True)]
    screen = console(quiet=as_json)
    with Progress(screen, names) as progress:
        outcomes = run_builds(*obj, requests, progress)
    if as_json:
        sys.stdout.write(json.dumps([outcome_json(outcome) for outcome in outcomes], indent=2, default=str) + "\n")
    else:
        print_outcomes(screen, outcomes)
        index = write_index(obj[0], region_names(obj[0]))
        screen.print(f"all regions: {index}", highlight=False, soft_wrap=True)
    for outcome in outcomes:
        message = outcome.message if isinstance(outcome, BuildFailure) else outcome.first_error
        if message:
            sys.stderr.write(f"dbt-regions: {outcome.region}: {message}\n")
        if isinstance(outcome, BuildFailure) and outcome.trace and "--debug" in sys.argv:
            sys.stderr.write(outcome.trace)
    return combined_exit_code(outcome.exit_code for outcome in outcomes)


def _request(root: Path, name: str, options: dict[str, Any]) -> BuildRequest:
    """Return the checked request of a region's build, of one of its jobs where that is named."""
    region = read_region(root, name)
    request = BuildRequest(region=name, **options)
    check_request(request)
    return request_job(request, find_job(region, request.job)) if request.job else request


def _part(selection: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a selected part; of a region that is built as a whole nothing is deferred."""
    return {"select": selection, "defer": options["defer"] and selection is not None}


def _print_changes(changes: tuple[ChangedRow, ...]) -> None:
    screen = console()
    new = [change for change in changes if change.valid_to is None]
    changed = [change for change in changes if change.valid_to is not None]
    if changed:
        screen.print("\nSnapshot rows that this load changed, before and after (times UTC)", style="italic")
    for change in changed[:_SHOWN_CHANGES]:
        was, now = (
            ", ".join(f"{column} {cell(pair[place])}" for column, pair in change.changes.items()) for place in (0, 1)
        )
        screen.print(f"{change.snapshot} {change.key}", highlight=False, markup=False)
        screen.print(f"  old row  valid to   {change.valid_to}  {was}", highlight=False, markup=False, soft_wrap=True)
        screen.print(f"  new row  valid from {change.valid_from}  {now}", highlight=False, markup=False, soft_wrap=True)
    more = f" ({len(changed) - _SHOWN_CHANGES} more than shown)" if len(changed) > _SHOWN_CHANGES else ""
    screen.print(f"{len(changed)} keys changed{more}, {len(new)} keys are new", highlight=False)
