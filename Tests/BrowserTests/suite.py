"""The whole suite as its operator runs it: a real Redis and the four executables, on free ports."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("SQUADCHAT_BIN", ROOT / ".build/debug"))
SERVICES = ("integration", "chat", "notifier", "gateway")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Suite:
    """Starts everything, and lets a test kill and restart what it likes."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="squadchat-browser-"))
        self.redis_socket = str(self.directory / "redis.sock")
        self.port = free_port()
        self.url = f"http://localhost:{self.port}/"
        self.health = {name: free_port() for name in SERVICES}
        self.processes: dict[str, subprocess.Popen] = {}

    def start(self) -> "Suite":
        missing = [name for name in SERVICES if not (BINARIES / name).is_file()]
        if missing:
            raise RuntimeError(f"no {', '.join(missing)} in {BINARIES}: run 'swift build' or set SQUADCHAT_BIN")
        self.spawn("redis", ["redis-server", "--port", "0", "--unixsocket", self.redis_socket, "--save", "",
                             "--appendonly", "yes", "--dir", str(self.directory)], {})
        self.until(lambda: self.redis("PING") == "PONG", "Redis")
        for name in SERVICES:
            self.start_service(name)
        for name in SERVICES:
            self.until_ready(name)
        return self

    def start_service(self, name: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "REDIS_URL": f"unix:{self.redis_socket}",
            "DATA_DIR": str(self.directory),
            "DEMO_MODE": "1",
            "CHAT_SECRET_KEY": "a browser test's key, of enough bytes",
            "WEB_ROOT": str(ROOT / "Services/gateway/Web"),
            "PORT": str(self.port),
            "HEALTH_PORT": str(self.health[name]),
            "RATE_LIMIT_MESSAGES_PER_MINUTE": "0",
        }
        # Coverage runs and sanitizers are told through the environment.
        inherited = ("LD_", "LLVM_", "ASAN_")
        environment |= {key: value for key, value in os.environ.items() if key.startswith(inherited)}
        self.spawn(name, [str(BINARIES / name)], environment)

    def spawn(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        with open(self.directory / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                arguments, env=environment or None, stdout=log, stderr=log, cwd=self.directory
            )

    def until_ready(self, name: str) -> None:
        self.until(lambda: self.is_ready(name), name)

    def is_ready(self, name: str) -> bool:
        # A gateway is ready a moment before its own port is open.
        pages = [self.url] if name == "gateway" else []
        try:
            for url in [f"http://127.0.0.1:{self.health[name]}/readyz", *pages]:
                urllib.request.urlopen(url, timeout=2).close()
            return True
        except (urllib.error.URLError, OSError):
            return False

    def until(self, holds, what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holds():
                return
            ended = [name for name, process in self.processes.items() if process.poll() is not None]
            if ended:
                raise RuntimeError(f"{ended} ended while {what} was awaited\n{self.logs(*ended)}")
            time.sleep(0.05)
        raise RuntimeError(f"{what} did not become ready\n{self.logs(*self.processes)}")

    def logs(self, *names: str) -> str:
        parts = []
        for name in names:
            lines = (self.directory / f"{name}.log").read_text(errors="replace").splitlines()[-15:]
            parts.append(f"--- {name}\n" + "\n".join(lines))
        return "\n".join(parts)

    def redis(self, *arguments: str) -> str:
        done = subprocess.run(["redis-cli", "-s", self.redis_socket, *arguments], capture_output=True, text=True)
        return done.stdout.strip()

    def publish_signal(self, signal_id: str, **fields) -> None:
        """Adds a signal to the engine's own stream, in the engine's own form."""
        document = {
            "signal_id": signal_id, "symbol": "EURUSD", "pair": "EURUSD", "direction": "BUY", "confidence": 87.4,
            "entry_price": 1.0842, "stop_loss": 1.08215, "take_profit": 1.0883, "risk_reward": 2.0, "stop_pips": 20.5,
            "target_pips": 41.0, "pattern_type": "ORDER_BLOCK_BOUNCE", "signal_class": "SNIPER", "session": "LONDON",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()), **fields,
        }
        self.redis("XADD", "signals", "*", "event", json.dumps(document))

    def publish_outcome(self, signal_id: str, **fields) -> None:
        self.redis("XADD", "outcomes", "*", "event", json.dumps({"signal_id": signal_id, **fields}))

    def kill(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes.pop(name).wait(10)

    def restart(self, name: str) -> None:
        self.start_service(name)
        self.until_ready(name)

    def stop(self) -> None:
        for name in reversed(list(self.processes)):
            self.processes[name].terminate()
        for process in self.processes.values():
            try:
                process.wait(12)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
