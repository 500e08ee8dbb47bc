"""A required second factor, enrolled at the login on the demo's pages, through the TypeScript client."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .account_steps import answer, mailed, shown, sign_in
from .conftest import Site

MAILED = re.compile(r"(?:The code|Der Code): (\S+)")


@pytest.mark.hard
@pytest.mark.parametrize("language", ["English", "Deutsch"])
def test_a_first_factor_is_enrolled_by_a_mailed_code_and_every_later_login_asks_for_it(
    page: Page, own_site: Site, language: str
) -> None:
    """The limited token opens the enrolment only; the session begins with the app's first code (ASVS 5.0 6.3.3)."""
    german = language == "Deutsch"
    page.goto(f"{own_site.url}/")
    page.get_by_role("button", name=language).click()
    _sign_in(page, own_site, german)
    asked = page.get_by_role("dialog")
    title = "Ihr Konto braucht einen zweiten Faktor" if german else "Your account needs a second factor"
    expect(asked.get_by_role("heading", name=title)).to_be_visible()
    _accessible(page)
    _type(page, "AAAA-AAAA-AA")
    expect(page.locator("#ask-error")).to_contain_text("Der Code ist falsch" if german else "The code is wrong")
    code = mailed(page.context, own_site, MAILED)
    page.bring_to_front()
    _type(page, code)

    expect(page.locator("#enrol-qr")).to_be_visible()
    assert page.evaluate("document.getElementById('enrol-qr').naturalWidth") > 100, "the picture was drawn"
    _accessible(page)
    secret = page.locator("#enrol-secret").input_value()
    page.locator("#enrol-code").fill("000000")
    page.locator("#enrol [value=confirm]").click()
    expect(page.locator("#enrol-error")).to_contain_text("Der Code ist falsch" if german else "The code is wrong")
    page.locator("#enrol-code").fill(shown(secret))
    page.locator("#enrol [value=confirm]").click()
    expect(page.locator("#enrolled")).to_be_visible()
    _accessible(page)
    codes = page.locator("#enrolled-codes li").all_inner_texts()
    assert len(set(codes)) == 10
    page.locator("#enrolled [value=confirm]").click()
    expect(page.locator("#who")).to_contain_text("dora")
    expect(page.locator("#enrolled-codes li")).to_have_count(0)

    page.locator("#logout").click()
    expect(page.locator("#signin")).to_be_visible()
    _sign_in(page, own_site, german)
    expect(asked.get_by_role("heading", name="Zweiter Faktor" if german else "Second factor")).to_be_visible()
    _type(page, codes[0])
    expect(page.locator("#who")).to_contain_text("dora")


@pytest.mark.hard
def test_whoever_gives_up_the_enrolment_is_not_signed_in(page: Page, own_site: Site) -> None:
    page.goto(f"{own_site.url}/")
    sign_in(page, "dora", own_site.password)
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The second factor is missing")).to_be_visible()
    sign_in(page, "dora", own_site.password)
    answer(page, mailed_code(page, own_site))
    expect(page.locator("#enrol-secret")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The second factor is missing")).to_be_visible()
    assert page.locator("#enrol-secret").input_value() == ""
    page.reload()
    expect(page.locator("#who")).to_have_text("Signed out")


def mailed_code(page: Page, site: Site) -> str:
    expect(page.get_by_role("dialog")).to_be_visible()
    code = mailed(page.context, site, MAILED)
    page.bring_to_front()
    return code


def _sign_in(page: Page, site: Site, german: bool) -> None:
    if not german:
        sign_in(page, "dora", site.password)
        return
    page.get_by_label("Name", exact=True).fill("dora")
    page.get_by_label("Passwort", exact=True).fill(site.password)
    page.get_by_role("button", name="Anmelden", exact=True).click()


def _type(page: Page, code: str) -> None:
    page.locator("#ask-code").fill(code)
    page.locator("#ask [value=confirm]").click()


def _accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
