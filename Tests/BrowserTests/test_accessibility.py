"""axe finds nothing, at four sizes, by night and by day; each view is kept as a picture."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

SIZES = {"desktop": (1536, 960), "laptop": (1024, 768), "phone": (390, 844), "small": (320, 640)}


def violations(client) -> list[str]:
    found = Axe().run(client.page).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES)
def test_no_view_has_a_violation_or_scrolls_sideways(client, suite, pictures, word, size, scheme):
    width, height = SIZES[size]
    small = width < 760
    viper = client(width=width, height=height, phone=small, scheme=scheme)
    viper.page.goto(viper.url)
    expect(viper.page.locator(".who").first).to_be_visible()
    views = {}

    def look(name: str) -> None:
        viper.page.screenshot(path=pictures / f"{size}-{scheme}-{name}.png")
        views[name] = violations(viper)
        if viper.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            views[name].append("scrolls sideways")

    look("sign-in")
    viper.sign_in("Viper-1")
    suite.publish_signal(f"SIG_{word}")
    viper.send(f"{word} EUR bid into the fix, watching `1.0840`. **No adds** before the print.")
    expect(viper.row(word)).to_have_count(1)
    expect(viper.page.locator(".signal-card").last).to_be_visible()
    look("room")
    for panel in ("signals", "members", "alerts"):
        viper.page.goto(f"{viper.url}#/squad_alpha/{panel}")
        expect(viper.page.locator(f"#{panel}")).to_be_visible()
        look(panel)
    if small:
        viper.page.goto(f"{viper.url}#/rooms")
        expect(viper.page.locator("#rooms")).to_be_visible()
        look("rooms")
    viper.page.goto(f"{viper.url}#/squad_alpha")
    if not small:
        viper.page.get_by_role("button", name="All keys").click()
        look("keys")
        viper.page.keyboard.press("Escape")
        viper.row(word).focus()
        viper.page.keyboard.press("+")
        look("picker")
        viper.page.keyboard.press("Escape")
    assert {name: found for name, found in views.items() if found} == {}


def test_the_first_view_keeps_its_weight(suite):
    """Budgets of the design: 70 kB of script, 14 kB of style, 4 kB of page, compressed; what comes later 25 kB."""
    import gzip
    import re
    from places import ROOT

    web = ROOT / "Services/gateway/Web"
    weigh = lambda pattern: sum(len(gzip.compress(path.read_bytes())) for path in web.glob(pattern))
    # Tests/WebTests holds that these are what the first view is made of.
    first = {"main.js", *re.findall('rel="modulepreload" href="([^"]+)"', (web / "index.html").read_text())}
    scripts = {path.relative_to(web).as_posix(): len(gzip.compress(path.read_bytes())) for path in web.glob("**/*.js")}
    assert sum(size for name, size in scripts.items() if name in first) < 70_000
    assert sum(size for name, size in scripts.items() if name not in first) < 25_000
    assert weigh("**/*.css") < 14_000
    assert weigh("index.html") < 4_096
    assert weigh("**/*.woff2") < 41_000
