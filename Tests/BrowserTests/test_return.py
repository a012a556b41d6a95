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


@both
def test_a_part_that_did_not_come_is_asked_for_again(client):
    viper = client()
    viper.page.route(viper.url + "later.js", lambda route: route.abort())
    viper.sign_in("Viper-1")
    keys = viper.page.get_by_role("button", name="All keys")
    keys.click()
    expect(viper.page.get_by_role("dialog")).to_be_hidden()
    viper.page.unroute(viper.url + "later.js")
    viper.field.fill("not sent yet")
    dialog = viper.page.get_by_role("dialog")
    # Firefox remembers that a module did not come: there the page is loaded anew.
    viper.until(lambda: dialog.is_visible() or keys.click())
    expect(viper.field).to_have_value("not sent yet")
    viper.page.keyboard.press("Escape")
    viper.field.fill("")
