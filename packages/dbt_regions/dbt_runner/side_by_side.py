"""Runs a function on several tasks in processes that have dbt imported already, one a core at a time."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import forkserver
from multiprocessing.connection import wait
from typing import Any, TypeVar

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def run_side_by_side(function: Callable[[_Task], _Result], tasks: Sequence[_Task]) -> Iterator[_Result]:
    """Yield what the function returns of each task, in the tasks' order; its error is raised here.

    The processes are forked from one that did nothing but import dbt: this one may have run dbt, and a fork of it
    would find dbt's locks in any state.
    """
    if not tasks:
        return
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dbt.cli.main"])  # no adapter: with one dbt reads the environment, for good
    _start_server()
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(tasks)), mp_context=context, initializer=_begin) as pool:
        try:
            futures = [pool.submit(function, task) for task in tasks]
            yield from (future.result() for future in futures)
        except BaseException:
            for process in set(multiprocessing.active_children()) - others:
                process.kill()  # leaving the pool would wait until each has done its task
            raise


def _start_server() -> None:
    """Start the process that workers are forked from, deaf to Ctrl-C and dumb on stderr, both of which they inherit.

    A worker that is killed while it begins would print its own end; what a task raises comes back as a value. A Ctrl-C
    that comes meanwhile is held back and not lost.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    sys.stderr.flush()
    with held_back(signal.SIGINT):
        stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, 2)
            forkserver.ensure_running()
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(null)


@contextlib.contextmanager
def held_back(number: signal.Signals) -> Iterator[None]:
    """Hold a signal back from this process, and from those that it starts in the block until they want it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Make a worker end quietly with Ctrl-C, and with the process that it works for, however that dies.

    All workers have one run id: it would be another in each compiled SQL otherwise.
    """
    os.environ["DBT_ENV_CUSTOM_ENV_RUN_ID"] = "offline"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
