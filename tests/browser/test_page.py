"""The demo's page: its functions, its accessibility, and what its attacks get."""

from __future__ import annotations

import re
import ssl
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tools.support import chromium
from tools.support.timeouts import HANG

from . import authenticator
from .account_steps import sign_up
from .conftest import Site

ATTACKS = """async () => {
  const { runAttacks } = await import("/page/attacks.js");
  return runAttacks(document.getElementById("results"), document.getElementById("verdict"));
}"""


def sign_in(page: Page, site: Site, name: str = "ann") -> None:
    page.goto(f"{site.url}/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(site.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text(f"Signed in as {name}")).to_be_visible()


def asking(site: Site) -> httpx.Client:
    """An attacker's own machine: no cookie, no browser."""
    trust = ssl.create_default_context(cafile=str(site.place.authority))
    return httpx.Client(base_url=site.url, verify=trust, trust_env=False, timeout=HANG)


def test_sign_in_notes_refresh_tabs_and_sign_out(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("No account matches")
    sign_in(page, site)

    page.get_by_label("New note").fill("Buy milk")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#notes")).to_contain_text("Buy milk")
    assert int(page.locator("#left").inner_text()) > 250

    page.get_by_role("button", name="Refresh now").click()
    expect(page.locator("#renewals")).to_have_text("2")

    page.reload()
    expect(page.get_by_text("Signed in as ann")).to_be_visible()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Open a second tab").click()
    second = opened.value
    expect(second.get_by_text("Signed in as ann")).to_be_visible()
    expect(second.locator("#notes")).to_contain_text("Buy milk")

    second.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.hard
def test_another_device_is_signed_out_from_here(browser: Browser, context: BrowserContext, site: Site) -> None:
    other = chromium.profile(browser, ignore_https_errors=True)
    far = other.new_page()
    sign_in(far, site, "bob")
    page = context.new_page()
    sign_in(page, site, "bob")
    expect(page.locator("#devices li")).to_have_count(2)
    page.get_by_role("button", name=re.compile("^Sign out .*last used")).first.click()
    expect(page.locator("#devices li")).to_have_count(1)
    far.get_by_role("button", name="Refresh now").click()
    expect(far.get_by_role("heading", name="Sign in")).to_be_visible()
    other.close()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (380, "light"),
        (1200, "dark"),
        pytest.param(380, "dark", marks=pytest.mark.hard),
        pytest.param(1200, "light", marks=pytest.mark.hard),
    ],
)
def test_accessible(page: Page, site: Site, scheme: Any, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    for _ in range(2):
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways scrolling"
        if page.locator("#inside").is_hidden():
            sign_in(page, site)


@pytest.mark.hard
def test_the_attack_demo_gets_nothing_that_lasts(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.get_by_role("button", name="Run the attacks").click()
    expect(page.locator("#verdict")).to_contain_text("Nothing they got outlives")
    assert page.locator("#results > li").count() == 10
    assert page.locator("#results .lasting").count() == 0
    assert page.locator("#results .minutes").count() == 3
    other_site = page.locator("#results > li").filter(has_text="Call from another site")
    expect(other_site).to_contain_text("origin_refused: a navigation or a form: call it with fetch()")
    assert page.get_by_text("Signed in as ann").is_visible(), "the session has not ended"


@pytest.mark.hard
def test_what_each_attack_got_and_what_that_is_worth(page: Page, site: Site) -> None:
    """BA-03: a refresh token is in no body. What is exfiltrated ends in minutes, or at logout."""
    sign_in(page, site)
    results = {result["name"]: result for result in page.evaluate(ATTACKS)}
    got = {name: result["kind"] for name, result in results.items()}
    assert got == {
        "storage": "nothing",
        "cookies": "nothing",
        "reach": "nothing",
        "hooks": "nothing",
        "poison": "minutes",
        "channel": "minutes",
        "refresh": "minutes",
        "elsewhere": "nothing",
        "markup": "nothing",
        "send": "nothing",
    }
    exfiltrated = [token for result in results.values() for token in result["tokens"]]
    assert exfiltrated
    assert all(token.startswith("eyJ") for token in exfiltrated), "access tokens, and nothing else"
    with asking(site) as attacker:
        stolen = {"Authorization": f"Bearer {exfiltrated[-1]}"}
        assert attacker.get("/whoami/", headers=stolen).status_code == 200, "the token is valid"
        assert attacker.post("/auth/refresh/", headers=stolen, json={}).status_code in (400, 401)
        assert attacker.post("/auth/refresh/", json={"refresh_token": exfiltrated[-1]}).status_code in (400, 401)
        site.server.advance(301)
        assert attacker.get("/whoami/", headers=stolen).status_code == 401
    page.reload()
    expect(page.get_by_text("Signed in as ann")).to_be_visible()


@pytest.mark.hard
def test_exfiltrated_tokens_end_at_logout(page: Page, site: Site) -> None:
    sign_in(page, site)
    exfiltrated = [token for result in page.evaluate(ATTACKS) for token in result["tokens"]]
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    with asking(site) as attacker:
        for token in exfiltrated:
            assert attacker.get("/whoami/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.hard
def test_the_hooks_catch_a_client_that_looks_up_functions_when_it_calls_them(page: Page, site: Site) -> None:
    """An ordinary fetch wrapper loses its token to this attack."""
    page.goto(f"{site.url}/")
    kind = page.evaluate(
        """async () => {
          const { runAttacks } = await import("/page/attacks.js");
          const token = `eyJx.${btoa('{"exp": 300, "iat": 0}').replaceAll("=", "")}.x`;
          const naive = document.createElement("button");
          naive.id = "refresh";
          naive.onclick = () => fetch("/status/", { headers: { Authorization: `Bearer ${token}` } });
          document.getElementById("refresh").replaceWith(naive);
          const cards = document.createElement("ol");
          const results = await runAttacks(cards, document.createElement("p"));
          return results.find((result) => result.name === "hooks").kind;
        }"""
    )
    assert kind == "minutes"


@pytest.mark.hard
def test_signing_out_offline_says_so(page: Page, site: Site, context: BrowserContext) -> None:
    sign_in(page, site)
    context.set_offline(True)
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("#trouble")).to_contain_text("cannot be reached")
    expect(page.get_by_text("Signed in as ann")).to_be_visible()
    context.set_offline(False)


def test_a_client_that_is_not_built_is_said_to_be_missing(page: Page, site: Site) -> None:
    for name in ("index", "allauth"):
        page.route(f"{site.url}/page/{name}.js", answer_that_it_is_missing)
    page.goto(f"{site.url}/")
    expect(page.get_by_text("The browser client is not built")).to_be_visible()


def answer_that_it_is_missing(route: Route) -> None:
    from demo.front.not_built import SCRIPT

    route.fulfill(body=SCRIPT, content_type="text/javascript")


def test_the_page_by_the_address_leads_to_the_page_by_the_name(page: Page, site: Site) -> None:
    """Browsers make no passkeys for addresses, and the cookies of the one are not the other's."""
    page.goto(site.url.replace("localhost", "127.0.0.1") + "/account/")
    assert page.url == f"{site.url}/account/"


def test_sign_up_and_sign_in_with_a_passkey(page: Page, site: Site) -> None:
    """WebAuthn: the key is made for localhost, and signs in without a name or a password."""
    authenticator.attach(page)
    sign_up(page, site, "zoe@example.com")
    expect(page.get_by_text("Signed in as zoe")).to_be_visible()
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Signed in as zoe")).to_be_visible()
    expect(page.locator("#log")).to_contain_text("Signed in: a session begins")
    names = {cookie["name"].rpartition("-")[0] for cookie in page.context.cookies()}
    assert not any("session" in name.lower() for name in names), "no session of Django beside ours"


def test_the_language_is_switched_and_kept(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"
    page.get_by_label("Passwort", exact=True).fill("falsch")
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.locator("#login-error")).to_have_text("Zu diesem Namen und Passwort gibt es kein Konto.")
    page.goto(f"{site.url}/recover/")
    expect(page.get_by_role("heading", name="Passwort vergessen?")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Forgotten the password?")).to_be_visible()


def test_the_browser_says_which_language_comes_first(browser: Browser, site: Site) -> None:
    german = chromium.profile(browser, ignore_https_errors=True, locale="de-DE")
    page = german.new_page()
    page.goto(f"{site.url}/attacks/")
    expect(page.get_by_role("heading", name="Angriffe auf den Server")).to_be_visible()
    expect(page.get_by_role("heading", name="Gefälschte Tokens")).to_be_visible()
    german.close()


def test_a_sign_in_by_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_focused()
    page.get_by_role("button", name="Fill in ann’s").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Signed in as ann")).to_be_visible()
