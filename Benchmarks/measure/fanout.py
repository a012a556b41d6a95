"""Deliveries per CPU-second of the gateway's process, in turns with the floor (one write for each delivery).

The gateway is fed as chat feeds it: publications with consecutive numbers on the rooms' sharded channels. The load client
compares every frame with the bytes it must have. Both sides get 307-byte payloads, the same sockets and the same client."""

from .stage import FAN_USERS, SQUADS, Stage, users_of
from .table import Table, thousands

TURNS = 3
SECONDS = "4"


def measure(stage: Stage, table: Table):
    stage.import_users()
    fan = list(stage.sign_in(FAN_USERS).values())
    one_room = [(fan[i % len(fan)], "fan") for i in range(1000)]
    first_users = stage.sign_in([users_of(squad)[0] for squad in SQUADS])
    many_rooms = [(first_users[users_of(squad)[0]], squad) for squad in SQUADS for _ in range(10)]

    for name, places, rooms, window, wanted in (
        ("1000 sockets in one room, 1 message in flight", one_room, 1, 1, 0.9),
        ("1000 sockets in one room, 16 in flight", one_room, 1, 16, 5.0),
        ("100 rooms of 10 sockets, 400 in flight", many_rooms, 100, 400, 1.2),
    ):
        options = ["--redis-port", str(stage.redis_port), "--window", str(window), "--seconds", SECONDS]
        ours, floors = [], []
        for _ in range(TURNS):
            with stage.floor() as (port, pid):
                sockets = stage.write_floor_sockets(len(places), rooms)
                floors.append(stage.load("feed", port, pid, *sockets, *options))
            sockets = stage.write_sockets(places)
            ours.append(stage.load("feed", stage.suite.port, stage.suite.pid("gateway"), *sockets, *options))
        reached, floor = per_cpu_second(ours), per_cpu_second(floors)
        table.add(
            f"{name}: deliveries per CPU-s", f"{thousands(reached)} = {reached / floor:.2f} × floor ({thousands(floor)})",
            f"≥ {wanted} × floor", reached >= wanted * floor)


def per_cpu_second(turns: list[dict]) -> float:
    return sum(turn["delivered"] for turn in turns) / max(sum(turn["cpu_s"] for turn in turns), 0.01)
