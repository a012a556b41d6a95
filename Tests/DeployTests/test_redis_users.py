"""One Redis user per service (deploy/redis/users.acl): wide enough for the whole suite at work, narrow enough that a
service cannot do another's work. Redis is started by the very script and configuration of the containers."""

import json
import pathlib
import signal

import engine
import pytest
from deployment import DeployedRedis
from places import SERVICES
from suite import Suite
from waiting import eventually
from websocket import WebSocket


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    server = DeployedRedis(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


def test_other_containers_reach_redis_and_must_say_who_they_are(redis):
    if redis.host == "127.0.0.1":
        pytest.skip("this machine has no address besides loopback, which protected mode lets pass")
    assert redis.ask("PING") == "PONG"
    assert redis.ask("PING", user=None).startswith("NOAUTH")


def test_nobody_is_the_default_user(redis):
    for words in (["AUTH", "default", ""], ["AUTH", "default", "x"], ["HELLO", "3", "AUTH", "default", ""]):
        assert "WRONGPASS" in redis.ask(*words, user=None)


def test_what_a_script_wrote_survives_a_restart_of_redis(redis):
    message = "#!lua\nredis.call('HSET', KEYS[1], 'm1', 'x') redis.call('XADD', KEYS[2], '1-0', 'event', 'new_message')"
    redis.ask("EVAL", message, "2", "sc:{p1}:messages:r", "sc:{p1}:events", user="chat")
    for how in (signal.SIGTERM, signal.SIGKILL):
        redis.process.send_signal(how)
        redis.process.wait(10)
        redis.start()
        assert redis.ask("HGET", "sc:{p1}:messages:r", "m1") == "x"
        assert redis.ask("XLEN", "sc:{p1}:events") == "1"
        assert redis.ask("ACL", "LOG") == ""
    redis.ask("DEL", "sc:{p1}:messages:r", "sc:{p1}:events")


def test_the_engine_makes_nobody_commander(redis):
    promotion = ["XADD", "sc:users", "*", "user_id", "ghost-2", "role", "commander"]
    assert redis.ask(*promotion, user="engine").startswith("NOPERM")
    assert redis.ask("XLEN", "sc:users") == "0"
    assert "-" in redis.ask(*promotion, user="userfeed")
    assert redis.ask("XADD", "signals", "*", "event", "x", user="userfeed").startswith("NOPERM")
    redis.ask("DEL", "sc:users")


@pytest.mark.parametrize("user, command", [
    ("gateway", "XADD sc:{p1}:commands * kind send_message"),
    ("chat", "XADD sc:{p1}:events * event new_message"),
    ("chat", "SPUBLISH sc:{p1}:live:squad_alpha x"),
    ("notifier", "XREADGROUP GROUP notifier a STREAMS sc:{p1}:events >"),
    ("notifier", "XREAD STREAMS sc:{p1}:events 0"),
    ("notifier", "XINFO GROUPS sc:{p1}:events"),
    ("notifier", "XGROUP SETID sc:{p1}:events notifier 0 ENTRIESREAD 0"),
    ("notifier", "SET sc:{n1}:reader:1 x PX 3000"),
    ("notifier", "RENAME sc:{n1}:rights:viper-1 sc:{n1}:damaged:1:rights:viper-1"),
    ("integration", "XGROUP CREATE signals squad_chat $ MKSTREAM ENTRIESREAD 7"),
    ("integration", "HSET sc:{integration}:lost_signals lost 1"),
    ("integration", "XREADGROUP GROUP squad_chat a STREAMS signals >"),
    ("integration", "HSET sc:{directory}:users a b"),
    ("chat", "CLIENT LIST ID 7"),
    ("engine", "XADD signals * event x"),
    ("engine", "XADD outcomes * event x"),
    ("engine", "XREVRANGE signals + -"),
    ("userfeed", "XADD sc:users * event x"),
    ("operator", "CONFIG GET appendonly"),
])
def test_a_user_may_do_its_own_work(redis, user, command):
    assert redis.ask("ACL", "DRYRUN", user, *command.split()) == "OK"


@pytest.mark.parametrize("user, command", [
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
    ("engine", "XADD sc:users * user_id ghost-2 role commander"),
    ("userfeed", "XADD signals * event x"),
    ("userfeed", "XREAD STREAMS sc:users 0"),
    ("userfeed", "HSET sc:{directory}:users a b"),
    ("chat", "CLIENT KILL ID 7"),
    ("operator", "FLUSHALL"),
    *((service, command) for service in SERVICES for command in ("FLUSHALL", "KEYS *", "CONFIG SET appendonly no")),
])
def test_a_user_may_not_do_the_work_of_others(redis, user, command):
    assert "has no permissions" in redis.ask("ACL", "DRYRUN", user, *command.split())


def services_as_deployed(redis: DeployedRedis, directory: pathlib.Path) -> Suite:
    """The four services as in the containers: each its own user, secrets as files."""
    urls = {name: directory / f"redis_url_{name}" for name in SERVICES}
    for name, file in urls.items():
        file.write_text(redis.url(name))
    return Suite(
        directory, of_service={name: {"REDIS_URL_FILE": str(file)} for name, file in urls.items()},
        CHAT_SECRET_KEY_FILE=str(redis.secrets / "chat_secret_key"))


def is_content(suite: Suite, redis: DeployedRedis, words: str) -> bool:
    return suite.squadctl(*words.split(), "--json", REDIS_URL=redis.url("operator")).returncode == 0


def test_the_whole_suite_works_and_redis_refuses_nothing(redis, tmp_path):
    redis.ask("ACL", "LOG", "RESET")
    with services_as_deployed(redis, tmp_path) as suite:
        cookie = suite.sign_in("viper-1")
        with WebSocket(suite.port, cookie) as socket:
            assert "ok" in socket.ask(1, "join_squad_room", {"squad_id": "alpha"})
            sent = socket.ask(2, "send_message", {"room_id": "squad_alpha", "content": "@atlas-6 in position"})["ok"]
            reaction = {"message_id": sent["message_id"], "emoji": "👍"}
            assert "ok" in socket.ask(3, "add_reaction", reaction)
            for number, (event, data) in enumerate([
                ("ping", {}), ("typing_start", {"room_id": "squad_alpha"}), ("typing_stop", {"room_id": "squad_alpha"}),
                ("remove_reaction", reaction), ("fetch_history", {"room_id": "squad_alpha"}),
                ("resume", {"room_id": "squad_alpha", "seq": 1, "epoch": sent["message_id"].split(".")[1]}),
            ], start=4):
                assert "ok" in socket.ask(number, event, data), event
            signal = "ELITE_RAPID_EURUSD_1756736885"
            redis.ask("XADD", "signals", "*", "event", engine.signal(signal), user="engine")
            socket.receive_until(lambda frame: frame.get("event") == "new_message"
                                 and frame["data"]["message_type"] == "trade_signal")
            outcome = engine.outcome(signal, outcome="WIN", pips_result=40, exit_price=1.0895)
            redis.ask("XADD", "outcomes", "*", "event", outcome, user="engine")
            socket.receive_until(lambda frame: frame.get("event") == "signal_updated")
            user = {"user_id": "raven-5", "username": "raven", "squad_id": "alpha", "role": "recruit"}
            redis.ask("XADD", "sc:users", "*", "event", json.dumps(user), user="userfeed")
            joining = "/api/chat/join", {"user_id": "raven-5"}
            eventually(lambda: suite.request(*joining)[0] == 200, 10, "the user feed is read")
            with suite.member("raven-5", "alpha"):
                pass
            redis.ask("XADD", "sc:users", "*", "event", json.dumps(user | {"squad_id": "bravo"}), user="userfeed")
            socket.receive_until(lambda frame: frame.get("event") == "member_removed"
                                 and frame["data"]["user_id"] == "raven-5")
        for words in ("status", "dlq ls", "doctor", "users list"):
            # A process reports every two seconds: the first report may be yet to come.
            eventually(lambda: is_content(suite, redis, words), 10, f"squadctl {words} is content")
        eventually(lambda: list((tmp_path / "mail").glob("*.eml")), 15, "the mention is mailed")
        # Leave as a container leaves: what happens on the way out is allowed too.
        suite.request("/api/chat/leave", {}, cookie)
    assert redis.ask("ACL", "LOG") == "", (
        "Redis refused something; see which key or command, and whose it is, in deploy/redis/users.acl")
