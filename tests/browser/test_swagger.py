"""Swagger UI of drf-spectacular on runserver: "Authorize" takes an access token, and "Try it out" sends it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tools.support import chromium
from tools.support.new_project import INSTALL, NewProject
from tools.support.readme_steps import steps
from tools.support.timeouts import HANG

pytestmark = pytest.mark.hard
SETTINGS = """
INSTALLED_APPS += ["drf_spectacular", "drf_spectacular_sidecar"]
REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"] = "drf_spectacular.openapi.AutoSchema"
SPECTACULAR_SETTINGS = {"SWAGGER_UI_DIST": "SIDECAR", "SWAGGER_UI_FAVICON_HREF": "SIDECAR"}
BEARER["PUBLIC_PATHS"] = ["/schema/", "/docs/"]
"""
URLS = """
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny

urlpatterns += [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema", permission_classes=[AllowAny])),
    path("drf-auth/", include("django_bearer.integrations.drf.urls", namespace="drf")),
]
"""


@pytest.fixture
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = NewProject.start(tmp_path_factory.mktemp("swagger")).follow(INSTALL)
    project.write("mysite/settings.py", SETTINGS, appended=True)
    project.write("mysite/urls.py", URLS, appended=True)
    project.shell(steps()[0])
    with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0") as found:
        yield found


def tried(page: Page, path: str) -> tuple[str, str]:
    """Status and body of what "Execute" shows for an operation."""
    operation = page.locator(".opblock", has=page.locator(f'[data-path="{path}"]')).first
    if operation.locator(".try-out__btn").count() == 0:
        operation.locator(".opblock-summary-control").click()
        operation.locator(".try-out__btn").click()
    with page.expect_response(lambda answer: answer.url.endswith(path)) as sent:
        operation.locator(".execute").click()
    status = operation.locator(".live-responses-table .response-col_status").last
    expect(status).to_contain_text(str(sent.value.status))
    return str(sent.value.status), sent.value.text()


def test_authorize_and_try_it_out(url: str) -> None:
    login = httpx.post(f"{url}/auth/login/", json={"username": "ann", "password": "correct horse"}, timeout=HANG)
    token = login.json()["access_token"]
    with chromium.playing() as kind, chromium.launched(kind) as browser:
        page = browser.new_page()
        page.goto(f"{url}/docs/")
        page.get_by_role("button", name="Authorize").first.click()
        dialog = page.locator(".dialog-ux")
        expect(dialog).to_contain_text("bearer")
        dialog.locator("input").fill(token)
        dialog.locator("button.authorize").click()
        dialog.get_by_role("button", name="Close", exact=True).click()
        status, body = tried(page, "/notes/")
        assert (status, "ann" in body) == ("200", True)
        assert tried(page, "/drf-auth/sessions/")[0] == "200"
        assert httpx.post(
            f"{url}/auth/logout/", json={"refresh_token": login.json()["refresh_token"]}, timeout=HANG
        ).is_success
        status, body = tried(page, "/notes/")
        assert (status, "invalid, expired or revoked" in body) == ("401", True)
        page.get_by_role("button", name="Authorize").first.click()
        dialog.locator("button", has_text="Logout").click()
        dialog.get_by_role("button", name="Close", exact=True).click()
        assert tried(page, "/notes/")[0] == "401"
