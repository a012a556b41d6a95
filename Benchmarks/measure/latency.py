"""From sending to seeing: browser socket, gateway, Redis, chat, Redis, gateway, a hundred browser sockets."""

from .stage import FAN_USERS, Stage
from .table import Table


def measure(stage: Stage, table: Table):
    stage.import_users()
    cookies = list(stage.sign_in(FAN_USERS).values())
    sockets = stage.write_sockets([(cookies[i % len(cookies)], "fan") for i in range(100)])
    counted = stage.load(
        "send", stage.suite.port, stage.suite.pid("gateway"), *sockets, "--senders", "10", "--rate", "200", "--seconds",
        "15", "--warm-up", "2")
    assert counted["refused"] == 0, f"{counted['refused']} messages were refused"
    p50, p99 = counted["p50_us"] / 1000, counted["p99_us"] / 1000
    table.add(
        "send → seen at 200 messages/s to 100 sockets each", f"p50 {p50:.2f} ms, p99 {p99:.2f} ms ({counted['latencies']} seen)",
        "p50 ≤ 5 ms", p50 <= 5)
