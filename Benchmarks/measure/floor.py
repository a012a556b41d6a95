"""The floor of a committed message: what it must write anyhow, as bare commands in one pipeline, and as one script
without a single check. A redis-server of its own with the configuration of the stages.

The command is added and removed again; the room counts; the log holds what happened, the outbox and the room the
330-byte message; the repeat's mark, the cursor, the event on the room's channel, the answer."""

import contextlib
import pathlib
import tempfile

from redis_link import RedisLink, encoded
from redis_server import RedisServer

from .cpu import Meter

MESSAGE = '{"seq":%d,"message_id":"squad_s00.0123456789ab.%d","content":"' + "x" * 268 + '"}'
IN_FLIGHT = 64  # messages in one pipeline

SCRIPT = """#!lua
local room, log, outbox, messages, state, mark, commands, live = unpack(KEYS)
local id, message, answer = unpack(ARGV)
local seq = redis.call('HINCRBY', room, 'seq', 1)
redis.call('XADD', log, seq .. '-0', 'event', 'new_message', 'message', id)
redis.call('XADD', outbox, '*', 'event', 'new_message', 'room', 'squad_s00', 'seq', seq, 'json', message)
redis.call('HSET', messages, id, message) redis.call('HSET', state, 'cursor', seq .. '-1')
redis.call('SET', mark, answer, 'EX', 86400) redis.call('XDEL', commands, seq .. '-1')
redis.call('SPUBLISH', live, message) redis.call('PUBLISH', 'sc:gateway:floor', answer)
"""


class Floor:
    def __init__(self, directory: pathlib.Path):
        self.server = RedisServer(directory).start()
        self.link = RedisLink(self.server.port)
        self.sha = self.link.ask("SCRIPT", "LOAD", SCRIPT).decode()

    def commands(self, count: int) -> dict[str, float]:
        return self._turn(count, self._as_commands, replies=10)

    def script(self, count: int) -> dict[str, float]:
        return self._turn(count, self._as_script, replies=2)

    def _turn(self, count: int, make, replies: int) -> dict[str, float]:
        self.link.ask("FLUSHALL")
        pipelines = [b"".join(make(seq) for seq in range(start, min(start + IN_FLIGHT, count + 1)))
                     for start in range(1, count + 1, IN_FLIGHT)]
        meter = Meter(redis=self.server.process.pid)
        for number, pipeline in enumerate(pipelines):
            self.link.send(pipeline)
            self.link.pass_over(replies * min(IN_FLIGHT, count - number * IN_FLIGHT))
        spent = meter.read()
        assert self.link.ask("HLEN", "sc:{p1}:messages:squad_s00") == count
        return {name: value / count for name, value in spent.items()}

    @staticmethod
    def _texts(seq: int) -> tuple[str, str, str]:
        identifier = f"squad_s00.0123456789ab.{seq}"
        message = MESSAGE % (seq, seq)
        answer = '{"message_id":"%s","room_id":"squad_s00","seq":%d,"timestamp":"2026-11-22T10:07:03.123Z"}' % (
            identifier, seq)
        return identifier, message, answer

    def _added(self, seq: int) -> bytes:
        return encoded(
            "XADD", "sc:{p1}:commands", f"{seq}-1", "kind", "send_message", "id", f"floor-{seq}", "room", "squad_s00", "user",
            "s00-u00", "gateway", "floor", "socket", "1", "re", str(seq), "at", "1764324423123",
            "data", '{"room_id":"squad_s00","content":"' + "x" * 120 + '"}')

    def _as_commands(self, seq: int) -> bytes:
        identifier, message, answer = self._texts(seq)
        return self._added(seq) + b"".join(encoded(*words) for words in (
            ("HINCRBY", "sc:{p1}:room:squad_s00", "seq", "1"),
            ("XADD", "sc:{p1}:log:squad_s00", f"{seq}-0", "event", "new_message", "message", identifier),
            ("XADD", "sc:{p1}:events", "*", "event", "new_message", "room", "squad_s00", "seq", seq, "json", message),
            ("HSET", "sc:{p1}:messages:squad_s00", identifier, message),
            ("HSET", "sc:{p1}:state", "cursor", f"{seq}-1"),
            ("SET", f"sc:{{p1}}:seen:squad_s00:s00-u00:floor-{seq}", answer, "EX", "86400"),
            ("XDEL", "sc:{p1}:commands", f"{seq}-1"),
            ("SPUBLISH", "sc:{p1}:live:squad_s00", message),
            ("PUBLISH", "sc:gateway:floor", answer)))

    def _as_script(self, seq: int) -> bytes:
        keys = (f"sc:{{p1}}:{name}" for name in (
            "room:squad_s00", "log:squad_s00", "events", "messages:squad_s00", "state",
            f"seen:squad_s00:s00-u00:floor-{seq}", "commands", "live:squad_s00"))
        return self._added(seq) + encoded("EVALSHA", self.sha, 8, *keys, *self._texts(seq))


@contextlib.contextmanager
def running():
    with tempfile.TemporaryDirectory(prefix="squad-floor-") as directory:
        floor = Floor(pathlib.Path(directory))
        try:
            yield floor
        finally:
            floor.server.stop()
