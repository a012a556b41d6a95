"""Signing in and out while the gateway cannot answer."""

import re

from playwright.sync_api import expect

UNAVAILABLE = {"status": 503, "content_type": "application/json",
               "body": '{"error":"The service is not ready. Try again.","code":"unavailable"}'}


def test_a_refused_sign_out_is_said_and_leaves_the_user_where_they_are(client, word):
    viper = client("Viper-1")
    viper.page.route("**/api/chat/leave", lambda route: route.fulfill(**UNAVAILABLE))
    viper.page.get_by_role("button", name="Sign out").click()
    expect(viper.page.locator("#toast")).to_contain_text("Not signed out. The service is not ready.")
    expect(viper.page.get_by_role("alert").filter(has_text="You are still signed in here.")).to_have_count(1)
    viper.send(word)
    expect(viper.row(word)).to_have_count(1)
    viper.page.unroute("**/api/chat/leave")
    viper.page.route("**/api/chat/session", lambda route: route.fulfill(**UNAVAILABLE))
    viper.page.get_by_role("button", name="Sign out").click()
    expect(viper.page.locator(".loud")).to_contain_text("DEMO")
    expect(viper.page.get_by_role("button", name=re.compile("^Viper-1"))).to_be_visible()


def test_a_session_ended_elsewhere_is_named_as_what_it_is_and_leads_to_the_sign_in(client):
    viper = client("Viper-1")
    other = viper.context.new_page()
    other.goto(viper.url)
    expect(other.locator("#bar")).to_have_attribute("data-phase", "secure")
    viper.page.route("**/api/chat/session", lambda route: route.abort())
    other.get_by_role("button", name="Sign out").click()
    expect(viper.page.locator("#notice")).to_contain_text("asking it whether you are still signed in")
    viper.page.unroute("**/api/chat/session")
    expect(viper.page.locator(".problem")).to_have_text("Your session ended. Sign in again.")
    expect(viper.page.get_by_role("button", name=re.compile("^Viper-1"))).to_be_visible()
