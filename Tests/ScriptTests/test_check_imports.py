"""`scripts/check-imports` refuses what crosses the layers, in every spelling an import has."""

import re
import shutil
import subprocess

import pytest

from places import ROOT

SCRIPT = (ROOT / "scripts/check-imports").read_text()
PLACES = re.findall(r"^(?:only|never) (\S+)", SCRIPT, re.MULTILINE)
PAGE = "Services/gateway/Web"
FOLDERS = re.findall(r"^folder (\S+)", SCRIPT, re.MULTILINE)


def check(root, place: str, text: str, name: str = "Sample.swift") -> subprocess.CompletedProcess:
    """Runs the check on a tree that holds one import, on the second line of its file."""
    files = {f"{place}/{name}": f"// a file\n{text}\n", "Shared/Domain/Other.swift": "", f"{PAGE}/ui/other.js": ""}
    for directory in PLACES + [f"{PAGE}/{folder}" for folder in FOLDERS] + [place]:
        (root / directory).mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (root / path).write_text(content)
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


@pytest.mark.parametrize("folder, text, module", [
    ("ui", "import { watch } from '../state/store.js';", "../state/store.js"),
    ("state", "import { parse } from \"../net/frames.js\";", "../net/frames.js"),
    ("state", "export { el } from '../ui/dom.js';", "../ui/dom.js"),
    ("net", "import { el } from '../ui/dom.js';", "../ui/dom.js"),
    ("composer", "import '../net/socket.js';", "../net/socket.js"),
    ("shell", "const part = await import('../timeline/message.js');", "../timeline/message.js"),
    ("rooms", "import { createApp } from '../app.js';", "../app.js"),
    ("signals", "import { row } from './../timeline/message.js';", "./../timeline/message.js"),
    ("timeline", "import { join } from 'https://example.test/x.js';", "https://example.test/x.js"),
])
def test_a_part_of_the_page_does_not_reach_into_another(tmp_path, folder, text, module):
    checked = check(tmp_path, f"{PAGE}/{folder}", text, "sample.js")
    assert checked.returncode == 1
    assert f"{PAGE}/{folder}/sample.js:2: {PAGE}/{folder} must not import {module}\n" in checked.stdout


@pytest.mark.parametrize("text", [
    "const part = await import(path);",
    "const part = await import(`../timeline/${name}.js`);",
    "const part = await import('../' + name);",
    "const part = await import (path);",
    "const part = await import(\n  path);",
])
def test_an_import_of_what_is_only_known_later_is_refused(tmp_path, text):
    checked = check(tmp_path, f"{PAGE}/shell", text, "sample.js")
    assert checked.returncode == 1
    assert f"{PAGE}/shell/sample.js:2:" in checked.stdout and "must be written out" in checked.stdout


def test_an_import_over_many_lines_is_refused_where_it_ends(tmp_path):
    checked = check(tmp_path, f"{PAGE}/ui", "import {\n  watch,\n} from '../state/store.js';", "sample.js")
    assert f"{PAGE}/ui/sample.js:4: {PAGE}/ui must not import ../state/store.js" in checked.stdout


@pytest.mark.parametrize("folder, text", [
    ("ui", "import { el } from './dom.js';"),
    ("net", "import { watch } from '../state/store.js';"),
    ("shell", "import { el } from '../ui/dom.js';"),
    ("shell", "const part = await import('../ui/dom.js');"),
    ("shell", "const here = import.meta.url;"),
    ("timeline", "import { signalCard } from '../signals/signalCard.js';"),
    ("state", "/** Which rows: `from` up to, but without, `to`. */"),
])
def test_a_part_of_the_page_may_import_what_the_table_says(tmp_path, folder, text):
    assert check(tmp_path, f"{PAGE}/{folder}", text, "sample.js").returncode == 0


def test_a_folder_of_the_page_without_a_rule_is_refused(tmp_path):
    checked = check(tmp_path, f"{PAGE}/search", "export const search = 1;", "search.js")
    assert checked.returncode == 1
    assert f"{PAGE}/search: no rule says what it may import" in checked.stdout
