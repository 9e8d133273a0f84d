"""Benchmarks: `python tests/bench [NAME ...]`. Contestants alternate within one run; ratios are printed."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import funnel_cost, funnel_increment, history_cost, many_regions, staged_build, trigger_latency

BENCHMARKS = {
    "history": history_cost,
    "builds": staged_build,
    "funnel": funnel_cost,
    "increment": funnel_increment,
    "regions": many_regions,
    "trigger": trigger_latency,
}
LEAST = 100_000
"""Events, below which the funnel benchmark measures noise."""


def main() -> None:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=" or ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, help="of the funnel benchmark (default: 1,000,000)")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark is called {', '.join(unknown)}: name {' or '.join(BENCHMARKS)}")
    is_read = "funnel" in (arguments.names or BENCHMARKS)
    if arguments.events is not None and (arguments.events < LEAST or not is_read):
        parser.error(f"--events takes {LEAST:,} or more, and only the funnel benchmark reads it: name funnel, or none")
    print(f"{os.cpu_count()} cores")
    for name in arguments.names or BENCHMARKS:
        benchmark = BENCHMARKS[name]
        print(f"\n{name}: {benchmark.__doc__}", flush=True)
        size = {"size": arguments.events} if name == "funnel" and arguments.events is not None else {}
        benchmark.run(arguments.rounds, **size)


if __name__ == "__main__":
    main()
