"""What the trading engine adds to its own streams, in its own form."""

import json
import time


def signal(signal_id: str, **fields) -> str:
    return json.dumps({
        "signal_id": signal_id, "symbol": "EURUSD", "pair": "EURUSD", "direction": "BUY", "confidence": 87.4,
        "entry_price": 1.0842, "stop_loss": 1.08215, "take_profit": 1.0883, "risk_reward": 2.0, "stop_pips": 20.5,
        "target_pips": 41.0, "pattern_type": "ORDER_BLOCK_BOUNCE", "signal_class": "SNIPER", "session": "LONDON",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()), **fields})


def outcome(signal_id: str, **fields) -> str:
    return json.dumps({"signal_id": signal_id, **fields})
