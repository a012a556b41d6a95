"""Ports that nothing listens on, and that no other test takes before the one who asked does."""

import contextlib
import os
import socket

from places import SERVICES

# Below the ports that the kernel gives to connections (net.ipv4.ip_local_port_range begins at 32768): a port of these
# is taken by nobody who did not ask for it by number.
_BLOCKS = range(20_000, 32_700, 20)

# Names of the blocks that are ours, as sockets that the kernel closes with this process. Looking for a port and
# listening on it are two moments; between them the name keeps every other test away.
_reserved: list[socket.socket] = []


def _blocks():
    """The blocks that nobody has reserved, one after another, each reserved when it is given."""
    first = os.getpid() % len(_BLOCKS)
    for block in (*_BLOCKS[first:], *_BLOCKS[:first]):
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0squad-chat-ports-{block}")
        except OSError:
            name.close()
            continue
        _reserved.append(name)
        yield block


def _is_free(address: str, *ports: int) -> bool:
    with contextlib.ExitStack() as stack:
        try:
            for port in ports:
                stack.enter_context(socket.socket()).bind((address, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port whose internal neighbours, those of the services' health, are free too."""
    for base in _blocks():
        if _is_free("127.0.0.1", base, *(base + offset for offset in SERVICES.values())):
            return base
    raise RuntimeError("no free ports")


def port_at(address: str) -> int:
    """A single free port at one of this machine's addresses."""
    for port in _blocks():
        if _is_free(address, port):
            return port
    raise RuntimeError("no free ports")


def is_open(port: int) -> bool:
    """Something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
