"""What the images are built from: the repository alone, and versions that were tested."""

import re
import subprocess

import pytest
from places import ROOT

TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
COPIED = [source for line in (ROOT / "deploy/Dockerfile").read_text().splitlines()
          if line.startswith("COPY ") and "--from=" not in line for source in line.split()[1:-1]]
ALLOWED = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]


def is_tracked(name: str) -> bool:
    return any(file == name or file.startswith(f"{name}/") for file in TRACKED)


@pytest.mark.parametrize("source", [*COPIED, *ALLOWED])
def test_what_an_image_copies_is_in_the_repository(source):
    assert is_tracked(source)


@pytest.mark.parametrize("source", COPIED)
def test_what_an_image_copies_is_let_into_its_context(source):
    assert any(source == allowed or source.startswith(f"{allowed}/") for allowed in ALLOWED)


def test_a_fresh_clone_does_not_take_whatever_is_newest():
    packages = re.findall(r"\.package\((.+)\)", (ROOT / "Package.swift").read_text())
    assert packages and [package for package in packages if "exact:" not in package] == []
