"""A scratch copy of the monorepo with a warehouse of its own, for tests that build, break and kill things."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbt_regions.build.events import Event
from dbt_regions.build.plan import BuildRequest
from dbt_regions.build.workers import Outcome, run_builds
from dbt_regions.domain import BuildSummary
from dbt_regions.warehouse import Server, query
from dbt_regions.warehouse.programs import run_program
from support.forked_command import run_forked

REPO = Path(__file__).resolve().parents[2]
GREENERY = REPO.parent / "shared" / "data" / "greenery"
PARSE = "partial_parse.msgpack"
"""What dbt keeps of its last parse in a target folder; it still compares every file with that."""
ROWS_OF_GROWING_TABLES = """
    select
        (select count(*) from analytics_snapshots.order_snapshot),
        (select count(*) from analytics_snapshots.application_snapshot),
        (select count(*) from analytics_published.product_funnel_publication),
        (select count(*) from analytics_history.load_manifest)
"""


@dataclass
class Monorepo:
    """The scratch copy: `root` holds projects/ and packages/, `home` the embedded warehouse.

    `outcomes` is what the builds returned that the copy was made with, by region.
    """

    root: Path
    home: Path
    events: list[Event] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def build(self, *regions: str, **options: Any) -> dict[str, Outcome]:
        """Build regions side by side in forked workers, as the CLI does; return their outcomes by region."""
        requests = [BuildRequest(region=region, **options) for region in regions]
        self.events.clear()
        outcomes = run_builds(self.root, self.home, requests, self.events.append)
        return dict(zip(regions, outcomes, strict=True))

    def build_one(self, region: str, **options: Any) -> BuildSummary:
        """Build one region that comes to a summary."""
        outcome = self.build(region, **options)[region]
        assert isinstance(outcome, BuildSummary), outcome
        return outcome

    def rows(self, region: str, statement: str) -> tuple[tuple[Any, ...], ...]:
        """Return the rows of a query in the region's database, as the region's role."""
        return query(Server(self.home).region(region), statement).rows

    @property
    def place(self) -> tuple[str, ...]:
        """The options by which the CLI finds this copy."""
        return ("--root", str(self.root), "--warehouse", str(self.home))

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of the CLI on this copy."""
        return [sys.executable, "-m", "dbt_regions.cli", *self.place, *arguments]

    def cli(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the CLI as a process of its own."""
        return subprocess.run(
            self.command(*arguments),
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )

    def forked_cli(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the CLI in a process forked from this one, which spares it dbt's import."""
        return run_forked([*self.place, *arguments], environment)

    def edit(self, path: str, *replacements: tuple[str, str]) -> None:
        """Replace texts in a file of the copy; each must be there."""
        file = self.root / path
        text = file.read_text()
        for old, new in replacements:
            assert old in text, f"{path} does not contain {old!r}"
            text = text.replace(old, new)
        file.write_text(text)

    @contextmanager
    def running_build(
        self, *arguments: str, until: str, new_session: bool = False, **environment: str
    ) -> Iterator[subprocess.Popen[str]]:
        """Start a build and hand it over once it printed the stage `until`; kill it at the end of the block."""
        with subprocess.Popen(
            self.command("build", *arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=new_session,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if f" {until} " in line:
                    break
            yield process
            process.kill()

    @contextmanager
    def restored(self, *patterns: str) -> Iterator[None]:
        """Put the files that match these patterns back at the end of the block."""
        texts = {file: file.read_text() for pattern in patterns for file in self.root.glob(pattern)}
        assert texts, f"nothing matches {patterns}"
        try:
            yield
        finally:
            for file, text in texts.items():
                file.write_text(text)

    def stop(self) -> None:
        """Stop the copy's warehouse at once: nobody reads its files again."""
        if (self.home / "data/postmaster.pid").exists():
            run_program("pg_ctl", "stop", "-D", str(self.home / "data"), "-m", "immediate", "-w")


def copy_monorepo(folder: Path, regions: Sequence[str] | None = None) -> Monorepo:
    """Copy projects/, packages/ and templates/ of this repository into a folder; `regions` keeps only those."""
    root = folder / "monorepo"
    ignore = shutil.ignore_patterns("dbt_packages", "__pycache__", "target", "logs", "package-lock.yml", ".user.yml")
    for part in ("projects", "packages", "templates"):
        shutil.copytree(REPO / part, root / part, ignore=ignore)
    for project in (root / "projects").iterdir():
        if regions is not None and project.name not in regions:
            shutil.rmtree(project)
    return Monorepo(root, folder / "warehouse")
