"""The demo's pages: languages, accessibility, no request to anywhere else, the timeline, and the attacks as cards."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tools.support.timeouts import HANG

from .conftest import Site
from .test_page import sign_in

PAGES = ("", "sign-up/", "back/", "account/", "go-on/", "recover/", "undo/", "mails/", "attacks/")


def check(page: Page, where: str) -> None:
    """No violation that axe finds, and nothing wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{where}: no sideways scrolling"


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [
        pytest.param(390, "light", "Deutsch", marks=pytest.mark.hard),
        pytest.param(768, "dark", "English", marks=pytest.mark.hard),
        pytest.param(1440, "light", "English", marks=pytest.mark.hard),
    ],
)
def test_every_page_is_accessible_and_asks_nobody_else(
    page: Page, site: Site, width: int, scheme: Any, language: str
) -> None:
    foreign: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if not own(request.url, site) else None)
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site.url}/")
    page.get_by_role("button", name=language).click()
    for path in (*PAGES, "recover/#x"):
        page.goto(f"{site.url}/{path}")
        page.wait_for_load_state("networkidle")
        check(page, path)
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="English").click()
    sign_in(page, site, "eve")
    for path in PAGES:
        page.goto(f"{site.url}/{path}")
        expect(page.locator("#who")).to_contain_text("eve")
        page.wait_for_load_state("networkidle")
        check(page, f"{path}, signed in")
    page.goto(f"{site.url}/account/")
    page.get_by_role("button", name="Add an app for codes").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check(page, "the step-up dialog")
    page.get_by_role("dialog").get_by_label("Your password").fill(site.password)
    page.get_by_role("dialog").get_by_role("button", name="Confirm", exact=True).click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    check(page, "the QR code")
    assert foreign == []
    assert refused == []


def own(url: str, site: Site) -> bool:
    return url.startswith((f"{site.url}/", "data:"))


@pytest.mark.hard
def test_the_timeline_shows_a_theft_from_the_login_to_the_end(page: Page, site: Site) -> None:
    sign_in(page, site, "bob")
    log = page.locator("#log")
    expect(log).to_contain_text("Signed in: a session begins")
    expect(log).to_contain_text("Access token used GET /notes/: 200")
    page.get_by_role("button", name="Refresh now").click()
    expect(log).to_contain_text("Refreshed: the refresh token was rotated")
    page.get_by_role("button", name="Show a theft").click()
    expect(log).to_contain_text("Reuse found: somebody sent an old refresh token")
    expect(log).to_contain_text("Session ended")
    expect(page.get_by_text("Signed in as bob")).to_be_visible()


@pytest.mark.hard
def test_the_attack_demo_runs_on_its_page(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/attacks/")
    expect(page.get_by_role("link", name="Sign in to run them")).to_be_visible()
    sign_in(page, site, "ann")
    page.goto(f"{site.url}/attacks/")
    page.get_by_role("button", name="Run all attacks").click()
    expect(page.locator("#verdict")).to_contain_text("each answered as it should be", timeout=HANG * 1000)
    cards = page.locator("li[id^=step-]")
    assert page.get_by_text("As expected").count() == cards.count() > 50
    expired = cards.filter(has=page.get_by_role("heading", name="Expired"))
    expect(expired).to_contain_text("invalid_token: expired")
