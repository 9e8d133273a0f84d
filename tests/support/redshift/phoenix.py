"""Region Phoenix against the stand-in: what an hourly Glue job writes, a build, and plain dbt."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions.artifacts import read_source_tables
from dbt_regions.build.sample.facts import FACT_TABLES
from dbt_regions.files import copy_files
from dbt_regions.warehouse import Connection, RawLoad, load_generated, query
from support.monorepo import PARSE, Monorepo, copy_monorepo
from support.redshift.standin import GLUE, RedshiftStandin
from support.sample_data import facts

REGION = "phoenix"
MANIFEST = ("analytics_history", "load_manifest")


@dataclass(frozen=True)
class Phoenix:
    """A scratch copy of the monorepo with Phoenix alone, and the stand-in that its `prod` target leads to."""

    monorepo: Monorepo
    standin: RedshiftStandin

    def cli(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the CLI with the variables that name the stand-in."""
        return self.monorepo.cli(*arguments, **self.standin.environment(**environment))

    def build(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Build Phoenix as somebody with a cluster would."""
        return self.cli("build", REGION, "--target", "prod", *options, **environment)

    def create_load_manifest(self) -> None:
        """Let dbt create the table that the Glue job reports its loads in."""
        done = self.cli("dbt", "--target", "prod", REGION, "--", "run", "--select", "load_manifest")
        assert done.returncode == 0, done.stdout + done.stderr
        folder = self.monorepo.root / "build" / REGION
        copy_files((PARSE,), folder / "dbt", folder / "target")  # the build goes on from plain dbt's parse

    def write_load(self, number: int) -> None:
        """Write the sample's load of this number into the raw tables, past the proxy, as the Glue job's user."""
        write_load(self.standin.connection(GLUE), self.monorepo, self.monorepo.root / "build" / REGION / "dbt", number)

    def rows(self, statement: str, user: str = "postgres") -> tuple[tuple[Any, ...], ...]:
        """Return the rows of a query in the stand-in, past the proxy."""
        return query(self.standin.connection(user), statement).rows


def copy_phoenix(folder: Path) -> Monorepo:
    """Return a scratch copy of the monorepo that holds Phoenix alone."""
    return copy_monorepo(folder, regions=[REGION])


def write_load(connection: Connection, monorepo: Monorepo, artifacts: Path, number: int) -> None:
    """Write a load of generated changes, as Phoenix's Glue job would: the raw tables and their rows in the manifest."""
    tables = read_source_tables(artifacts)
    folder = monorepo.root / "projects" / REGION / "sample"
    selects = {table.name: (folder / f"{table.name}.sql").read_text(encoding="utf-8").strip() for table in tables}
    sample = facts(REGION, number)
    load = RawLoad(f"generated-402-x1-{number:04d}", MANIFEST, tables)
    load_generated(connection, load, {name: (FACT_TABLES[name], sample.rows(name)) for name in FACT_TABLES}, selects)
