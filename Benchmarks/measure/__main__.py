"""Chooses the measurements, runs each on stages of its own, and prints the table."""

import argparse
import os
import pathlib
import platform
import sys

from places import BINARIES

from . import commits, fanout, join, latency, mails, memory, mention, notices, signals, whole_suite
from .bench import Bench

MEASUREMENTS = {
    "fan-out": fanout.measure, "memory": memory.measure, "commits": commits.measure, "suite": whole_suite.measure,
    "latency": latency.measure, "signals": signals.measure, "mails": mails.measure, "notices": notices.measure,
    "join": join.measure, "mention": mention.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="Benchmarks/run")
    parser.add_argument("measurements", nargs="*", metavar="MEASUREMENT", help=", ".join(MEASUREMENTS))
    parser.add_argument("--against", type=pathlib.Path, metavar="DIR", help="executables of another build, in turns with ours")
    parser.add_argument("--part", type=float, default=1, metavar="N", help="this part of the load; nothing is judged then")
    parser.add_argument("--tools", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := set(arguments.measurements) - set(MEASUREMENTS):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")

    builds = {"this": BINARIES}
    if arguments.against:
        builds["other"] = arguments.against.resolve()
    bench = Bench(arguments.tools, builds, arguments.part)
    for name in arguments.measurements or MEASUREMENTS:
        print(f"==> {name} (load average {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
        MEASUREMENTS[name](bench)
    print(f"\n{platform.machine()}, {os.cpu_count()} CPUs, Linux {platform.release()}; load average "
          f"{os.getloadavg()[0]:.1f} at the end\n" + "\n".join(f"{name}: {place}" for name, place in builds.items()) + "\n")
    print(bench.table.text())
    return 0 if bench.table.all_reached else 1


sys.exit(main())
