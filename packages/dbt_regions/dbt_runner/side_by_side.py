"""Runs a function on several tasks in processes that have dbt imported already, one a core at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
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
    others = set(multiprocessing.active_children())
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(tasks)), mp_context=context, initializer=_begin) as pool:
        try:
            yield from pool.map(function, tasks)
        except BaseException:
            for process in set(multiprocessing.active_children()) - others:
                process.kill()  # leaving the pool would wait until each has done its task
            raise


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
