"""The few names in Redis that tests and benchmarks use from outside, as Shared/WireContract makes them."""

import binascii

PARTITIONS = 16


def partition_of(room: str) -> int:
    """CRC-16/XMODEM; Tests/Fixtures/golden/partitions.json holds vectors of it."""
    return binascii.crc_hqx(room.encode(), 0) % PARTITIONS


def commands(room: str) -> str:
    return f"sc:{{p{partition_of(room)}}}:commands"


def log(room: str) -> str:
    return f"sc:{{p{partition_of(room)}}}:log:{room}"


def live(room: str) -> str:
    return f"sc:{{p{partition_of(room)}}}:live:{room}"


def every(stream: str) -> list[str]:
    """`commands` or `events` of each partition."""
    return [f"sc:{{p{number}}}:{stream}" for number in range(PARTITIONS)]


def inbox(user: str) -> str:
    return f"sc:{{u:{user}}}:inbox"
