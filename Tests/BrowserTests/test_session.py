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
    viper.page.route("**/api/chat/session?quiet", lambda route: route.fulfill(**UNAVAILABLE))
    viper.page.get_by_role("button", name="Sign out").click()
    expect(viper.page.locator(".loud")).to_contain_text("DEMO")
    expect(viper.page.get_by_role("button", name=re.compile("^Viper-1"))).to_be_visible()


def test_a_session_ended_elsewhere_is_named_as_what_it_is_and_leads_to_the_sign_in(client):
    viper = client("Viper-1")
    other = viper.context.new_page()
    other.goto(viper.url)
    expect(other.locator("#bar")).to_have_attribute("data-phase", "secure")
    viper.page.route("**/api/chat/session?quiet", lambda route: route.abort())
    other.get_by_role("button", name="Sign out").click()
    expect(viper.page.locator("#notice")).to_contain_text("asking it whether you are still signed in")
    viper.page.unroute("**/api/chat/session?quiet")
    expect(viper.page.locator(".problem")).to_have_text("Your session ended. Sign in again.")
    expect(viper.page.get_by_role("button", name=re.compile("^Viper-1"))).to_be_visible()


def test_a_sign_in_answers_at_once_and_names_what_went_wrong(client):
    one = client()
    one.page.goto(one.url)
    waiting = []
    one.page.route("**/api/chat/join", lambda route: waiting.append(route))
    viper = one.page.get_by_role("button", name=re.compile("^Viper-1"))
    viper.click()
    expect(viper).to_be_disabled()
    expect(one.page.get_by_role("button", name=re.compile("^Ghost-2"))).to_be_disabled()
    one.until(lambda: waiting)
    waiting[0].fulfill(**UNAVAILABLE)
    expect(one.page.locator(".problem")).to_have_text("The service is not ready. Try again.")
    expect(one.page.locator(".who").first).to_be_focused()
    one.page.unroute("**/api/chat/join")
    viper.click()
    one.in_room()


def test_who_is_on_the_net_is_not_claimed_while_the_link_is_down(client, suite):
    viper, owl = client("Viper-1"), client("Owl-3", width=390, height=844, phone=True)
    about, state = viper.page.locator("#header small").first, owl.page.locator("#header .link-state")
    expect(about).to_contain_text("on net")
    expect(state).to_contain_text("on net")
    suite.kill("gateway")
    expect(about).not_to_contain_text("on net")
    expect(about).to_contain_text("operator")
    expect(state).to_have_text("RECONNECTING")
    suite.restart("gateway")
    expect(state).to_contain_text("on net", timeout=30_000)


def test_who_may_not_write_is_not_told_how_to(client):
    owl, viper = client("Owl-3"), client("Viper-1")
    expect(owl.page.locator(".hint")).to_have_text(re.compile("all keys"), use_inner_text=True)
    expect(owl.page.locator(".hint .writing").first).to_be_hidden()
    expect(viper.page.locator(".hint .writing").first).to_be_visible()
