"""What one chat process and Redis spend for a committed message: fence, repeat check, number, log, outbox, publication,
reply. Beside it the floor.

Commands are added to the streams directly, spread over rooms of all partitions, so that the gateway is not at work; the
clock stops when the last command is gone from its stream, and the log of each room is counted afterwards."""

import itertools

import keys

from . import floor
from .bench import Bench
from .feeding import batches, feed, message, until_applied
from .stage import SQUADS, Stage, users_of
from .table import microseconds, thousands

ROOMS = SQUADS[:40]
MESSAGES = 30_000

runs = itertools.count()


def measure(bench: Bench):
    count = bench.count(MESSAGES, least=200)
    with bench.stages(prepare) as stages, floor.running() as bare:
        for stage in stages.values():
            commit(stage, count // 10)
        bare.commands(count // 10)
        figures = bench.in_turns(
            stages, lambda stage: commit(stage, count), floor=lambda: bare.commands(count),
            script=lambda: bare.script(count))
        bench.table.add("Redis CPU per committed message, its command's XADD included", figures["redis"], "≤ 0.5 × other",
                        "≤ 1.6 × floor", show=microseconds)
        bench.table.add("the same; floor: as one script", {**figures["redis"], "floor": figures["redis"]["script"]},
                        show=microseconds)
        bench.table.add("chat CPU per committed message", figures["chat"], "≤ 0.8 × other", show=microseconds)
        rates = {name: [1 / wall for wall in figures["wall"][name]] for name in stages}
        bench.table.add("messages committed per second", rates, "≥ 1.8 × other", show=thousands)
        bench.table.add("part of that time in which commands were still being added", figures["fed"], "≤ 0.9",
                        show=lambda part: f"{part:.2f}")
        for stage in stages.values():
            stage.link.ask("CONFIG", "SET", "appendfsync", "always")
        figures = bench.in_turns(stages, lambda stage: commit(stage, count))
        each = {name: [1 / cpu for cpu in figures["chat"][name]] for name in stages}
        bench.table.add("messages committed per CPU-s of chat, appendfsync always", each, "≥ 10000", show=thousands)
        bench.table.add("Redis CPU of each", figures["redis"], show=microseconds)


def prepare(stage: Stage):
    stage.import_users()
    for squad in ROOMS:
        stage.member(users_of(squad)[0], squad).connection.close()


def commit(stage: Stage, count: int) -> dict[str, float]:
    """Adds `count` commands and waits until all are done; what each of them took."""
    run = f"run-{next(runs)}"
    squads = itertools.cycle(ROOMS)
    packed = batches([message(squad, users_of(squad)[0], f"{run}-{number}", f"{run} {number} " + "x" * 100)
                      for number, squad in zip(range(count), squads)])
    before = sum(last_numbers(stage))
    meter = stage.meter("chat")
    fed = feed(stage, packed)
    until_applied(stage)
    spent = meter.read()
    committed = sum(last_numbers(stage)) - before
    assert committed == count, f"{committed} messages were committed, not {count}"
    stage.drain()
    return {**{name: value / count for name, value in spent.items()}, "fed": fed / spent["wall"]}


def last_numbers(stage: Stage) -> list[int]:
    """The number of each room's last event; a log may be trimmed, its numbers go on."""
    entries = stage.link.pipeline(
        ("XREVRANGE", keys.log(f"squad_{squad}"), "+", "-", "COUNT", "1") for squad in ROOMS)
    return [int(entry[0][0].split(b"-")[0]) for entry in entries]
