"""A redis-server of one's own on a port of this machine, that keeps what it is told as a deployed one does."""

import contextlib
import pathlib
import subprocess

from ports import port_at
from redis_link import RedisLink
from waiting import eventually


class RedisServer:
    def __init__(self, directory: pathlib.Path, *options: str):
        self.directory, self.options = directory, options
        self.port = port_at("127.0.0.1")
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> "RedisServer":
        with (self.directory / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.directory, "--save", "",
                 "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", *self.options],
                stdout=log, stderr=log)
        self.link = eventually(self._connect, 10, "Redis answers")
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def _connect(self) -> RedisLink | None:
        assert self.process.poll() is None, (self.directory / "redis.log").read_text()
        with contextlib.suppress(OSError, RuntimeError):
            link = RedisLink(self.port)
            link.ask("PING")
            return link
