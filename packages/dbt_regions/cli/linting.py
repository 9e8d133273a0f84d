"""The command that judges SQL without a warehouse: `redshift-lint`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from dbt_regions.build.packages import install_regions
from dbt_regions.cli.app import console, main
from dbt_regions.errors import RequestError
from dbt_regions.regions import read_region

if TYPE_CHECKING:
    from dbt_regions.redshift_lint import LintReport


@main.command("redshift-lint")
@click.argument("regions", nargs=-1, metavar="[REGION]...")
@click.option(
    "--file", "sql_files", multiple=True, type=click.Path(path_type=Path), help="A file of plain SQL to lint."
)
@click.option("--redshift-only", is_flag=True, help="With --file: leave out the rules that are PostgreSQL's (RS3xx).")
@click.option("--rules", "show_rules", is_flag=True, help="List the rules.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def redshift_lint(
    obj: tuple[Path, Path],
    regions: tuple[str, ...],
    sql_files: tuple[Path, ...],
    redshift_only: bool,  # noqa: FBT001  click's
    show_rules: bool,  # noqa: FBT001  click's
    as_json: bool,  # noqa: FBT001  click's
) -> None:
    """Say where SQL leaves what Redshift and PostgreSQL both take: of each REGION, compiled offline, or of files.

    Exceptions stand beside the SQL: -- redshift-lint: allow RS104 because <reason>
    """
    if show_rules:
        _print_rules(as_json=as_json)
        return
    if not regions and not sql_files:
        message = "nothing to lint; name a region or a --file, or list the rules with --rules"
        raise RequestError(message)
    if redshift_only and not sql_files:
        message = "--redshift-only is for files, and there is none; name a --file, or leave it out"
        raise RequestError(message)
    reports = [*_lint_files(sql_files, portable=not redshift_only), *_lint_regions(obj[0], regions)]
    if as_json:
        found = [{"subject": report.subject, **finding.to_json()} for report in reports for finding in report.findings]
        click.echo(json.dumps(found, indent=2))
    else:
        for report in reports:
            _print_report(report)
    if any(report.findings for report in reports):
        sys.exit(1)


def _lint_files(sql_files: tuple[Path, ...], *, portable: bool) -> Iterator[LintReport]:
    from dbt_regions.redshift_lint import is_template, lint_files  # noqa: PLC0415  sqlglot takes longer than --help may

    texts = {file: _read(file) for file in sql_files}
    for file, text in texts.items():
        if is_template(text):
            message = f"{_plain(str(file))} is a template, not plain SQL; lint its region instead: redshift-lint REGION"
            raise RequestError(message)
    if texts:
        yield lint_files({str(file): text for file, text in texts.items()}, portable=portable)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"{_plain(str(file))} cannot be read: {error.strerror or error}; name a file of SQL"
        raise RequestError(message) from error
    except UnicodeDecodeError as error:
        message = f"{_plain(str(file))} is not UTF-8 text; name a file of SQL"
        raise RequestError(message) from error


def _lint_regions(root: Path, names: tuple[str, ...]) -> Iterator[LintReport]:
    from dbt_regions.redshift_lint import compile_offline, lint_compilation  # noqa: PLC0415  as above

    regions = [read_region(root, name) for name in dict.fromkeys(names)]
    install_regions(root, names)
    for region in regions:
        yield lint_compilation(compile_offline(root, region))


def _print_report(report: LintReport) -> None:
    for finding in report.findings:
        click.echo(_plain(finding.to_text()))
    for allowance in report.allowances:
        click.echo(_plain(f"{allowance.place} allowed {allowance.code}: {allowance.reason}"))
    click.echo(report.summary())


def _plain(text: str) -> str:
    """Return a text whose control characters are spelled out: a terminal would obey them."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _print_rules(*, as_json: bool) -> None:
    from dataclasses import asdict  # noqa: PLC0415  needed here only

    from dbt_regions.redshift_lint import RULES  # noqa: PLC0415  as above

    if as_json:
        click.echo(json.dumps([asdict(rule) for rule in RULES], indent=2))
        return
    table = Table(box=None)
    for heading in ("code", "what", "remedy", "page"):
        table.add_column(heading)
    for rule in RULES:
        table.add_row(rule.code, rule.title, rule.remedy, rule.page or rule.source)
    console(rows=True).print(table, markup=False)
