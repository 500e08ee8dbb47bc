"""Passkeys and second factors on the demo's pages, through the TypeScript client, with a virtual authenticator."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from . import authenticator
from .conftest import Site

CODE = re.compile(r"^\s*([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", re.MULTILINE)


def mailed(context: BrowserContext, site: Site, pattern: re.Pattern[str] = CODE) -> str:
    """What the newest mail says, as the demo's page shows it."""
    page = context.new_page()
    page.goto(f"{site.url}/mails/")
    found = pattern.search(page.locator("article").first.inner_text())
    page.close()
    assert found, "the newest mail has none"
    return found[1]


def sign_up(page: Page, site: Site, address: str) -> None:
    """Make an account with a passkey of this page's device."""
    page.goto(f"{site.url}/sign-up/")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Confirm your address")).to_be_visible()
    code = mailed(page.context, site)
    page.bring_to_front()
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("You are signed up")).to_be_visible()


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
