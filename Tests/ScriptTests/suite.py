"""Starts `scripts/run` as a person would and reads what it says."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("SQUADCHAT_BIN", ROOT / ".build/debug")).resolve()


def free_port() -> int:
    """A port whose four internal neighbours (port + 10 … 13) are free too."""
    for base in range(20_000 + os.getpid() % 5_000, 40_000, 20):
        with contextlib.ExitStack() as stack:
            try:
                for port in (base, *range(base + 10, base + 14)):
                    listener = stack.enter_context(socket.socket())
                    listener.bind(("127.0.0.1", port))
                return base
            except OSError:
                continue
    raise RuntimeError("no free ports")


def eventually(condition, within: float, what: str):
    """Waits until `condition()` is true and returns its value."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.05)
    return value


class Suite:
    """One running `scripts/run`, its lines and its processes."""

    def __init__(self, data: pathlib.Path, *options: str, port: int | None = None, **environment: str):
        self.data = data
        self.port = port or free_port()
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

    def request(self, path: str, body: dict | None = None, cookie: str = "", port: int | None = None):
        """Status, headers and body of an answer; status 0 when nobody listens."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{port or self.port}{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json", "Cookie": cookie})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()
        except OSError:
            return 0, {}, b""

    def is_ready(self, offset: int) -> bool:
        return self.request("/readyz", port=self.port + offset)[0] == 200
