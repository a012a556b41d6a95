"""The whole suite as its operator runs it: a Redis and the four executables, on free ports, each to be killed and
started again by hand. (How `scripts/run` keeps them running is what Tests/ScriptTests looks at.)"""

import os
import pathlib
import subprocess

import engine
import http_client
from places import BINARIES, SERVICES, WEB
from ports import free_port
from redis_server import RedisServer
from waiting import eventually
from websocket import WebSocket


class Suite:
    """All of it, or the services that are named; with a Redis of its own unless the settings name another."""

    def __init__(self, directory: pathlib.Path, *names: str, binaries: pathlib.Path = BINARIES,
                 of_service: dict[str, dict[str, str]] | None = None, **settings: str):
        """`settings` is the environment of every service, over the demo's; `of_service` that of a single one."""
        self.directory, self.binaries = directory, binaries
        self.names = names or tuple(SERVICES)
        self.port = free_port()
        self.url = f"http://localhost:{self.port}/"
        self.health = {name: self.port + SERVICES[name] for name in self.names}
        has_redis = any(key in environment for environment in (settings, *(of_service or {}).values())
                        for key in ("REDIS_URL", "REDIS_URL_FILE"))
        self.server = None if has_redis else RedisServer(directory)
        self.settings, self.of_service = settings, of_service or {}
        self.processes: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> "Suite":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def start(self) -> "Suite":
        missing = [name for name in self.names if not (self.binaries / name).is_file()]
        assert not missing, f"no {', '.join(missing)} in {self.binaries}: run 'swift build' or set SQUADCHAT_BIN"
        if self.server:
            self.server.start()
        for name in self.names:
            self.start_service(name)
        for name in self.names:
            self.until_ready(name)
        return self

    def environment(self, name: str) -> dict[str, str]:
        demo = {
            "PATH": os.environ["PATH"], "HOME": str(self.directory), "DATA_DIR": str(self.directory), "DEMO_MODE": "1",
            "CHAT_SECRET_KEY": "a key of the tests, long enough to sign with", "WEB_ROOT": str(WEB),
            "PORT": str(self.port), "HEALTH_PORT": str(self.health[name]),
        }
        if self.server:
            demo["REDIS_URL"] = self.server.url
        # Coverage runs and sanitizers are told through the environment.
        inherited = {key: value for key, value in os.environ.items() if key.startswith(("LD_", "LLVM_", "ASAN_"))}
        everything = demo | inherited | self.settings | self.of_service.get(name, {})
        # A secret is given as a value or as a file, never both.
        return {key: value for key, value in everything.items() if f"{key}_FILE" not in everything}

    def start_service(self, name: str):
        with (self.directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [self.binaries / name], env=self.environment(name), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.directory)

    def until_ready(self, name: str):
        """Until it says so, and the gateway serves its page."""
        eventually(lambda: self._is_ready(name), 30, lambda: f"{name} is ready\n{self.logs(name)}")

    def _is_ready(self, name: str) -> bool:
        assert self.processes[name].poll() is None, f"{name} ended\n{self.logs(name)}"
        is_ready = http_client.is_ready(self.health[name])
        return is_ready and (name != "gateway" or self.request("/")[0] == 200)

    def logs(self, *names: str) -> str:
        """The last lines of these services, or of all."""
        lines = {name: (self.directory / f"{name}.log").read_text(errors="replace").splitlines()[-15:]
                 for name in names or self.processes}
        return "\n".join(line for name, last in lines.items() for line in (f"--- {name}", *last))

    def pid(self, name: str) -> int:
        return self.processes[name].pid

    def kill(self, name: str):
        self.processes[name].kill()
        self.processes.pop(name).wait(10)

    def restart(self, name: str):
        """Starts one that was killed, and waits until it is ready."""
        self.start_service(name)
        self.until_ready(name)

    def stop(self):
        """As an operator stops them; what does not end in time is killed."""
        for process in reversed(self.processes.values()):
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(12)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()
        if self.server and self.server.is_running:
            self.server.stop()

    def request(self, path: str, body: dict | None = None, cookie: str = ""):
        return http_client.request(self.port, path, body, cookie)

    def sign_in(self, user: str) -> str:
        return http_client.sign_in(self.port, user)

    def member(self, user: str, squad: str, **options) -> WebSocket:
        """An open socket of a user who has just signed in and joined a squad's room."""
        socket = WebSocket(self.port, self.sign_in(user), **options)
        answer = socket.ask("join", "join_squad_room", {"squad_id": squad})
        assert "ok" in answer, answer
        return socket

    def squadctl(self, *words: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.binaries / "squadctl", *words], capture_output=True, text=True, timeout=120,
            env={"PATH": os.environ["PATH"], **({"REDIS_URL": self.server.url} if self.server else {}), **environment})

    def publish_signal(self, signal_id: str, **fields):
        self.server.link.ask("XADD", "signals", "*", "event", engine.signal(signal_id, **fields))

    def publish_outcome(self, signal_id: str, **fields):
        self.server.link.ask("XADD", "outcomes", "*", "event", engine.outcome(signal_id, **fields))
