"""Benchmark: what a region costs when there are many: menu, parity, affected and build with 4 regions and with 40.

Regions are scaffolded from the four shipped ones in a scratch copy, which is a git repository of its own. Parsing and
compiling, which dbt does, are reported apart from comparing, which is ours. Memory is the proportional set size of a
command and all its processes, without the database; busy cores are the machine's while the command runs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from dbt_regions.regions import region_names
from support.monorepo import REPO, Monorepo, copy_monorepo

SIZES = (4, 40)
SHAPES = ("na", "eu", "apac", "phoenix")
EDITED = "packages/shared_macros/models/funnel/agg_product_funnel.sql"
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Cost:
    """What one command took: wall seconds, megabytes at its peak, busy cores; and what it printed."""

    wall: float
    megabytes: float
    cores: float
    output: str


def run(rounds: int) -> None:
    """Measure both sizes in one run, one after the other."""
    del rounds
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        clone = copy_monorepo(Path(folder))
        shutil.copy(REPO / "noxfile.py", clone.root)
        (clone.root / ".gitignore").write_text("build/\ndbt_packages/\ntarget/\nlogs/\n")
        try:
            for size in SIZES:
                _grow(clone, size)
                _measure(clone, size)
        finally:
            clone.stop()


def _grow(clone: Monorepo, size: int) -> None:
    started, before = time.monotonic(), len(region_names(clone.root))
    for number in range(before, size):
        _cost(clone.command("new-region", f"region-{number}", "--like", SHAPES[number % 4], "--no-input"), clone.root)
    seconds = (time.monotonic() - started) / max(size - before, 1)
    print(f"{size} regions" + (f"; scaffolded in {seconds:.1f} s each" if size > before else ", the shipped ones"))
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", f"{size} regions")):
        person = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
        command = ["git", *person, *arguments]
        subprocess.run(command, cwd=clone.root, check=True)


def _measure(clone: Monorepo, size: int) -> None:
    menu = _cost([sys.executable, "-m", "nox", "--list"], clone.root)
    print(f"  nox -l: {menu.wall:.1f} s")
    compiled = _cost(clone.command("parity"), clone.root)
    compared = _cost(clone.command("parity", "--no-compile"), clone.root)
    _print("parity, compiling", compiled, size)
    print(f"  parity, from what is compiled: {compared.wall:.1f} s; {compared.output.splitlines()[-1]}")
    text = (clone.root / EDITED).read_text()
    (clone.root / EDITED).write_text(text.replace("select * from final", "select * from final where 1 = 1"))
    affected = _cost(clone.command("affected", "--since", "HEAD", "--json"), clone.root)
    (clone.root / EDITED).write_text(text)
    said = json.loads(affected.output)
    touched = sum(region["affected"] for region in said["regions"])
    _print("affected", affected, size)
    parsing, comparing = (said["seconds"][part] for part in ("parsing", "comparing"))
    print(f"    of these parsing {parsing} s, comparing {comparing} s; {touched} touched")
    built = _cost(clone.command("build", "--all", "--json"), clone.root)
    green = sum(summary["exit_code"] == 0 for summary in json.loads(built.output))
    _print("build", built, size)
    print(f"    {green} of {size} green")


def _print(what: str, cost: Cost, size: int) -> None:
    each = cost.wall / size
    print(
        f"  {what}: {cost.wall:.0f} s, {each:.1f} s a region, {cost.cores:.1f} cores, {cost.megabytes:.0f} MB",
        flush=True,
    )


def _cost(command: list[str], folder: Path) -> Cost:
    """Run a command to its end and measure it; a red one stops the benchmark."""
    started, busy, peak = time.monotonic(), _busy_seconds(), 0.0
    with tempfile.TemporaryFile("w+") as output:
        with subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.PIPE, text=True) as process:
            while process.poll() is None:
                peak = max(peak, _megabytes(process.pid))
                time.sleep(_POLL_SECONDS if time.monotonic() - started > 1 else 0.01)
            said = process.stderr.read() if process.stderr else ""
        output.seek(0)
        wall = time.monotonic() - started
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed: {said[-2000:]}")
        return Cost(wall, peak, (_busy_seconds() - busy) / wall, output.read())


def _busy_seconds() -> float:
    """Return the seconds that all cores together were not idle since the machine started."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def _megabytes(root: int) -> float:
    """Return the proportional set size of a process and all below it; one that ends meanwhile counts nothing."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(root)
        for process in (family, *family.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                total += process.memory_full_info().pss / 2**20
    return total
