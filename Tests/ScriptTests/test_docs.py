"""What the documents name exists: files of the journeys, and the targets of every link."""

import json
import re

import pytest

from suite import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md"),
         *ROOT.glob("Services/*/README.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


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
    quoted = [words.removesuffix(" …") for sign in signs for words in re.findall(r"`(?!squadctl )([^`]+ [^`]+)`", sign)]
    assert quoted
    sources = [path.read_text() for path in ROOT.glob("Services/*/Sources/**/*.swift")]
    assert not [words for words in quoted if not any(words in source for source in sources)]


def test_the_daily_files_are_where_the_runbook_looks():
    files = (ROOT / "Services/chat/Sources/Archive/DailyFiles.swift").read_text()
    assert '"\\(self.folder)/\\(room)/\\(day).jsonl"' in files
    assert "archive/<room>/<day>.jsonl" in (ROOT / "deploy/README.md").read_text()
