"""`scripts/test STEP…` runs what was asked for, and says so when it cannot."""

import subprocess

import pytest

from places import ROOT

LIST = """#!/usr/bin/env bash
set -uo pipefail
source {root}/scripts/lib/say.sh
source {root}/scripts/lib/steps.sh
step set-up echo ran-set-up
step one echo ran-one
step two false
finish
"""


@pytest.fixture
def run(tmp_path):
    script = tmp_path / "list"
    script.write_text(LIST.format(root=ROOT))
    return lambda *steps: subprocess.run(["bash", script, *steps], capture_output=True, text=True)


def test_a_misspelt_step_is_refused_in_one_line_before_anything_runs(run):
    for steps in (["one", "tow"], ["tow"], ["set-up", "on"]):
        done = run(*steps)
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr == f"error: there is no step '{steps[-1]}'; the steps are: set-up one two\n"


def test_only_the_steps_that_are_asked_for_run(run):
    done = run("one")
    assert done.returncode == 0 and "ran-one" in done.stdout and "all 2 steps passed" in done.stdout
    assert "two" not in done.stdout
    done = run("set-up")
    assert done.returncode == 0 and "ran-one" not in done.stdout


def test_without_names_every_step_runs_and_one_that_fails_is_told(run):
    done = run()
    assert done.returncode == 1 and "1 of 3 steps did not pass" in done.stdout


def test_the_real_list_is_known_before_it_runs():
    done = subprocess.run([ROOT / "scripts/test", "page-logic", "buidl"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stdout == ""
    assert "there is no step 'buidl'" in done.stderr and "page-browser" in done.stderr
