"""What the documents name exists: files of the journeys, and the targets of every link."""

import json
import re

import pytest

import people
from places import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md"),
         *ROOT.glob("Services/*/README.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_the_people_of_the_demo_are_those_that_the_page_names():
    rows = re.findall(r"^\| (\w+) \| `([\w-]+)` \| (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows == [(person["squad_id"], user, person["role"]) for user, person in people.DEMO.items()]


def test_every_file_of_the_two_journeys_exists():
    page = (ROOT / "docs/architecture.md").read_text()
    journeys = page[page.index("## 4."):page.index("## 5.")]
    named = set(re.findall(r"[\w/]+\.(?:swift|js|lua)\b", journeys))
    assert len(named) > 25
    files = [str(path.relative_to(ROOT)) for place in ("Services", "Shared") for path in (ROOT / place).rglob("*")]
    assert not [name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in files)]


def leaves(value, path=()):
    if not isinstance(value, dict):
        return {".".join(path)}
    return {leaf for key, item in value.items() for leaf in leaves(item, (*path, key))}


def test_the_sample_file_of_settings_holds_what_is_read_from_its_places():
    page = (ROOT / "docs/settings.md").read_text()
    sample = json.loads(re.search(r"```json\n(.+?)```", page, re.DOTALL)[1])
    read = set(re.findall(r"^\| `[A-Z_]+` \|.*?\| `([a-z_.]+)` \| [^|]+\|$", page, re.MULTILINE))
    assert leaves(sample) == read


def test_what_the_runbook_quotes_is_what_the_suite_says():
    page = (ROOT / "deploy/README.md").read_text()
    signs = [row.split("|")[1] for row in page[page.index("## When something is wrong"):].splitlines()
             if row.startswith("| ")]
    # Span by span: what stands between two of them is no quotation.
    spans = [words for sign in signs for words in re.findall(r"`([^`]+)`", sign)]
    quoted = [words for words in spans if " " in words and not words.startswith("squadctl ")]
    assert quoted
    places = ("Services/*/Sources", "Shared", "Tools/squadctl")
    sources = [file.read_text() for place in places for path in ROOT.glob(place) for file in path.rglob("*.swift")]

    def is_said(words: str) -> bool:
        """`…` stands for what is put in."""
        parts = [part.strip() for part in words.split("…")]
        return any(all(part in source for part in parts) for source in sources)

    assert not [words for words in quoted if not is_said(words)]


def test_the_daily_files_are_where_the_runbook_looks():
    files = (ROOT / "Services/chat/Sources/Archive/Writing/DailyFiles.swift").read_text()
    assert '"\\(self.folder)/\\(room)/\\(day).jsonl"' in files
    assert "archive/<room>/<day>.jsonl" in (ROOT / "deploy/README.md").read_text()


# Said to the suite itself only: no client can cause it.
INTERNAL = {"invalid_signal"}


def sent_codes() -> set[str]:
    """Every error code that the sources of the gateway, of chat and of what they share can put into an answer."""
    places = ("Services/gateway/Sources", "Services/chat/Sources", "Shared/Domain", "Shared/WebSocket")
    swift = "\n".join(file.read_text() for place in places for file in (ROOT / place).rglob("*.swift"))
    scripts = "\n".join(file.read_text() for file in (ROOT / "Services/chat/Sources").rglob("*.lua"))
    enumeration = (ROOT / "Shared/Domain/Rooms/Refusal.swift").read_text()
    cases = re.findall(r"^ +case (\w+)(?: = \"(\w+)\")?$", enumeration, re.MULTILINE)
    raw = {name: text or name for name, text in cases}
    used = re.findall(r"\bRefusal\(\s*\.(\w+)", swift) + re.findall(r"\bRefusal\.Code\.(\w+)", swift)
    routes = re.findall(r"\bRouteError\(([^()]*(?:\([^()]*\))?[^()]*)", swift)
    return {
        *(raw[name] for name in used if name in raw),
        *re.findall(r"\brefuse\('(\w+)'", scripts),
        *re.findall(r"\bWebSocketRefusal\(\s*status: \d+, code: \"(\w+)\"", swift),
        *(word for route in routes for word in re.findall(r"\"([a-z]+(?:_[a-z]+)*)\"", route)),
    } - INTERNAL


def test_the_wire_contract_lists_every_error_code_and_no_other():
    page = (ROOT / "docs/wire-contract.md").read_text()
    part = page[page.index("## 4."):page.index("Close codes:")]
    table = {code for line in part.splitlines() if line.startswith("| `")
             for code in re.findall(r"`(\w+)`", line.split("|")[1])}
    over_http = set(re.findall(r"`(\w+)` \(\d{3}\)", part))
    assert len(sent_codes()) > 15
    assert table | over_http == sent_codes()


def test_every_close_code_that_the_page_knows_is_in_the_wire_contract():
    page = (ROOT / "docs/wire-contract.md").read_text()
    frames = (ROOT / "Services/gateway/Web/net/frames.js").read_text()
    for code in re.findall(r": (4\d{3}),", frames):
        assert code in page
