"""What a limit refuses is told where it was asked for."""

import re

import pytest
from playwright.sync_api import expect

from client import Client
from suite import Suite


@pytest.fixture
def strict(tmp_path, browser):
    with Suite(tmp_path, RATE_LIMIT_REACTIONS_PER_MINUTE="1", RATE_LIMIT_MESSAGES_PER_MINUTE="2") as suite:
        yield lambda callsign: Client(browser, suite.url, viewport={"width": 1536, "height": 960}).sign_in(callsign)


def test_a_reaction_too_many_is_not_shown_as_done_and_the_page_says_why(strict, word):
    viper = strict("Viper-1")
    viper.send(word)
    viper.row(word).hover()
    viper.row(word).get_by_role("button", name="React with target").click()
    chip = viper.row(word).locator(".reactions button")
    expect(chip).to_have_attribute("aria-label", "target, 1, yours included: you")
    chip.click()
    expect(viper.page.locator("#toast")).to_contain_text("Reaction not saved")
    expect(viper.page.locator("#toast")).to_contain_text("At most 1 reactions a minute.")
    expect(chip).to_have_attribute("aria-pressed", "true")


def test_a_text_too_many_counts_down_to_when_it_is_sent(strict, word, pictures):
    viper = strict("Viper-1")
    for number in range(3):
        viper.send(f"{word} {number}")
    held = viper.row(f"{word} 2").locator(".held")
    expect(held).to_have_text(re.compile(r"^Too many messages at once; sent in \d+ s\.$"))
    viper.page.screenshot(path=pictures / "held.png")
    first = held.inner_text()
    expect(held).not_to_have_text(first)
    left = [int(re.search(r"\d+", text)[0]) for text in (first, held.inner_text())]
    assert left[1] < left[0] <= 60
