"""The gateway dies while people type."""

from playwright.sync_api import expect


def test_a_killed_gateway_loses_nothing_doubles_nothing_and_keeps_the_order(client, suite, word):
    viper, ghost = client("Viper-1"), client("Ghost-2")
    viper.send(f"{word} 0")
    expect(ghost.row(f"{word} 0")).to_have_count(1)
    viper.field.press_sequentially("typ")
    suite.kill("gateway")
    expect(viper.page.locator("#bar")).not_to_have_attribute("data-phase", "secure")
    for number in range(1, 6):
        viper.send(f"{word} {number}")
    ghost.send(f"{word} ghost")
    expect(viper.page.locator(".message.outgoing")).to_have_count(5)
    expect(viper.page.locator("#notice")).to_contain_text("kept and sent later", timeout=10_000)
    expect(viper.page.locator("#bar [data-figure=median]")).to_have_text("–")
    # A message written by somebody else meanwhile would be resumed too: chat itself never stopped.
    suite.publish_signal(f"SIG_{word}", symbol="GBPUSD", pair="GBPUSD")
    suite.restart("gateway")
    for one in (viper, ghost):
        expect(one.page.locator("#bar")).to_have_attribute("data-phase", "secure", timeout=30_000)
        expect(one.row(f"{word} 5")).to_have_count(1, timeout=30_000)
        # Ghost comes back in its own time: its wait between tries is random.
        expect(one.row(f"{word} ghost")).to_have_count(1, timeout=30_000)
    mine = [f"{word} {number}" for number in range(6)]
    for one in (viper, ghost):
        assert [text for text in one.texts(word) if "ghost" not in text] == mine
        expect(one.page.locator("#timeline .signal-card").filter(has_text="GBPUSD").last).to_be_attached()
    assert viper.texts(word) == ghost.texts(word)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    expect(viper.page.locator("#bar [data-figure=outbox]")).to_have_text("0")
    expect(viper.page.locator("#notice")).to_be_hidden()


def test_a_text_that_was_not_sent_survives_a_reload(client, suite, word):
    viper = client("Viper-1")
    suite.kill("gateway")
    expect(viper.page.locator("#bar")).not_to_have_attribute("data-phase", "secure")
    viper.send(f"{word} kept")
    expect(viper.page.locator(".message.outgoing")).to_contain_text(f"{word} kept")
    # The page is gone before there is a gateway again: only what the browser kept can be sent now.
    viper.page.goto("about:blank")
    suite.restart("gateway")
    viper.page.goto(viper.url)
    viper.in_room()
    expect(viper.row(f"{word} kept")).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    assert viper.texts(word) == [f"{word} kept"]


def test_chat_killed_and_restarted_the_text_arrives_once(client, suite, word):
    viper, ghost = client("Viper-1"), client("Ghost-2")
    suite.kill("chat")
    viper.send(f"{word} across")
    suite.restart("chat")
    expect(ghost.row(word)).to_have_count(1, timeout=30_000)
    expect(viper.row(word)).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0, timeout=30_000)
    assert ghost.texts(word) == [f"{word} across"]
