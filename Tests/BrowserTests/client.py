"""One person at one screen: a page of the real client, and what went wrong in it."""

import re
import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

# A flow that holds in Chromium and in Firefox.
both = pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)

# What the browser itself reports when the network or the session is not there; the client copes with both.
EXPECTED = re.compile(r"WebSocket connection to|net::ERR_|status of 50\d")

WATCH_POLICY = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Client:
    def __init__(self, browser: Browser, url: str, **context) -> None:
        self.context = browser.new_context(**context)
        self.context.set_default_timeout(15_000)
        self.url = url
        self.problems: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.add_init_script(WATCH_POLICY)
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"uncaught: {error}"))
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self.requested)

    def heard(self, message) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.problems.append(f"console {message.type}: {message.text}")

    def requested(self, request) -> None:
        if not request.url.startswith((self.url, self.url.replace("http", "ws"), "blob:", "data:")):
            self.problems.append(f"request to another origin: {request.url}")

    def sign_in(self, callsign: str) -> "Client":
        self.page.goto(self.url)
        self.page.get_by_role("button", name=re.compile(f"^{callsign}")).click()
        return self.in_room()

    def in_room(self) -> "Client":
        expect(self.page.locator("#bar")).to_have_attribute("data-phase", "secure")
        expect(self.page.locator("#timeline .older")).not_to_have_text("Opening the room")
        return self

    @property
    def field(self) -> Locator:
        return self.page.locator("#message")

    def until(self, holds, seconds: float = 15) -> None:
        """Waits for what no locator sees."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not within {seconds} s"
            self.page.wait_for_timeout(20)

    def send(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def row(self, text: str) -> Locator:
        return self.page.locator("#timeline article").filter(has_text=text)

    def texts(self, marker: str) -> list[str]:
        """The texts in the timeline that hold a word, in the order in which they stand."""
        return [text for text in self.page.locator("#timeline .message-text").all_text_contents() if marker in text]

    def picture(self, path) -> None:
        """Not in Firefox: there Playwright puts a style into the page first, which the page's policy refuses."""
        if self.context.browser.browser_type.name == "chromium":
            self.page.screenshot(path=path)

    def policy_violations(self) -> list[str]:
        return self.page.evaluate("window.violations")
