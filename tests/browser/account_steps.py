"""What people do on the demo's pages, step by step."""

from __future__ import annotations

import base64
import re
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import BrowserContext, Page, expect

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
    page.get_by_label("Code", exact=True).filter(visible=True).fill(code)
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
    secret = page.get_by_label("Secret").filter(visible=True).input_value()
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
