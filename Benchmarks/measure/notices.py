"""Bytes that Redis keeps for each member who was told of a signal: MEMORY USAGE of every key but the rooms' own, before
it and after everything was delivered. The first signal to somebody makes their inbox, a stream, which takes 4.7 kB as soon
as it is there; what each later signal adds is what counts."""

import time

import keys
from people import DEMO, recruit
from waiting import eventually

from .bench import Bench
from .stage import Stage

MEMBERS = 100
LATER = 5


def measure(bench: Bench):
    members = [f"many-{number:02}" for number in range(bench.count(MEMBERS, least=5))]
    everybody = members + list(DEMO)

    def kept(stage: Stage) -> dict[str, float]:
        stage.import_recruits([recruit(name, "many") for name in members])
        before = usage(stage)
        tell(stage, 0, everybody)
        after_first = usage(stage)
        for number in range(1, 1 + LATER):
            tell(stage, number, everybody)
        grown = sum(usage(stage).values()) - sum(after_first.values())
        came = sum(size for key, size in after_first.items() if key not in before)
        return {"first": came / len(everybody), "later": grown / len(everybody) / LATER}

    with bench.stages() as stages:
        figures = {name: kept(stage) for name, stage in stages.items()}
    what = "bytes kept in Redis per member after"
    for which, name, *wanted in (("later", f"{what} each signal", "≤ 400"),
                                 ("first", f"{what} the first signal they are ever told of, inbox included")):
        bench.table.add(name, {build: [kept[which]] for build, kept in figures.items()}, *wanted,
                        show=lambda size: f"{size:.0f} B")


def usage(stage: Stage) -> dict[bytes, int]:
    """By key; without what the rooms keep once for all members."""
    found, cursor = [], b"0"
    while True:
        cursor, page = stage.link.ask("SCAN", cursor, "COUNT", "1000")
        found += [key for key in page if not key.startswith((b"sc:{p", b"signals"))]
        if cursor == b"0":
            break
    sizes = stage.link.pipeline(("MEMORY", "USAGE", key, "SAMPLES", "0") for key in found)
    return {key: size for key, size in zip(found, sizes) if size}


def tell(stage: Stage, number: int, everybody: list[str]):
    """One signal; returns when everybody has it in the inbox and the notifier has nothing left to do."""

    def received() -> int:
        return sum(stage.link.pipeline(("XLEN", keys.inbox(user)) for user in everybody))

    before = received()
    stage.publish_signal(f"KEPT_{number}")
    eventually(lambda: received() == before + len(everybody), 30, lambda: f"{received() - before} of {len(everybody)} told")
    stage.drain()
    eventually(lambda: is_still(stage), 30, "nothing changes any more")


def is_still(stage: Stage) -> bool:
    before = usage(stage)
    time.sleep(1)
    return usage(stage) == before
