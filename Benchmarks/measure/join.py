"""What Redis spends for one join of a room with 10 000 members: another socket of somebody who is a member."""

import itertools

from people import recruit
from waiting import eventually

from .bench import Bench
from .feeding import batches, command, feed, until_applied
from .stage import Stage
from .table import microseconds

MEMBERS = 10_000
JOINS = 300
SQUAD, ROOM = "large", "squad_large"

runs = itertools.count()


def measure(bench: Bench):
    members = [f"large-{number:05}" for number in range(bench.count(MEMBERS, least=20))]

    def prepare(stage: Stage):
        stage.import_recruits([recruit(name, SQUAD) for name in members])
        # Under the name of the gateway that runs: the sockets of one that shows no sign of life would be cleared away.
        channels = eventually(lambda: stage.link.ask("PUBSUB", "CHANNELS", "sc:gateway:*"), 10, "a gateway listens")
        stage.gateway = channels[0].decode().removeprefix("sc:gateway:")
        join(stage, members)

    with bench.stages(prepare) as stages:
        some = members[:: max(len(members) // bench.count(JOINS, least=10), 1)]
        figures = bench.in_turns(stages, lambda stage: join(stage, some))
    bench.table.add(f"Redis CPU of one join of a room with {len(members)} members", {
        name: [each * 1e6 for each in turns] for name, turns in figures["redis"].items()}, "≤ 300",
        show=lambda each: f"{each:.0f} µs")
    bench.table.add("chat CPU of it", figures["chat"], show=microseconds)


def join(stage: Stage, users: list[str]) -> dict[str, float]:
    run = f"join-{next(runs)}"
    packed = batches([command("join_squad_room", ROOM, user, f"{run}-{number}", {"squad_id": SQUAD}, stage.gateway,
                              f"{run}-{number}") for number, user in enumerate(users)])
    meter = stage.meter("chat")
    feed(stage, packed)
    until_applied(stage)
    spent = meter.read()
    stage.drain()
    return {name: value / len(users) for name, value in spent.items()}
