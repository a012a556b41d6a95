"""What `scripts/run` promises: one command, everything supervised, an orderly end, clear words when it cannot."""

import json
import os
import signal
import socket
import subprocess

import pytest

import people
from launched import LaunchedSuite
from places import BINARIES, ROOT, SERVICES
from ports import free_port
from waiting import eventually


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def one_line_refusal(*options: str, **environment: str) -> str:
    """Runs a `scripts/run` that must refuse, and returns its one line."""
    finished = subprocess.run(
        [ROOT / "scripts/run", *options], env={**os.environ, "SQUADCHAT_BIN": str(BINARIES), **environment},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 1
    lines = finished.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), finished.stderr
    return lines[0]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with LaunchedSuite(tmp_path_factory.mktemp("run") / "data", "--no-engine") as suite:
        suite.await_line("ready http://localhost:")
        yield suite


def test_it_says_where_it_is_and_who_may_sign_in(running):
    assert running.said(f"ready http://localhost:{running.port}")
    for user, person in people.DEMO.items():
        eventually(lambda: running.said(f"{user} ({person['role']})"), 5, user)
    status, _, page = running.request("/")
    assert status == 200 and b"<html" in page
    status, _, answer = running.request("/api/chat/join", {"user_id": "viper-1"})
    assert status == 200 and json.loads(answer)["room_id"] == "squad_alpha"


def test_the_links_of_mails_lead_to_the_port_of_the_page(running):
    with open(f"/proc/{running.pid('notifier')}/environ", "rb") as environment:
        assert f"PUBLIC_URL=http://localhost:{running.port}".encode() in environment.read().split(b"\0")


@pytest.mark.parametrize("name", [*SERVICES, "redis"])
def test_a_process_that_dies_is_started_again_and_a_line_says_so(running, name):
    running.kill(name)
    running.await_line(f"{name} ended (signal KILL)", within=5)
    for service in SERVICES:
        eventually(lambda: running.is_ready(service), 20, f"{service} is ready after {name} was killed")


def test_it_stops_within_ten_seconds_and_a_second_start_keeps_the_data(tmp_path):
    data = tmp_path / "data"
    with LaunchedSuite(data) as first:
        first.await_line("ready http://localhost:")
        _, headers, _ = first.request("/api/chat/join", {"user_id": "atlas-6"})
        cookie = headers["Set-Cookie"].split(";")[0]
        names = [*SERVICES, "redis", "engine"]
        pids = {name: first.pid(name) for name in names}
        assert all(map(alive, pids.values()))
        assert first.stop(signal.SIGINT) < 10
        assert first.process.returncode == 0 and first.said("stopped")
        assert not first.said("were killed"), "a service did not drain in its time"
        assert not [name for name, pid in pids.items() if alive(pid)]
    open_to_others = [path for path in (data, *data.rglob("*")) if path.lstat().st_mode & 0o077 and not path.is_symlink()]
    assert not open_to_others, "others on this machine may read what people wrote"
    data.chmod(0o755)  # as an older release left it
    with LaunchedSuite(data, "--no-engine") as second:
        second.await_line("ready http://localhost:")
        assert data.stat().st_mode & 0o777 == 0o700
        status, _, answer = second.request("/api/chat/session", cookie=cookie)
        assert status == 200 and json.loads(answer)["user"]["user_id"] == "atlas-6"
        second.stop()


def test_nothing_stays_behind_when_the_script_itself_is_killed(tmp_path):
    with LaunchedSuite(tmp_path / "data", "--no-engine") as suite:
        suite.await_line("ready http://localhost:")
        pids = [suite.pid(name) for name in (*SERVICES, "redis")]
        suite.process.kill()
        eventually(lambda: not any(map(alive, pids)), 15, "every process ends")


def test_a_data_directory_with_a_long_path_still_gets_a_redis(tmp_path):
    data = tmp_path / ("long-" * 24)
    with LaunchedSuite(data, "--no-engine") as suite:
        suite.await_line("ready http://localhost:")
        suite.stop()


def test_a_port_in_use_gives_one_line(tmp_path):
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        line = one_line_refusal("--port", str(port), "--data", str(tmp_path))
    assert f"port {port} is in use" in line
    with socket.create_server(("127.0.0.1", port + SERVICES["chat"])):
        line = one_line_refusal("--port", str(port), "--data", str(tmp_path))
    assert f"port {port + SERVICES['chat']}, which chat needs" in line


def test_an_old_or_missing_toolchain_gives_one_line(tmp_path):
    swift = tmp_path / "swift"
    swift.write_text("#!/bin/sh\necho 'Swift version 5.10.1 (swift-5.10.1-RELEASE)'\n")
    swift.chmod(0o755)
    line = one_line_refusal(
        "--port", str(free_port()), "--data", str(tmp_path / "data"), SQUADCHAT_BIN="",
        PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert "Swift 5.10 is too old: 6.2 or later" in line

    finished = subprocess.run(
        ["/bin/bash", "-c", "source scripts/lib/say.sh; source scripts/lib/setup.sh; swift_places=(); PATH=; require_swift"],
        cwd=ROOT, capture_output=True, text=True)
    assert finished.returncode == 1 and "no Swift toolchain: install Swift 6.2 or later" in finished.stderr


def test_a_redis_that_cannot_be_used_gives_one_line(tmp_path):
    port = str(free_port())
    line = one_line_refusal("--port", port, "--data", str(tmp_path), "--redis", "redis://user:hidden@127.0.0.1:1")
    assert "no Redis at redis://127.0.0.1:1" in line and "hidden" not in line

    log = tmp_path / "redis" / "appendonlydir"
    log.mkdir(parents=True)
    (log / "appendonly.aof.manifest").write_text("this is no manifest\n")
    assert "Redis did not start: " in one_line_refusal("--port", port, "--data", str(tmp_path))


@pytest.fixture
def guarded_redis(tmp_path):
    """The socket of a Redis that asks for a user and a password with signs that a URL must encode."""
    socket_path = tmp_path / "guarded.sock"
    process = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", socket_path, "--save", "", "--dir", tmp_path,
         "--user", "suite", "on", ">p@ss&word", "~*", "&*", "+@all", "--user", "default", "off"],
        stdout=subprocess.DEVNULL)
    listening = ["redis-cli", "-s", str(socket_path), "PING"]
    eventually(lambda: b"NOAUTH" in subprocess.run(listening, capture_output=True).stdout, 10, "Redis listens")
    yield socket_path
    process.terminate()
    process.wait(10)


def test_a_redis_behind_a_socket_and_a_password_is_used(tmp_path, guarded_redis):
    url = f"unix:{guarded_redis}?db=3&user=suite&password=p%40ss%26word"
    with LaunchedSuite(tmp_path / "data", "--no-engine", "--redis", url) as suite:
        suite.await_line("ready http://localhost:")
        assert not suite.said("p%40ss") and not suite.said("p@ss")
        suite.stop()
    options = ["-s", str(guarded_redis), "--user", "suite", "--pass", "p@ss&word", "--no-auth-warning", "-n", "3"]
    size = subprocess.run(["redis-cli", *options, "DBSIZE"], capture_output=True, text=True).stdout
    assert int(size) > 0


def test_a_wrong_password_of_a_socket_gives_one_line_without_it(tmp_path, guarded_redis):
    url = f"unix:{guarded_redis}?user=suite&password=hidden&db=3"
    line = one_line_refusal("--port", str(free_port()), "--data", str(tmp_path / "data"), "--redis", url)
    assert f"no Redis at unix:{guarded_redis}?user=suite&password=…&db=3: " in line
    assert "WRONGPASS" in line and "hidden" not in line


def test_production_names_every_missing_setting_in_one_line(tmp_path):
    line = one_line_refusal("--port", str(free_port()), "--data", str(tmp_path), "--production")
    for name in ("CHAT_SECRET_KEY", "JWT_ALGORITHM", "JWT_KEY_FILE"):
        assert name in line


def test_a_directory_in_use_gives_one_line(running):
    line = one_line_refusal("--port", str(free_port()), "--data", str(running.data))
    assert "another scripts/run is using" in line


def test_a_wrong_option_gives_one_line_and_help_explains():
    assert "unknown option --prot" in one_line_refusal("--prot", "1")
    assert "--port must be" in one_line_refusal("--port", "http")
    finished = subprocess.run([ROOT / "scripts/run", "--help"], capture_output=True, text=True, check=True)
    for option in ("--port", "--redis", "--data", "--no-engine", "--production"):
        assert option in finished.stdout
