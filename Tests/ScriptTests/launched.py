"""Starts `scripts/run` as a person would and reads what it says."""

import os
import pathlib
import signal
import subprocess
import threading
import time

import http_client
from places import BINARIES, ROOT, SERVICES
from ports import free_port
from waiting import eventually


class LaunchedSuite:
    """One running `scripts/run`, its lines and its processes."""

    def __init__(self, data: pathlib.Path, *options: str, **environment: str):
        self.data = data
        self.port = free_port()
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [ROOT / "scripts/run", "--data", data, "--port", str(self.port), *options],
            env={**os.environ, "SQUADCHAT_BIN": str(BINARIES), **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.reader = threading.Thread(target=lambda: self.lines.extend(map(str.rstrip, self.process.stdout)))
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join(20)

    def said(self, text: str) -> str | None:
        return next((line for line in list(self.lines) if text in line), None)

    def await_line(self, text: str, within: float = 60) -> str:
        eventually(lambda: self.said(text) or self.process.poll() is not None, within, f"'{text}' in {self.lines}")
        assert (line := self.said(text)), f"ended without saying '{text}': {self.lines}"
        return line

    def pid(self, name: str) -> int:
        return int((self.data / "run" / f"{name}.pid").read_text())

    def kill(self, name: str):
        """SIGKILLs one process and returns when another has taken its place."""
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        eventually(lambda: self.pid(name) != before, 10, f"{name} starts again")

    def stop(self, how=signal.SIGTERM) -> float:
        """Asks it to end; returns the seconds that took."""
        began = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        self.reader.join(5)
        return time.monotonic() - began

    def request(self, path: str, body: dict | None = None, cookie: str = ""):
        return http_client.request(self.port, path, body, cookie)

    def is_ready(self, service: str) -> bool:
        return http_client.is_ready(self.port + SERVICES[service])
