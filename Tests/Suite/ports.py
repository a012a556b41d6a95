"""Ports that nothing listens on."""

import contextlib
import os
import socket

from places import SERVICES


def free_port() -> int:
    """A port whose internal neighbours, those of the services' health, are free too."""
    for base in range(20_000 + os.getpid() % 5_000, 40_000, 20):
        with contextlib.ExitStack() as stack:
            try:
                for port in (base, *(base + offset for offset in SERVICES.values())):
                    listener = stack.enter_context(socket.socket())
                    listener.bind(("127.0.0.1", port))
                return base
            except OSError:
                continue
    raise RuntimeError("no free ports")


def port_at(address: str) -> int:
    """A single free port at one of this machine's addresses."""
    with socket.socket() as listener:
        listener.bind((address, 0))
        return listener.getsockname()[1]


def is_open(port: int) -> bool:
    """Something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
