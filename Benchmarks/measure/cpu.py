"""What processes spend."""

import time


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads, to the nanosecond: its CPU clock (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


class Meter:
    """CPU seconds of some processes, and seconds of time, since it was made."""

    def __init__(self, **pids: int):
        self.pids = pids
        self.began = time.monotonic()
        self.before = {name: cpu_seconds(pid) for name, pid in pids.items()}

    def read(self) -> dict[str, float]:
        spent = {name: cpu_seconds(pid) - self.before[name] for name, pid in self.pids.items()}
        return {**spent, "wall": time.monotonic() - self.began}


def idle_rate(seconds: float, **pids: int) -> dict[str, float]:
    """CPU seconds a second of processes that have nothing to do."""
    meter = Meter(**pids)
    time.sleep(seconds)
    spent = meter.read()
    return {name: spent[name] / spent["wall"] for name in pids}
