"""The commands of deployments: `deployments` renders for schedulers, `deploy` applies that, `trigger` starts a job."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from dbt_regions.build.packages import install_regions
from dbt_regions.cli.app import REGION, main
from dbt_regions.deploy import Cadence, find_drift, read_cadences, render_files, write_files
from dbt_regions.deploy.applying import JobChange, apply_jobs, check_places, plan_jobs, read_login
from dbt_regions.deploy.triggering import STATUSES, Run, find_trigger_job, follow_run, plan_cause, start_run
from dbt_regions.errors import InterruptedByUserError, RequestError
from dbt_regions.http_client import JsonApi
from dbt_regions.regions import read_region, read_regions

_DONE = {"missing": "written", "differs": "written", "left over": "deleted"}


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a file is not as it would be rendered.")
@click.pass_obj
def deployments(obj: tuple[Path, Path], /, *, check: bool) -> None:
    """Render every deployment.yml for dbt Cloud and GitHub Actions, and say which job builds what.

    Exit code 1 where a node belongs to no job or to two, where a test is run by none, or where two runs by cron meet.
    """
    root = obj[0]
    regions = read_regions(root)
    check_places(regions)
    texts = render_files(regions)
    install_regions(root, [region.name for region in regions])
    cadences = read_cadences(root, regions)
    for cadence in cadences:
        _print_cadence(cadence)
    faults = [fault for cadence in cadences for fault in cadence.faults]
    drifts = find_drift(root, texts) if check or faults else write_files(root, texts)
    for drift in drifts:
        click.echo(f"{drift.file}: {drift.how if check or faults else _DONE[drift.how]}")
    click.echo(f"{len(texts)} files looked at: {_count(drifts, kept=check or bool(faults))}; {len(faults)} faults")
    if check and drifts:
        click.echo("edit deployment.yml, not what is rendered from it; then: nox -s deployments", err=True)
    if drifts and faults and not check:
        click.echo("nothing was rendered: correct the faults first", err=True)
    sys.exit(int(bool(faults or (check and drifts))))


def _count(drifts: tuple[object, ...], *, kept: bool) -> str:
    if not drifts:
        return "all are as deployment.yml says"
    return f"{len(drifts)} {'are not as deployment.yml says' if kept else 'rendered anew'}"


def _print_cadence(cadence: Cadence) -> None:
    for job, nodes in cadence.jobs.items():
        tests = sum(node.startswith("test.") for node in nodes)
        click.echo(f"{cadence.region} {job}: builds {len(nodes) - tests} nodes, runs {tests} tests")
    for fault in cadence.faults:
        click.echo(fault, err=True)


@main.command()
@REGION
@click.option("--apply", "do_apply", is_flag=True, help="Change dbt Cloud's jobs; without it the plan is shown only.")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 where a job is not as deployment.yml says.")
@click.pass_obj
def deploy(obj: tuple[Path, Path], /, region: str, *, do_apply: bool, check: bool) -> None:
    """Plan REGION's jobs on dbt Cloud: what is not there as its deployment.yml says; --apply makes it so.

    DBT_API_KEY holds the token, DBT_BASE_URL the address (https://cloud.getdbt.com, if not set). Jobs of other regions,
    and those that a person made on dbt Cloud, are not touched.
    """
    if do_apply and check:
        message = "--check changes nothing and --apply does; give one of them"
        raise RequestError(message)
    root, login = obj[0], read_login(os.environ)
    named = read_region(root, region)
    check_places(read_regions(root))
    changes = plan_jobs(root, named, login)
    for change in changes:
        _print_change(change)
    if not changes:
        click.echo(f"{region}: the jobs on {login.url} are as deployment.yml says")
    elif do_apply:
        done = apply_jobs(root, named, login)
        click.echo(f"{region}: {len(done)} jobs changed on {login.url}")
    else:
        click.echo(f"{region}: {len(changes)} jobs are not as deployment.yml says; --apply changes them on {login.url}")
    sys.exit(int(bool(check and changes)))


def _print_change(change: JobChange) -> None:
    click.echo(f"{change.action} job {change.job}")
    for difference in change.differences:
        click.echo(f"    {difference}")


@main.command()
@REGION
@click.option("--job", "job_name", help="The job of deployment.yml; the one by load, if not said.")
@click.option("--load-id", help="The load that starts it; a load that was announced before starts nothing again.")
@click.option("--watermark", help="The highest event or change time of the load.")
@click.option("--no-wait", is_flag=True, help="Start it and return.")
@click.option("--poll-seconds", type=click.FloatRange(0.1, 600), default=5.0, show_default=True)
@click.pass_obj
def trigger(
    obj: tuple[Path, Path],
    /,
    region: str,
    *,
    job_name: str | None,
    no_wait: bool,
    poll_seconds: float,
    **load: str | None,
) -> None:
    """Start a job of REGION on dbt Cloud and follow its run; exit code 0, 1 or 130 as it succeeds, fails, is cancelled.

    DBT_API_KEY holds the token, DBT_BASE_URL the address (https://cloud.getdbt.com, if not set).
    """
    login = read_login(os.environ)
    job, place = find_trigger_job(read_region(obj[0], region), job_name)
    api = JsonApi(login.url, login.token)
    cause = plan_cause(region, load["load_id"], load["watermark"], os.environ.get("USER") or "somebody")
    run = start_run(api, place, f"{region}-{job.name}", cause)
    click.echo(f"{region} {job.name}: run {run.id} {'started' if run.is_new else 'was started for this load before'}")
    if run.href:
        click.echo(run.href)
    if no_wait:
        return
    started = time.monotonic()

    def tell(now: Run) -> None:
        step = f", {now.step}" if now.step else ""
        click.echo(f"{time.monotonic() - started:6.0f} s  {STATUSES.get(now.status, now.status)}{step}")

    try:
        ended = follow_run(api, place, run, tell, poll_seconds)
    except KeyboardInterrupt as error:
        message = f"interrupted; run {run.id} goes on: {run.href}"
        raise InterruptedByUserError(message) from error
    if ended.message and ended.is_complete:
        click.echo(ended.message)
    ended.check(load["load_id"])
