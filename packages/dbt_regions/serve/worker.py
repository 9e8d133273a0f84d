"""The worker: a process that has dbt imported, takes runs from the queue and forks one process for each.

It has one thread, so that it may fork. It is started by the server, which wakes it by a line on its standard input;
the end of that input means that the server stops, or is gone: then no run is begun any more, and those that are on
their way end within `grace` seconds or are stopped and put to the queue again.
"""

from __future__ import annotations

import functools
import gc
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from dbt_regions import files
from dbt_regions.build.workers import AT_ONCE, die_with
from dbt_regions.dbt_runner import held_back, preload
from dbt_regions.errors import DbtRegionsError, WorldError, one_line
from dbt_regions.serve.built import recover_works
from dbt_regions.serve.execution import run_claim
from dbt_regions.serve.logs import set_up_logs
from dbt_regions.serve.planning import Place
from dbt_regions.serve.queue import Claim, bury, claim
from dbt_regions.serve.store import ACTIVE, Store, read_row, runs

_LOOK_SECONDS = 1.0
_STOP_SECONDS = 60.0
_PATIENCE_SECONDS = 2 * 3600  # the longest grace, and as much again
_log: Any = structlog.get_logger("worker")


class Worker:
    """The runs on their way, by their process; `run` is what a process does with a claim.

    `grace` are the seconds for runs to end when the worker stops, `patience` those until a run is killed that was asked
    to stop and does not.
    """

    def __init__(
        self,
        place: Place,
        grace: float,
        run: Callable[[Place, Claim], None] = run_claim,
        patience: float = _STOP_SECONDS,
    ) -> None:
        self._place, self._grace, self._run, self._patience = place, grace, run, patience
        self._store = Store(place.store)
        self._context: Any = multiprocessing.get_context("fork")
        self._running: dict[int, BaseProcess] = {}
        self._told: dict[int, float] = {}

    def work(self) -> None:
        """Work until the standard input ends.

        The lock is inherited by the processes that are forked: a worker begins when the one before it and all its runs
        are gone, however they went.
        """
        lock = self._place.store.with_name("worker.lock")
        holder = {"pid": os.getpid()}
        with files.exclusive_lock(lock, holder, timeout=_PATIENCE_SECONDS, on_wait=_tell_wait):
            self.recover()
            while self._is_wanted():
                self._look_around()
            self._stop()

    def _look_around(self) -> None:
        """Do what there is to do; where the store is locked or full, later: runs on their way go on meanwhile."""
        try:
            self._bury_dead()
            self._pass_on_cancels()
            self._fill()
        except WorldError as error:
            _log.error("the store is not to be had", error=one_line(error))
            time.sleep(_LOOK_SECONDS)

    def recover(self) -> None:
        """End the runs that a worker before this one left on their way."""
        with self._store.transaction() as connection:
            left = list(connection.execute(select(runs.c.id).where(runs.c.status.in_(ACTIVE))).scalars())
        for run_id in left:
            self._end(run_id)

    def _is_wanted(self) -> bool:
        """Wait until something may be to do; return False at the end of the standard input."""
        ready = wait([sys.stdin.fileno(), *self._sentinels()], timeout=_LOOK_SECONDS)
        return sys.stdin.fileno() not in ready or bool(os.read(sys.stdin.fileno(), 1 << 16))

    def _sentinels(self) -> list[int]:
        return [process.sentinel for process in self._running.values()]

    def _fill(self) -> None:
        while len(self._running) < AT_ONCE:
            with self._store.transaction() as connection:
                taken = claim(connection)
            if taken is None:
                return
            work = functools.partial(_work, self._run, self._place, taken, os.getpid())
            process = self._context.Process(target=work, name=f"run-{taken.run_id}")
            with held_back(signal.SIGINT):  # a run that is not ready to stop yet gets it when it is
                process.start()
            self._running[taken.run_id] = process
            _log.info("run begins", run=taken.run_id, region=taken.region)

    def _bury_dead(self) -> None:
        for run_id, process in list(self._running.items()):
            if not process.is_alive():
                process.join()
                self._end(run_id)  # before it is forgotten: the store may not be to be had
                del self._running[run_id]
                self._told.pop(run_id, None)

    def _end(self, run_id: int) -> None:
        """End a run whose process is gone, if it did not do so itself."""
        recover_works(self._place, self._store, run_id)
        with self._store.transaction() as connection:
            successor = bury(connection, run_id)
            run = read_row(connection, runs, run_id)
        _log.info("run ended", run=run_id, region=run["region"], status=run["status"], successor=successor)

    def _pass_on_cancels(self) -> None:
        with self._store.transaction() as connection:
            query = select(runs.c.id).where(runs.c.is_cancel_asked, runs.c.status.in_(ACTIVE))
            asked = set(connection.execute(query).scalars())
        for run_id in asked & set(self._running):
            self._interrupt(run_id)

    def _interrupt(self, run_id: int) -> None:
        """Ask a run to stop; kill it where it was asked a while ago: a warehouse may not let a query go."""
        process = self._running[run_id]
        if process.pid is None or not process.is_alive():
            return
        if run_id not in self._told:
            self._told[run_id] = time.monotonic()
            os.kill(process.pid, signal.SIGINT)
        elif time.monotonic() - self._told[run_id] > self._patience:
            process.kill()

    def _stop(self) -> None:
        deadline = time.monotonic() + self._grace
        while self._running and time.monotonic() < deadline:
            wait(self._sentinels(), timeout=deadline - time.monotonic())
            self._bury_dead()
        while self._running:
            for run_id in self._running:
                self._interrupt(run_id)
            wait(self._sentinels(), timeout=_LOOK_SECONDS)
            self._bury_dead()


def _tell_wait(holder: Mapping[str, Any]) -> None:
    _log.warning("waits for the worker before it and its runs", holder=holder.get("pid"))


def _work(run: Callable[[Place, Claim], None], place: Place, taken: Claim, parent: int) -> None:
    os.setpgrp()
    die_with(parent)
    run(place, taken)


def worker_command(place: Place, grace: float) -> Sequence[str]:
    """Return the command that starts a worker as a process of its own."""
    options = {key: value and str(value) for key, value in asdict(place).items()}
    return (sys.executable, "-m", "dbt_regions.serve.worker", json.dumps({**options, "grace": grace}))


def main(options: dict[str, Any]) -> None:
    """Work as the command line says, in one JSON object."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's, which then ends our standard input
    set_up_logs()
    paths = {key: Path(options[key]) for key in ("root", "home", "store")}
    preload()
    gc.freeze()
    try:
        Worker(Place(target=options["target"], **paths), float(options["grace"])).work()
    except DbtRegionsError as error:
        _log.error("worker ends", error=one_line(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
