"""A stock project with what projects have beside us: admin, debug toolbar, CORS, schema, browsable API, WhiteNoise.

The README's steps give the first login. Then each package must do its work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from tools.support.new_project import INSTALL, ROOT, NewProject
from tools.support.readme_steps import steps
from tools.support.timeouts import HANG

SETTINGS = """
INSTALLED_APPS += ["debug_toolbar", "corsheaders", "drf_spectacular"]
MIDDLEWARE = [
    "django_bearer.BearerMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *MIDDLEWARE[2:],
]
INTERNAL_IPS = ["127.0.0.1"]
CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
STATIC_ROOT = BASE_DIR / "collected"
REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"] += ["rest_framework.authentication.SessionAuthentication"]
REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"] = "drf_spectacular.openapi.AutoSchema"
BEARER["PUBLIC_PATHS"] = ["/schema/"]
"""
URLS = """
from debug_toolbar.toolbar import debug_toolbar_urls
from django.http import HttpResponse
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from django_bearer import public


@public
def health(request):
    return HttpResponse("ok")


def forgotten(request):
    return HttpResponse("secret")


@public
def page(request):
    return HttpResponse("<html><body>a page</body></html>")


urlpatterns += [
    path("health/", health),
    path("page/", page),
    path("forgotten/", forgotten),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny])),
    path("api-auth/", include("rest_framework.urls")),
    path("drf-auth/", include("django_bearer.integrations.drf.urls", namespace="drf")),
] + debug_toolbar_urls()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    project = NewProject.start(tmp_path_factory.mktemp("stock")).follow(INSTALL)
    project.follow(ROOT / "docs" / "reference" / "works-with.md")
    project.write("mysite/settings.py", SETTINGS, appended=True)
    project.write("mysite/urls.py", URLS, appended=True)
    project.shell(steps()[0])
    project.manage("collectstatic", "--noinput")
    return project


@pytest.fixture(scope="module")
def client(project: NewProject) -> Iterator[httpx.Client]:
    with (
        project.serving("manage.py", "runserver", "--noreload", "--nostatic", "127.0.0.1:0") as url,
        httpx.Client(base_url=url, timeout=HANG) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def token(client: httpx.Client) -> dict[str, str]:
    answer = client.post("/auth/login/", json={"username": "ann", "password": "correct horse"})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_token_works(client: httpx.Client, token: dict[str, str]) -> None:
    assert client.get("/notes/", headers=token).json()["owner"] == "ann"
    assert client.get("/forgotten/", headers=token).text == "secret"


@pytest.mark.parametrize("route", ["/forgotten/", "/notes/", "/hello/"])
def test_a_view_without_public_is_closed(client: httpx.Client, route: str) -> None:
    assert client.get(route).status_code == 401


def test_public_views_are_open_and_contain_the_toolbar(client: httpx.Client) -> None:
    assert client.get("/health/").text == "ok"
    assert "djDebug" in client.get("/page/").text


def test_no_panel_of_the_toolbar_shows_a_token_or_a_password(client: httpx.Client) -> None:
    tokens = client.post("/auth/login/", json={"username": "ann", "password": "correct horse"}).json()
    client.post("/auth/verify/", json={"token": tokens["access_token"]})
    mine = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert "djDebug" not in client.get("/page/", headers=mine).text
    assert client.get("/forgotten/", headers=mine).text == "secret"
    cookies = {"Cookie": f"__Host-bearer-0123456789abcdef={tokens['refresh_token']}; other=shown"}
    shown = client.get("/page/", headers=cookies).text
    [request] = re.findall(r'data-request-id="(\w+)"', shown)
    panels = set(re.findall(r'id="djdt-(\w+Panel)"', shown))
    assert {"HeadersPanel", "HistoryPanel", "RequestPanel", "SettingsPanel"} <= panels
    for panel in sorted(panels):
        asked = {"request_id": request, "panel_id": panel}
        answer = client.get("/__debug__/render_panel/", params=asked)
        assert answer.status_code == 200, (panel, answer.text)
        shown += answer.json()["content"] or ""
    assert "shown" in shown, "the cookie of somebody else is there"
    for secret in (tokens["access_token"], tokens["refresh_token"], "correct horse"):
        assert secret not in shown


def test_the_admin_shows_its_login_page_and_works_behind_it(client: httpx.Client) -> None:
    with httpx.Client(base_url=client.base_url, follow_redirects=True, timeout=HANG) as browser:
        page = browser.get("/admin/")
        assert page.url.path == "/admin/login/"
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        form = {"username": "ann", "password": "correct horse", "csrfmiddlewaretoken": token[1], "next": "/admin/"}
        inside = browser.post("/admin/login/", data=form)
        assert (inside.status_code, inside.url.path) == (200, "/admin/"), inside.text
        assert browser.get("/admin/auth/user/").status_code == 200
        assert browser.get("/forgotten/").text == "secret", "Django's session is a login too"
        browsable = browser.get("/notes/", headers={"Accept": "text/html"})
        assert browsable.status_code == 403, "a session has no scopes"
    assert client.get("/admin/auth/user/").status_code == 302


def test_admin_pages_that_are_not_there_stay_with_the_admin(client: httpx.Client) -> None:
    assert client.get("/admin/nowhere/").status_code == 302


def test_static_files_come_from_whitenoise(client: httpx.Client) -> None:
    assert client.get("/static/admin/css/base.css").status_code == 200


def test_the_schema_renders_and_contains_our_endpoints(client: httpx.Client) -> None:
    answer = client.get("/schema/")
    assert answer.status_code == 200
    assert "/drf-auth/login/" in answer.text


def test_a_preflight_is_answered_without_a_token(client: httpx.Client) -> None:
    asked = {
        "Origin": "https://app.example.com",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = client.options("/notes/", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    refused = client.get("/notes/", headers={"Origin": "https://app.example.com"})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == "https://app.example.com", "or script cannot read why"


def test_a_preflight_from_elsewhere_gets_nothing(client: httpx.Client) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    assert "Access-Control-Allow-Origin" not in client.options("/notes/", headers=asked).headers


@pytest.mark.hard
def test_the_development_server_says_what_it_closes(project: NewProject) -> None:
    with project.serving("manage.py", "runserver", "--noreload", "127.0.0.1:0"):
        pass
    said = (project.folder / "server.log").read_text()
    assert re.search(r"django-bearer: \d+ routes require authentication, \d+ are public", said), said
    listed = project.manage("bearer_routes", "--closed")
    assert "/forgotten/" in listed
    assert "/admin/login/" not in listed
    assert "/admin/auth/user/add/" not in listed
