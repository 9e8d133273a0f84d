"""The shared package's integration project in a scratch copy, kept ready for many dbt commands in a row."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from psycopg2.extras import execute_values

from dbt_regions import files
from dbt_regions.artifacts import read_run_results
from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import DbtSession
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.warehouse import Connection, Server, query, session
from support.monorepo import Monorepo

DATABASE = "integration_tests"


def link_packages(monorepo: Monorepo) -> Path:
    """Give the copy's integration project its packages, and return its folder."""
    packages = monorepo.root / "packages"
    project = packages / "shared_macros/integration_tests"
    files.link(project / "dbt_packages/shared_macros", packages / "shared_macros")
    files.link(
        project / "dbt_packages/dbt_utils", Path(os.environ.get("DBT_UTILS_PATH", packages / "dbt_utils_standin"))
    )
    return project


@dataclass(frozen=True)
class IntegrationProject:
    """The project, parsed once in a process of its own, and its database."""

    connection: Connection
    _pipe: Pipe

    def run(self, *models: str) -> None:
        """Run models; fails with dbt's first message."""
        self._invoke("run", "--select", *models)

    def operate(self, macro: str, **arguments: Any) -> None:
        """Run an operation; fails with dbt's message."""
        self._invoke("run-operation", macro, "--args", json.dumps(arguments))

    def refusal(self, macro: str, **arguments: Any) -> str | None:
        """Return what dbt says against an operation, None where it says nothing."""
        self._pipe.send(("run-operation", macro, "--args", json.dumps(arguments)))
        return self._pipe.recv()  # type: ignore[no-any-return]  # a pipe's word is Any

    def _invoke(self, *command: str) -> None:
        self._pipe.send(command)
        error = self._pipe.recv()
        assert error is None, error

    def execute(self, *statements: str) -> None:
        """Run statements in one transaction."""
        with session(self.connection) as opened, opened.cursor() as cursor:
            cursor.execute("; ".join(statements))

    def rows(self, statement: str) -> tuple[tuple[Any, ...], ...]:
        """Return a query's rows."""
        return query(self.connection, statement).rows

    def fill(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Replace the rows of a table."""
        with session(self.connection) as opened, opened.cursor() as cursor:
            cursor.execute(f"delete from {table}")
            if rows:
                execute_values(cursor, f"insert into {table} values %s", rows, page_size=1000)


@contextmanager
def integration_project(monorepo: Monorepo) -> Iterator[IntegrationProject]:
    """Parse the project in a forked process, which then runs what it is told until the end of the block.

    dbt is imported there alone: it reads its environment once, which other tests of this process set.
    """
    project = link_packages(monorepo)
    connection = Server(monorepo.home).region(DATABASE)
    context = multiprocessing.get_context("fork")
    ours, its = context.Pipe()
    process = context.Process(target=_work, args=(its, project, monorepo.root / "target", connection))
    process.start()
    its.close()
    error = ours.recv()
    assert error is None, error
    try:
        yield IntegrationProject(connection, ours)
    finally:
        ours.send(())
        process.join()


def _work(pipe: Pipe, project: Path, target_path: Path, connection: Connection) -> None:
    os.environ.update(dbt_environment(connection, "integration"))
    dbt = DbtSession(project, target_path, target=EMBEDDED_TARGET)
    parsed = dbt.parse()
    pipe.send(parsed.error)
    while command := pipe.recv():
        done = dbt.run(command)
        results = read_run_results(target_path) if command[0] == "run" else None
        failure = done.error or (results and results.first_error) or f"dbt failed on {' '.join(command[:3])}"
        pipe.send(None if done.success else failure)
