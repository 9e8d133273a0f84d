"""The wish to stop a build: where it raises, and that it is never forgotten."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from dbt_regions.build.interruption import Interruption
from support.repo import ROOT

WHILE_DBT_READS_ITS_OPTIONS = """
import os, signal, sys
from pathlib import Path
from dbt.cli import requires
from dbt_regions.dbt_runner import DbtSession
from dbt_regions.errors import InterruptedByUserError

read_flags = requires.Flags

def interrupted(context):
    os.kill(os.getpid(), signal.SIGINT)
    return read_flags(context)

requires.Flags = interrupted
try:
    DbtSession(Path(sys.argv[1]), Path(sys.argv[2]), target="embedded").parse()
except InterruptedByUserError as error:
    print(error)
"""


def test_it_raises_before_the_stages_and_inside_their_work_only() -> None:
    """Asked to stop, it raises before `hold` and inside `allowed`; between stages it only remembers."""
    first = Interruption()
    with pytest.raises(KeyboardInterrupt):
        first(2, None)
    stop = Interruption()
    stop.hold()
    with pytest.raises(KeyboardInterrupt), stop.allowed():
        stop(2, None)
    stop(2, None)
    assert stop.requested


def test_asked_between_stages_the_next_one_does_not_begin() -> None:
    """What was asked between two stages raises as the next one begins."""
    stop = Interruption()
    stop.hold()
    stop(2, None)
    with pytest.raises(KeyboardInterrupt), stop.allowed():
        pytest.fail("the stage began")


def test_a_swallowed_interrupt_is_remembered() -> None:
    """Work that swallows the exception, or turns it into one of its own, does not undo the wish."""
    stop = Interruption()
    stop.hold()
    with stop.allowed(), contextlib.suppress(KeyboardInterrupt):
        stop(2, None)
    assert stop.requested


def test_an_interrupt_while_dbt_reads_its_options_ends_without_a_traceback(tmp_path: Path) -> None:
    """Until dbt knows that it is to log nothing it would print one; the interrupt waits that long and is not lost."""
    command = [sys.executable, "-c", WHILE_DBT_READS_ITS_OPTIONS, str(ROOT / "projects/na"), str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("dbt parse was interrupted\n", "")
