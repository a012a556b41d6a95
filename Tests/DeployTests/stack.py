"""The container stack, scaled, without containers: every service with exactly the environment and secrets that
docker-compose.yml gives it, each process at a loopback address of its own instead of in a network of its own."""

import os
import pathlib
import re
import shutil
import signal
import subprocess

import compose
import http_client
from deployment import DeployedRedis
from names import NameServer
from places import BINARIES, ROOT, WEB
from ports import port_at
from waiting import eventually

# A network of our own for each test run: 127.0.0.0/8 is all this machine.
NETWORK = f"127.{80 + os.getpid() % 100}.{os.getpid() // 100 % 250}"


def grace_of(service: str) -> int:
    """Seconds until Docker kills."""
    return int(compose.services()[service]["stop_grace_period"].removesuffix("s"))


class Container:
    """One process of a service, at its own address, with the ports that it has in its container."""

    def __init__(self, service: str, address: str, settings: dict[str, str], directory: pathlib.Path):
        self.service, self.address = service, address
        # What an image sets: deploy/Dockerfile.
        image = {"PATH": os.environ["PATH"], "DATA_DIR": str(directory / f"volume-{service}"),
                 "WEB_ROOT": str(WEB)}
        every = {"HEALTH_HOST": address, "HOST": address, "DEMO_BIND": address}
        assert all(settings[key] == "0.0.0.0" for key in every if key in settings)
        self.environment = image | settings | every
        (directory / f"volume-{service}").mkdir(exist_ok=True)
        self.log = directory / f"{service}-{address}.log"
        self.process = subprocess.Popen(
            [BINARIES / service], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.log.open("w"))

    @property
    def is_healthy(self) -> bool:
        """As the image's HEALTHCHECK asks."""
        check = subprocess.run([BINARIES / self.service, "--healthcheck"], env=self.environment, capture_output=True)
        return check.returncode == 0

    def stop(self) -> int:
        """As `docker stop` does, within stop_grace_period."""
        self.process.terminate()
        return self.process.wait(grace_of(self.service))

    def kill(self):
        self.process.kill()
        self.process.wait()


class Stack:
    """`docker compose up --scale …`; ``port`` is the proxy's."""

    def __init__(self, directory: pathlib.Path, scale: dict[str, int], **variables: str):
        self.directory, self.variables = directory, variables
        self.redis = DeployedRedis(directory)
        self.secrets = directory / "mounted"
        shutil.copytree(self.redis.secrets, self.secrets)
        for file in self.secrets.glob("redis_url_*"):
            file.chmod(0o600)
            file.write_text(self.redis.url(file.name.removeprefix("redis_url_")))
        self.names = NameServer(f"{NETWORK}.1", "gateway")
        self.containers: list[Container] = []
        self.proxy = None
        for service, count in scale.items():
            for _ in range(count):
                self.start(service)
        for container in self.containers:
            eventually(lambda: container.is_healthy, 30, f"{container.service} is healthy: {container.log}")
        self._start_proxy()

    def start(self, service: str) -> Container:
        settings = compose.environment(compose.services(**self.variables)[service], self.secrets)
        container = Container(service, f"{NETWORK}.{len(self.containers) + 2}", settings, self.directory)
        self.containers.append(container)
        if service == "gateway":
            self.names.addresses.append(container.address)
        return container

    def command(self, service: str, *words: str) -> subprocess.Popen:
        """`docker compose run`: squadctl, with the words of the operator or those of the compose file."""
        described = compose.services(**self.variables)[service]
        return subprocess.Popen(
            [BINARIES / "squadctl", *(words or described["command"])], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={"PATH": os.environ["PATH"]} | compose.environment(described, self.secrets))

    def running(self, service: str) -> list[Container]:
        return [one for one in self.containers if one.service == service and one.process.poll() is None]

    def request(self, path: str, body: dict | None = None):
        """Status, headers and body of what the public door answers; status 0 when it is shut."""
        return http_client.request(self.port, path, body)

    def slot_of(self, gateway: Container) -> str | None:
        """Where the proxy has put a gateway that DNS named."""
        found = re.findall(rf"(gateways/gateway-\d+) changed its IP from \S+ to {re.escape(gateway.address)} ",
                           self.proxy_log.read_text())
        return found[-1] if found else None

    def _start_proxy(self):
        """The deployed configuration; only the addresses that a container has to itself are others."""
        here = f"{NETWORK}.1"
        self.port = port_at("127.0.0.1")
        text = (ROOT / "deploy/haproxy/haproxy.cfg").read_text()
        for deployed, ours in (("127.0.0.11:53", f"{here}:{self.names.port}"),
                               # docker-compose.yml gives it the descriptors for that; who runs this test may not.
                               ("maxconn 100000", "maxconn 1000"),
                               ("bind :5000", f"bind 127.0.0.1:{self.port}"),
                               ("bind :5009", f"bind {here}:{port_at(here)}")):
            assert deployed in text
            text = text.replace(deployed, ours, 1)
        (self.directory / "haproxy.cfg").write_text(text)
        self.proxy_log = self.directory / "haproxy.log"
        self.proxy = subprocess.Popen(
            ["haproxy", "-W", "-db", "-f", self.directory / "haproxy.cfg"], stdin=subprocess.DEVNULL,
            stdout=self.proxy_log.open("w"), stderr=subprocess.STDOUT)

    def stop_proxy(self):
        """As Docker does, by the signal that its image names."""
        self.proxy.send_signal(signal.SIGUSR1)
        self.proxy.wait(grace_of("proxy"))

    def down(self) -> dict[str, int]:
        """Stops everything that still runs; the exit codes of the services."""
        codes = {}
        if self.proxy and self.proxy.poll() is None:
            self.proxy.terminate()
            self.proxy.wait(10)
        running = [one for one in self.containers if one.process.poll() is None]
        for container in running:
            container.process.terminate()
        for container in running:
            codes[f"{container.service} {container.address}"] = container.stop()
        self.redis.stop()
        self.names.stop()
        return codes
