"""What the documents name exists: files of the journeys, and the targets of every link."""

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
