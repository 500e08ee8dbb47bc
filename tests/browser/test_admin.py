"""The admin's pages in a real browser, on a stock project: readable by everybody, in light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, expect

from tools.support import chromium
from tools.support.new_project import INSTALL, NewProject
from tools.support.readme_steps import steps

FILL = """
from django_bearer import events, issue_api_token, issue_session
from django_bearer.api_tokens.issue_and_revoke import service_account
from django.contrib.auth import get_user_model
ann = get_user_model().objects.get()
for _ in range(3):
    issue_session(ann, extras={"device": "Firefox on Linux", "where": "192.0.2.0/24"})
issue_api_token(service_account("backup", create=True), name="nightly", expires_in=86400)
for _ in range(9):
    events.publish(events.EventKind.LOGIN_FAILED, address="192.0.2.1")
events.publish(events.EventKind.LOGIN_SUCCESS, user_id=str(ann.pk))
events.publish(events.EventKind.TOKEN_REUSED, user_id=str(ann.pk))
"""
TABLES = ["session", "apitoken", "serviceaccount", "signingkey", "revokedtoken", "securityeventrecord"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = NewProject.start(tmp_path_factory.mktemp("admin")).follow(INSTALL)
    project.shell(steps()[0])
    project.manage("shell", "-c", FILL)
    with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0") as found:
        yield found


@pytest.fixture(scope="module")
def cookies(browser: Browser, url: str) -> StorageState:
    """What a browser keeps that has logged in to the admin."""
    with chromium.profile(browser) as context:
        page = context.new_page()
        page.goto(f"{url}/admin/")
        page.get_by_label("Username").fill("ann")
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("Site administration")).to_be_visible()
        return context.storage_state()


@pytest.fixture(params=["light", pytest.param("dark", marks=pytest.mark.hard)])
def page(request: pytest.FixtureRequest, browser: Browser, cookies: StorageState) -> Iterator[Page]:
    with chromium.profile(browser, color_scheme=request.param, storage_state=cookies) as context:
        yield context.new_page()


def violations(page: Page, within: str) -> list[str]:
    """What axe-core finds in our part of the page."""
    found = Axe().run(page, context={"include": [[within]]})
    return [f"{one['id']}: {node['target']}" for one in found.response["violations"] for node in one["nodes"]]


def test_the_dashboard_is_accessible_and_says_its_charts_in_words(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/django_bearer/session/")
    page.get_by_role("link", name="At a glance").click()
    expect(page.get_by_text("Failed logins: 9")).to_be_visible()
    page.get_by_text("As a table").nth(1).click()
    expect(page.get_by_role("cell", name="9", exact=True)).to_be_visible()
    assert violations(page, "#content") == []


def test_an_action_asks_first(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/django_bearer/session/")
    page.locator("input.action-select").first.check()
    page.locator('select[name="action"]').select_option(label="End the chosen sessions")
    page.get_by_role("button", name=re.compile("Go|Run")).click()
    expect(page.get_by_text("refused from the next request on")).to_be_visible()
    assert violations(page, "#content") == []
    page.get_by_role("link", name="No, go back").click()
    expect(page.locator("#result_list")).to_contain_text("live")


@pytest.mark.parametrize("table", TABLES)
def test_lists_show_no_secret_and_no_column_of_bytes(page: Page, url: str, table: str) -> None:
    page.goto(f"{url}/admin/django_bearer/{table}/")
    text = page.locator("#content").inner_text()
    assert "djb_" not in text
    assert "b'" not in text
