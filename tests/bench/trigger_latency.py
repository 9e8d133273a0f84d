"""Benchmark: from a trigger to the start of dbt at a warm job server, beside a cold `dbt` command.

Contestants alternate within one run, on a scratch copy whose region NA was built once. The end of both spans is what
dbt itself calls the start of its invocation, in the manifest that it writes. Printed are minimum and median seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from statistics import median

from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import dbt_command
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.warehouse import Server
from support.job_server import Client, real_server, running
from support.monorepo import PARSE, Monorepo, copy_monorepo

_TIMES = 5
"""How many runs of each contestant a round has."""


def warm(monorepo: Monorepo, na: Client) -> float:
    """Trigger the hourly job, and wait for its run's end; return seconds from the request to dbt's start."""
    (monorepo.root / "build" / "na" / "target" / PARSE).unlink()  # the manifest of a stored parse keeps its old times
    began = datetime.now(timezone.utc)
    run = na.wait_for(na.post(f"/jobs/{na.jobs['hourly']}/run/", {"cause": "bench"})["id"], "Success")
    build = na.server.rows(f"select build from work where run_id = {int(run['id'])}")[0]["build"]
    return _since(began, monorepo.root / "build" / "na" / "runs" / build / "deps" / "manifest.json")


def cold(monorepo: Monorepo) -> float:
    """Start `dbt parse` as a command; return seconds to dbt's start."""
    target = monorepo.root / "build" / "na" / "cold"
    environment = {**os.environ, **dbt_environment(Server(monorepo.home).region("na"), "bench")}
    project = monorepo.root / "projects" / "na"
    command = dbt_command(project, target, target=EMBEDDED_TARGET, arguments=("parse",))
    (target / PARSE).unlink(missing_ok=True)
    began = datetime.now(timezone.utc)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return _since(began, target / "manifest.json")


def _since(began: datetime, manifest: Path) -> float:
    started = json.loads(manifest.read_text())["metadata"]["invocation_started_at"]
    return (datetime.fromisoformat(started.replace("Z", "+00:00")) - began).total_seconds()


def run(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        monorepo = copy_monorepo(Path(folder), regions=["na"])
        monorepo.build_one("na")
        server = real_server(monorepo.root, monorepo.home, "--target", EMBEDDED_TARGET, "--rate", "100000/minute")
        with running(server):
            na = server.client("na")
            na.deploy()
            warm(monorepo, na)
            pairs = [(warm(monorepo, na), cold(monorepo)) for _ in range(rounds * _TIMES)]
            server.stop()
        monorepo.stop()
    for name, seconds in zip(("warm server", "cold command"), zip(*pairs, strict=True), strict=True):
        spans = f"minimum {min(seconds):.2f} s, median {median(seconds):.2f} s, of {len(pairs)}"
        print(f"{name:<14} to dbt's start: {spans}")
    ratio = median(slow for _, slow in pairs) / median(fast for fast, _ in pairs)
    print(f"cold / warm: {ratio:.1f}")
