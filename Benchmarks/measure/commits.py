"""Messages that one chat process commits per CPU-second: fence, repeat check, number, log, outbox, publication, reply.

Commands are added to the streams directly, spread over rooms of all partitions, so that chat is the only one at work; the
clock stops when the last command is gone from its stream, and the log of each room is counted afterwards."""

import json
import time

from websocket import WebSocket

from .stage import SQUADS, Stage, cpu_seconds, partition_of, users_of
from .table import Table, thousands

ROOMS = SQUADS[:40]
MESSAGES = 60_000
BATCH = 500
WANTED = 10_000


def measure(stage: Stage, table: Table):
    stage.import_users()
    cookies = stage.sign_in([users_of(squad)[0] for squad in ROOMS])
    for squad in ROOMS:
        with WebSocket(stage.suite.port, cookies[users_of(squad)[0]]) as socket:
            assert "ok" in socket.ask(1, "join_squad_room", {"squad_id": squad})

    for policy in ("everysec", "always"):
        stage.link.ask("CONFIG", "SET", "appendfsync", policy)
        commit(stage, f"warm-{policy}", MESSAGES // 10)
        before = sum(last_numbers(stage))
        chat, redis, wall = commit(stage, policy, MESSAGES)
        committed = sum(last_numbers(stage)) - before
        assert committed == MESSAGES, f"{committed} messages were committed, not {MESSAGES}"
        table.add(
            f"messages committed per CPU-s of chat, appendfsync {policy}",
            f"{thousands(MESSAGES / chat)} (wall {thousands(MESSAGES / wall)}/s; Redis {redis / MESSAGES * 1e6:.0f} µs CPU each)",
            f"≥ {thousands(WANTED)}", MESSAGES / chat >= WANTED)


def commit(stage: Stage, run: str, count: int) -> tuple[float, float, float]:
    """Adds `count` commands and waits until all are done; CPU seconds of chat and of Redis, and seconds of time."""
    pid, began = stage.suite.pid("chat"), time.monotonic()
    chat, redis = cpu_seconds(pid), cpu_seconds(stage.redis.pid)
    for start in range(0, count, BATCH):
        stage.link.pipeline(command(run, number) for number in range(start, min(start + BATCH, count)))
    streams = [f"sc:{{p{number}}}:commands" for number in range(16)]
    while sum(stage.link.pipeline(("XLEN", stream) for stream in streams)):
        assert time.monotonic() - began < 120, "chat does not keep up"
        time.sleep(0.02)
    return cpu_seconds(pid) - chat, cpu_seconds(stage.redis.pid) - redis, time.monotonic() - began


def command(run: str, number: int) -> tuple:
    squad = ROOMS[number % len(ROOMS)]
    room = f"squad_{squad}"
    data = {"room_id": room, "content": f"{run} {number} " + "x" * 100}
    return ("XADD", f"sc:{{p{partition_of(room)}}}:commands", "*", "kind", "send_message", "id", f"{run}-{number}",
            "room", room, "user", users_of(squad)[0], "gateway", "benchmark", "socket", "1", "re", str(number),
            "at", str(int(time.time() * 1000)), "data", json.dumps(data))


def last_numbers(stage: Stage) -> list[int]:
    """The number of each room's last event; a log may be trimmed, its numbers go on."""
    entries = stage.link.pipeline(
        ("XREVRANGE", f"sc:{{p{partition_of(f'squad_{squad}')}}}:log:squad_{squad}", "+", "-", "COUNT", "1")
        for squad in ROOMS)
    return [int(entry[0][0].split(b"-")[0]) for entry in entries]
