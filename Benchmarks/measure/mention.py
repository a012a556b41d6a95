"""What the notifier spends for a mention among 10 000 users: found in the text, planned, its preferences read from SQL,
put into the inbox. The one who is meant has no mail address. Beside it the same of a message that mentions nobody."""

import itertools
import time

import keys
from people import recruit
from waiting import eventually

from .bench import Bench
from .cpu import idle_rate
from .feeding import batches, feed, message, until_applied
from .stage import Stage
from .table import microseconds

USERS = 10_000
MESSAGES, MOST = 400, 10
SQUAD, AUTHOR, NAMED = "large", "large-00000", "large-00007"

runs = itertools.count()


def measure(bench: Bench):
    count, size = bench.count(MESSAGES, least=10), bench.count(USERS, least=20)

    def prepare(stage: Stage):
        users = [recruit(f"large-{number:05}", SQUAD) for number in range(size)]
        for user in users:
            del user["email"]
        stage.import_recruits(users)
        stage.member(AUTHOR, SQUAD).connection.close()
        stage.named = 0
        stage.idle = dict.fromkeys(("redis", "notifier"), 0)
        say(stage, f"@{NAMED} look", 10)
        time.sleep(2)
        stage.idle = idle_rate(4, **stage.meter("notifier").pids)

    def turn(stage: Stage) -> dict[str, float]:
        mention, plain = say(stage, f"@{NAMED} look at this", count), say(stage, f"{NAMED} look at this", count)
        return {**mention, "plain": plain["notifier"]}

    with bench.stages(prepare) as stages:
        figures = bench.in_turns(stages, turn)
    milliseconds = {name: [each * 1e3 for each in turns] for name, turns in figures["notifier"].items()}
    bench.table.add(f"notifier CPU of a mention among {size} users, SQL included", milliseconds, "≤ 0.3",
                    show=lambda each: f"{each:.2f} ms")
    bench.table.add("the same of a message that mentions nobody", figures["plain"], show=microseconds)
    bench.table.add("Redis CPU of a mention, its message included", figures["redis"], show=microseconds)


def say(stage: Stage, text: str, count: int) -> dict[str, float]:
    """Says it so often that the notifier's CPU time can be read, without what it spends while nothing happens."""
    run, said = f"say-{next(runs)}", 0
    meter = stage.meter("notifier")
    while said < count or (said < MOST * count and meter.read()["notifier"] < 0.5):
        packed = batches([message(SQUAD, AUTHOR, f"{run}-{number}", f"{text}, {number}")
                          for number in range(said, said + count)])
        feed(stage, packed)
        until_applied(stage)
        said += count
        if "@" in text:
            stage.named += count
            eventually(lambda: added(stage) == stage.named, 120, lambda: f"{added(stage)} mentions in the inbox")
    stage.drain()
    spent = meter.read()
    return {name: (spent[name] - stage.idle[name] * spent["wall"]) / said for name in stage.idle}


def added(stage: Stage) -> int:
    """Entries that were ever put into the inbox of the one who is named."""
    if not stage.link.ask("EXISTS", keys.inbox(NAMED)):
        return 0
    facts = stage.link.ask("XINFO", "STREAM", keys.inbox(NAMED))
    return dict(zip(facts[::2], facts[1::2]))[b"entries-added"]
