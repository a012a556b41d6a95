"""Deliveries per CPU-second of the gateway's process, in turns with the floor (one write for each delivery).

The gateway is fed as chat feeds it: publications with consecutive numbers on the rooms' sharded channels, under the header
that this build's chat writes. The load client compares every frame with the bytes it must have. Both sides get 307-byte
payloads, the same sockets and the same client."""

import keys
from redis_link import RedisLink

from .bench import Bench
from .stage import FAN_USERS, SQUADS, Stage, users_of
from .table import thousands


def measure(bench: Bench):
    cookies: dict[int, dict[str, str]] = {}

    def prepare(stage: Stage):
        stage.import_users()
        cookies[stage.port] = stage.sign_in_all(FAN_USERS + [users_of(squad)[0] for squad in SQUADS])

    def one_room(stage: Stage) -> list[tuple[str, str]]:
        return [(cookies[stage.port][FAN_USERS[i % len(FAN_USERS)]], "fan") for i in range(bench.count(1000, least=20))]

    def many_rooms(stage: Stage) -> list[tuple[str, str]]:
        squads = SQUADS[:bench.count(100, least=5)]
        return [(cookies[stage.port][users_of(squad)[0]], squad) for squad in squads for _ in range(10)]

    with bench.stages(prepare) as stages:
        headers = {stage.port: header_of_chat(stage) for stage in stages.values()}
        for name, places, window, wanted in (
            ("1000 sockets in one room, 1 message in flight", one_room, 1, 0.9),
            ("1000 sockets in one room, 16 in flight", one_room, 16, 5.0),
            ("100 rooms of 10 sockets, 400 in flight", many_rooms, 400, 1.2),
        ):
            def options(stage: Stage) -> list[str]:
                return ["--redis-port", str(stage.server.port), "--window", str(window), "--seconds", bench.seconds(3)]

            def turn(stage: Stage) -> dict[str, float]:
                return per_cpu_second(stage.load(
                    "feed", *stage.write_sockets(places(stage)), *options(stage), "--header", headers[stage.port]))

            def floor() -> dict[str, float]:
                stage = stages["this"]
                with bench.tool("floor", str(stage.server.port)) as (port, pid):
                    taken = places(stage)
                    sockets = stage.write_floor_sockets(len(taken), len({squad for _, squad in taken}))
                    return per_cpu_second(stage.load("feed", *sockets, *options(stage), port=port, pid=pid))

            figures = bench.in_turns(stages, turn, floor=floor)
            bench.table.add(f"{name}: deliveries per CPU-s", figures["delivered"], f"≥ {wanted} × floor",
                            "≥ 0.9 × other", show=thousands)


def per_cpu_second(counted: dict) -> dict[str, float]:
    return {"delivered": counted["delivered"] / max(counted["cpu_s"], 0.01)}


def header_of_chat(stage: Stage) -> str:
    """The first line of a publication, with %r, %e and %s where a room, an epoch and a number stand."""
    room = "squad_fan"
    with stage.member(FAN_USERS[0], "fan") as socket:
        link = RedisLink(stage.server.port)
        link.ask("SSUBSCRIBE", keys.live(room))
        sent = socket.ask("sample", "send_message", {"room_id": room, "content": "sample"})["ok"]
        while b"new_message" not in (publication := link.next()[2]):
            pass
    link.socket.close()
    epoch, seq = sent["message_id"].removeprefix(f"{room}.").split(".")
    signs = {room: "%r", epoch: "%e", seq: "%s"}
    return " ".join(signs.get(word, word) for word in publication.decode().splitlines()[0].split(" "))
