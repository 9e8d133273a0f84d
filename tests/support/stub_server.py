"""The job server with a stub for the build, as a program: `server` and `worker` are its two processes.

The stub does what files in the root's folder `stub/` say, so that a test can hold a run where it wants it:
`before` and `during` hold it before it begins, and while it builds, as long as they are there; `exit_code` has the code
that it ends with; where `deaf` is, it does not stop when asked; `raw` has the loads in the raw tables, a line each. It
appends what it built to `effects`.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest import mock

from dbt_regions import files
from dbt_regions.build.events import BuildStarted, Event, NodeEnded, StageEnded, StageStarted
from dbt_regions.build.plan import BuildRequest, plan_idle
from dbt_regions.build.workers import BuildFailure, Outcome
from dbt_regions.cli.app import main as cli
from dbt_regions.domain import BuildSummary, StageResult
from dbt_regions.serve import server
from dbt_regions.serve.execution import run_claim
from dbt_regions.serve.logs import set_up_logs
from dbt_regions.serve.planning import Place
from dbt_regions.serve.worker import Worker

_POLL_SECONDS = 0.01


def build(root: Path, request: BuildRequest, on_event: Callable[[Event], None]) -> Outcome:
    """Build as the files say."""
    stub = root / "stub"
    _listen(is_deaf=(stub / "deaf").exists())
    try:
        _hold(stub / "before")
        number = f"{time.time_ns()}-stub"
        on_event(BuildStarted(request.region, number))
        on_event(StageStarted(request.region, "run"))
        seen = (stub / "raw").read_text().split() if (stub / "raw").exists() else []
        _hold(stub / "during")
    except KeyboardInterrupt:
        return BuildFailure(request.region, "interrupted", 130)
    on_event(NodeEnded(request.region, "run", "canonical_orders", "success"))
    code = int((stub / "exit_code").read_text()) if (stub / "exit_code").exists() else 0
    if code:
        on_event(StageEnded(request.region, StageResult("run", "failed", 0.1, error="a test says no", exit_code=code)))
        return BuildFailure(request.region, "run: a test says no", code)
    folder = root / "build" / request.region / "runs" / number
    if not plan_idle(request, seen):
        with (stub / "effects").open("a") as effects:
            effects.write(f"{json.dumps([number, request.region, request.job, request.select, seen])}\n")
        files.write_json(folder / "run" / "run_results.json", {"results": [], "args": {"target": request.target}})
    on_event(StageEnded(request.region, StageResult("run", "passed", 0.1)))
    return _summary(request, number, folder, dict.fromkeys(seen))


def _summary(request: BuildRequest, number: str, folder: Path, seen: Mapping[str, str | None]) -> BuildSummary:
    summary = BuildSummary(
        request.region, number, request.target, "", "", None, "1", None, (), None, (), None, None, None, 0
    )
    summary = replace(summary, loads_seen=seen)
    files.write_json(folder / "summary.json", summary.to_json())
    return summary


def _listen(*, is_deaf: bool) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, signal.SIG_IGN if is_deaf else stop)


def _hold(file: Path) -> None:
    while file.exists():
        time.sleep(_POLL_SECONDS)


def run_worker(options: Mapping[str, Any]) -> None:
    """Be the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_logs()
    root, home, store = (Path(options[name]) for name in ("root", "home", "store"))
    place = Place(root, home, store, options["target"])
    run = functools.partial(run_claim, build=functools.partial(build, place.root))
    Worker(place, float(options["grace"]), run, patience=1.0).work()


def run_server(words: list[str]) -> None:
    """Be `dbt-regions serve`, with this program's worker in the place of the real one."""
    real = server.serve

    def serve(settings: server.Settings) -> None:
        options = {name: value and str(value) for name, value in asdict(settings.place).items()}
        work = json.dumps({**options, "grace": settings.grace})
        real(settings, (sys.executable, __file__, "worker", work))

    sys.argv[1:] = words
    with mock.patch.object(server, "serve", serve):
        cli(words)


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        os.environ.pop("PYTEST_CURRENT_TEST", None)
        run_worker(json.loads(sys.argv[2]))
    else:
        run_server(sys.argv[2:])
