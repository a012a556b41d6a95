"""The tests of the container stack use the tools of the tests of scripts/run."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ScriptTests"))
