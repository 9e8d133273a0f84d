"""The CLI in a process forked from this one, which has imported dbt already: all that differs is where it starts."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from dbt_regions.cli import main
from dbt_regions.dbt_runner import preload


def run_forked(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the CLI with variables beside this process's own; return its exit code and what it printed.

    Nothing more than the import is made ready here: dbt reads some variables once in a process.
    """
    preload()
    context: Any = multiprocessing.get_context("fork")
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        files = (output.fileno(), errors.fileno())
        process = context.Process(target=_work, args=(arguments, environment, files))
        process.start()
        process.join()
        for file in (output, errors):
            file.seek(0)
        return subprocess.CompletedProcess(list(arguments), process.exitcode, output.read(), errors.read())


def _work(arguments: Sequence[str], environment: Mapping[str, str], files: tuple[int, int]) -> None:
    """Become the command: its streams, its arguments, its variables, and Python's own filters of warnings."""
    for place, file in enumerate(files, start=1):
        os.dup2(file, place)
    sys.stdout, sys.stderr = (open(place, "w", closefd=False) for place in (1, 2))  # noqa: SIM115  open for good
    sys.argv = ["dbt-regions", *arguments]
    os.environ.update(environment)
    warnings.resetwarnings()
    for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", category)
    try:
        main(list(arguments))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
