"""Who signs in: the demo's seven, and users made for a measurement."""

import json

from places import FIXTURES

# By name, each with squad and role.
DEMO = {person["user_id"]: person for person in json.loads((FIXTURES / "people.json").read_text())}


def recruit(user: str, squad: str) -> dict:
    """A user as `squadctl users import` takes one."""
    return {"user_id": user, "username": user, "callsign": user.title(), "squad_id": squad, "role": "recruit",
            "rank": "Recruit", "email": f"{user}@example.test"}
