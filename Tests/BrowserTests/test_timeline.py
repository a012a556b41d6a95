"""The timeline of a room that talks a lot, and odd addresses."""

import re

from playwright.sync_api import expect

# Many messages over a socket of their own, as fast as the server answers.
TALK = """
([prefix, count]) => new Promise((done, failed) => {
  const socket = new WebSocket(new URL('ws', location.href.replace(/^http/, 'ws').split('#')[0]));
  let sent = 0;
  let answered = 0;
  const next = () => {
    if (sent === count) return;
    sent += 1;
    const data = { room_id: 'squad_alpha', content: `${prefix} ${sent}`, type: 'text' };
    socket.send(JSON.stringify({ id: sent, event: 'send_message', data }));
  };
  const join = { id: 'join', event: 'join_squad_room', data: { squad_id: 'alpha' } };
  socket.onopen = () => socket.send(JSON.stringify(join));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.error) failed(new Error(data));
    if (frame.id === 'join') for (let n = 0; n < 8; n += 1) next();
    if (typeof frame.id !== 'number') return;
    answered += 1;
    if (answered < count) return next();
    socket.close();
    done();
  };
})
"""


def test_a_room_that_talks_all_night_stays_small_and_scrolling_up_brings_back_what_went(client, word):
    viper, ghost = client("Viper-1"), client("Ghost-2")
    viper.send(f"{word} first of all")
    expect(viper.row(f"{word} first of all")).to_have_count(1)
    ghost.page.evaluate(TALK, [word, 1_300])
    expect(viper.row(re.compile(rf"{word} 1300\b"))).to_be_in_viewport(timeout=30_000)
    found = viper.page.evaluate(
        """async (text) => {
          const list = document.querySelector('#timeline');
          const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const has = () => [...list.querySelectorAll('article')].some((row) => row.textContent.includes(text));
          const end = performance.now() + 30_000;
          while (!has() && performance.now() < end) {
            list.scrollTop = 0;
            await frame();
          }
          return has();
        }""", f"{word} first of all")
    assert found
    # Every message in its place: nothing is missing where the page let go and fetched again.
    numbers = [int(text.split()[-1]) for text in viper.texts(word) if text.split()[-1].isdigit()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    viper.page.locator(".jump").click()
    expect(viper.row(re.compile(rf"{word} 1300\b"))).to_be_in_viewport()


def test_an_alert_leads_to_its_message_also_when_that_is_not_loaded_any_more(client, word):
    ghost = client("Ghost-2")
    ghost.send(f"{word} @Viper-1 look")
    ghost.page.evaluate(TALK, [word, 130])
    expect(ghost.row(re.compile(rf"{word} 130\b"))).to_have_count(1)
    # Whoever comes now is told of the mention, and gets the newest fifty.
    viper = client("Viper-1")
    expect(viper.row(re.compile(rf"{word} 130\b"))).to_be_in_viewport()
    expect(viper.row("@Viper-1 look").filter(has_text=word)).to_have_count(0)
    viper.page.get_by_role("tab", name="Alerts").click()
    viper.page.locator("#alerts a").filter(has_text=word).click()
    row = viper.row("@Viper-1 look").filter(has_text=word)
    expect(row).to_be_in_viewport()
    expect(row).to_be_focused()
    numbers = [int(text.split()[-1]) for text in viper.texts(word) if text.split()[-1].isdigit()]
    assert numbers == list(range(1, len(numbers) + 1)), "no hole between the message and what follows"


def test_an_address_that_names_no_room_leads_to_one_and_breaks_nothing(client, word):
    viper = client("Viper-1")
    viper.page.goto(f"{viper.url}#/constructor")
    viper.page.reload()
    viper.in_room()
    expect(viper.page).to_have_url(re.compile("#/squad_alpha$"))
    viper.send(word)
    expect(viper.row(word)).to_have_count(1)


def test_what_arrives_under_the_eyes_of_a_reader_who_changed_the_room_is_not_new(client, word):
    atlas, saber = client("Atlas-6"), client("Saber-1")
    atlas.page.locator("#rail .squad", has_text="BR").click()
    expect(atlas.page.locator("#header h1")).to_have_text(re.compile("bravo", re.I))
    saber.send(word)
    expect(atlas.row(word)).to_be_in_viewport()
    expect(atlas.page.locator(".news-line")).to_have_count(0)
