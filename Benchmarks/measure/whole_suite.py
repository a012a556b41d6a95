"""What Redis spends for a message on its whole way: four writers on `/ws`, one in each of four rooms, who keep 64 messages
under way; gateway, chat, archive and notifier at work. Counted until archive and notifier have read everything, without
what Redis spends while nobody writes. Beside it the floor of a commit."""

import time

from . import floor
from .bench import Bench
from .cpu import idle_rate
from .stage import SQUADS, Stage, users_of
from .table import microseconds, thousands

WRITERS = SQUADS[:4]
SERVICES = ("gateway", "chat", "notifier")
FLOOR_MESSAGES = 20_000


def measure(bench: Bench):
    def prepare(stage: Stage):
        stage.import_users()
        cookies = stage.sign_in_all([users_of(squad)[0] for squad in WRITERS])
        stage.writers = stage.write_sockets([(cookies[users_of(squad)[0]], squad) for squad in WRITERS])
        write(stage, "0.5", idle=dict.fromkeys(("redis", *SERVICES), 0))

    with bench.stages(prepare) as stages, floor.running() as bare:
        time.sleep(2)
        idle = {stage.port: idle_rate(4, **stage.meter(*SERVICES).pids) for stage in stages.values()}
        count = bench.count(FLOOR_MESSAGES, least=200)
        bare.commands(count // 10)
        figures = bench.in_turns(
            stages, lambda stage: write(stage, bench.seconds(5), idle[stage.port]), floor=lambda: bare.commands(count))
    bench.table.add("Redis CPU per message through the whole suite", figures["redis"], "≤ 2.2 × floor", "≤ 1 × other",
                    show=microseconds)
    for service in SERVICES:
        bench.table.add(f"{service} CPU per message through the whole suite", figures[service], show=microseconds)
    bench.table.add("messages per second through the whole suite", figures["rate"], "≥ 1 × other", show=thousands)


def write(stage: Stage, seconds: str, idle: dict[str, float]) -> dict[str, float]:
    meter = stage.meter(*SERVICES)
    counted = stage.load("send", *stage.writers, "--senders", str(len(WRITERS)), "--window", "64", "--seconds", seconds)
    stage.drain()
    spent = meter.read()
    assert counted["refused"] == 0, f"{counted['refused']} messages were refused"
    each = {name: (spent[name] - idle[name] * spent["wall"]) / counted["answered"] for name in idle}
    return {**each, "rate": counted["sent"] / counted["wall_s"]}
