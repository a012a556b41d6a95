import os
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from client import Client
from suite import Suite

# A deadline, not a wait: what is expected may take its time on a busy machine.
expect.set_options(timeout=15_000)

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")


@pytest.fixture(scope="session")
def suite(tmp_path_factory):
    limits_off = {"RATE_LIMIT_MESSAGES_PER_MINUTE": "0", "RATE_LIMIT_REACTIONS_PER_MINUTE": "0"}
    with Suite(tmp_path_factory.mktemp("suite"), **limits_off) as running:
        yield running


@pytest.fixture(scope="session")
def browsers():
    """Launches a browser by its name, once."""
    launched = {}
    os.environ["NODE_OPTIONS"] = f"--require {Path(__file__).with_name('firefox.cjs')}"
    with sync_playwright() as playwright:
        del os.environ["NODE_OPTIONS"]
        start = {
            "chromium": lambda: playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]),
            "firefox": lambda: playwright.firefox.launch(executable_path=FIREFOX, channel="moz-firefox"),
        }

        def launch(name: str):
            if name not in launched:
                launched[name] = start[name]()
            return launched[name]

        yield launch
        for each in launched.values():
            each.close()


@pytest.fixture
def browser(request, browsers):
    """Chromium; in tests marked `both`, Firefox too."""
    return browsers(getattr(request, "param", "chromium"))


@pytest.fixture
def client(browser, suite):
    """Makes clients; at the end each must have been free of errors and of violated content policy."""
    made: list[Client] = []

    def make(callsign: str | None = None, *, width=1536, height=960, phone=False, scheme="dark", **context) -> Client:
        if phone:
            context |= {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}
        one = Client(browser, suite.url, viewport={"width": width, "height": height}, color_scheme=scheme,
                     timezone_id="Europe/London", **context)
        made.append(one)
        return one.sign_in(callsign) if callsign else one

    make.browser = browser.browser_type.name
    yield make
    problems = [problem for one in made for problem in one.problems + one.policy_violations()]
    for one in made:
        one.context.close()
    assert problems == []


@pytest.fixture
def word() -> str:
    """A word no other test writes."""
    return f"w{uuid.uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    """Where screenshots go: SQUADCHAT_SCREENSHOTS, or a directory of pytest."""
    given = os.environ.get("SQUADCHAT_SCREENSHOTS")
    directory = Path(given) if given else tmp_path_factory.mktemp("screenshots")
    directory.mkdir(parents=True, exist_ok=True)
    return directory
