"""The stage of a measurement: a suite with limits off, on a Redis of its own with a TCP port, and squads and users made
for it on top of the demo's. Squad `fan` has ten users; squads `s00` … `s99` have fifty each."""

import binascii
import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import tempfile
import time

from suite import BINARIES, Suite, eventually, free_port

from .redis_link import RedisLink

SQUADS = [f"s{number:02}" for number in range(100)]
USERS_PER_SQUAD = 50
FAN_USERS = [f"fan-{number}" for number in range(10)]


def users_of(squad: str) -> list[str]:
    return [f"{squad}-u{number:02}" for number in range(USERS_PER_SQUAD)]


def partition_of(room: str) -> int:
    return binascii.crc_hqx(room.encode(), 0) % 16


class Stage:
    def __init__(self, tools: pathlib.Path):
        self.tools = tools
        self.cleanup = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as starting:
            self.directory = pathlib.Path(starting.enter_context(tempfile.TemporaryDirectory(prefix="squad-bench-")))
            self.redis_port = free_port()
            self.redis = subprocess.Popen(
                ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", str(self.directory),
                 "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"],
                stdout=subprocess.DEVNULL)
            starting.callback(self._end, self.redis)
            self.link = eventually(self._connect, 10, "Redis answers")
            self.suite = starting.enter_context(Suite(
                self.directory / "data", "--no-engine", "--redis", f"redis://127.0.0.1:{self.redis_port}",
                port=free_port(), RATE_LIMIT_MESSAGES_PER_MINUTE="0", MAX_CONNECTIONS_PER_USER="0",
                LOG_LEVEL="warning"))
            starting.callback(lambda: self.suite.process.poll() is None and self.suite.stop())
            self.suite.await_line("ready http://localhost:")
            self.cleanup = starting.pop_all()
        return self

    def __exit__(self, *_):
        self.cleanup.close()

    def _connect(self) -> RedisLink | None:
        with contextlib.suppress(OSError):
            return RedisLink(self.redis_port)

    @staticmethod
    def _end(process: subprocess.Popen):
        process.terminate()
        process.wait(10)

    def import_users(self):
        """Adds the squads and users above to the directory."""

        def user(name: str, squad: str) -> dict:
            return {"user_id": name, "username": name, "callsign": name.title(), "squad_id": squad, "role": "recruit",
                    "rank": "Recruit", "email": f"{name}@example.test"}

        users = [user(name, "fan") for name in FAN_USERS]
        users += [user(name, squad) for squad in SQUADS for name in users_of(squad)]
        file = self.directory / "users.json"
        file.write_text(json.dumps(users))
        subprocess.run(
            [BINARIES / "squadctl", "users", "import", file], check=True, stdout=subprocess.DEVNULL,
            env={**os.environ, "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}"})
        # The last one imported can sign in: the gateway's replica has them all.
        eventually(lambda: self._sign_in_status(users[-1]["user_id"]) == 200, 30, "imported users can sign in")

    def _sign_in_status(self, user: str) -> int:
        return self.suite.request("/api/chat/join", {"user_id": user})[0]

    def sign_in(self, users: list[str]) -> dict[str, str]:
        """The session cookie of each user."""
        connection = http.client.HTTPConnection("127.0.0.1", self.suite.port, timeout=10)
        cookies = {}
        for user in users:
            connection.request(
                "POST", "/api/chat/join", json.dumps({"user_id": user}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, f"{user} cannot sign in: {answer.status}"
            cookies[user] = answer.headers["Set-Cookie"].split(";")[0]
        connection.close()
        return cookies

    def write_sockets(self, places: list[tuple[str, str]]) -> list[str]:
        """Files for the load client: a socket for each (cookie, squad)."""
        squads = list(dict.fromkeys(squad for _, squad in places))
        number = {squad: index for index, squad in enumerate(squads)}
        rooms, sockets = self.directory / "rooms", self.directory / "sockets"
        rooms.write_text("".join(
            f"squad_{squad}\tsc:{{p{partition_of(f'squad_{squad}')}}}:live:squad_{squad}\n" for squad in squads))
        sockets.write_text("".join(
            "/ws\t{}\t{}\t{}\n".format(
                cookie, json.dumps({"id": 1, "event": "join_squad_room", "data": {"squad_id": squad}}), number[squad])
            for cookie, squad in places))
        return ["--rooms", str(rooms), "--sockets", str(sockets)]

    def write_floor_sockets(self, count: int, rooms_wanted: int) -> list[str]:
        """The same for the floor: rooms are numbers, nobody signs in."""
        rooms, sockets = self.directory / "floor-rooms", self.directory / "floor-sockets"
        rooms.write_text("".join(f"squad_{number:03}\troom:{number}\n" for number in range(rooms_wanted)))
        sockets.write_text("".join(f"/ws/{i % rooms_wanted}\t\t\t{i % rooms_wanted}\n" for i in range(count)))
        return ["--rooms", str(rooms), "--sockets", str(sockets), "--ready", "", "--floor"]

    def load(self, mode: str, port: int, pid: int, *options: str) -> dict:
        """Runs the load client and returns what it counted; what it found wrong ends the measurement."""
        finished = subprocess.run(
            [self.tools / "load", "--mode", mode, "--port", str(port), "--pid", str(pid), *options],
            stdout=subprocess.PIPE, text=True)
        assert finished.returncode == 0, f"the load client found something wrong: {finished.stdout}"
        return json.loads(finished.stdout)

    @contextlib.contextmanager
    def floor(self):
        """A running floor: its port and process id."""
        port = free_port()
        process = subprocess.Popen([self.tools / "floor", str(port), str(self.redis_port)])
        try:
            time.sleep(0.3)
            yield port, process.pid
        finally:
            self._end(process)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
