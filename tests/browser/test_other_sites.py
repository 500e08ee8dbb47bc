"""Sign-in at another site, on the demo's pages, through the TypeScript client; the demo runs that site itself."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from . import authenticator
from .account_steps import answer, confirm, enrol, shown, sign_in, sign_up
from .conftest import Site


def at_company(page: Page, name: str) -> None:
    """What somebody does at the other site: they are asked who they are, and come back."""
    expect(page.get_by_role("heading", name="Sign in at Company")).to_be_visible()
    page.get_by_role("link", name=name).click()


def sign_in_there(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="Sign in at Company").click()
    at_company(page, name)


@pytest.mark.hard
def test_somebody_signs_in_at_another_site_and_comes_back_as_the_same(page: Page, site: Site) -> None:
    """OpenID Connect: PKCE, nonce and state are checked by the server; the page hands over what the site has said."""
    for _ in range(2):
        sign_in_there(page, site, "Go on as Kai")
        expect(page.get_by_text("You are signed in.")).to_be_visible()
        assert page.url == f"{site.url}/back/", "the code is not in the address any more"
        assert Axe().run(page).violations_count == 0
        expect(page.locator("#who")).to_contain_text("kai")
        kai = page.locator("#who").inner_text()
        page.get_by_role("link", name="To the notes").click()
        expect(page.locator("#who")).to_have_text(kai)
        page.get_by_role("button", name="Sign out", exact=True).click()
        expect(page.locator("#signin")).to_be_visible()


@pytest.mark.hard
def test_whoever_gives_up_there_or_comes_from_nowhere_is_not_signed_in(page: Page, site: Site) -> None:
    sign_in_there(page, site, "Cancel")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("The server refuses this sign-in")
    page.goto(f"{site.url}/back/?code=x&state=y&iss=z")  # the answer of a sign-in that another browser began
    expect(page.get_by_role("alert").filter(visible=True)).to_be_visible()
    expect(page.locator("#who")).to_have_text("Signed out")


@pytest.mark.hard
def test_a_connected_account_does_not_pass_by_the_second_factor(page: Page, site: Site) -> None:
    secret, codes = enrol(page, site, "eve")
    page.goto(f"{site.url}/")
    sign_in(page, "eve", site.password)
    answer(page, shown(secret, 1))
    expect(page.get_by_text("Signed in as eve")).to_be_visible()
    page.goto(f"{site.url}/account/")
    page.get_by_role("button", name="Connect the one at Company").click()
    confirm(page, site.password, codes[0])
    at_company(page, "Go on as Lea")
    expect(page.get_by_text("The account is connected")).to_be_visible()

    sign_in_there(page, site, "Go on as Lea")
    answer(page, "000000")
    expect(page.locator("#ask-error")).to_contain_text("The code is wrong")
    answer(page, codes[1])
    expect(page.get_by_text("You are signed in.")).to_be_visible()
    expect(page.locator("#who")).to_contain_text("eve")


@pytest.mark.hard
def test_a_passkey_is_the_second_factor_after_another_site(page: Page, site: Site) -> None:
    """Used at once where the user has one; whoever gives that up is asked for a code."""
    device = authenticator.attach(page)
    sign_up(page, site, "gil@example.com")
    page.goto(f"{site.url}/account/")
    page.get_by_role("button", name="Connect the one at Company").click()
    page.get_by_role("button", name="Use a passkey").click()
    at_company(page, "Go on as Max")
    expect(page.get_by_text("The account is connected")).to_be_visible()

    sign_in_there(page, site, "Go on as Max")
    expect(page.get_by_text("You are signed in.")).to_be_visible()
    expect(page.locator("#who")).to_contain_text("gil")
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("#signin")).to_be_visible()

    device.remove()
    sign_in_there(page, site, "Go on as Max")
    expect(page.locator("#ask-error")).to_contain_text("No passkey was used")
    answer(page, "AAAAAAAA")
    expect(page.locator("#ask-error")).to_contain_text("The code is wrong")
