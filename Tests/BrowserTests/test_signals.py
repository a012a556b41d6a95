"""A signal of the engine arrives live, and its outcome changes the same card."""

import re

from playwright.sync_api import expect

from client import both


def card(client, pair):
    return client.page.locator(".signal-card").filter(has_text=pair)


def test_a_signal_arrives_live_and_its_outcome_updates_the_same_card(client, suite, word):
    viper = client("Viper-1")
    pair = f"X{word[1:6].upper()}"
    suite.publish_signal(f"SIG_{word}", symbol=pair, pair=pair)
    live = card(viper, pair)
    expect(live).to_have_count(1)
    expect(live).to_have_attribute("aria-label", f"Signal {pair} long TCS 87.4 open")
    expect(live.locator(".direction")).to_have_text("▲ LONG")
    expect(live.locator("dd")).to_have_text(["1.08420", "1.08215", "1.08830", "1 : 2.0"])
    expect(live.locator(".live")).to_contain_text("LIVE")
    row = viper.page.locator(".signal-table tbody tr").filter(has_text=pair)
    expect(row).to_contain_text("LIVE")

    suite.publish_outcome(f"SIG_{word}", outcome="WIN", pips_result=41.0, exit_price=1.0883)
    expect(live.locator(".live")).to_contain_text("WIN +2.0R")
    expect(live).to_contain_text("+41.0 pips")
    expect(live).to_have_count(1)
    expect(row).to_contain_text("+41.0")
    viper.page.reload()
    viper.in_room()
    expect(live.locator(".live")).to_contain_text("WIN")


def test_a_signal_that_was_old_when_it_came_is_nowhere_live_until_its_outcome_says_how_it_ended(client, suite, word):
    viper = client("Viper-1")
    pairs = [f"{letter}{word[1:6].upper()}" for letter in "NO"]
    opened = viper.page.locator("#signals .sums b").first
    row = lambda pair: viper.page.locator(".signal-table tbody tr").filter(has_text=pair)
    suite.publish_signal(f"NEW_{word}", symbol=pairs[0], pair=pairs[0])
    expect(row(pairs[0])).to_contain_text("LIVE")
    expect(opened).to_have_text(str(viper.page.locator(".signal-table .running").count()))

    suite.publish_signal(f"OLD_{word}", symbol=pairs[1], pair=pairs[1], timestamp="yesterday", expires_at=None)
    old = card(viper, pairs[1])
    expect(old.locator(".live")).to_have_text("OLD")
    expect(old).to_have_class(re.compile(r"\bover dim\b"))
    expect(old).to_have_attribute("aria-label", f"Signal {pairs[1]} long TCS 87.4 old")
    expect(row(pairs[1])).to_contain_text("OLD")
    viper.page.wait_for_timeout(1_200)
    expect(old.locator(".live")).to_have_text("OLD")
    expect(row(pairs[1])).to_contain_text("OLD")
    expect(opened).to_have_text(str(viper.page.locator(".signal-table .running").count()))

    suite.publish_outcome(f"OLD_{word}", outcome="WIN", pips_result=41.0, exit_price=1.0883)
    expect(old.locator(".live")).to_contain_text("WIN +2.0R")
    expect(row(pairs[1])).to_contain_text("+41.0")


def test_a_short_that_lost_says_so_in_words_and_numbers(client, suite, word):
    viper = client("Viper-1", width=390, height=844, phone=True)
    pair = f"Y{word[1:6].upper()}"
    prices = {"entry_price": 191.25, "stop_loss": 191.75, "take_profit": 190.25}
    suite.publish_signal(f"SIG_{word}", symbol=pair, pair=pair, direction="SELL", confidence="66.0", **prices)
    live = card(viper, pair)
    expect(live.locator(".direction")).to_have_text("▼ SHORT")
    expect(live.locator(".tcs")).to_be_visible()
    suite.publish_outcome(f"SIG_{word}", outcome="LOSS", pips_result=-50.0, exit_price=191.75)
    expect(live.locator(".live")).to_contain_text("LOSS −1.0R")
    expect(live).to_have_class(re.compile("loss"))


def test_levels_are_copied_and_a_row_of_the_table_leads_to_its_card(client, suite, word):
    viper = client("Viper-1", permissions=["clipboard-read", "clipboard-write"])
    pair = f"Z{word[1:6].upper()}"
    suite.publish_signal(f"SIG_{word}", symbol=pair, pair=pair)
    card(viper, pair).get_by_role("button", name="Copy levels").click()
    copied = f"{pair} LONG entry 1.08420 SL 1.08215 TP 1.08830"
    viper.until(lambda: viper.page.evaluate("navigator.clipboard.readText()") == copied)
    viper.page.evaluate("document.querySelector('#timeline').scrollTop = 0")
    viper.page.locator(".signal-table tbody tr").filter(has_text=pair).get_by_role("button").click()
    expect(card(viper, pair)).to_be_in_viewport()


def test_the_longest_name_of_an_instrument_breaks_no_card_and_no_table(client, suite, word):
    name = f"{word}:W{'W' * 32}"[:32]
    for width, phone in ((320, True), (1280, False)):
        viper = client("Viper-1", width=width, height=844, phone=phone)
        suite.publish_signal(f"LONG_{word}", symbol=name, pair=name)
        live = card(viper, name)
        expect(live.locator(".pair")).to_have_text(name)
        assert viper.page.evaluate("document.documentElement.scrollWidth") <= width
        overflow = """names => names.filter(name => [...document.querySelectorAll(name)].some(
            element => element.offsetParent && element.scrollWidth > element.clientWidth + 1))"""
        assert viper.page.evaluate(overflow, ["#timeline", ".signal-card", ".card-head", ".signal-table"]) == []


@both
def test_a_closed_signal_is_one_line_until_it_is_opened_and_that_is_remembered(client, suite, word, pictures):
    viper = client("Viper-1", width=1280, height=800)
    pair = f"F{word[1:6].upper()}"
    suite.publish_signal(f"SIG_{word}", symbol=pair, pair=pair)
    one = card(viper, pair)
    expect(one.locator("dd")).to_have_count(4)
    expect(one.get_by_role("button", name="LONG")).to_have_count(0)
    suite.publish_outcome(f"SIG_{word}", outcome="WIN", pips_result=41.0, exit_price=1.0883)
    line = one.get_by_role("button", name="LONG")
    expect(line).to_have_attribute("aria-expanded", "false")
    expect(line).to_have_text(re.compile(rf"{pair}▲ LONG.*WIN \+2\.0R· \+41\.0 pips"))
    expect(one.locator("dd, .gauge, .ladder")).to_have_count(0)
    row = viper.page.locator(".message").filter(has=one)
    assert row.bounding_box()["height"] < 40
    viper.picture(pictures / f"folded-{client.browser}.png")
    line.click()
    expect(one.locator("dd")).to_have_count(4)
    expect(line).to_be_focused()
    for _ in range(2):
        viper.page.reload()
        viper.in_room()
    expect(line).to_have_attribute("aria-expanded", "true")
    viper.picture(pictures / f"unfolded-{client.browser}.png")
    line.click()
    expect(one.locator("dd")).to_have_count(0)
    viper.page.reload()
    viper.in_room()
    expect(line).to_have_attribute("aria-expanded", "false")


@both
def test_cards_of_one_kind_have_one_height(client, suite, word, pictures):
    viper = client("Viper-1", width=1280, height=800)
    kinds = [
        {"pattern_type": "LIQUIDITY_SWEEP_REVERSAL", "signal_class": "PRECISION", "session": "LONDON_NEW_YORK"},
        {"pattern_type": "FVG", "signal_class": "RAPID", "session": "ASIA"},
        {"pattern_type": None, "signal_class": None, "session": None},
    ]
    pairs = [f"H{word[1:5].upper()}{number}" for number in range(len(kinds))]
    for pair, kind in zip(pairs, kinds):
        suite.publish_signal(f"SIG_{pair}", symbol=pair, pair=pair, **kind)
        expect(card(viper, pair)).to_have_count(1)
    heights = lambda: {round(card(viper, pair).bounding_box()["height"]) for pair in pairs}
    viper.picture(pictures / f"heights-{client.browser}.png")
    assert len(heights()) == 1
    for pair, pips in zip(pairs, (41.0, -20.5, 1234.5)):
        word_for, exit_price = ("WIN", 1.0883) if pips > 0 else ("LOSS", 1.08215)
        suite.publish_outcome(f"SIG_{pair}", outcome=word_for, pips_result=pips, exit_price=exit_price)
        expect(card(viper, pair)).to_have_class(re.compile("folded"))
    assert len(heights()) == 1
    for pair in pairs:
        card(viper, pair).get_by_role("button", name=pair).click()
        expect(card(viper, pair).locator("dd")).to_have_count(4)
    viper.picture(pictures / f"heights-closed-{client.browser}.png")
    assert len(heights()) == 1
