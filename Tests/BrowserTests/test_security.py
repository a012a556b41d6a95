"""Text is text."""

import urllib.request

from playwright.sync_api import expect

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script><svg onload=alert(3)>",
    "[click](javascript:alert(4)) javascript:alert(5)",
    "https://example.test/\"onmouseover=\"alert(6)",
    "\u202egnp.exe\u2066 turned round",
    "**<b>x</b>** `</code><img src=x onerror=alert(7)>`",
    "{{constructor.constructor('alert(8)')()}}",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e zalgo",
]


def test_hostile_text_stays_text_on_both_screens(client, word):
    ghost, viper = client("Ghost-2"), client("Viper-1")
    for text in HOSTILE:
        ghost.send(f"{word} {text}")
    for one in (ghost, viper):
        expect(one.row(word)).to_have_count(len(HOSTILE))
        expect(one.page.locator("#timeline .message.outgoing")).to_have_count(0)
        assert one.page.locator("#timeline :is(img, script, iframe, object, embed, form, input)").count() == 0
        assert one.page.locator("#timeline [onerror], #timeline [onload], #timeline [style]").count() == 0
        links = one.page.locator("#timeline a").evaluate_all("all => all.map(a => a.protocol)")
        assert set(links) <= {"http:", "https:"}
    shown = viper.texts(word)
    assert f"{word} <img src=x onerror=alert(1)>" in shown
    # A turned direction ends with its message: the row before and after it read as written.
    first = viper.page.locator("#timeline .message-text").first
    assert first.evaluate("node => getComputedStyle(node).unicodeBidi") == "isolate"


def test_two_thousand_emoji_and_one_long_word_stay_inside_the_page(client, word):
    ghost, viper = client("Ghost-2"), client("Viper-1", width=320, height=640, phone=True)
    ghost.send(word + "🎯" * 1_900)
    ghost.send(word + "W" * 1_900)
    expect(viper.row(word)).to_have_count(2)
    assert viper.page.evaluate("document.documentElement.scrollWidth") == 320
    assert viper.page.evaluate("document.querySelector('#timeline').scrollWidth") <= 320


def test_the_policy_forbids_inline_script_and_other_origins(suite, client):
    with urllib.request.urlopen(suite.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
        page = answer.read().decode()
    for part in ("default-src", "frame-ancestors", "base-uri", "trusted-types"):
        assert f"{part} 'none'" in policy
    assert "script-src 'self'" in policy and "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert " style=" not in page and " onclick=" not in page and "<style" not in page
    viper = client("Viper-1")
    blocked = viper.page.evaluate(
        """() => {
          try { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); return false; } catch { return true; }
        }"""
    )
    assert blocked, "a string never becomes markup"
    # The attempt above was ours: it is the only violation of this page.
    assert len(viper.policy_violations()) <= 1
    viper.page.evaluate("window.violations.length = 0")
    viper.problems.clear()
