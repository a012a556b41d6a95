"""Everything without a mouse."""

import re

from playwright.sync_api import expect


def focused(client) -> str:
    return client.page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.id")


def test_sign_in_write_react_and_leave_by_keyboard_alone(client, word):
    viper = client()
    viper.page.goto(viper.url)
    expect(viper.page.get_by_role("button", name=re.compile("^Viper-1"))).to_be_visible()
    keys = viper.page.keyboard
    for _ in range(20):
        keys.press("Tab")
        if viper.page.evaluate("document.activeElement.textContent").startswith("VIViper-1"):
            break
    keys.press("Enter")
    viper.in_room()
    expect(viper.field).to_be_focused()
    keys.type(f"{word} by hand")
    keys.press("Enter")
    expect(viper.row(word)).to_have_count(1)
    expect(viper.field).to_be_focused()

    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    keys.press("ArrowUp")
    expect(viper.row(word)).to_be_focused()
    keys.press("+")
    assert focused(viper) == "target"
    keys.press("ArrowRight")
    keys.press("Enter")
    chip = viper.row(word).locator(".reactions button")
    expect(chip).to_have_attribute("aria-label", re.compile("thumbs up, 1, yours included"))
    expect(viper.row(word)).to_be_focused()
    keys.press("Enter")
    keys.press("Escape")
    expect(viper.row(word)).to_be_focused()
    keys.press("Escape")
    expect(viper.field).to_be_focused()


def test_a_row_that_changes_under_the_focus_keeps_it_on_the_same_tool(client, word):
    viper, ghost = client("Viper-1"), client("Ghost-2")
    viper.send(word)
    expect(ghost.row(word)).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    # The pointer rests on the timeline, and a row will move under it.
    viper.page.locator("#timeline .rows > *").nth(-2).hover()
    viper.field.press("ArrowUp")
    expect(viper.row(word)).to_be_focused()
    viper.page.keyboard.press("Enter")
    tool = viper.row(word).get_by_role("button", name="React with target")
    expect(tool).to_be_focused()
    ghost.row(word).hover()
    ghost.row(word).get_by_role("button", name="React with thumbs up").click()
    expect(viper.row(word).locator(".reactions button")).to_contain_text("1")
    expect(tool).to_be_focused()


def test_the_timeline_is_one_tab_stop_with_arrows_and_letters(client, word):
    viper = client("Viper-1")
    for number in range(3):
        viper.send(f"{word} {number}")
    expect(viper.row(f"{word} 2")).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    assert viper.page.locator("#timeline article[tabindex='0']").count() == 1
    viper.field.press("ArrowUp")
    keys = viper.page.keyboard
    keys.press("k")
    expect(viper.row(f"{word} 1")).to_be_focused()
    keys.press("ArrowUp")
    expect(viper.row(f"{word} 0")).to_be_focused()
    keys.press("j")
    expect(viper.row(f"{word} 1")).to_be_focused()
    keys.press("End")
    expect(viper.row(f"{word} 2")).to_be_focused()
    assert viper.page.locator("#timeline article[tabindex='0']").count() == 1


def test_the_sheet_of_keys_opens_and_gives_the_focus_back(client):
    viper = client("Viper-1")
    keys = viper.page.keyboard
    viper.page.get_by_role("button", name="All keys").focus()
    keys.press("?")
    expect(viper.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(viper.page.get_by_role("dialog")).to_be_hidden()
    expect(viper.page.get_by_role("button", name="All keys")).to_be_focused()


def test_f6_goes_round_the_regions_and_alt_arrows_change_the_room(client):
    atlas = client("Atlas-6")
    atlas.field.focus()
    seen = []
    for _ in range(4):
        atlas.page.keyboard.press("F6")
        seen.append(
            atlas.page.evaluate("document.activeElement.closest('#rooms, #timeline, #composer, #intel')?.id ?? 'none'")
        )
    assert sorted(seen) == ["composer", "intel", "rooms", "timeline"]
    atlas.field.focus()
    heading = atlas.page.get_by_role("heading", level=1)
    atlas.page.keyboard.press("Alt+ArrowDown")
    expect(heading).to_have_text("Squad Bravo Command")
    atlas.page.keyboard.press("Alt+ArrowUp")
    expect(heading).to_have_text("Squad Alpha Command")
    expect(atlas.page).to_have_url(re.compile("#/squad_alpha$"))


def test_f6_enters_the_timeline_where_its_reader_looks(client, word):
    viper = client("Viper-1", height=600)
    for number in range(30):
        viper.send(f"{word} {number} end")
    expect(viper.row(f"{word} 29 end")).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    place = "document.querySelector('#timeline').scrollTop"

    def entered() -> None:
        viper.field.focus()
        before = viper.page.evaluate(place)
        viper.page.keyboard.press("Shift+F6")
        assert viper.page.evaluate(place) == before

    entered()
    expect(viper.row(f"{word} 29 end")).to_be_focused()
    # Whoever reads what was before stays there.
    viper.page.locator("#timeline").evaluate("(node) => node.scrollTo(0, node.scrollHeight - 2 * node.clientHeight)")
    expect(viper.page.locator(".jump")).to_be_visible()
    entered()
    row = viper.page.locator("#timeline article:focus")
    expect(row).to_be_in_viewport()
    assert "29 end" not in row.inner_text()


def test_keys_that_follow_each_other_at_once_each_count_from_the_room_before(client):
    atlas = client("Atlas-6")
    heading = atlas.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Squad Alpha Command")
    # Two rooms: twice down leads back. Both keys within one task, before any event of the address.
    press = """(times) => {
      const down = { key: 'ArrowDown', altKey: true, bubbles: true };
      for (let time = 0; time < times; time += 1) document.dispatchEvent(new KeyboardEvent('keydown', down));
    }"""
    atlas.page.evaluate(press, 3)
    expect(heading).to_have_text("Squad Bravo Command")
    expect(atlas.page).to_have_url(re.compile("#/squad_bravo$"))
    atlas.page.evaluate(press, 2)
    atlas.page.keyboard.press("Alt+ArrowUp")
    expect(heading).to_have_text("Squad Alpha Command")


def test_writing_a_question_mark_opens_nothing(client):
    viper = client("Viper-1")
    viper.field.press_sequentially("n?j+")
    expect(viper.field).to_have_value("n?j+")
    expect(viper.page.get_by_role("dialog")).to_be_hidden()
    viper.field.fill("")
