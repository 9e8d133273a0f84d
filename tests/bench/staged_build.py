"""Benchmark: a staged build against the same stages as separate dbt commands, and four regions against one by one.

Contestants alternate within one run, on a scratch copy with a warehouse of its own, already built once. Printed are
minimum and median seconds, and the ratios. "Overhead" is wall time less the time in which any node was executing.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from dbt_regions.build.plan import BuildRequest, plan_stages
from dbt_regions.build.stages import dbt_environment
from dbt_regions.dbt_runner import dbt_command
from dbt_regions.domain import EMBEDDED_TARGET
from dbt_regions.regions import region_names
from dbt_regions.warehouse import Server
from support.monorepo import Monorepo, copy_monorepo


@dataclass(frozen=True)
class Sample:
    """One measured run: wall seconds, and the part of them in which no node was executing."""

    wall: float
    overhead: float


def staged(monorepo: Monorepo, regions: tuple[str, ...]) -> Sample:
    """Run one `dbt-regions build` of the regions."""
    started = time.monotonic()
    subprocess.run(monorepo.command("build", *regions), check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - started
    files = [
        file for region in regions for file in (monorepo.root / "build" / region / "latest").glob("*/run_results.json")
    ]
    return Sample(wall, wall - _busy(files))


def separate(monorepo: Monorepo, regions: tuple[str, ...]) -> Sample:
    """Run the same stages, one dbt command after the other, one region after the other."""
    wall, files = 0.0, []
    for region in regions:
        target = monorepo.root / "build" / region / "separate"
        environment = {**os.environ, **dbt_environment(Server(monorepo.home).region(region), "bench")}
        commands = [("parse",), *(_plain(plan.command) for plan in plan_stages(BuildRequest(region)) if plan.command)]
        for number, command in enumerate(commands):
            line = dbt_command(
                monorepo.root / "projects" / region, target / str(number), target=EMBEDDED_TARGET, arguments=command
            )
            _share_partial_parse(target, number)
            started = time.monotonic()
            subprocess.run(line, check=True, stdout=subprocess.DEVNULL, env=environment)
            wall += time.monotonic() - started
            files.append(target / str(number) / "run_results.json")
    return Sample(wall, wall - _busy([file for file in files if file.exists()]))


def _plain(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command as a process of its own needs it: the page must compile what the staged build has compiled."""
    return tuple(word for word in command if word != "--no-compile")


def _share_partial_parse(target: Path, number: int) -> None:
    """Give each command the parse cache of the one before, as one target folder would; outside the clock."""
    previous, folder = target / str(number - 1) / "partial_parse.msgpack", target / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    if number and previous.exists():
        (folder / "partial_parse.msgpack").write_bytes(previous.read_bytes())


def _busy(files: list[Path]) -> float:
    """Return the seconds in which at least one node of the results was executing."""
    spans = sorted(
        (
            datetime.fromisoformat(timing["started_at"].rstrip("Z")),
            datetime.fromisoformat(timing["completed_at"].rstrip("Z")),
        )
        for file in files
        for result in json.loads(file.read_text())["results"]
        for timing in result["timing"]
        if timing["name"] == "execute" and timing["started_at"]
    )
    busy, end = 0.0, None
    for start, stop in spans:
        begin = start if end is None or start > end else end
        busy += max(0.0, (stop - begin).total_seconds())
        end = stop if end is None else max(end, stop)
    return busy


def _report(name: str, ours: list[Sample], theirs: list[Sample]) -> None:
    print(f"\n{name}")
    for title, samples in (("staged build", ours), ("separate dbt commands", theirs)):
        walls, overheads = [sample.wall for sample in samples], [sample.overhead for sample in samples]
        print(
            f"  {title:<22} wall min {min(walls):6.1f} s  median {median(walls):6.1f} s"
            f"   overhead outside SQL min {min(overheads):6.1f} s  median {median(overheads):6.1f} s"
        )
    pairs = list(zip(ours, theirs, strict=True))
    wall = [b.wall / a.wall for a, b in pairs]
    overhead = [b.overhead / a.overhead for a, b in pairs]
    print(f"  times faster           wall min {min(wall):6.1f}    median {median(wall):6.1f}", end="")
    print(f"      overhead lower min {min(overhead):6.1f}    median {median(overhead):6.1f}")


def run(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        monorepo = copy_monorepo(Path(folder))
        regions = region_names(monorepo.root)
        subprocess.run(monorepo.command("build", *regions), check=True, stdout=subprocess.DEVNULL)
        try:
            print(f"{rounds} rounds, alternating; generated sample data at scale 1, no new load")
            for name, chosen in ((f"one region ({regions[0]})", regions[:1]), (f"all {len(regions)} regions", regions)):
                separate(monorepo, chosen[:1])  # fills the parse caches
                pairs = [(staged(monorepo, chosen), separate(monorepo, chosen)) for _ in range(rounds)]
                _report(name, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
        finally:
            monorepo.stop()
