"""Resident memory of the gateway per connection that has signed in, joined its squad's room, and idles."""

from .bench import Bench
from .stage import SQUADS, Stage, users_of

CONNECTIONS = 5000


def measure(bench: Bench):
    count = bench.count(CONNECTIONS, least=50)

    def grown(stage: Stage) -> float:
        everybody = [(user, squad) for squad in SQUADS for user in users_of(squad)][:count]
        cookies = stage.sign_in_all([user for user, _ in everybody])
        sockets = stage.write_sockets([(cookies[user], squad) for user, squad in everybody])
        counted = stage.load("hold", *sockets, "--seconds", bench.seconds(10))
        return (counted["resident_kb"] - counted["resident_before_kb"]) / count

    # One turn each: memory that was given back once is not taken from the system again.
    with bench.stages(Stage.import_users) as stages:
        figures = {name: [grown(stage)] for name, stage in stages.items()}
    bench.table.add(f"memory per idle joined connection, over {count}", figures, "≤ 6", "≤ 1.1 × other",
                    show=lambda kilobytes: f"{kilobytes:.1f} kB")
