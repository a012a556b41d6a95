"""Two people talk."""

import re

from playwright.sync_api import expect


def test_two_pages_talk_both_ways_each_message_once_and_a_reload_shows_the_same(client, word):
    viper, ghost = client("Viper-1"), client("Ghost-2")
    for turn in range(3):
        viper.send(f"{word} from viper {turn}")
        expect(ghost.row(f"{word} from viper {turn}")).to_have_count(1)
        ghost.send(f"{word} from ghost {turn}")
        expect(viper.row(f"{word} from ghost {turn}")).to_have_count(1)
    expected = [f"{word} from {name} {turn}" for turn in range(3) for name in ("viper", "ghost")]
    assert viper.texts(word) == expected
    assert ghost.texts(word) == expected
    viper.page.reload()
    viper.in_room()
    expect(viper.row(expected[-1])).to_have_count(1)
    assert viper.texts(word) == expected


def test_two_tabs_of_one_user_show_the_same(client, word):
    first = client("Viper-1")
    second = first.context.new_page()
    second.goto(first.url)
    first.send(f"{word} once")
    expect(second.locator("#timeline article").filter(has_text=word)).to_have_count(1)
    expect(first.row(word)).to_have_count(1)
    expect(first.page.locator(".message.outgoing")).to_have_count(0)


def test_typing_appears_and_clears_on_silence_and_on_sending(client, word):
    viper, ghost = client("Viper-1"), client("Ghost-2")
    line = viper.page.locator("#typing")
    height = line.bounding_box()["height"]
    ghost.field.press_sequentially("mov", delay=20)
    expect(line).to_have_text("Ghost-2 is typing")
    assert line.bounding_box()["height"] == height
    expect(line).to_have_text("", timeout=10_000)
    ghost.field.press_sequentially("ing", delay=20)
    expect(line).to_have_text("Ghost-2 is typing")
    ghost.send(word)
    expect(viper.row(word)).to_have_count(1)
    expect(line).to_have_text("")
    expect(ghost.page.locator("#typing")).to_have_text("")


def test_a_reaction_is_seen_by_both_names_its_authors_and_is_taken_back(client, word):
    viper, ghost = client("Viper-1"), client("Ghost-2")
    viper.send(word)
    ghost.row(word).hover()
    ghost.row(word).get_by_role("button", name="React with target").click()
    chip = viper.row(word).locator(".reactions button")
    expect(chip).to_have_attribute("aria-label", "target, 1: Ghost-2")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(chip).to_have_attribute("aria-label", re.compile("target, 2, yours included: .*you"))
    expect(ghost.row(word).locator(".reactions button")).to_contain_text("2")
    viper.page.reload()
    viper.in_room()
    chip.click()
    left = ghost.row(word).locator(".reactions button")
    expect(left).to_have_attribute("aria-label", "target, 1, yours included: you")
    left.click()
    expect(viper.row(word).locator(".reactions")).to_have_count(0)


def test_a_mention_tints_the_row_counts_and_rings(client, word):
    viper, ghost = client("Viper-1", width=390, height=844, phone=True), client("Ghost-2")
    viper.page.get_by_role("link", name=re.compile("Back to rooms")).tap()
    expect(viper.page.locator("#rooms")).to_be_visible()
    ghost.send(f"{word} @Viper-1 look")
    room = viper.page.locator("#rooms .room-link").first
    expect(room.locator(".badge")).to_have_text("1")
    expect(viper.page).to_have_title(re.compile(r"^\(1\) "))
    toast = viper.page.locator("#toast")
    expect(toast).to_contain_text(word)
    expect(viper.page.locator("#tabbar a", has_text="ALERTS").locator(".badge")).to_have_text("1")
    toast.get_by_role("link").tap()
    expect(viper.row(word)).to_have_class(re.compile("mentions-reader"))
    expect(viper.page.locator(".news-line")).to_have_text(re.compile("1 new since", re.I))
    expect(viper.page).not_to_have_title(re.compile(r"^\("))


def test_another_room_counts_what_is_unread_until_it_is_opened(client, word):
    atlas, saber = client("Atlas-6"), client("Saber-1")
    shield = atlas.page.locator("#rail .squad", has_text="BR")
    saber.send(f"{word} one")
    saber.send(f"{word} two")
    expect(shield).to_have_attribute("aria-label", re.compile("2 unread"))
    shield.click()
    expect(atlas.row(word)).to_have_count(2)
    expect(shield).not_to_have_attribute("aria-label", re.compile("unread"))
    atlas.page.go_back()
    expect(atlas.page.locator("#rail .squad", has_text="AL")).to_have_attribute("aria-current", "true")


def test_an_observer_reads_but_is_not_offered_to_write_or_react(client, word):
    owl, viper = client("Owl-3"), client("Viper-1")
    viper.send(word)
    expect(owl.row(word)).to_have_count(1)
    expect(owl.field).to_be_hidden()
    expect(owl.page.locator(".cannot")).to_contain_text("Observers read along")
    owl.row(word).hover()
    expect(owl.page.locator(".tools")).to_have_count(0)


def test_a_draft_survives_a_reload_and_long_text_is_counted_and_not_sent(client, word):
    viper = client("Viper-1")
    viper.field.fill(f"{word} half a thought")
    viper.page.reload()
    viper.in_room()
    expect(viper.field).to_have_value(f"{word} half a thought")
    viper.field.fill(word + "x" * 1_990)
    expect(viper.page.locator("#count")).to_have_text(f"{1_990 + len(word)} / 2000")
    viper.field.press("Enter")
    expect(viper.field).not_to_have_value("")
    viper.field.fill("")


def test_signing_out_leads_back_and_the_session_is_over(client):
    viper = client("Viper-1")
    viper.page.get_by_role("button", name="Sign out").click()
    expect(viper.page.get_by_role("heading", name="Squad Chat")).to_be_visible()
    expect(viper.page.locator(".loud")).to_contain_text("DEMO")
    viper.page.reload()
    expect(viper.page.get_by_role("button", name=re.compile("^Viper-1"))).to_be_visible()


def test_a_reader_who_scrolled_up_a_little_stays_there_while_nothing_is_written(client, word):
    viper = client("Viper-1")
    for number in range(50):
        viper.send(f"{word} line {number}")
    expect(viper.row(f"{word} line 49")).to_have_count(1)
    expect(viper.page.locator(".message.outgoing")).to_have_count(0)
    viper.page.evaluate("document.querySelector('#timeline').scrollTop -= 60")
    top = viper.page.evaluate("document.querySelector('#timeline').scrollTop")
    # Figures of the link change the state of the page, but nothing in the timeline.
    before = viper.page.locator("#bar .sparkline path").get_attribute("d")
    expect(viper.page.locator("#bar .sparkline path")).not_to_have_attribute("d", before)
    assert viper.page.evaluate("document.querySelector('#timeline').scrollTop") == top


def test_older_messages_come_when_scrolling_up_and_nothing_jumps(client, word):
    viper = client("Viper-1")
    for number in range(130):
        viper.send(f"{word} line {number}")
    expect(viper.page.locator("#bar [data-figure=outbox]")).to_have_text("0", timeout=60_000)
    viper.page.reload()
    viper.in_room()
    expect(viper.row(f"{word} line 129")).to_be_in_viewport()
    jumps = viper.page.evaluate(
        """async () => {
          // Another face has other heights: measured are rows in the final one.
          await document.fonts.ready;
          const list = document.querySelector('#timeline');
          const edge = list.getBoundingClientRect().top;
          const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          // Within 100 px of the end the list follows the end, as it should.
          list.scrollTop -= 200;
          await frame();
          let jumps = 0;
          for (let step = 0; step < 120; step += 1) {
            const rows = [...list.querySelectorAll('article')];
            const row = rows.find((each) => each.getBoundingClientRect().top > edge + 80);
            const top = row.getBoundingClientRect().top;
            const moved = Math.min(40, list.scrollTop);
            list.scrollTop -= moved;
            await frame();
            if (row.isConnected && Math.abs(row.getBoundingClientRect().top - top - moved) > 1) jumps += 1;
          }
          return jumps;
        }"""
    )
    assert jumps == 0
    assert viper.page.locator("#timeline .rows > *").count() <= 300
    expect(viper.row(f"{word} line 30").first).to_be_attached()
    viper.page.locator(".jump").click()
    expect(viper.row(f"{word} line 129")).to_be_in_viewport()
    expect(viper.field).to_be_focused()
