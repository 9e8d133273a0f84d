"""The front of the command line: where the monorepo is, and what an error looks like."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from dbt_regions.errors import DbtRegionsError, describe_bug, one_line
from dbt_regions.regions import find_root

REGION = click.argument("region")


class _Group(click.Group):
    """Turns every error into one line on stderr and its exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        debug = "--debug" in sys.argv
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.ClickException as error:
            _fail(one_line(error.format_message()) + "; see --help", 2)
        except (click.Abort, KeyboardInterrupt):
            _fail("interrupted", 130)
        except DbtRegionsError as error:
            _fail(one_line(error), error.exit_code, traceback.format_exc() if debug else "")
        except BrokenPipeError:
            os._exit(141)
        except Exception as error:  # noqa: BLE001  the last stop: a bug of ours
            _fail(
                f"{describe_bug(error)}; please report it (dbt-regions --debug shows where)",
                70,
                traceback.format_exc() if debug else "",
            )


def _fail(message: str, code: int, trace: str = "") -> None:
    if trace:
        sys.stderr.write(trace)
    sys.stderr.write(f"dbt-regions: {message}\n")
    sys.exit(code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--root", type=click.Path(path_type=Path), help="The monorepo's root (default: found from here upwards).")
@click.option(
    "--warehouse",
    type=click.Path(path_type=Path),
    envvar="DBT_REGIONS_WAREHOUSE",
    help="Folder of the embedded Postgres (default: .warehouse under the root).",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def main(context: click.Context, root: Path | None, warehouse: Path | None, debug: bool) -> None:  # noqa: FBT001  click's
    """One definition, many regions: build, inspect and document the regional dbt projects.

    Exit codes: 0 all passed, 1 the data or a test says no, 2 the request is wrong, 3 the world is wrong
    (warehouse, disk, lock), 130 interrupted, 70 a bug of ours.
    """
    del debug  # read by _Group, which prints errors
    found = find_root(root.absolute() if root else Path.cwd())
    context.obj = (found, warehouse.absolute() if warehouse else found / ".warehouse")


def console(*, quiet: bool = False, rows: bool = False) -> Console:
    """Return where to print: as wide as the terminal, or wide enough for our tables in a log, or for any `rows`.

    `quiet` prints nothing.
    """
    width = None if sys.stdout.isatty() else 10_000 if rows else 160
    return Console(stderr=quiet, quiet=quiet, width=width)


def cell(value: object) -> str:
    """Return a database value as a table shows it."""
    return "null" if value is None else str(value)
