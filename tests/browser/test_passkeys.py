"""Passkeys and second factors on the demo's pages, through the TypeScript client, with a virtual authenticator."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from . import authenticator
from .account_steps import answer, confirm, enrol, mailed, shown, sign_in, sign_up
from .conftest import Site


@pytest.mark.hard
def test_an_app_for_codes_a_recovery_code_and_a_forgotten_password(page: Page, site: Site) -> None:
    """Enrolment; password and code; a recovery code, once; recovery, which asks for the second factor, too."""
    secret, codes = enrol(page, site, "bob")
    sign_in(page, "bob", site.password)
    answer(page, "000000")
    expect(page.locator("#ask-error")).to_contain_text("The code is wrong")
    page.get_by_label("Do not ask on this device for 30 days").check()
    answer(page, shown(secret, 1))
    expect(page.get_by_text("Signed in as bob")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    sign_in(page, "bob", site.password)
    expect(page.get_by_text("Signed in as bob")).to_be_visible()
    page.goto(f"{site.url}/account/")
    page.get_by_role("button", name="Ask again on").click()
    expect(page.get_by_text("Not asked for a second factor")).to_be_hidden()
    # What began on the device has ended with it.
    expect(page.locator("#outside")).to_be_visible()

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
    page.get_by_role("button", name="Sign in with a passkey").click()  # the one of the sign-up
    expect(page.get_by_text("Signed in as kim")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("#signin")).to_be_visible()

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
    confirm(page, site.password)  # a login of the last minutes is not enough
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
