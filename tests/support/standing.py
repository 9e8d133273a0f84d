"""A monorepo whose regions stand, built once for all test files, and the copies of it that the files go on from.

A copy lies elsewhere, and dbt would parse it anew because its connection has another address: the two names by which
dbt's stored parse knows place and connection are replaced in it. dbt itself still compares every file with that parse.
"""

from __future__ import annotations

import fcntl
import hashlib
import pickle
import pprint
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dbt_regions.warehouse import Server
from support.monorepo import PARSE, Monorepo, copy_monorepo
from support.repo import region_names

PREFIX = "monorepo-"
USERS_OF_A_PARSE = ("target", "dbt", "accept", "replay")
"""The folders under build/<region> in which a build, plain dbt and two commands each keep a parse of their own."""
_OUTCOMES = "outcomes.pickle"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that the server's own user reaches; the names of all of them have the same length."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        yield Path(folder)


@dataclass(frozen=True)
class Templates:
    """The built monorepos of a test run under `store`; `of_all` makes one of all regions, which serves each file."""

    store: Path
    of_all: bool

    def built(self, folder: Path, regions: Sequence[str]) -> Monorepo:
        """Return a copy in which these regions stand as their first build left them, and no other does."""
        template = self._template(regions)
        copy = _copy(template, folder)
        outcomes = pickle.loads((template / _OUTCOMES).read_bytes())  # noqa: S301  written by `_build`
        for region, outcome in outcomes.items():
            if region in regions:
                assert outcome.exit_code == 0, (region, outcome)
                copy.outcomes[region] = outcome
            else:
                _forget(template, copy, region)
        return copy

    def fresh(self, folder: Path, regions: Sequence[str] | None = None) -> Monorepo:
        """Return a copy in which nothing was built; where the template is there already, dbt's parse of it is too."""
        copy = copy_monorepo(folder, regions)
        template = self.store / "-".join(region_names())
        if (template / _OUTCOMES).exists():
            for project in (copy.root / "projects").iterdir():
                _plant_parse(template, copy, project.name)
        return copy

    def _template(self, regions: Sequence[str]) -> Path:
        wanted = region_names() if self.of_all else tuple(sorted(regions))
        template = self.store / "-".join(wanted)
        with (self.store / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not (template / _OUTCOMES).exists():
                _build(template, wanted)
        return template


def _build(template: Path, regions: Sequence[str]) -> None:
    """Build the regions side by side and keep the monorepo, the stopped server and what the builds returned."""
    with scratch_folder() as folder:
        monorepo = copy_monorepo(folder)
        try:
            outcomes = monorepo.build(*regions)
        finally:
            Server(monorepo.home).stop()
        with (monorepo.home / "data/postgresql.conf").open("a") as settings:
            settings.write("fsync = off\n")  # for the copies, which no test takes the power from
        for packages in (monorepo.root / "projects").glob("*/dbt_packages"):
            shutil.rmtree(packages)  # links to where the template was
        template.mkdir()
        _copy_files([monorepo.root, monorepo.home], template)
    (template / "place").write_text(str(folder))
    (template / _OUTCOMES).write_bytes(pickle.dumps(outcomes))


def _copy_files(sources: Sequence[Path], folder: Path) -> None:
    """Copy folders with their owners."""
    subprocess.run(["/bin/cp", "-a", *map(str, sources), str(folder)], check=True)


def _copy(template: Path, folder: Path) -> Monorepo:
    """Copy a template; what its builds wrote names the copy's place."""
    _copy_files([template / "monorepo", template / "warehouse"], folder)
    copy = Monorepo(folder / "monorepo", folder / "warehouse")
    old = (template / "place").read_bytes()
    for file in (copy.root / "build").rglob("*.json"):
        if old in (text := file.read_bytes()):
            file.write_bytes(text.replace(old, bytes(folder)))
    for parse in (template / "monorepo" / "build").glob(f"*/target/{PARSE}"):  # of the regions that the template built
        _plant_parse(template, copy, parse.parents[1].name)
    return copy


def _plant_parse(template: Path, copy: Monorepo, region: str) -> None:
    """Give a copy dbt's parse of the template, for builds and for plain dbt, with the copy's place and connection."""
    old, new = Path((template / "place").read_text()), copy.root.parent
    parse = (template / "monorepo/build" / region / "target" / PARSE).read_bytes()
    digest, copys_digest = (_connection_digest(Server(place / "warehouse"), region) for place in (old, new))
    assert len(str(old)) == len(str(new)), "the parse counts its characters"
    assert parse.count(digest) == 1, "dbt's digest of a connection is made in another way now"
    parse = parse.replace(bytes(old), bytes(new)).replace(digest, copys_digest)
    for user in USERS_OF_A_PARSE:
        file = copy.root / "build" / region / user / PARSE
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(parse)


def _connection_digest(server: Server, region: str) -> bytes:
    """Return what dbt's stored parse holds of an embedded connection: a digest of all but its password."""
    from dbt.adapters.postgres.connections import PostgresCredentials  # noqa: PLC0415  dbt is slow to import

    named = {"host": str(server.socket_folder), "port": 5432, "user": region, "database": region}
    credentials = PostgresCredentials(**named, password="", schema="analytics")
    said = pprint.pformat(sorted(credentials.connection_info()))
    return hashlib.sha256(said.encode()).hexdigest().encode()


def _forget(template: Path, copy: Monorepo, region: str) -> None:
    """Take a region's data and runs out of a copy; dbt's parse of it stays."""
    server = Server(copy.home)
    server.start()
    with closing(server._connect_superuser()) as superuser, superuser.cursor() as cursor:
        superuser.autocommit = True
        cursor.execute(f'drop database "{region}"')
    shutil.rmtree(copy.root / "build" / region)
    _plant_parse(template, copy, region)
