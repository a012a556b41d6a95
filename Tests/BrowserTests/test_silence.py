"""The line stands, and nobody behind it answers."""

import contextlib
import os
import re
import signal

import pytest
from playwright.sync_api import expect

BAR = "#bar .link-word"


@contextlib.contextmanager
def frozen(pid: int):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def publish_running(suite, viewer, word: str):
    """A card that is open, and waits until it is seen."""
    suite.publish_signal(f"SIG_{word}", symbol="EURUSD", pair="EURUSD")
    card = viewer.page.locator("#timeline .signal-card").last
    expect(card.locator(".state")).to_have_text("LIVE")
    return card


def test_a_frozen_chat_is_said_until_it_answers_again(client, suite, word, pictures):
    viper, phone = client("Viper-1", width=1280, height=800), client("Viper-1", width=390, height=844, phone=True)
    card = publish_running(suite, viper, word)
    viper.send(f"{word} before")
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    with frozen(suite.pid("chat")):
        for one in (viper, phone):
            one.send(f"{word} into the silence")
            expect(one.page.locator(".message.outgoing")).to_have_count(1)
        row = viper.row(f"{word} before")
        row.hover()
        row.get_by_role("button", name="React with target").click()
        expect(row.locator(".reactions .waiting")).to_have_attribute("aria-label", re.compile("yours waits"))
        expect(viper.page.locator(BAR)).to_have_text(re.compile(r"^HQ DOES NOT ANSWER · \d+ s$"))
        expect(viper.page.locator("#bar [data-figure=median]")).to_have_text("–")
        expect(phone.page.locator(".link-state")).to_have_text(re.compile("^HQ DOES NOT ANSWER"))
        expect(viper.page.locator("#notice")).to_contain_text("HQ does not answer. Your message is kept")
        expect(card.locator(".state")).to_have_text(re.compile(r"^STALE \d+ s$"))
        expect(viper.page.locator("#signals .chip").first).to_have_text("STALE")
        expect(viper.page.locator(".message.outgoing")).to_contain_text(re.compile(r"Not sent yet, after \d+ s"))
        late = client()
        late.page.goto(late.url)
        late.page.get_by_role("button", name=re.compile("^Ghost-2")).click()
        expect(late.page.locator(BAR)).to_have_text(re.compile("^HQ DOES NOT ANSWER"))
        expect(late.page.locator("#signals .none")).to_be_hidden()
        viper.page.screenshot(path=pictures / "silence-desktop.png")
        phone.page.screenshot(path=pictures / "silence-phone.png")
        late.page.screenshot(path=pictures / "silence-late.png")
    for one in (viper, phone, late):
        expect(one.page.locator("#bar")).not_to_have_class(re.compile("doubted"), timeout=30_000)
        expect(one.row(f"{word} into the silence")).to_have_count(2, timeout=30_000)
        expect(one.page.locator(".message.outgoing")).to_have_count(0)
    expect(viper.page.locator("#notice")).to_be_hidden()
    expect(card.locator(".state")).to_have_text("LIVE")
    expect(row.locator(".reactions .waiting")).to_have_count(0)
    late.in_room()


@contextlib.contextmanager
def refusing(redis, setting="min-replicas-to-write"):
    redis.ask("CONFIG", "SET", setting, "1")
    try:
        yield
    finally:
        redis.ask("CONFIG", "SET", setting, "0")


@pytest.mark.parametrize("fault", ["frozen", "refusing"])
def test_a_redis_that_takes_nothing_is_said_until_it_does(client, suite, word, fault):
    viper = client("Viper-1")
    with frozen(suite.server.process.pid) if fault == "frozen" else refusing(suite.server.link):
        viper.send(f"{word} while it is {fault}")
        expect(viper.page.locator(BAR)).to_have_text(re.compile(r"^HQ DOES NOT ANSWER · \d+ s$"))
        expect(viper.page.locator(".message.outgoing")).to_contain_text(re.compile(r"Not sent yet, after \d+ s"))
    expect(viper.page.locator(BAR)).to_have_text("SECURE", timeout=30_000)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0, timeout=30_000)
    assert viper.texts(word) == [f"{word} while it is {fault}"]


def test_at_redis_memory_limit_a_text_waits_and_the_rest_goes_on(client, suite, word):
    viper = client("Viper-1")
    with refusing(suite.server.link, "maxmemory"):
        viper.send(f"{word} while it is full")
        expect(viper.page.locator(".message.outgoing")).to_have_count(1)
        viper.page.reload()
        viper.in_room()
        expect(viper.page.locator(".message.outgoing")).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0, timeout=30_000)
    assert viper.texts(word) == [f"{word} while it is full"]


def test_a_line_that_died_is_not_called_secure_nor_its_cards_live(client, suite, word):
    viper = client("Viper-1")
    card = publish_running(suite, viper, word)
    with frozen(suite.pid("gateway")):
        expect(viper.page.locator(BAR)).to_have_text(re.compile(r"^NO ANSWER · \d+ s$"), timeout=10_000)
        expect(card.locator(".state")).to_have_text(re.compile("^STALE"))
    expect(viper.page.locator(BAR)).to_have_text("SECURE", timeout=30_000)
    expect(card.locator(".state")).to_have_text("LIVE")
    with frozen(suite.pid("gateway")):
        viper.context.set_offline(True)
        # Well before the next ping of its own would have been given up.
        expect(viper.page.locator(BAR)).to_have_text("OFFLINE", timeout=6_000)
        expect(card.locator(".state")).to_have_text(re.compile("^STALE"))
    viper.context.set_offline(False)
    expect(viper.page.locator(BAR)).to_have_text("SECURE", timeout=30_000)
    expect(card.locator(".state")).to_have_text("LIVE")


def test_a_room_that_cannot_be_opened_says_so_and_opens_once_it_can(client, suite, pictures):
    atlas = client("Atlas-6", width=1280, height=800)
    atlas.page.goto(f"{suite.url}#/squad_bravo")
    atlas.in_room()
    redis = suite.server.link
    [key] = redis.ask("KEYS", "sc:*:members:squad_bravo")
    redis.ask("RENAME", key, "aside")
    redis.ask("SET", key, "wrong")
    atlas.page.reload()
    top = atlas.page.locator("#timeline .older")
    expect(top).to_contain_text("The room does not open.")
    expect(top).to_contain_text("It is tried again by itself.")
    # The other rooms work: this is no silence of HQ.
    expect(atlas.page.locator(BAR)).to_have_text("SECURE")
    atlas.page.screenshot(path=pictures / "damaged.png")
    redis.ask("DEL", key)
    redis.ask("RENAME", "aside", key)
    expect(top).not_to_contain_text("does not open", timeout=40_000)
    expect(top).not_to_have_text("Opening the room")
