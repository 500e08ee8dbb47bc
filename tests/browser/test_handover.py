"""A login that goes on at another device by QR code: two browsers, on the demo's page, through the client."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tools.support import chromium

from .conftest import Site
from .test_other_sites import sign_in_there
from .test_page import asking, sign_in

pytestmark = pytest.mark.hard


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """A page of another device."""
    found = chromium.profile(browser, ignore_https_errors=True, reduced_motion="reduce")
    yield found.new_page()
    found.close()


def offered(page: Page, site: Site, name: str = "ann") -> str:
    """The URL of a QR code that this page shows."""
    sign_in(page, site, name)
    page.goto(f"{site.url}/go-on/")
    page.get_by_label("Your password").filter(visible=True).fill(site.password)
    page.get_by_role("button", name="Show the QR code").click()
    expect(page.get_by_alt_text("QR code that signs your other device in")).to_be_visible()
    return page.get_by_label("What it says").input_value()


def number_of(page: Page, url: str) -> str:
    """The number that a device shows which has read the code."""
    page.goto(url)
    expect(page.locator("#shown-number")).to_have_text(re.compile(r"^\d{6}$"))
    return page.locator("#shown-number").inner_text()


def approve(page: Page, number: str) -> None:
    page.get_by_label("Number on the other device").fill(number)
    page.get_by_role("button", name="Sign it in").click()


def test_the_other_device_is_signed_in_by_its_number(page: Page, other: Page, site: Site) -> None:
    url = offered(page, site)
    number = number_of(other, url)
    assert "handover" not in other.url  # nor in its history
    expect(page.locator("#receiver")).to_contain_text("has read the code")
    approve(page, number)
    expect(page.locator("#go-on-done")).to_contain_text("The other device is signed in")
    expect(other.locator("#go-on-done")).to_have_text("You are signed in here, too.")
    expect(other.locator("#who")).to_have_text("Signed in as ann")
    other.reload()
    expect(other.locator("#who")).to_have_text("Signed in as ann")
    # The code was used: a third device gets nothing by it.
    other.goto("about:blank")
    other.goto(url)
    expect(other.locator("#go-on-error")).to_contain_text("This code is over")


def test_somebody_elses_qr_code_signs_nobody_in(page: Page, other: Page, site: Site) -> None:
    """The attacker shows a code of their own account, and does not know the number on the victim's device."""
    number = number_of(other, offered(page, site))
    for guess in range(3):
        approve(page, f"{(int(number) + 1 + guess) % 1_000_000:06}")
        expect(page.locator("#go-on-error")).to_contain_text("shows another number")
    approve(page, number)
    expect(page.locator("#go-on-error")).to_contain_text("This code is over")
    expect(other.locator("#who")).not_to_contain_text("Signed in")
    expect(other.locator("#shown-number")).to_be_visible()


def test_a_receiver_that_began_nothing_is_refused(page: Page, site: Site) -> None:
    code = offered(page, site).partition("#handover=")[2]
    with asking(site) as machine:
        found = machine.post("/auth/handover/redeem/", json={"code": code, "code_verifier": "v" * 43})
        assert (found.status_code, found.json()["code"]) == (401, "handover_refused")


def test_a_copy_of_the_code_is_refused_once_a_device_has_begun(page: Page, other: Page, site: Site) -> None:
    url = offered(page, site)
    number = number_of(other, url)
    with asking(site) as machine:
        body = {
            "code": url.partition("#handover=")[2],
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        }
        found: httpx.Response = machine.post("/auth/handover/begin/", json=body)
        assert found.json()["code"] == "handover_refused"
    approve(page, number)
    expect(other.locator("#who")).to_have_text("Signed in as ann")


def test_after_a_logout_the_code_is_over(page: Page, other: Page, site: Site) -> None:
    url = offered(page, site)
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("#who")).to_have_text("Signed out")
    other.goto(url)
    expect(other.locator("#go-on-error")).to_contain_text("This code is over")


def test_after_a_minute_the_code_is_over(page: Page, other: Page, own_site: Site) -> None:
    url = offered(page, own_site)
    own_site.server.advance(61)
    other.goto(url)
    expect(other.locator("#go-on-error")).to_contain_text("This code is over")


def test_an_account_without_a_password_is_told_to_sign_in_there(page: Page, site: Site) -> None:
    sign_in_there(page, site, "Go on as Kai")
    expect(page.get_by_text("You are signed in.")).to_be_visible()
    page.goto(f"{site.url}/go-on/")
    expect(page.locator("#no-password")).to_contain_text("Sign in on the other device itself instead")
    expect(page.get_by_role("button", name="Show the QR code")).to_have_count(0)
