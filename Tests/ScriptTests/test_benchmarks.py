"""`Benchmarks/run` at a hundredth of its load: every measurement comes to its figures. What they are means nothing here."""

import os
import re
import subprocess
import sys

import pytest

from places import BINARIES, ROOT

sys.path.insert(0, str(ROOT / "Benchmarks"))

from measure.table import Table  # noqa: E402

MEASUREMENTS = re.search(r"MEASUREMENT +(.+); default all", (ROOT / "Benchmarks/run").read_text())[1].split()


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [ROOT / "Benchmarks/run", *words], env={**os.environ, "SQUADCHAT_BIN": str(BINARIES)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=180)


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_measurement_comes_to_its_figures(name):
    done = run("--part", "0.01", name)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split("|") for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) > 1 and all(re.search(r"\d", row[2]) for row in rows[1:]), done.stdout


def test_two_builds_are_measured_in_one_run():
    done = run("--part", "0.01", "--against", str(BINARIES), "signals")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d × other", done.stdout)


def test_a_measurement_that_does_not_exist_is_refused():
    done = run("fanout")
    assert done.returncode == 2 and "there are " + ", ".join(MEASUREMENTS) in done.stderr


def test_a_ratio_that_is_missed_is_said_and_only_where_it_was_taken():
    table = Table(is_judged=True)
    table.add("twice", {"this": [10, 12], "other": [20, 24], "floor": [5, 6]}, "≤ 0.5 × other", "≤ 2 × floor")
    assert table.all_reached
    table.add("alone", {"this": [10]}, "≤ 0.1 × other", "≤ 10")
    assert table.all_reached
    table.add("missed", {"this": [10, 10, 10], "other": [19, 18, 40]}, "≤ 0.5 × other")
    assert not table.all_reached
    assert [line.split("|")[-2].strip() for line in table.text().splitlines()[2:]] == ["yes", "yes", "NO"]
