"""Resident memory of the gateway per connection that has signed in, joined its squad's room, and idles."""

from .stage import SQUADS, Stage, users_of
from .table import Table

CONNECTIONS = 5000


def measure(stage: Stage, table: Table):
    stage.import_users()
    cookies = stage.sign_in([user for squad in SQUADS for user in users_of(squad)])
    places = [(cookies[user], squad) for squad in SQUADS for user in users_of(squad)][:CONNECTIONS]
    counted = stage.load(
        "hold", stage.suite.port, stage.suite.pid("gateway"), *stage.write_sockets(places), "--seconds", "10")
    grown = (counted["resident_kb"] - counted["resident_before_kb"]) / CONNECTIONS
    table.add(f"memory per idle joined connection, over {CONNECTIONS}", f"{grown:.1f} kB", "≤ 6 kB", grown <= 6)
