"""A thousand signals in one burst: each in the room of each squad, in the engine's order, once."""

import time

import engine
from people import DEMO

from .bench import Bench
from .stage import Stage

SIGNALS = 1000
# One of each squad.
WATCHERS = {person["squad_id"]: user for user, person in DEMO.items()}


def measure(bench: Bench):
    count = bench.count(SIGNALS, least=10)
    # One turn each: the names of the signals are those of the stage.
    with bench.stages() as stages:
        figures = {name: [burst(stage, count)] for name, stage in stages.items()}
    bench.table.add(f"{count} signals in a burst, each in {len(WATCHERS)} rooms, once and in order", figures,
                    "≤ 1.2 × other", show=lambda seconds: f"{seconds:.1f} s")


def burst(stage: Stage, count: int) -> float:
    sockets = [stage.member(user, squad, timeout=60) for squad, user in WATCHERS.items()]
    wanted = [f"ELITE_RAPID_EURUSD_{1_756_736_885 + number}" for number in range(count)]
    began = time.monotonic()
    stage.link.pipeline(("XADD", "signals", "*", "event", engine.signal(name)) for name in wanted)
    for socket in sockets:
        seen = [next_card(socket) for _ in range(count)]
        assert seen == wanted, "not each signal once and in order"
    took = time.monotonic() - began
    for socket in sockets:
        socket.connection.close()
    return took


def next_card(socket) -> str:
    frame = socket.receive_until(
        lambda frame: frame.get("event") == "new_message" and frame["data"]["message_type"] == "trade_signal")
    return frame["data"]["metadata"]["signal_data"]["signal_id"]
