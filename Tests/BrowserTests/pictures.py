"""Draws the pictures of the README from the running suite:
`PYTHONPATH=Tests/Suite .venv/bin/python Tests/BrowserTests/pictures.py docs/images`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from client import Client
from conftest import CHROMIUM
from suite import Suite

SIGNALS = [
    ("A", "GBPUSD", "SELL", 78.0, (1.2641, 1.2659, 1.2605), ("WIN", 36.0, 1.2605)),
    ("B", "USDJPY", "BUY", 71.5, (151.24, 150.94, 151.84), ("LOSS", -30.0, 150.94)),
    ("C", "XAUUSD", "BUY", 91.2, (2648.2, 2641.2, 2662.2), ("WIN", 140.0, 2662.2)),
    ("D", "EURUSD", "BUY", 87.4, (1.0842, 1.08215, 1.0883), None),
]


def publish(suite: Suite, name, pair, direction, tcs, prices) -> None:
    entry, stop, target = prices
    pips = {"stop_pips": 20.5, "target_pips": 41.0}
    suite.publish_signal(f"PICTURE_{name}", symbol=pair, pair=pair, direction=direction, confidence=tcs,
                         entry_price=entry, stop_loss=stop, take_profit=target, **pips)


def play(suite: Suite, people: dict[str, Client]) -> None:
    viper, ghost, atlas, nomad = (people[name] for name in ("Viper-1", "Ghost-2", "Atlas-6", "Nomad-7"))
    for name, pair, direction, tcs, prices, outcome in SIGNALS[:3]:
        publish(suite, name, pair, direction, tcs, prices)
        expect(viper.page.locator(".signal-card").filter(has_text=pair)).to_have_count(1)
        word, pips, price = outcome
        suite.publish_outcome(f"PICTURE_{name}", outcome=word, pips_result=pips, exit_price=price)
        expect(viper.page.locator(".signal-card").filter(has_text=pair).locator(".live")).to_contain_text(word)

    def say(who: Client, text: str) -> None:
        who.send(text)
        expect(who.page.locator(".message.outgoing")).to_have_count(0)
        for other in people.values():
            expect(other.page.locator("#timeline .message-text").last).to_have_text(text.replace("`", ""))

    say(ghost, "DXY rolling over under 106.20, EUR bid into the fix. Watching `1.0840` for the retest.")
    publish(suite, *SIGNALS[3][:5])
    for one in people.values():
        card = one.page.locator(".message").filter(has=one.page.locator(".signal-card").filter(has_text="EURUSD"))
        expect(card).to_have_count(1)
    for one, emoji in ((ghost, "target"), (atlas, "target"), (viper, "target"), (nomad, "thumbs up")):
        row = one.page.locator(".message").filter(has=one.page.locator(".signal-card").filter(has_text="EURUSD"))
        row.hover()
        row.get_by_role("button", name=f"React with {emoji}").click()
    say(atlas, "Filled at 1.08424. Half off at 1R, stop to breakeven after the print.")
    say(atlas, "No adds into NFP.")
    say(ghost, "@Viper-1 copy the BE move on yours? @squad gold desk wants cover at 2648.")
    say(viper, "Copy. BE set, runner on to 1.0883.")


def both_type(people: dict[str, Client], reader: Client) -> None:
    """Two keep writing until the reader sees both: a start soon after a sent message is not passed on."""
    line = reader.page.locator("#typing")
    for _ in range(60):
        for name in ("Ghost-2", "Nomad-7"):
            people[name].field.press_sequentially("x")
        reader.page.wait_for_timeout(150)
        if "are typing" in line.inner_text():
            return
    raise RuntimeError("nobody is seen typing")


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with (tempfile.TemporaryDirectory() as data, Suite(Path(data), RATE_LIMIT_MESSAGES_PER_MINUTE="0") as suite,
          sync_playwright() as playwright):
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:

            def open_client(callsign: str, width=1536, height=960, **context) -> Client:
                size = {"width": width, "height": height}
                return Client(chromium, suite.url, viewport=size, color_scheme="dark", **context).sign_in(callsign)

            people = {name: open_client(name) for name in ("Atlas-6", "Viper-1", "Ghost-2", "Nomad-7")}
            phone = {"is_mobile": True, "has_touch": True, "device_scale_factor": 2}
            small = open_client("Viper-1", 390, 844, **phone)
            play(suite, people)
            for one, name in ((people["Viper-1"], "desktop"), (small, "phone")):
                one.page.wait_for_function("document.querySelector('#bar [data-figure=p95]').textContent !== '–'")
                one.page.mouse.move(5, 5)
                both_type(people, one)
                one.page.screenshot(path=directory / f"{name}.png")
        finally:
            chromium.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images"))
