"""Rules that every Lua script of the tree keeps, whichever module it is in."""

import re

from places import ROOT

SCRIPTS = sorted(path for folder in ("Shared", "Services", "Tools") for path in (ROOT / folder).rglob("*.lua"))
NUMBERED = re.compile(r"\b(KEYS|ARGV)\s*\[[\s\d+-]+\]")


def code(path):
    """The script's lines by their numbers, without comments."""
    lines = path.read_text().splitlines()
    return [(number, line.split("--")[0]) for number, line in enumerate(lines, start=1)]


def test_what_a_script_is_given_has_a_name():
    assert len(SCRIPTS) > 50
    found = [f"{path.relative_to(ROOT)}:{number}" for path in SCRIPTS for number, line in code(path)
             if NUMBERED.search(line)]
    assert not found, "given by number: name it in one line, local a, b = unpack(ARGV, 1, 2)"
