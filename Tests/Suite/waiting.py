"""Waiting for a condition with a deadline, instead of sleeping."""

import time


def eventually(condition, within: float, what):
    """Waits until `condition()` is true and returns its value; `what` may be a function that tells more at the end."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {within} s: {what() if callable(what) else what}"
        time.sleep(0.05)
    return value
