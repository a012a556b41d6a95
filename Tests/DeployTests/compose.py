"""docker-compose.yml as `docker compose` reads it: variables put in, secrets as files."""

import pathlib
import re

from ruamel.yaml import YAML
from places import ROOT

VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::-([^${}]*))?\})")


def put_in(value, variables: dict[str, str]):
    """`${NAME}`, `${NAME:-default}` and `$$`, in everything that is text; another form fails the test that meets it."""
    if isinstance(value, dict):
        return {key: put_in(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [put_in(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    assert "$" not in VARIABLE.sub("", value), f"not understood: {value}"
    return VARIABLE.sub(lambda found: found[1] or variables.get(found[2]) or found[3] or "", value)


def services(**variables: str) -> dict:
    """The services, by name, with these variables in the environment."""
    return put_in(YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())["services"], variables)


def environment(service: dict, secrets: pathlib.Path) -> dict[str, str]:
    """What a container finds in its environment, its secrets being files of this directory."""
    return {key: value.replace("/run/secrets", str(secrets)) for key, value in service["environment"].items()}


def variables_of(file: str) -> dict[str, str]:
    """The variables of a file for `--env-file`."""
    lines = (ROOT / file).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
