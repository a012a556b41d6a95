"""What comes up for a moment hides nothing that is to be read."""

import pytest
from playwright.sync_api import expect

from client import both

# Rectangles of what can be read, and is in sight, that the toast lies over.
HIDDEN = """() => {
  const shown = document.querySelector('#toast');
  const toast = shown.getBoundingClientRect();
  // A panel that lies over the conversation hides it by itself.
  const within = shown.closest('#intel') ?? document;
  const parts = '.head-bar, .section-title, .sums, .signal-table, .none, .people, .feed, .room-list, #timeline, #composer';
  return [...within.querySelectorAll(parts)].filter((node) => {
    const { left, right, top, bottom, width, height } = node.getBoundingClientRect();
    const apart = right <= toast.left || left >= toast.right || bottom <= toast.top || top >= toast.bottom;
    return width * height > 0 && !apart && node.checkVisibility();
  }).map((node) => node.id || node.className);
}"""

SCREENS = {
    "desktop": (1280, 800, False, ""),
    "laptop": (1000, 800, False, "/signals"),
    "phone-room": (390, 844, True, ""),
    "phone-signals": (390, 844, True, "/signals"),
    "phone-alerts": (390, 844, True, "/alerts"),
}


@pytest.mark.parametrize("name", SCREENS)
def test_a_toast_lies_over_nothing(client, suite, word, pictures, name):
    width, height, phone, panel = SCREENS[name]
    atlas, saber = client("Atlas-6", width=width, height=height, phone=phone), client("Saber-1")
    suite.publish_signal(f"SIG_{word}", symbol="EURUSD", pair="EURUSD")
    expect(atlas.page.locator("#timeline .signal-card").first).to_be_attached()
    atlas.page.goto(f"{suite.url}#/squad_alpha{panel}")
    saber.send(f"{word} @Atlas-6 gold desk wants cover at 2648 before the print, reply when you are set.")
    toast = atlas.page.locator("#toast")
    expect(toast).to_contain_text(word)
    expect(toast).to_be_in_viewport()
    atlas.page.screenshot(path=pictures / f"toast-{name}.png")
    assert atlas.page.evaluate(HIDDEN) == []


def test_a_toast_says_a_signal_as_its_card_does(client, suite, word, pictures):
    viper = client("Viper-1", width=390, height=844, phone=True)
    viper.page.goto(f"{suite.url}#/rooms")
    prices = {"entry_price": 1.2641, "stop_loss": 1.2659, "take_profit": 1.2605}
    suite.publish_signal(f"SIG_{word}", symbol="GBPUSD", pair="GBPUSD", direction="SELL", **prices)
    what = viper.page.locator("#toast .what")
    expect(what).to_have_text("GBPUSD SHORT · entry 1.2641 · SL 1.2659 · TP 1.2605")
    viper.page.screenshot(path=pictures / "toast-signal.png")


@both
def test_no_toast_comes_for_the_room_on_the_screen_and_one_for_many_signals(client, suite, word, pictures):
    viper, small = client("Viper-1", width=1280, height=800), client("Ghost-2", width=390, height=844)
    small.page.goto(f"{suite.url}#/rooms")
    for one in (viper, small):
        expect(one.page.locator("#bar")).to_have_attribute("data-phase", "secure")
    viper.page.evaluate("""() => {
      window.toasts = 0;
      const look = new MutationObserver(() => (window.toasts += Number(!document.querySelector('#toast').hidden)));
      look.observe(document.querySelector('#toast'), { attributes: true });
    }""")
    # Who looks at older rows sees the room all the same.
    viper.page.locator("#timeline").evaluate("(node) => node.scrollTo(0, 0)")
    pairs = [f"T{word[1:5].upper()}{number}" for number in range(3)]
    for pair in pairs:
        suite.publish_signal(f"SIG_{pair}", symbol=pair, pair=pair)
    toast = small.page.locator("#toast")
    expect(toast.locator("b")).to_have_text("3 signals")
    expect(toast.locator(".what")).to_have_text(" · ".join(pairs))
    small.picture(pictures / f"toast-signals-{client.browser}.png")
    viper.page.get_by_role("tab", name="Alerts").click()
    for pair in pairs:
        expect(viper.page.locator("#alerts li").filter(has_text=pair)).to_have_count(1)
    assert viper.page.evaluate("window.toasts") == 0
