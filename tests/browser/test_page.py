"""The demo's page as a person and a thief meet it: the whole story, accessible, and attacks that pay little."""

from __future__ import annotations

import re
import ssl
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tools.support.patience import HANG, STEP

from .conftest import Site

ATTACKS = """async () => {
  const { rob } = await import("/page/attacks.js");
  return rob(document.getElementById("loot"), document.getElementById("verdict"));
}"""


def sign_in(page: Page, site: Site, name: str = "ann") -> None:
    page.goto(f"{site.url}/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(f"Signed in as {name}")).to_be_visible()


def asking(site: Site) -> httpx.Client:
    """A thief's own machine: no cookie, no browser."""
    trust = ssl.create_default_context(cafile=str(site.place.authority))
    return httpx.Client(base_url=site.url, verify=trust, trust_env=False, timeout=HANG)


def test_the_whole_story(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(f"{site.url}/")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("No account matches")
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


def test_another_device_is_signed_out_from_here(context: BrowserContext, site: Site) -> None:
    other = context.browser.new_context(ignore_https_errors=True)  # type: ignore[union-attr]  # launched, so it is there
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 380])
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


def test_the_panel_steals_nothing_that_lasts(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.get_by_role("button", name="Run the attacks").click()
    expect(page.locator("#verdict")).to_contain_text("Nothing they got outlives", timeout=STEP * 1000)
    assert page.locator("#loot tr").count() == 10
    assert page.locator("#loot .lasting").count() == 0
    assert page.locator("#loot .minutes").count() == 3
    assert page.get_by_text("Signed in as ann").is_visible(), "and the session is whole"


def test_what_each_attack_got_and_what_that_is_worth(page: Page, site: Site) -> None:
    """BA-03: a refresh token is in no body. What is exfiltrated dies in minutes, or at logout."""
    sign_in(page, site)
    results = {result["name"]: result for result in page.evaluate(ATTACKS)}
    got = {name: result["kind"] for name, result in results.items()}
    assert got == {
        "storage": "nothing",
        "cookies": "nothing",
        "reach": "nothing",
        "hooks": "nothing",
        "poison": "minutes",
        "delivery": "minutes",
        "refresh": "minutes",
        "elsewhere": "nothing",
        "markup": "nothing",
        "send": "nothing",
    }
    loot = [token for result in results.values() for token in result["tokens"]]
    assert loot
    assert all(token.startswith("eyJ") for token in loot), "access tokens, and nothing else"
    with asking(site) as thief:
        stolen = {"Authorization": f"Bearer {loot[-1]}"}
        assert thief.get("/whoami/", headers=stolen).status_code == 200, "it is a real one"
        assert thief.post("/auth/refresh/", headers=stolen, json={}).status_code in (400, 401)
        assert thief.post("/auth/refresh/", json={"refresh_token": loot[-1]}).status_code in (400, 401)
        site.server.advance(301)
        assert thief.get("/whoami/", headers=stolen).status_code == 401
    page.reload()
    expect(page.get_by_text("Signed in as ann")).to_be_visible()


def test_loot_dies_at_logout(page: Page, site: Site) -> None:
    sign_in(page, site)
    loot = [token for result in page.evaluate(ATTACKS) for token in result["tokens"]]
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    with asking(site) as thief:
        for token in loot:
            assert thief.get("/whoami/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_the_hooks_would_catch_a_client_that_looks_things_up_when_it_uses_them(page: Page, site: Site) -> None:
    """The attack is a real one: an ordinary fetch wrapper loses its token to it."""
    page.goto(f"{site.url}/")
    kind = page.evaluate(
        """async () => {
          const { rob } = await import("/page/attacks.js");
          const token = `eyJx.${btoa('{"exp": 300, "iat": 0}').replaceAll("=", "")}.x`;
          const naive = document.createElement("button");
          naive.id = "refresh";
          naive.onclick = () => fetch("/status/", { headers: { Authorization: `Bearer ${token}` } });
          document.getElementById("refresh").replaceWith(naive);
          const table = document.createElement("table");
          const results = await rob(table, document.createElement("p"));
          return results.find((result) => result.name === "hooks").kind;
        }"""
    )
    assert kind == "minutes"


def test_signing_out_offline_says_so(page: Page, site: Site, context: BrowserContext) -> None:
    sign_in(page, site)
    context.set_offline(True)
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("#trouble")).to_contain_text("cannot be reached")
    expect(page.get_by_text("Signed in as ann")).to_be_visible()
    context.set_offline(False)
