"""One region's dbt session in this process; dbt is imported inside functions only.

dbt is imported once, the project parsed once, and the manifest handed from command to command. dbt allows one
command at a time in a process, so a session belongs to one process (see `build.workers`).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt_regions import files
from dbt_regions.dbt_runner.side_by_side import held_back
from dbt_regions.domain import failure_exit_code
from dbt_regions.errors import DataError, InterruptedByUserError, RequestError, WorldError, one_line

ARTIFACTS = ("run_results.json", "catalog.json", "static_index.html")
_RESULT_EVENTS = frozenset({"LogModelResult", "LogTestResult", "LogSnapshotResult"})
_OPERATION_ERRORS = frozenset({"RunningOperationCaughtError", "RunningOperationUncaughtError"})


@dataclass(frozen=True)
class NodeEvent:
    """One node of a dbt command ended, with dbt's status."""

    name: str
    status: str


@dataclass(frozen=True)
class Invocation:
    """How a dbt command ended; `error` is its message when it failed outside a node (None otherwise)."""

    success: bool
    error: str | None


def preload() -> str:
    """Import dbt in this process, so that processes forked from it have it; return dbt-core's version."""
    from dbt.cli.main import dbtRunner  # noqa: F401, PLC0415  imported for its effect
    from dbt.version import __version__  # noqa: PLC0415  dbt takes seconds to import

    return str(__version__)


def package_hub() -> str:
    """Return the address of the dbt package hub in force (DBT_PACKAGE_HUB_URL, else dbt's own)."""
    from dbt.clients import registry  # noqa: PLC0415  as above

    return os.environ.get("DBT_PACKAGE_HUB_URL") or str(registry.DEFAULT_REGISTRY_BASE_URL)


class DbtSession:
    """A region's dbt project, ready for several commands in a row."""

    def __init__(
        self,
        project: Path,
        target_path: Path,
        *,
        target: str,
        variables: str | None = None,
        on_node: Callable[[NodeEvent], None] = lambda _: None,
    ) -> None:
        self.project = project
        self.target_path = target_path
        self._options = _options(project, target_path, target=target, variables=variables)
        self._on_node = on_node
        self._manifest: Any = None
        self._operation_error: str | None = None

    def parse(self) -> Invocation:
        """Parse the project, keep its manifest for the commands that follow, and write manifest.json."""
        invocation, result = self._invoke(("parse",))
        self._manifest = result
        return invocation

    def deps(self) -> Invocation:
        """Run `dbt deps`, the one command without a target path."""
        place = self._options.index("--target-path")
        return self._invoke(("deps",), [*self._options[:place], *self._options[place + 2 :]])[0]

    def run(self, arguments: tuple[str, ...]) -> Invocation:
        """Run one dbt command, such as ("run", "--select", "tag:gate"), and write its run_results.json.

        dbt would also write the whole manifest after each command, which took a third of a build's time:
        `write_manifest` does so where it says something new.
        """
        invocation, result = self._invoke((*arguments, "--no-write-json"))
        if hasattr(result, "results") and hasattr(result, "write"):
            self._write(result, "run_results.json")
        return invocation

    def list_nodes(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """Return the unique ids of what a selection takes, sorted; `arguments` are those of `dbt ls`.

        RequestError where dbt cannot read the selection.
        """
        invocation, result = self._invoke(("ls", *arguments, "--output", "json", "--output-keys", "unique_id"))
        if not invocation.success:
            message = f"dbt cannot select {' '.join(arguments)!r}: {invocation.error}; correct select and exclude"
            raise RequestError(message)
        return tuple(sorted(json.loads(line)["unique_id"] for line in result or ()))

    def write_manifest(self) -> None:
        """Write manifest.json with all SQL that was compiled so far."""
        if self._manifest is not None:
            self._write(self._manifest, "manifest.json")

    def _write(self, artifact: Any, name: str) -> None:
        with files.named_world_errors("write", self.target_path / name):
            artifact.write(str(self.target_path / name))

    def show_row(self, inline: str) -> Mapping[str, Any] | None:
        """Return the first row of a query written in dbt's SQL (with ref and source); None when there is none."""
        return next(iter(self.show_rows(inline, limit=1)), None)

    def show_rows(self, inline: str, *, limit: int = 1000, strict: bool = False) -> tuple[Mapping[str, Any], ...]:
        """Return the first rows of such a query; none where it fails, DataError or WorldError if `strict`."""
        invocation, result = self._invoke(
            ("show", "--inline", inline, "--limit", str(limit), "--no-write-json", "--no-populate-cache")
        )
        if strict and not invocation.success:
            message = f"a query of ours failed: {invocation.error or 'see dbt.log'}"
            raise (WorldError if failure_exit_code(message) == WorldError.exit_code else DataError)(message)
        if not invocation.success or result is None:
            return ()
        table = result.results[0].agate_table
        return tuple(dict(zip(table.column_names, row, strict=True)) for row in table.rows)

    def _invoke(self, arguments: tuple[str, ...], options: list[str] | None = None) -> tuple[Invocation, Any]:
        from dbt.cli.main import dbtRunner  # noqa: PLC0415  as above

        self._operation_error = None
        with contextlib.ExitStack() as until_quiet:  # dbt prints a traceback of a Ctrl-C before it has read --log-level
            until_quiet.enter_context(held_back(signal.SIGINT))
            callbacks = [lambda _: until_quiet.close(), self._on_event]
            outcome = dbtRunner(manifest=self._manifest, callbacks=callbacks).invoke(
                [*arguments, *(options or self._options)]
            )
        error = outcome.exception
        if isinstance(error, KeyboardInterrupt):
            message = f"dbt {arguments[0]} was interrupted"
            raise InterruptedByUserError(message)
        if isinstance(error, OSError):
            message = f"dbt {arguments[0]} in {self.project}: {one_line(error)}; free space or fix permissions"
            raise WorldError(message) from error
        return Invocation(outcome.success, _message(error) if error else self._operation_error), outcome.result

    def _on_event(self, event: Any) -> None:
        if event.info.name in _RESULT_EVENTS:
            data = event.data
            self._on_node(NodeEvent(data.node_info.node_name, data.status))
        elif event.info.name in _OPERATION_ERRORS:  # its result has no message
            self._operation_error = _message(event.data.exc)


def dbt_command(project: Path, target_path: Path, *, target: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command line that runs plain dbt on a region as a process of its own, for people and benchmarks."""
    program = Path(sys.executable).with_name("dbt")
    return (str(program), *arguments, *_project_options(project, target_path, target=target))


def _project_options(project: Path, target_path: Path, *, target: str) -> list[str]:
    return [
        "--project-dir", str(project), "--profiles-dir", str(project), "--target", target,
        "--target-path", str(target_path), "--log-path", str(target_path / "logs"),
    ]  # fmt: skip


def _options(project: Path, target_path: Path, *, target: str, variables: str | None) -> list[str]:
    quiet = ["--log-level", "none", "--no-send-anonymous-usage-stats", "--no-version-check"]
    return [
        *_project_options(project, target_path, target=target),
        *quiet,
        *(["--vars", variables] if variables else []),
    ]


def _message(error: object) -> str:
    """Return dbt's words for an error without the trail of macros that led to it."""
    return one_line(error).partition(" > in macro ")[0]
