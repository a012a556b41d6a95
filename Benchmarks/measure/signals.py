"""A thousand signals in one burst: each in the room of each squad, in the engine's order, once."""

import json
import time

from websocket import WebSocket

from .stage import Stage
from .table import Table

SIGNALS = 1000
WATCHED = {"alpha": "viper-1", "bravo": "saber-1"}  # the demo directory


def signal(number: int) -> str:
    return json.dumps({
        "signal_id": f"ELITE_RAPID_EURUSD_{1_756_736_885 + number}", "pair": "EURUSD", "symbol": "EURUSD",
        "direction": "BUY", "pattern_type": "ORDER_BLOCK_BOUNCE", "signal_class": "RAPID", "confidence": 84.2,
        "entry_price": 1.0855, "stop_loss": 1.0835, "take_profit": 1.0895, "stop_pips": 20, "target_pips": 40,
        "risk_reward": 2.0, "session": "LONDON", "timestamp": "2026-11-22T10:07:03+00:00"})


def measure(stage: Stage, table: Table):
    cookies = stage.sign_in(list(WATCHED.values()))
    sockets = [WebSocket(stage.suite.port, cookie, timeout=60) for cookie in cookies.values()]
    for socket, squad in zip(sockets, WATCHED):
        assert "ok" in socket.ask(1, "join_squad_room", {"squad_id": squad})
    began = time.monotonic()
    stage.link.pipeline(("XADD", "signals", "*", "event", signal(number)) for number in range(SIGNALS))
    wanted = [json.loads(signal(number))["signal_id"] for number in range(SIGNALS)]
    all_right = True
    for socket in sockets:
        seen = []
        while len(seen) < SIGNALS:
            frame = socket.receive_until(
                lambda frame: frame.get("event") == "new_message" and frame["data"]["message_type"] == "trade_signal")
            seen.append(frame["data"]["metadata"]["signal_data"]["signal_id"])
        all_right &= seen == wanted
    took = time.monotonic() - began
    for socket in sockets:
        socket.connection.close()
    table.add(
        f"{SIGNALS} signals in a burst, each in {len(WATCHED)} rooms",
        f"{'all once, in order' if all_right else 'NOT all once in order'}, {took:.1f} s", "all once, in order", all_right)
