"""`docker compose up --scale gateway=2 --scale notifier=3 --scale chat=2`, played without containers: see stack.py."""

import collections
import contextlib
import threading
import time

import pytest
from http_client import sign_in
from stack import Container, Stack
from waiting import eventually
from websocket import WebSocket

SCALE = {"integration": 1, "chat": 2, "notifier": 3, "gateway": 2}


@pytest.fixture
def stack(tmp_path):
    stack = Stack(tmp_path, SCALE)
    try:
        yield stack
    finally:
        stack.down()


class Person:
    """Somebody at the public door."""

    def __init__(self, stack: Stack, user: str):
        self.port = stack.port
        self.cookie = sign_in(stack.port, user)
        self.numbers = iter(range(1, 1000))
        self.enter()

    def enter(self):
        self.socket = WebSocket(self.port, self.cookie)
        assert "ok" in self.socket.ask(next(self.numbers), "join_squad_room", {"squad_id": "alpha"})

    def says(self, text: str):
        message = {"room_id": "squad_alpha", "content": text}
        answer = self.socket.ask(next(self.numbers), "send_message", message)
        assert "ok" in answer, answer

    def hears(self, text: str):
        self.socket.receive_until(
            lambda frame: frame.get("event") == "new_message" and frame["data"]["content"] == text)

    def comes_back(self) -> bool:
        try:
            self.enter()
            return True
        except (OSError, ConnectionError):
            return False


def is_open(stack: Stack) -> bool:
    return stack.request("/")[0] == 200


def gateways_behind(stack: Stack) -> list[str]:
    """Whom the proxy gave each request that is over, by the slot that DNS filled."""
    return [word for line in stack.proxy_log.read_text().splitlines() if " gateways/" in line
            for word in line.split() if word.startswith("gateways/gateway-")]


@contextlib.contextmanager
def many_readers(stack: Stack):
    """Eight who ask for the page without a pause; counts the answers by their status."""
    answers, is_over = collections.Counter(), threading.Event()

    def read():
        while not is_over.is_set():
            answers[stack.request("/")[0]] += 1

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    try:
        yield answers
    finally:
        is_over.set()
        for reader in readers:
            reader.join()


def replace(stack: Stack, gone: Container):
    """As Docker does with one that ended: another container, another address; returns when it has work."""
    stack.names.addresses.remove(gone.address)
    added = stack.start("gateway")
    eventually(lambda: added.is_healthy, 20, "another gateway is healthy")
    slot = eventually(lambda: stack.slot_of(added), 20, "the proxy has found it")
    before = len(gateways_behind(stack))
    eventually(lambda: is_open(stack) and slot in gateways_behind(stack)[before:], 20, "it has work")


def test_nobody_sees_a_gateway_end(stack):
    eventually(lambda: is_open(stack) and len(set(gateways_behind(stack))) == 2, 15, "both gateways have work")
    for end in (Container.kill, Container.stop, Container.kill, Container.stop):
        gateway = stack.running("gateway")[0]
        with many_readers(stack) as answers:
            eventually(lambda: answers.total() > 100, 10, "they read")
            end(gateway)
            before = answers.total()
            eventually(lambda: answers.total() > before + 300, 20, "they read on")
        assert set(answers) == {200}, answers
        replace(stack, gateway)


def test_everybody_is_served_when_a_gateway_and_a_chat_are_killed(stack):
    stack.redis.ask("ACL", "LOG", "RESET")
    eventually(lambda: is_open(stack) and len(set(gateways_behind(stack))) == 2, 15, "both gateways have work")
    viper, atlas = Person(stack, "viper-1"), Person(stack, "atlas-6")
    viper.says("one")
    atlas.hears("one")

    stack.running("gateway")[0].kill()
    stack.running("chat")[0].kill()
    # One of them was on it, or both; whoever lost the socket comes back by the same door.
    for person in (viper, atlas):
        eventually(person.comes_back, 10, "a socket on the other gateway")
    viper.says("two")
    atlas.hears("two")
    assert stack.redis.ask("ACL", "LOG") == "", "Redis refused something: deploy/redis/users.acl"


def test_a_gateway_that_is_added_gets_work_and_one_that_stops_ends_in_time(stack):
    eventually(lambda: is_open(stack), 15, "the proxy has found a gateway")
    added = stack.start("gateway")
    eventually(lambda: added.is_healthy, 20, "the third gateway is healthy")
    eventually(lambda: is_open(stack) and len(set(gateways_behind(stack))) == 3, 15, "all three have work")

    person = Person(stack, "viper-1")
    for gateway in stack.running("gateway")[:2]:
        stack.names.addresses.remove(gateway.address)
        assert gateway.stop() == 0
    eventually(person.comes_back, 10, "a socket on the gateway that is left")
    person.says("still here")


def test_the_operator_looks_inside_and_the_demo_engine_trades(tmp_path):
    stack = Stack(tmp_path, dict.fromkeys(SCALE, 1))
    engine = None
    try:
        eventually(lambda: is_open(stack), 15, "the proxy has found the gateway")
        person = Person(stack, "viper-1")
        stack.redis.ask("ACL", "LOG", "RESET")
        engine = stack.command("engine")
        person.socket.receive_until(lambda frame: frame.get("event") == "new_message"
                                    and frame["data"]["message_type"] == "trade_signal")
        for words in ("status", "doctor", "dlq ls"):
            # A process reports every two seconds: the first report may be yet to come.
            eventually(lambda: stack.command("squadctl", *words.split()).wait(20) == 0, 10, f"squadctl {words}")
        assert stack.redis.ask("ACL", "LOG") == "", "Redis refused something: deploy/redis/users.acl"
    finally:
        if engine:
            engine.terminate()
            engine.wait(10)
        stack.down()


def test_everything_stops_within_its_grace(tmp_path):
    stack = Stack(tmp_path, SCALE)
    try:
        eventually(lambda: is_open(stack), 15, "the proxy has found a gateway")
        person = Person(stack, "viper-1")
        began = time.monotonic()
        stack.stop_proxy()
        assert time.monotonic() - began < 8, "an open socket kept the door shut for newcomers"
        person.socket.connection.close()
    finally:
        codes = stack.down()
    assert set(codes.values()) == {0} and len(codes) == sum(SCALE.values())
