"""The page claims nothing that it does not know, and draws what was written."""

import re

from playwright.sync_api import expect

from client import both


@both
def test_without_a_link_nobody_is_claimed_to_be_there_and_what_waits_says_so(client, suite, word, pictures):
    viper, ghost = client("Viper-1", width=1280, height=800), client("Ghost-2")
    suite.publish_signal(f"SIG_{word}", symbol="EURUSD", pair="EURUSD")
    expect(viper.page.locator("#signals .chip").first).to_have_text("LIVE")
    expect(viper.page.locator("#bar [data-figure=median]")).to_have_text(re.compile(r"^(< 1|\d+) ms$"))
    dots = viper.page.locator("#signals .people .avatar i")
    colours = "(dots) => [...new Set(dots.map((dot) => getComputedStyle(dot).borderTopStyle))]"
    assert dots.evaluate_all(colours) == ["none"]
    suite.kill("gateway")
    expect(viper.page.locator("#bar")).not_to_have_attribute("data-phase", "secure")
    viper.send(f"{word} kept")
    held = viper.page.locator(".message.outgoing .held")
    expect(held).to_have_text("Not sent yet: it waits for the link.")
    expect(held.locator("svg")).to_be_visible()
    expect(viper.page.locator("#signals h3", has_text="On net when last heard")).to_be_visible(timeout=20_000)
    expect(viper.page.locator("#signals .chip").first).to_have_text("STALE")
    assert dots.evaluate_all(colours) == ["dashed"]
    viper.picture(pictures / f"no-link-{client.browser}.png")
    suite.restart("gateway")
    for one in (viper, ghost):
        expect(one.page.locator("#bar")).to_have_attribute("data-phase", "secure", timeout=30_000)
    expect(viper.page.locator("#signals h3", has_text="when last heard")).to_have_count(0)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    assert dots.evaluate_all(colours) == ["none"]


@both
def test_code_and_quotes_are_drawn_and_a_toast_shows_no_markup(client, suite, word, pictures):
    atlas, saber = client("Atlas-6", width=1280, height=800), client("Saber-1", width=390, height=844)
    saber.field.fill(f"> {word} **gold** desk\n> wants cover\n@Atlas-6 see `2648`:\n```\nif price > 2648 {{ hedge() }}\n```\n"
                     "**https://a.test/x_(1)** is the plan")
    saber.field.press("Enter")
    expect(atlas.page.locator("#toast .what")).to_have_text(re.compile(rf"{word} gold desk\s+wants cover"))
    assert not re.search(r"[*`]|^>", atlas.page.locator("#toast .what").inner_text())
    row = saber.row(word)
    expect(row.locator("pre code")).to_have_text("if price > 2648 { hedge() }")
    expect(row.locator("blockquote strong")).to_have_text("gold")
    expect(row.locator("strong a")).to_have_attribute("href", "https://a.test/x_(1)")
    atlas.picture(pictures / f"markup-toast-{client.browser}.png")
    atlas.page.locator("#toast a").click()
    expect(atlas.row(word)).to_be_in_viewport()
    atlas.picture(pictures / f"markup-{client.browser}.png")
    saber.picture(pictures / f"markup-narrow-{client.browser}.png")


@both
def test_the_enter_of_an_input_method_sends_nothing(client, word):
    viper = client("Viper-1")
    viper.field.fill(word)
    # As Safari tells of it: the composition is over, and only the code is left.
    sent = viper.field.evaluate("""(field) => field.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }))""")
    assert sent, "nobody took the key from the input method"
    expect(viper.field).to_have_value(word)
    viper.field.press("Enter")
    expect(viper.row(word)).to_have_count(1)
