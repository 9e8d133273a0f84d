"""The commands of the job server: `serve`, and `token` for who may use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dbt_regions.cli.app import REGION, main
from dbt_regions.errors import RequestError
from dbt_regions.regions import find_place, read_output, read_region, region_names

_STATE = click.option(
    "--state",
    type=click.Path(path_type=Path),
    envvar="DBT_REGIONS_SERVE",
    help="Folder of the server's store (default: .serve under the root).",
)


def _store_file(root: Path, state: Path | None) -> Path:
    return (state.absolute() if state else root / ".serve") / "store.sqlite"


def _existing_store(root: Path, state: Path | None) -> Path:
    file = _store_file(root, state)
    if not file.exists():
        message = f"{file} is not there, so there is no token; make one: dbt-regions token make REGION"
        raise RequestError(message)
    return file


@main.command()
@_STATE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8580, show_default=True)
@click.option("--certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="TLS: chain in PEM.")
@click.option("--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="TLS: its key in PEM.")
@click.option("--target", help="dbt target of all jobs (default: each job's own in deployment.yml).")
@click.option("--rate", default="1200/minute", show_default=True, help="How often a client may ask.")
@click.option(
    "--grace", type=click.FloatRange(0, 3600), default=30.0, show_default=True, help="Seconds for builds to end."
)
@click.pass_obj
def serve(
    obj: tuple[Path, Path],
    /,
    *,
    state: Path | None,
    target: str | None,
    certificate: Path | None,
    key: Path | None,
    **options: object,
) -> None:
    """Run the job server: dbt Cloud's API v2 over the regions here, their crons, and each load exactly once.

    Make a token (`dbt-regions token make REGION`), then `deploy` and `trigger` work against it with DBT_BASE_URL.
    SIGTERM or Ctrl-C ends it: builds get --grace seconds, then they are stopped and put to the queue again.
    """
    from dbt_regions.serve import server  # noqa: PLC0415  the server's libraries are slow to import
    from dbt_regions.serve.planning import Place  # noqa: PLC0415  as above

    if (certificate is None) != (key is None):
        message = "--certificate and --key belong together; give both, or none for a server without TLS"
        raise RequestError(message)
    if not options["host"] or options["grace"] != options["grace"]:
        message = "--host must not be empty, nor --grace nan: write 0.0.0.0 for every address, and seconds"
        raise RequestError(message)
    if target:
        for name in region_names(obj[0]):
            read_output(obj[0] / "projects" / name, target)
    place = Place(obj[0], obj[1], _store_file(obj[0], state), target)
    named: Any = options  # click has checked them
    server.serve(server.Settings(place, certificate=certificate, key=key, **named))


@main.group()
def token() -> None:
    """Tokens of the job server: each is for one region."""


@token.command("make")
@REGION
@_STATE
@click.option("--note", default="", help="Whom it is for.")
@click.pass_obj
def make(obj: tuple[Path, Path], region: str, state: Path | None, note: str) -> None:
    """Make a token for REGION and print it. It is shown only now: the server keeps its hash."""
    from dbt_regions.serve.store import Store  # noqa: PLC0415  as above
    from dbt_regions.serve.tokens import make_token  # noqa: PLC0415  as above

    find_place(read_region(obj[0], region))
    if not note.isprintable():
        message = f"--note {note!r} has characters that cannot be printed; give it in words"
        raise RequestError(message)
    with Store(_store_file(obj[0], state)).transaction() as connection:
        made = make_token(connection, region, note)
    click.echo(made)


@token.command("list")
@_STATE
@click.pass_obj
def list_(obj: tuple[Path, Path], state: Path | None) -> None:
    """Say which tokens there are, without the tokens."""
    from dbt_regions.serve.store import Store  # noqa: PLC0415  as above
    from dbt_regions.serve.tokens import list_tokens  # noqa: PLC0415  as above

    with Store(_existing_store(obj[0], state)).transaction() as connection:
        rows = list_tokens(connection)
    for row in rows:
        made = f"{row['created_at']:%Y-%m-%d %H:%M} UTC"
        ended = f"revoked {row['revoked_at']:%Y-%m-%d %H:%M} UTC" if row["revoked_at"] else "valid"
        click.echo(f"{row['id']:>4}  {row['region']}  made {made}  {ended}  {row['note']}")
    if not rows:
        click.echo("there is no token; make one: dbt-regions token make REGION")


@token.command("revoke")
@click.argument("number", type=click.IntRange(1))
@_STATE
@click.pass_obj
def revoke(obj: tuple[Path, Path], number: int, state: Path | None) -> None:
    """Make token NUMBER, as `list` shows it, invalid for good."""
    from dbt_regions.serve.store import Store  # noqa: PLC0415  as above
    from dbt_regions.serve.tokens import revoke_token  # noqa: PLC0415  as above

    with Store(_existing_store(obj[0], state)).transaction() as connection:
        revoke_token(connection, number)
    click.echo(f"token {number} is not valid any more")
