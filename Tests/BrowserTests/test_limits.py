"""What a limit refuses is told where it was asked for."""

import pytest
from playwright.sync_api import expect

from client import Client
from suite import Suite


@pytest.fixture
def strict(tmp_path, browser):
    with Suite(tmp_path, RATE_LIMIT_REACTIONS_PER_MINUTE="1") as suite:
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
