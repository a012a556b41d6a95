"""The public door, with the real HAProxy and the deployed configuration: only its addresses are others here."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading
import urllib.request

import http_client
import pytest
from places import ROOT
from ports import free_port
from suite import Suite
from waiting import eventually

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
        eventually(lambda: process.poll() is not None or http_client.request(port, "/")[0] == 200, 15, "the door is open")
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
    with Suite(tmp_path, "integration", "gateway") as suite, door(tmp_path, suite.port, suite.health["gateway"]) as public:
        cookies = {proto: eventually(lambda: sign_in(public, proto), 15, "signed in") for proto in ("https", "http")}
    assert "; Secure" in cookies["https"] and "; Secure" not in cookies["http"]


def sign_in(port: int, proto: str) -> str | None:
    """The session cookie as it is set, once the demo's users are there."""
    _, headers, _ = http_client.request(
        port, "/api/chat/join", {"user_id": "viper-1"}, headers={"X-Forwarded-Proto": proto})
    return headers.get("Set-Cookie")
