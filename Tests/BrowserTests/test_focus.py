"""Where the keys go, and how far it is to where one writes."""

import re

from playwright.sync_api import expect

from client import both

STOPS = """() => ({ id: document.activeElement.id, inTimeline: Boolean(document.activeElement.closest('#timeline')) })"""


@both
def test_from_the_header_to_the_message_field_the_timeline_is_one_tab_stop(client, suite, word):
    viper = client("Viper-1")
    for number in range(12):
        suite.publish_signal(f"SIG_{word}_{number}", symbol="EURUSD", pair="EURUSD")
        viper.send(f"{word} {number} https://a.test/x")
    expect(viper.row(f"{word} 11")).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    cards = viper.page.locator("#timeline").get_by_role("button", name="Copy levels")
    expect(cards.nth(11)).to_be_attached()
    # The pointer rests on a row, and its tools lie there.
    viper.row(f"{word} 11").hover()
    viper.page.get_by_role("button", name=re.compile("^Members")).focus()
    stops = []
    while not stops or stops[-1]["id"] != "message":
        viper.page.keyboard.press("Tab")
        stops.append(viper.page.evaluate(STOPS))
        assert len(stops) < 5, stops
    assert [stop["inTimeline"] for stop in stops] == [True, False]
    # Inside of a row its controls follow each other, and Escape leads out again.
    viper.page.keyboard.press("Shift+Tab")
    row = viper.row(f"{word} 11")
    expect(row).to_be_focused()
    viper.page.keyboard.press("Enter")
    expect(row.get_by_role("link")).to_be_focused()
    viper.page.keyboard.press("Tab")
    expect(row.get_by_role("button", name="React with target")).to_be_focused()
    viper.page.keyboard.press("Escape")
    expect(row).to_be_focused()
    viper.page.keyboard.press("Tab")
    expect(viper.field).to_be_focused()


@both
def test_after_sign_in_and_reload_one_writes_at_once_and_letters_are_no_commands(client, word):
    viper = client("Viper-1")
    expect(viper.field).to_be_focused()
    viper.page.keyboard.type(f"{word} n?j+")
    viper.page.keyboard.press("Enter")
    expect(viper.row(f"{word} n?j+")).to_have_count(1)
    viper.page.reload()
    viper.in_room()
    expect(viper.field).to_be_focused()
    # Nowhere: a click on what cannot be focused. What is written then is meant for the room.
    viper.page.evaluate("document.activeElement.blur()")
    viper.page.keyboard.type("?now")
    expect(viper.field).to_have_value("?now")
    expect(viper.page.get_by_role("dialog")).to_be_hidden()
    viper.field.fill("")


def test_on_a_phone_no_keyboard_comes_up_by_itself(client):
    phone = client("Viper-1", width=390, height=844, phone=True)
    expect(phone.row("Squad alpha").or_(phone.page.locator(".older"))).not_to_have_count(0)
    assert phone.page.evaluate("document.activeElement.id") != "message"


@both
def test_going_to_the_next_unread_room_by_letter_keeps_one_among_the_rows(client, word):
    atlas, saber = client("Atlas-6"), client("Saber-1")
    atlas.send(f"{word} alpha")
    expect(atlas.row(f"{word} alpha")).to_have_count(1)
    expect(atlas.page.locator(".message.outgoing")).to_have_count(0)
    saber.send(f"{word} bravo")
    expect(atlas.page.locator(".room-link.new, .squad .mark")).not_to_have_count(0)
    atlas.page.bring_to_front()
    atlas.field.press("ArrowUp")
    expect(atlas.row(f"{word} alpha")).to_be_focused()
    atlas.page.keyboard.press("n")
    expect(atlas.row(f"{word} bravo")).to_have_count(1)
    expect(atlas.page.locator("#timeline article:focus")).to_have_count(1)


@both
def test_names_are_offered_after_the_sign_and_taken_by_key_or_pointer(client, word, pictures):
    viper, ghost = client("Viper-1", width=1280, height=800), client("Ghost-2")
    viper.page.bring_to_front()
    options = viper.page.get_by_role("listbox", name="Names").get_by_role("option")
    viper.field.press_sequentially(f"{word} @")
    expect(options).not_to_have_count(0)
    viper.picture(pictures / f"names-{client.browser}.png")
    viper.field.press_sequentially("gho")
    expect(options).to_have_count(1)
    viper.page.keyboard.press("Enter")
    expect(viper.field).to_have_value(f"{word} @Ghost-2 ")
    viper.field.press_sequentially("and @e")
    expect(options).not_to_have_count(0)
    viper.page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    viper.field.press_sequentially("v")
    expect(options).to_have_count(0)
    viper.field.press_sequentially(" @sq")
    options.first.click()
    expect(viper.field).to_have_value(f"{word} @Ghost-2 and @ev @squad ")
    expect(viper.field).to_be_focused()
    viper.page.keyboard.press("Enter")
    expect(ghost.row(word).locator(".mention.you")).to_have_text("@Ghost-2")


@both
def test_a_first_visit_writes_no_error_into_the_console(client, suite):
    heard = []
    guest = client()
    guest.page.on("console", lambda message: heard.append(f"{message.type} {message.text}"))
    guest.page.on("response", lambda answer: answer.status >= 400 and heard.append(f"{answer.status} {answer.url}"))
    guest.page.goto(guest.url)
    expect(guest.page.locator(".who").first).to_be_visible()
    assert heard == []


@both
def test_the_picker_lies_over_nothing_of_its_row(client, word):
    viper = client("Viper-1", width=1280, height=460)
    for number in range(14):
        viper.send(f"{word} {number} end")
    expect(viper.row(f"{word} 13 end")).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    apart = """async (row) => {
      await Promise.all(document.querySelector('.picker').getAnimations().map((each) => each.finished));
      const [a, b] = [row.getBoundingClientRect(), document.querySelector('.picker').getBoundingClientRect()];
      const stage = row.closest('.stage').getBoundingClientRect();
      return (b.bottom <= a.top || b.top >= a.bottom) && b.top >= stage.top && b.bottom <= stage.bottom;
    }"""
    viper.field.press("ArrowUp")
    # From the newest row up to one at the very top, where there is no room above.
    for _ in range(14):
        viper.page.keyboard.press("+")
        expect(viper.page.locator(".picker")).to_be_visible()
        assert viper.page.locator("#timeline article:focus, #timeline article[tabindex='0']").evaluate(apart)
        viper.page.keyboard.press("Escape")
        viper.page.keyboard.press("k")
