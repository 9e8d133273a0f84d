"""Several regions side by side: one process each, forked after dbt was imported once (spawned where fork is unsafe).

A worker is in a process group of its own, so that Ctrl-C reaches it once, through the parent; it dies with the
parent, even one killed with -9, so that no build goes on unseen.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

from dbt_regions.build.attempts import build_with_retries
from dbt_regions.build.events import Event
from dbt_regions.build.interruption import Interruption
from dbt_regions.build.plan import BuildRequest
from dbt_regions.build.stages import build_region
from dbt_regions.dbt_runner import preload
from dbt_regions.domain import BuildSummary
from dbt_regions.errors import DbtRegionsError, describe_bug, one_line

_PR_SET_PDEATHSIG = 1
AT_ONCE = max(4, 2 * (os.cpu_count() or 1))  # a build waits for the warehouse about half of its time


@dataclass(frozen=True)
class BuildFailure:
    """A build that ended without a summary: it could not start, or its process died."""

    region: str
    message: str
    exit_code: int
    trace: str = ""
    was_killed: bool = False


Outcome = BuildSummary | BuildFailure


def run_builds(
    root: Path, home: Path, requests: Sequence[BuildRequest], on_event: Callable[[Event], None]
) -> tuple[Outcome, ...]:
    """Build the requested regions side by side and return their outcomes in the order of the requests.

    One red region does not stop the others. SIGINT or SIGTERM stops all of them, each cleanly; a second one kills.
    """
    preload()
    gc.freeze()  # what dbt's import made stays shared with the workers
    outcomes = _supervise(_Crew(root, home, list(requests)), on_event)
    return tuple(outcomes[request.region] for request in requests)


class _Crew:
    """The workers of some builds, at most `AT_ONCE` at a time, so that memory does not grow with the regions."""

    def __init__(self, root: Path, home: Path, waiting: list[BuildRequest]) -> None:
        self._root, self._home, self._waiting = root, home, waiting
        self._context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._dismissed = False
        self.pipes: dict[Pipe, tuple[BaseProcess, str]] = {}

    def fill(self) -> None:
        """Start workers while there is room and a build waits."""
        while self._waiting and len(self.pipes) < AT_ONCE:
            request = self._waiting.pop(0)
            receiver, sender = self._context.Pipe(duplex=False)
            arguments = (sender, self._root, self._home, request, os.getpid())
            process = self._context.Process(target=_work, args=arguments, name=request.region)
            process.start()
            sender.close()
            self.pipes[receiver] = (process, request.region)
            if self._dismissed and process.pid is not None:  # told to stop while this one was being started
                os.kill(process.pid, signal.SIGINT)

    def dismiss(self) -> list[str]:
        """Forget the builds that wait; return their regions."""
        self._dismissed = True
        regions = [request.region for request in self._waiting]
        self._waiting.clear()
        return regions

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to every worker that runs."""
        for process, _ in list(self.pipes.values()):
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, number)


def _supervise(crew: _Crew, on_event: Callable[[Event], None]) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    with _passing_on_interrupts(crew, outcomes):
        crew.fill()
        while crew.pipes:
            for pipe in wait(list(crew.pipes)):
                _receive(pipe, crew.pipes, outcomes, on_event)  # type: ignore[arg-type]  # wait() returns pipes
            crew.fill()
    return outcomes


@contextlib.contextmanager
def _passing_on_interrupts(crew: _Crew, outcomes: dict[str, Outcome]) -> Iterator[None]:
    """Pass SIGINT and SIGTERM on to the workers as SIGINT, and a second one as SIGKILL, instead of raising here.

    An exception in the middle of reading a message would lose it. Builds that wait for room do not start any more.
    """
    interrupts = 0

    def pass_on(_signal: int, _frame: FrameType | None) -> None:
        nonlocal interrupts
        interrupts += 1
        for region in crew.dismiss():
            outcomes[region] = BuildFailure(region, f"the build of {region} was interrupted before it began", 130)
        crew.signal(signal.SIGINT if interrupts == 1 else signal.SIGKILL)

    previous = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _receive(
    pipe: Pipe,
    open_pipes: dict[Pipe, tuple[BaseProcess, str]],
    outcomes: dict[str, Outcome],
    on_event: Callable[[Event], None],
) -> None:
    process, region = open_pipes[pipe]
    try:
        message = pipe.recv()
    except EOFError:
        process.join()
        if region not in outcomes:
            outcomes[region] = _died(region, process.exitcode or 0)
        del open_pipes[pipe]
        return
    if isinstance(message, (BuildSummary, BuildFailure)):
        outcomes[region] = message
    else:
        on_event(message)


def _died(region: str, exit_code: int) -> BuildFailure:
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        message = f"the build of {region} was killed ({name}); run it again, it picks up safely"
        return BuildFailure(region, message, 3, was_killed=True)
    return BuildFailure(region, f"the build of {region} ended without a word (exit {exit_code}); please report it", 70)


def _work(pipe: Pipe, root: Path, home: Path, request: BuildRequest, parent: int) -> None:
    os.setpgrp()
    die_with(parent)
    gc.disable()  # a worker lives for one build: collecting dbt's graph again and again took a tenth of its time
    stop = Interruption()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    turn = threading.Lock()

    def emit(event: Event) -> None:
        with turn:  # dbt's threads report too
            pipe.send(event)

    outcome: Outcome
    try:
        build = functools.partial(build_region, root, home, request, emit, stop)
        outcome = build_with_retries(build, request, emit, stop)
    except KeyboardInterrupt:
        outcome = BuildFailure(request.region, f"the build of {request.region} was interrupted", 130)
    except DbtRegionsError as error:
        outcome = BuildFailure(request.region, one_line(error), error.exit_code, traceback.format_exc())
    except Exception as error:  # noqa: BLE001  a bug of ours must reach the parent as one line too
        message = f"{describe_bug(error)}; please report it (dbt-regions --debug shows where)"
        outcome = BuildFailure(request.region, message, 70, traceback.format_exc())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe.send(outcome)
    pipe.close()


def die_with(parent: int) -> None:
    """End this process with the process that started it, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)
