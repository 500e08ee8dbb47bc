"""Passkeys and second factors on the demo's pages, through the TypeScript client, with a virtual authenticator."""

from __future__ import annotations

import base64
import re
import time

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.twofactor.totp import TOTP
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


def sign_in(page: Page, name: str, password: str) -> None:
    """The first step by password; a second factor is asked for in a dialog."""
    page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/', 3)[2]}/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def answer(page: Page, code: str) -> None:
    """Type a code into the dialog that asks for one."""
    page.get_by_label("Code", exact=True).filter(visible=True).fill(code)
    page.get_by_role("button", name="Go on").click()


def confirm(page: Page, password: str, code: str = "") -> None:
    """Step up by password, and by the code of a second factor."""
    dialog = page.get_by_role("dialog", name="Confirm that it is you")
    dialog.get_by_label("Your password").fill(password)
    dialog.get_by_label("Code of your second factor").fill(code)
    dialog.get_by_role("button", name="Confirm", exact=True).click()


def shown(secret: str, later: int = 0) -> str:
    """What an app for codes shows, `later` times 30 seconds from now (RFC 6238)."""
    totp = TOTP(base64.b32decode(secret), 6, hashes.SHA1(), 30)
    return totp.generate(int(time.time()) + 30 * later).decode()


def enrol(page: Page, site: Site, name: str) -> tuple[str, list[str]]:
    """Give this user an app for codes; returns its secret and the recovery codes. Nobody is signed in afterwards."""
    page.goto(f"{site.url}/")
    sign_in(page, name, site.password)
    expect(page.get_by_text(f"Signed in as {name}")).to_be_visible()
    page.goto(f"{site.url}/account/")
    page.get_by_role("button", name="Add an app for codes").click()
    confirm(page, "wrong")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("The password is wrong")
    confirm(page, site.password)
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    assert page.evaluate("document.getElementById('qr').naturalWidth") > 100, "the picture was drawn"
    secret = page.get_by_label("Secret").input_value()
    page.get_by_label("Code", exact=True).filter(visible=True).fill(shown(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    codes = page.locator("#code-list li").all_inner_texts()
    assert len(set(codes)) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == codes
    expect(page.get_by_text("Your sessions have ended")).to_be_visible()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_hidden()
    return secret, codes


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


@pytest.mark.hard
def test_an_app_for_codes_a_recovery_code_and_a_forgotten_password(page: Page, site: Site) -> None:
    """Enrolment; password and code; a recovery code, once; recovery, which asks for the second factor, too."""
    secret, codes = enrol(page, site, "bob")
    sign_in(page, "bob", site.password)
    answer(page, "000000")
    expect(page.locator("#ask-error")).to_contain_text("The code is wrong")
    answer(page, shown(secret, 1))
    expect(page.get_by_text("Signed in as bob")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()

    sign_in(page, "bob", site.password)
    answer(page, codes[0])
    expect(page.get_by_text("Signed in as bob")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    sign_in(page, "bob", site.password)
    answer(page, codes[0])
    expect(page.locator("#ask-error")).to_contain_text("The code is wrong")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The second factor is missing")).to_be_visible()

    page.get_by_role("link", name="Forgotten the password?").click()
    page.get_by_label("Name or e-mail address").fill("bob")
    page.get_by_role("button", name="Send a link").click()
    expect(page.get_by_text("If there is such an account")).to_be_visible()
    page.goto(mailed(page.context, site, re.compile(r"(https://\S+/recover/#\S+)")))
    chosen = "seven quiet otters swim"
    page.get_by_label("New password", exact=True).fill(chosen)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("second factor")
    page.get_by_label("Code of your second factor").filter(visible=True).fill(codes[1])
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("The password is set")).to_be_visible()
    page.goto(f"{site.url}/")
    sign_in(page, "bob", chosen)
    answer(page, codes[2])
    expect(page.get_by_text("Signed in as bob")).to_be_visible()


@pytest.mark.hard
def test_step_up_by_passkey_and_by_password(page: Page, site: Site) -> None:
    """RFC 9470: the call is refused, the user proves who they are, and the call is sent once more."""
    authenticator.attach(page)
    sign_up(page, site, "kim@example.com")
    page.goto(f"{site.url}/account/")
    expect(page.locator("#factors")).to_contain_text("My passkey")
    site.server.advance(301)
    page.reload()
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Your sessions have ended")).to_be_visible()

    page.goto(f"{site.url}/")
    sign_in(page, "eve", site.password)
    expect(page.get_by_text("Signed in as eve")).to_be_visible()
    page.goto(f"{site.url}/account/")
    site.server.advance(301)
    page.reload()
    page.get_by_role("button", name="Sign out everywhere").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_be_visible()
    page.get_by_role("button", name="Sign out everywhere").click()
    confirm(page, site.password)
    expect(page.get_by_text("Your sessions have ended")).to_be_visible()


@pytest.mark.hard
def test_a_passkey_beside_a_password_is_made_named_and_removed(page: Page, site: Site) -> None:
    authenticator.attach(page)
    page.goto(f"{site.url}/")
    sign_in(page, "eve", site.password)
    expect(page.get_by_text("Signed in as eve")).to_be_visible()
    page.goto(f"{site.url}/account/")
    page.get_by_label("Name of the passkey").fill("Telephone")
    page.get_by_role("button", name="Make a passkey").click()
    confirm(page, site.password)
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.goto(f"{site.url}/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Signed in as eve")).to_be_visible()
    page.goto(f"{site.url}/account/")
    page.get_by_role("button", name="Remove Passkey: Telephone").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Your sessions have ended")).to_be_visible()
    page.goto(f"{site.url}/")
    sign_in(page, "eve", site.password)
    expect(page.get_by_text("Signed in as eve")).to_be_visible()


@pytest.mark.hard
def test_an_address_is_changed_and_the_change_undone(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/")
    sign_in(page, "ann", site.password)
    expect(page.get_by_text("Signed in as ann")).to_be_visible()
    page.goto(f"{site.url}/account/")
    page.get_by_label("New address").fill("ann.new@example.com")
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_role("heading", name="Confirm the new address")).to_be_visible()
    answer(page, "AAAA-AAAA-AA")
    expect(page.locator("#ask-error")).to_contain_text("The code is wrong")
    code = mailed(page.context, site, re.compile(r"within 15 minutes: (\S+)"))
    page.bring_to_front()
    answer(page, code)
    expect(page.get_by_text("Your sessions have ended")).to_be_visible()
    mails = page.context.new_page()
    mails.goto(f"{site.url}/mails/")
    link = re.search(r"https://\S+/undo/#\S+", mails.locator("main").inner_text())
    assert link
    mails.close()
    page.goto(link[0])
    page.get_by_role("button", name="Undo the change").click()
    expect(page.locator("#undone")).to_be_visible()
