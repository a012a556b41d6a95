"""From sending to seeing: browser socket, gateway, Redis, chat, Redis, gateway, a hundred browser sockets."""

from .bench import Bench
from .stage import FAN_USERS, Stage


def measure(bench: Bench):
    places: dict[int, list[str]] = {}

    def prepare(stage: Stage):
        stage.import_users()
        cookies = list(stage.sign_in_all(FAN_USERS).values())
        places[stage.port] = stage.write_sockets([(cookies[i % len(cookies)], "fan") for i in range(100)])

    def turn(stage: Stage) -> dict[str, float]:
        counted = stage.load("send", *places[stage.port], "--senders", "10", "--rate", "200", "--seconds",
                             bench.seconds(6), "--warm-up", bench.seconds(2))
        assert counted["refused"] == 0, f"{counted['refused']} messages were refused"
        return {"p50": counted["p50_us"] / 1000, "p99": counted["p99_us"] / 1000}

    with bench.stages(prepare) as stages:
        figures = bench.in_turns(stages, turn)
    what = "send → seen at 200 messages/s to 100 sockets each"
    bench.table.add(f"{what}, median", figures["p50"], "≤ 5", "≤ 1.1 × other", show=lambda ms: f"{ms:.2f} ms")
    bench.table.add(f"{what}, p99", figures["p99"], show=lambda ms: f"{ms:.2f} ms")
