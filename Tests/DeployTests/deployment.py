"""The parts of the container stack on this machine, without containers: Redis by the very script and configuration of
the containers, and what other containers would see of it."""

import os
import pathlib
import subprocess

from places import ROOT
from ports import port_at
from waiting import eventually


def own_address() -> str:
    """An address of this machine besides loopback, as other containers would use; loopback where there is none.
    Redis' protected mode takes all of 127.0.0.0/8 for loopback, so nothing there shows what a container would see."""
    found = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True).stdout.split()
    return next((address for address in found if "." in address), "127.0.0.1")


class DeployedRedis:
    """A redis-server with the deployed configuration and users, on a port of this machine."""

    def __init__(self, directory: pathlib.Path):
        self.host = own_address()
        self.port = port_at(self.host)
        self.secrets = directory / "secrets"
        subprocess.run([ROOT / "deploy/make-secrets", self.secrets], check=True, stdout=subprocess.DEVNULL)
        # As an editor leaves a password of one's own.
        (self.secrets / "redis_engine").write_text(self.password("engine") + "\n")
        self.log = directory / "redis.log"
        self.directory = directory
        (directory / "data").mkdir()
        self.start()

    def start(self):
        """With the data that an earlier run left."""
        self.process = subprocess.Popen(
            ["sh", ROOT / "deploy/redis/start.sh", ROOT / "deploy/redis/redis.conf", "--port", str(self.port),
             "--bind", self.host, "--dir", self.directory / "data"],
            env={**os.environ, "SECRETS": str(self.secrets), "ACL_FILE": str(self.directory / "users.acl")},
            stdout=self.log.open("w"), stderr=subprocess.STDOUT)
        eventually(lambda: "Ready to accept connections" in self.log.read_text(), 10, "Redis listens")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def password(self, user: str) -> str:
        return (self.secrets / f"redis_{user}").read_text().strip()

    def url(self, user: str) -> str:
        """As deploy/make-secrets writes it, but for this address."""
        url = (self.secrets / f"redis_url_{user}").read_text()
        assert url == f"redis://{user}:{self.password(user)}@redis:6379"
        return url.replace("@redis:6379", f"@{self.host}:{self.port}")

    def ask(self, *words: str, user: str | None = "operator") -> str:
        """The answer, or the error, to a command; `None` is somebody who does not say who they are."""
        identity = ["--user", user, "--pass", self.password(user), "--no-auth-warning"] if user else []
        answer = subprocess.run(
            ["redis-cli", "-h", self.host, "-p", str(self.port), *identity, *words], capture_output=True, text=True)
        return (answer.stdout + answer.stderr).strip()
