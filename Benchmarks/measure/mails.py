"""What the notifier spends for a mention's mail, and how many it sends a second, to a mail server on loopback that costs
almost nothing. Each message names one user who has no page open: planned, put into the inbox, mailed."""

import contextlib
import itertools
import socket
import time

from people import recruit
from waiting import eventually

from .bench import Bench
from .feeding import batches, feed, message
from .stage import Stage
from .table import microseconds, thousands

MAILS = 2000
SQUAD, AUTHOR = "mailed", "mailed-00"
NAMED = [f"mailed-{number:02}" for number in range(1, 100)]

runs = itertools.count()


class Sink:
    """The mail server's own count."""

    def __init__(self, port: int):
        self.connection = socket.create_connection(("127.0.0.1", port), 10)
        self.lines = self.connection.makefile("rb")
        self.lines.readline()

    def count(self) -> int:
        self.connection.sendall(b"COUNT\r\n")
        return int(self.lines.readline().split()[1])


def measure(bench: Bench):
    count = bench.count(MAILS, least=20)
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(bench.tool("sink"))[0] for name in bench.builds}

        def settings(name: str) -> dict[str, str]:
            return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(ports[name]), "SMTP_TLS": "none"}

        stages = stack.enter_context(bench.stages(prepare, settings))
        for name, stage in stages.items():
            stage.sink = Sink(ports[name])
            send(stage, max(count // 10, 10))
        figures = bench.in_turns(stages, lambda stage: send(stage, count))
    bench.table.add("notifier CPU-s per 1000 mention mails", figures["notifier"], "≤ 0.25 × other",
                    show=lambda seconds: f"{seconds * 1000:.3f} s")
    bench.table.add("mention mails per second", {
        name: [1 / wall for wall in walls] for name, walls in figures["wall"].items()}, "≥ 4 × other", show=thousands)
    bench.table.add("Redis CPU per mention mail, its message included", figures["redis"], show=microseconds)


def prepare(stage: Stage):
    stage.import_recruits([recruit(name, SQUAD) for name in (AUTHOR, *NAMED)])
    stage.member(AUTHOR, SQUAD).connection.close()


def send(stage: Stage, count: int) -> dict[str, float]:
    run = f"mail-{next(runs)}"
    packed = batches([message(SQUAD, AUTHOR, f"{run}-{number}", f"@{user} look at this, number {number}")
                      for number, user in zip(range(count), itertools.cycle(NAMED))])
    before = stage.sink.count()
    meter = stage.meter("notifier")
    feed(stage, packed)
    eventually(lambda: stage.sink.count() - before >= count, 300, lambda: f"{count} mails, not {stage.sink.count() - before}")
    spent = meter.read()
    stage.drain()
    time.sleep(0.3)
    sent = stage.sink.count() - before
    assert sent == count, f"{sent} mails for {count} mentions"
    return {name: value / count for name, value in spent.items()}
