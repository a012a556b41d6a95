"""One Redis user per service (deploy/redis/users.acl): wide enough for the whole suite at work, narrow enough that a
service cannot do another's work. Redis is started by the very script and configuration of the containers."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ScriptTests"))

from suite import BINARIES, ROOT, Suite, eventually, free_port  # noqa: E402
from websocket import WebSocket  # noqa: E402

SERVICES = {"gateway": 10, "chat": 11, "notifier": 12, "integration": 13}
USERS = [*SERVICES, "operator", "engine"]


class DeployedRedis:
    """A redis-server with the deployed configuration, on a port of this machine."""

    def __init__(self, directory: pathlib.Path):
        self.port = free_port()
        self.secrets = directory / "secrets"
        subprocess.run([ROOT / "deploy/make-secrets", self.secrets], check=True, stdout=subprocess.DEVNULL)
        self.log = directory / "redis.log"
        (directory / "data").mkdir()
        self.process = subprocess.Popen(
            ["sh", ROOT / "deploy/redis/start.sh", ROOT / "deploy/redis/redis.conf", "--port", str(self.port),
             "--bind", "127.0.0.1", "--dir", directory / "data"],
            env={**os.environ, "SECRETS": str(self.secrets), "ACL_FILE": str(directory / "users.acl")},
            stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        eventually(lambda: self.ask("PING") == "PONG", 10, "Redis answers")

    def password(self, user: str) -> str:
        return (self.secrets / f"redis_{user}").read_text()

    def url(self, user: str) -> str:
        """As deploy/make-secrets writes it, but for this port."""
        url = (self.secrets / f"redis_url_{user}").read_text()
        assert url == f"redis://{user}:{self.password(user)}@redis:6379"
        return url.replace("@redis:6379", f"@127.0.0.1:{self.port}")

    def ask(self, *words: str, user: str = "operator") -> str:
        return subprocess.run(
            ["redis-cli", "-p", str(self.port), "--user", user, "--pass", self.password(user), "--no-auth-warning",
             *words], capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = DeployedRedis(tmp_path_factory.mktemp("redis"))
    yield server
    server.process.terminate()
    server.process.wait(10)


@pytest.mark.parametrize("user, command", [
    ("gateway", "XADD sc:{p1}:commands * kind send_message"),
    ("chat", "XADD sc:{p1}:events * event new_message"),
    ("chat", "SPUBLISH sc:{p1}:live:squad_alpha x"),
    ("notifier", "XREADGROUP GROUP notifier a STREAMS sc:{p1}:events >"),
    ("integration", "XREADGROUP GROUP squad_chat a STREAMS signals >"),
    ("integration", "HSET sc:{directory}:users a b"),
    ("engine", "XADD signals * event x"),
    ("operator", "CONFIG GET appendonly"),
])
def test_a_user_may_do_its_own_work(redis, user, command):
    assert redis.ask("ACL", "DRYRUN", user, *command.split()) == "OK"


@pytest.mark.parametrize("user, command", [
    ("default", "PING"),
    ("gateway", "XADD sc:{p1}:events * event new_message"),
    ("gateway", "HSET sc:{p1}:state lease x"),
    ("gateway", "XADD signals * event x"),
    ("chat", "HSET sc:{directory}:users a b"),
    ("chat", "XADD signals * event x"),
    ("notifier", "XADD sc:{p1}:commands * kind send_message"),
    ("notifier", "HSET sc:{directory}:users a b"),
    ("integration", "GET sc:{u:viper-1}:session:1"),
    ("integration", "HGETALL sc:{p1}:state"),
    ("engine", "XREAD STREAMS signals 0"),
    ("engine", "XADD sc:{p1}:commands * kind send_message"),
    ("operator", "FLUSHALL"),
    *((service, command) for service in SERVICES for command in ("FLUSHALL", "KEYS *", "CONFIG SET appendonly no")),
])
def test_a_user_may_not_do_the_work_of_others(redis, user, command):
    assert "has no permissions" in redis.ask("ACL", "DRYRUN", user, *command.split())


@contextlib.contextmanager
def running_services(redis: DeployedRedis, directory: pathlib.Path):
    """The four services as in the containers: each its own user, secrets as files."""
    port = free_port()
    processes = []
    for name, offset in SERVICES.items():
        url = directory / f"redis_url_{name}"
        url.write_text(redis.url(name))
        processes.append(subprocess.Popen(
            [BINARIES / name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=(directory / f"{name}.log").open("w"),
            env={"PATH": os.environ["PATH"], "DEMO_MODE": "1", "DATA_DIR": str(directory), "PORT": str(port),
                 "HEALTH_PORT": str(port + offset), "WEB_ROOT": str(ROOT / "Services/gateway/Web"),
                 "REDIS_URL_FILE": str(url), "CHAT_SECRET_KEY_FILE": str(redis.secrets / "chat_secret_key")}))
    try:
        yield port
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(15)


def squadctl(redis: DeployedRedis, words: str) -> int:
    return subprocess.run(
        [BINARIES / "squadctl", *words.split(), "--json"], capture_output=True, timeout=30,
        env={"PATH": os.environ["PATH"], "REDIS_URL": redis.url("operator")}).returncode


def test_the_whole_suite_works_and_redis_refuses_nothing(redis, tmp_path):
    redis.ask("ACL", "LOG", "RESET")
    with running_services(redis, tmp_path) as port:
        ask = Suite.request.__get__(type("", (), {"port": port})())
        for name, offset in SERVICES.items():
            eventually(lambda: ask("/readyz", port=port + offset)[0] == 200, 30, f"{name} is ready")
        _, headers, _ = ask("/api/chat/join", {"user_id": "viper-1"})
        with WebSocket(port, headers["Set-Cookie"].split(";")[0]) as socket:
            assert "ok" in socket.ask(1, "join_squad_room", {"squad_id": "alpha"})
            sent = socket.ask(2, "send_message", {"room_id": "squad_alpha", "content": "@atlas-6 in position"})["ok"]
            reaction = {"message_id": sent["message_id"], "emoji": "👍"}
            assert "ok" in socket.ask(3, "add_reaction", reaction)
            assert "ok" in socket.ask(4, "typing_start", {"room_id": "squad_alpha"})
            signal = {
                "signal_id": "ELITE_RAPID_EURUSD_1756736885", "symbol": "EURUSD", "direction": "BUY", "entry_price": 1.0855,
                "stop_loss": 1.0835, "take_profit": 1.0895, "confidence": 84, "pattern_type": "ORDER_BLOCK_BOUNCE",
                "timestamp": "2026-11-22T10:07:03+00:00"}
            redis.ask("XADD", "signals", "*", "event", json.dumps(signal), user="engine")
            socket.receive_until(lambda frame: frame.get("event") == "new_message"
                                 and frame["data"]["message_type"] == "trade_signal")
        for words in ("status", "dlq ls", "doctor", "users list"):
            # A process reports every two seconds: the first report may be yet to come.
            eventually(lambda: squadctl(redis, words) == 0, 10, f"squadctl {words} is content")
        eventually(lambda: list((tmp_path / "mail").glob("*.eml")), 15, "the mention is mailed")
        # Leave as a container leaves: what happens on the way out is allowed too.
        ask("/api/chat/leave", {}, cookie=headers["Set-Cookie"].split(";")[0])
    assert redis.ask("ACL", "LOG") == "", (
        "Redis refused something; see which key or command, and whose it is, in deploy/redis/users.acl")
