"""Runs a function on several tasks in processes that have dbt imported already, one a core at a time."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from dbt_regions.dbt_runner.session import preload

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def run_side_by_side(function: Callable[[_Task], _Result], tasks: Sequence[_Task]) -> Iterator[_Result]:
    """Yield what the function returns of each task, in the tasks' order; its error is raised here."""
    if not tasks:
        return
    preload()
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(tasks)), mp_context=context) as pool:
        yield from pool.map(function, tasks)
