"""Lists of the services that cannot read scripts/lib/services name the same ones."""

import re

import pytest

from places import ROOT, SERVICES


@pytest.mark.parametrize("file, pattern, others", [
    ("Tools/squadctl/SuiteStatus.swift", r"let services = \[(.+)\]", set()),
    ("deploy/Dockerfile", r"for product in (.+); do", {"squadctl"}),
    ("deploy/make-secrets", r"for user in (.+); do", {"operator", "engine"}),
])
def test_a_list_names_every_service_and_no_other(file, pattern, others):
    lists = re.findall(pattern, (ROOT / file).read_text())
    assert lists
    for found in lists:
        assert set(re.findall(r"\w+", found)) == {*SERVICES, *others}


def test_the_ports_that_scripts_run_explains_are_those_it_uses():
    usage = (ROOT / "scripts/run").read_text()
    assert {name: int(offset) for name, offset in re.findall(r"(\w+) P\+(\d+)", usage)} == SERVICES
