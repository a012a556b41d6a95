"""How soon the page is back after its gateway."""

import time

from playwright.sync_api import expect

from client import both


@both
def test_a_page_is_back_soon_after_its_gateway_however_long_that_was_away(client, suite, word):
    viper = client("Viper-1")
    bar = viper.page.locator("#bar")
    suite.kill("gateway")
    expect(bar).not_to_have_attribute("data-phase", "secure")
    # In this time nine sockets fail, and for as many Firefox holds the next one back for eight seconds.
    for _ in range(28 if client.browser == "firefox" else 4):
        viper.page.evaluate("dispatchEvent(new Event('online'))")
        viper.page.wait_for_timeout(700)
    viper.send(f"{word} kept")
    suite.restart("gateway")
    began = time.monotonic()
    viper.page.evaluate("dispatchEvent(new Event('online'))")
    expect(bar).to_have_attribute("data-phase", "secure")
    assert time.monotonic() - began < 2
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    expect(viper.row(f"{word} kept")).to_have_count(1)
