"""Chooses the measurements, runs each against a suite of its own, and prints the table."""

import argparse
import os
import pathlib
import platform
import sys

from . import commits, fanout, latency, memory, signals
from .stage import Stage
from .table import Table

MEASUREMENTS = {
    "fan-out": fanout.measure, "memory": memory.measure, "commits": commits.measure,
    "latency": latency.measure, "signals": signals.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="Benchmarks/run")
    parser.add_argument("measurements", nargs="*", metavar="MEASUREMENT", help=", ".join(MEASUREMENTS))
    parser.add_argument("--tools", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := set(arguments.measurements) - set(MEASUREMENTS):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")

    table = Table()
    for name in arguments.measurements or MEASUREMENTS:
        print(f"==> {name}", file=sys.stderr, flush=True)
        with Stage(arguments.tools) as stage:
            MEASUREMENTS[name](stage, table)
    print(f"\n{platform.machine()}, {os.cpu_count()} CPUs, Linux {platform.release()}; load average "
          f"{os.getloadavg()[0]:.1f} at the end\n")
    print(table.text())
    return 0 if table.all_reached else 1


sys.exit(main())
