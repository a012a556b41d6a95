"""Commands added to the partitions' streams directly, as the gateway adds them, so that the gateway is not at work.

They are encoded before the clock starts and their answers are only counted: the driver must be faster than chat."""

import json
import time

import keys
from redis_link import encoded

from .stage import Stage

BATCH = 500


def command(kind: str, room: str, user: str, name: str, data: dict, gateway: str = "benchmark", socket: str = "1") -> bytes:
    return encoded("XADD", keys.commands(room), "*", "kind", kind, "id", name, "room", room, "user", user,
                   "gateway", gateway, "socket", socket, "re", name, "at", str(int(time.time() * 1000)),
                   "data", json.dumps(data))


def message(squad: str, user: str, name: str, content: str) -> bytes:
    """Stored it is some 370 bytes longer than its content."""
    room = f"squad_{squad}"
    return command("send_message", room, user, name, {"room_id": room, "content": content})


def batches(commands: list[bytes]) -> list[tuple[int, bytes]]:
    return [(len(commands[start:start + BATCH]), b"".join(commands[start:start + BATCH]))
            for start in range(0, len(commands), BATCH)]


def feed(stage: Stage, packed: list[tuple[int, bytes]]) -> float:
    """Adds them all; the seconds that took."""
    began = time.monotonic()
    for count, batch in packed:
        stage.link.send(batch)
        stage.link.pass_over(count)
    return time.monotonic() - began


def until_applied(stage: Stage, within: float = 1800):
    """Until chat has taken every command from its stream. Making a room of 10 000 members may take minutes."""
    deadline = time.monotonic() + within
    streams = [("XLEN", stream) for stream in keys.every("commands")]
    while sum(stage.link.pipeline(streams)):
        assert time.monotonic() < deadline, f"chat does not keep up\n{stage.logs()}"
        time.sleep(0.02)
