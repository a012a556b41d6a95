"""The public door, with the real HAProxy and the deployed configuration: only its addresses are others here."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ScriptTests"))

from suite import BINARIES, ROOT, Suite, eventually, free_port  # noqa: E402

HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")


class Echo(http.server.BaseHTTPRequestHandler):
    """Stands for a gateway: ready, and answers with the headers that reached it."""

    def do_GET(self):
        body = json.dumps(list(self.headers.items())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def door(directory: pathlib.Path, gateway: int, health: int):
    """The deployed configuration before one gateway of this machine; yields the public port."""
    port = free_port()
    text = (ROOT / "deploy/haproxy/haproxy.cfg").read_text()
    for pattern, here in ((r"maxconn 100000", "maxconn 1000"),  # a test's file descriptors
                          (r"bind :5000", f"bind 127.0.0.1:{port}"), (r"bind :5009", f"bind 127.0.0.1:{port + 10}"),
                          (r"check port 5010", f"check port {health}"),
                          (r"server-template \S+ \S+ gateway:5000", f"server gateway-1 127.0.0.1:{gateway}")):
        text, count = re.subn(pattern, here, text)
        assert count == 1, pattern
    configuration = directory / "haproxy.cfg"
    configuration.write_text(text)
    with (directory / "haproxy.log").open("w") as log:
        process = subprocess.Popen([HAPROXY, "-f", configuration], stdout=log, stderr=subprocess.STDOUT)
    try:
        ask = Suite.request.__get__(type("", (), {"port": port})())
        eventually(lambda: process.poll() is not None or ask("/")[0] == 200, 15, "the door is open")
        assert process.poll() is None, (directory / "haproxy.log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def echoing(tmp_path_factory):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with door(tmp_path_factory.mktemp("haproxy"), server.server_port, server.server_port) as port:
        yield port
    server.shutdown()


def forwarded(port: int, **headers: str) -> list[str]:
    """The values of X-Forwarded-Proto that a gateway sees."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return [value for name, value in json.load(answer) if name.lower() == "x-forwarded-proto"]


def test_what_a_tls_proxy_in_front_says_reaches_the_gateway(echoing):
    assert forwarded(echoing, **{"X-Forwarded-Proto": "https"}) == ["https"]


def test_without_a_proxy_in_front_the_door_says_what_it_sees(echoing):
    assert forwarded(echoing) == ["http"]


def test_the_cookie_is_secure_behind_a_tls_proxy_and_only_there(tmp_path):
    port = free_port()
    ask = Suite.request.__get__(type("", (), {"port": port})())
    redis = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", tmp_path / "redis.sock", "--save", "", "--dir", tmp_path],
        stdout=subprocess.DEVNULL)
    environment = {"PATH": os.environ["PATH"], "REDIS_URL": f"unix:{tmp_path}/redis.sock", "DATA_DIR": str(tmp_path),
                   "DEMO_MODE": "1", "CHAT_SECRET_KEY": "a key of this test, long enough to sign", "PORT": str(port),
                   "WEB_ROOT": str(ROOT / "Services/gateway/Web")}
    with (tmp_path / "log").open("w") as log:
        processes = [redis, *(
            subprocess.Popen([BINARIES / name], env=environment | {"HEALTH_PORT": str(port + offset)}, stdout=log,
                             stderr=log) for name, offset in {"integration": 13, "gateway": 10}.items())]
    try:
        eventually(lambda: ask("/readyz", port=port + 10)[0] == 200, 20, "the gateway is ready")
        with door(tmp_path, port, port + 10) as public:
            cookies = {proto: eventually(lambda: sign_in(public, proto), 15, "signed in") for proto in ("https", "http")}
        assert "; Secure" in cookies["https"] and "; Secure" not in cookies["http"]
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            process.wait(15)


def sign_in(port: int, proto: str) -> str | None:
    """The session cookie as it is set, once the demo's users are there."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/chat/join", data=b'{"user_id":"viper-1"}',
        headers={"X-Forwarded-Proto": proto, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.headers["Set-Cookie"]
    except (urllib.error.HTTPError, OSError):
        return None
