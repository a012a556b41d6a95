"""The stage of a measurement: a suite of one build with limits off, and squads and users made for it on top of the
demo's. Squad `fan` has ten users; squads `s00` … `s99` have fifty each."""

import http.client
import json
import pathlib
import subprocess
import tempfile

import keys
from people import recruit
from suite import Suite
from waiting import eventually

from .cpu import Meter

SQUADS = [f"s{number:02}" for number in range(100)]
USERS_PER_SQUAD = 50
FAN_USERS = [f"fan-{number}" for number in range(10)]


def users_of(squad: str) -> list[str]:
    return [f"{squad}-u{number:02}" for number in range(USERS_PER_SQUAD)]


class Stage(Suite):
    def __init__(self, tools: pathlib.Path, binaries: pathlib.Path, **settings: str):
        self.tools = tools
        self.temporary = tempfile.TemporaryDirectory(prefix="squad-bench-")
        limits_off = {"RATE_LIMIT_MESSAGES_PER_MINUTE": "0", "RATE_LIMIT_REACTIONS_PER_MINUTE": "0",
                      "MAX_CONNECTIONS_PER_USER": "0", "LOG_LEVEL": "warning"}
        super().__init__(pathlib.Path(self.temporary.name), binaries=binaries, **limits_off, **settings)

    def stop(self):
        super().stop()
        self.temporary.cleanup()

    @property
    def link(self):
        return self.server.link

    def meter(self, *names: str) -> Meter:
        """Of these services and of Redis."""
        return Meter(redis=self.server.process.pid, **{name: self.pid(name) for name in names})

    def import_users(self):
        """Adds the squads and users above to the directory."""
        users = [recruit(name, "fan") for name in FAN_USERS]
        self.import_recruits(users + [recruit(name, squad) for squad in SQUADS for name in users_of(squad)])

    def import_recruits(self, users: list[dict]):
        file = self.directory / "users.json"
        file.write_text(json.dumps(users))
        imported = self.squadctl("users", "import", str(file))
        assert imported.returncode == 0, imported.stderr
        # The last one imported can sign in: the gateway's replica has them all.
        last = {"user_id": users[-1]["user_id"]}
        eventually(lambda: self.request("/api/chat/join", last)[0] == 200, 60, "imported users can sign in")

    def sign_in_all(self, users: list[str]) -> dict[str, str]:
        """The session cookie of each user, over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
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

    def drain(self, within: float = 60):
        """Until every event has passed the archive and the notifier, which is when chat lets go of it."""
        outbox = keys.every("events")
        eventually(lambda: not sum(self.link.pipeline(("XLEN", stream) for stream in outbox)), within,
                   "archive and notifier have read everything")

    def write_sockets(self, places: list[tuple[str, str]]) -> list[str]:
        """Files for the load client: a socket for each (cookie, squad)."""
        squads = list(dict.fromkeys(squad for _, squad in places))
        number = {squad: index for index, squad in enumerate(squads)}
        rooms, sockets = self.directory / "rooms", self.directory / "sockets"
        rooms.write_text("".join(f"squad_{squad}\t{keys.live(f'squad_{squad}')}\n" for squad in squads))
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

    def load(self, mode: str, *options: str, port: int | None = None, pid: int | None = None) -> dict:
        """Runs the load client against the gateway, or what else is named, and returns what it counted; what it found
        wrong ends the measurement."""
        finished = subprocess.run(
            [self.tools / "load", "--mode", mode, "--port", str(port or self.port), "--pid",
             str(pid or self.pid("gateway")), *options], stdout=subprocess.PIPE, text=True)
        assert finished.returncode == 0, f"the load client found something wrong: {finished.stdout}"
        return json.loads(finished.stdout)
