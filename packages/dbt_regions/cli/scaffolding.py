"""The commands that make a region and see how it drifted from the template: `new-region`, `template`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from dbt_regions.cli.app import main
from dbt_regions.deploy import refuse_taken_workflow, write_region
from dbt_regions.errors import DataError, RequestError
from dbt_regions.regions import project_name, read_region, read_yaml, region_folder, region_names
from dbt_regions.template import make_region, read_drift, read_standing, refuse_taken, update_region
from dbt_regions.template.answers import Answers, check_answers, default_answers
from dbt_regions.template.drift import MANAGED, Standing
from dbt_regions.template.update import Update

_QUESTIONS = {
    "region": "Name of the region, of its folder and of its nox sessions",
    "like": "Which region's raw tables look most alike",
    "label": "What people call it",
    "team": "Which team answers for it",
    "email": "Their address",
    "cron": "When it is built in the night, as a cron expression",
    "time_zone": "The time zone of that",
    "warehouse": "What it runs on in production, postgres or redshift",
}
_POSTGRES = {
    "host": "Host of an existing Postgres that holds the raw tables; nothing is generated then",
    "port": "Its port (default 5432)",
    "user": "Its user; the password comes from the environment",
    "database": "Its database",
    "sslmode": "Its sslmode (default require)",
    "source_schema": "Its schema of the raw tables",
    "loaded_at": "The raw tables' column by which a load is judged stale",
}


_Ask = Callable[[str, str | None, Callable[[str], None]], str]
"""Returns the answer to a question that has a default, once it is one that passes a check."""


def _question_options(command: Any) -> Any:
    for name, question in reversed({**_QUESTIONS, **_POSTGRES}.items()):
        if name != "region":
            command = click.option(f"--{name.replace('_', '-')}", name, help=f"{question}.")(command)
    return command


@main.command("new-region")
@click.argument("region", required=False)
@_question_options
@click.option("--no-input", is_flag=True, help="Ask nothing: what is not given takes its default.")
@click.option("--replay", type=click.Path(path_type=Path), help="A template.yml whose answers are taken; options win.")
@click.pass_obj
def new_region(
    obj: tuple[Path, Path], /, region: str | None, *, no_input: bool, replay: Path | None, **options: str | None
) -> None:
    """Make REGION: a complete dbt project, its mapping and sample copied from the region that it is like."""
    root = obj[0]
    given = {name: value for name, value in {"region": region, **options}.items() if value is not None}
    kept = _read_replay(replay) if replay else {}
    if not replay and not no_input and not sys.stdin.isatty():
        message = "nobody is there to answer questions; give --no-input, or --replay with a file of answers"
        raise RequestError(message)
    ask = None if no_input or replay else _ask
    answers = _collect(root, {**kept, **given}, ask)
    refuse_taken_workflow(root, answers.region)
    folder = make_region(root, answers)
    write_region(root, read_region(root, answers.region))
    what = "its sample data are generated"
    command = f"nox -s build-{answers.region}"
    if answers.brings_its_own_tables:
        secret = f"DBT_ENV_SECRET_{project_name(answers.region).upper()}_PASSWORD"
        what, command = f"reading schema {answers.source_schema} of {answers.host}", f"{command} -- --target prod"
        click.echo(f"the password of {answers.user} comes from the variable {secret}")
    click.echo(f"new region: {os.path.relpath(folder)}, mapped like {answers.like}; {what}")
    click.echo(f"next: {command}; docs/howto/new-region.md tells what to change first")


def _read_replay(file: Path) -> dict[str, Any]:
    value = read_yaml(file)
    answers = value.get("answers", value) if isinstance(value, dict) else None
    if not isinstance(answers, dict):
        message = f"{file} holds no answers; a file such as projects/na/template.yml does"
        raise RequestError(message)
    return answers


def _collect(root: Path, given: dict[str, Any], ask: _Ask | None) -> Answers:
    """Return checked answers: given ones, else asked for, else defaults; a name is checked before more is asked."""
    regions = region_names(root)
    if not regions:
        message = f"there is no region under {root / 'projects'} to begin from; keep at least one"
        raise RequestError(message)
    first = "na" if "na" in regions else regions[0]

    def check_name(name: str) -> None:
        check_answers({**default_answers(root, name, first), "region": name, "like": first}, "new-region", regions)
        refuse_taken(root, name)

    def check(question: str, answer: str) -> None:
        check_answers({**default_answers(root, name, first), **answers, question: answer}, "new-region", regions)

    answers = dict(given)
    if "region" not in answers:
        if ask is None:
            message = "name the region to make: dbt-regions new-region NAME"
            raise RequestError(message)
        answers["region"] = ask("region", None, check_name)
    name = str(answers["region"])
    check_name(name)
    answers.setdefault("like", first)
    check_answers({**default_answers(root, name, first), **answers}, "new-region", regions)
    if "like" not in given and ask:
        answers["like"] = ask("like", first, partial(check, "like"))
    for question, default in default_answers(root, name, str(answers["like"])).items():
        if question not in answers:
            answers[question] = ask(question, default, partial(check, question)) if ask else default
    return check_answers(answers, "new-region", regions)


def _ask(name: str, default: str | None, check: Callable[[str], None]) -> str:
    """Ask until the answer can be."""

    def judge(answer: str) -> str:
        try:
            check(answer)
        except RequestError as error:
            raise click.UsageError(str(error)) from error
        return answer

    return str(click.prompt(_QUESTIONS[name], default=default, err=True, value_proc=judge))


@main.group()
def template() -> None:
    """See how far regions have drifted from the template of today, and bring them to it."""


@template.command()
@click.argument("regions", nargs=-1)
@click.pass_obj
def status(obj: tuple[Path, Path], /, regions: tuple[str, ...]) -> None:
    """Say of REGIONS (default: all) what is not as the template of today; exit code 1 if something is not."""
    names = regions or region_names(obj[0])
    for name in names:
        region_folder(obj[0], name)
    news = {name: _read_news(obj[0], name) for name in names}
    for name, words in news.items():
        click.echo(f"{name}: {'; '.join(words) or 'as the template'}")
    sys.exit(int(any(news.values())))


def _read_news(root: Path, region: str) -> list[str]:
    """Return what is not as the template; a region whose origin cannot be read lets the others be read."""
    try:
        return _describe_standing(region, read_standing(root, region))
    except RequestError as error:
        return [str(error)]


def _describe_standing(region: str, standing: Standing) -> list[str]:
    words = [f"{drift.file} {'is gone' if drift.is_gone else 'differs'}" for drift in standing.drifts]
    if standing.unsolved:
        words.append(f"unsolved conflicts in {', '.join(standing.unsolved)}")
    if standing.version != standing.today:
        made = f"made with template {standing.version or 'of no version'}, today's is {standing.today}"
        words.append(f"{made}; dbt-regions template update {region}")
    return words


@template.command()
@click.argument("region")
@click.pass_obj
def diff(obj: tuple[Path, Path], /, region: str) -> None:
    """Print the difference between the template and REGION's managed files; exit code 1 if there is one."""
    drifts = read_drift(obj[0], region)
    for drift in drifts:
        click.echo(drift.diff, nl=False)
    if not drifts:
        click.echo(f"{region}: {', '.join(MANAGED)} are as the template; the other files are its own", err=True)
    sys.exit(int(bool(drifts)))


_WORDS = {
    "updated": "updated",
    "merged": "updated, the region's edits kept",
    "added": "added",
    "deleted": "deleted, the template has it no more",
    "stays deleted": "stays deleted, as the region has it",
    "kept": "the template has it no more, kept for the region's edits",
}


@template.command()
@click.argument("regions", nargs=-1)
@click.pass_obj
def update(obj: tuple[Path, Path], /, regions: tuple[str, ...]) -> None:
    """Bring REGIONS (default: all) to the template of today and keep their edits; exit code 1 on a conflict.

    What both changed stays as the region has it, and the merge with its markers lies beside it as FILE.conflict.
    """
    left = [name for name in regions or region_names(obj[0]) if not _update_whole(obj[0], name)]
    sys.exit(int(bool(left)))


def _update_whole(root: Path, region: str) -> bool:
    """Update a region and return whether nothing is left to solve; one that refuses lets the others go on."""
    try:
        return not _print_update(update_region(root, region))
    except DataError as error:
        click.echo(f"dbt-regions: {error}", err=True)
        return False


def _print_update(done: Update) -> bool:
    """Print what an update did and return whether it left conflicts."""
    same = done.before == done.after
    versions = f"template {done.after} already" if same else f"from template {done.before} to {done.after}"
    click.echo(f"{done.region}: {versions}")
    if not done.known:
        click.echo(f"  template {done.before} is not in this clone's history: each difference is a conflict")
    for file in done.files:
        path = f"projects/{done.region}/{file.file}"
        conflict = f"conflict; take what is right from {file.target} into the file, then delete it"
        click.echo(f"  {path}: {_WORDS.get(file.outcome, conflict)}")
    return any(file.outcome == "conflict" for file in done.files)
