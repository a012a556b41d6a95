"""`scripts/check-imports` refuses what crosses the layers, in every spelling an import has."""

import re
import shutil
import subprocess

import pytest

from suite import ROOT

SCRIPT = (ROOT / "scripts/check-imports").read_text()
PLACES = re.findall(r"^(?:only|never) (\S+)", SCRIPT, re.MULTILINE)


def check(root, place: str, line: str) -> subprocess.CompletedProcess:
    """Runs the check on a tree that holds one import."""
    for directory in PLACES:
        (root / directory).mkdir(parents=True, exist_ok=True)
    (root / place / "Sample.swift").write_text(f"// a file\n{line}\nstruct Sample {{}}\n")
    (root / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/check-imports", root / "scripts/check-imports")
    return subprocess.run([root / "scripts/check-imports"], capture_output=True, text=True)


@pytest.mark.parametrize("place, line, module", [
    ("Shared/Domain", "import FoundationEssentials", "FoundationEssentials"),
    ("Shared/Redis", "public import Domain", "Domain"),
    ("Shared/WireContract", "@preconcurrency import NIOCore", "NIOCore"),
    ("Shared/Cryptography", "internal import Foundation", "Foundation"),
    ("Shared/WebSocket", "import struct WireContract.Publication", "WireContract"),
    ("Services/chat/Sources", "@testable import GatewayService", "GatewayService"),
    ("Services/chat/Main", "import Redis", "Redis"),
    ("Services/gateway/Sources", "private import Curl", "Curl"),
    ("Services/integration/Sources", "import Hummingbird", "Hummingbird"),
    ("Tools", "import ChatService", "ChatService"),
])
def test_a_forbidden_import_is_refused_with_its_line(tmp_path, place, line, module):
    checked = check(tmp_path, place, line)
    assert checked.returncode == 1
    assert f"{place}/Sample.swift:2: {place} must not import {module}" in checked.stdout


@pytest.mark.parametrize("place, line", [
    ("Shared/Domain", "// import Redis"),
    ("Shared/Redis", "import NIOCore"),
    ("Shared/Directory", "public import Redis"),
    ("Services/chat/Main", "import ChatService"),
])
def test_an_allowed_import_passes(tmp_path, place, line):
    assert check(tmp_path, place, line).returncode == 0
