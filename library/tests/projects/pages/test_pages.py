"""Pages for people: who is sent to which login page, and that the admin opens to no token made to do less."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client
from django.urls import include, re_path
from django.urls import path as path_to

from django_bearer import issue_api_token, issue_session

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.projects.pages.urls"),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="the admin's own tables want users in this database"),
]
HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
STACK = [
    "django_bearer.BearerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
NEW = "Zx9 a brand new one"
SURE = {  # pages of which it is certain that the admin asks: the site whose login page is shown
    "/admin/": "/admin/",
    "/admin/auth/user/": "/admin/",
    "/admin/password_change/": "/admin/",
    "/office/": "/office/",
    "/office/report/": "/office/",
    "/office/auth/group/": "/office/",
    "/office/auth/group/import/": "/office/",
    "/office/auth/group/export/": "/office/",
    "/office/auth/group/wizard/": "/office/",
    "/again/auth/group/import/": "/office/",
    "/elsewhere/wrapped/": "/admin/",
    "/elsewhere/exempt/": "/admin/",
}
UNSURE = {
    "/office/auth/group/copied/": "/office/login/",
    "/office/auth/group/forgotten/": "/office/login/",
    "/office/auth/group/forgotten-wizard/": "/office/login/",
    "/office/bare/": "/office/login/",
    "/office/function/": "/office/login/",
    "/office/more/deep/page/": "/office/login/",
    "/inner/office/bare/": "/inner/office/login/",
    "/elsewhere/class/": "/accounts/login/",
    "/elsewhere/handler/": "/accounts/login/",
    "/elsewhere/staff/": "/admin/login/",
    "/elsewhere/hidden/": "/accounts/login/",
    "/elsewhere/checked/": "/accounts/login/",
    "/elsewhere/never/": "/accounts/login/",
    "/elsewhere/control/": "/accounts/login/",
    "/elsewhere/partial/": "/accounts/login/",
    "/elsewhere/called/": "/accounts/login/",
    "/elsewhere/method/": "/accounts/login/",
    "/elsewhere/slotted/": "/accounts/login/",
    "/lenient/": "/lenient/login/",
    "/lenient/report/": "/lenient/login/",
    "/lenient/auth/group/import/": "/lenient/login/",
    "/unasking/": "/unasking/login/",
    "/unasking/report/": "/unasking/login/",
    "/unasking/auth/group/import/": "/unasking/login/",
    "/elsewhere/with-site/": "/accounts/login/",
    "/elsewhere/dispatching/": "/accounts/login/",
    "/elsewhere/calling/": "/accounts/login/",
    "/en-us/office/bare/": "/office/login/",
}
OTHER = [  # whose own login page Django's admin cannot name, or finds under another name
    "/inner/office/report/",
    "/renamed/report/",
    "/renamed/bare/",
    "/renamed/auth/group/import/",
    "/renamed/auth/group/forgotten/",
    "/bare/function/",
    "/named/bare/",
    "/named/function/",
    "/named/auth/group/forgotten/",
    "/loose/report/",
    "/loose/function/",
    "/loose/auth/group/forgotten/",
    "/password_change/",
    "/auth/user/",
]
ADMIN = [*SURE, *UNSURE, *OTHER]


@pytest.fixture(autouse=True)
def stack(settings: Any) -> None:
    from tests.projects.pages import urls

    urls.done.clear()
    settings.MIDDLEWARE = STACK


@pytest.fixture
def boss(django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("boss", "boss@example.com", "x")


def with_token(token: str) -> Any:
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})


def by_api_token(user: Any) -> Any:
    return with_token(issue_api_token(user, name="export", expires_in=86_400, scope=["notes:read"]).token)


def by_narrow_token(user: Any) -> Any:
    return with_token(issue_session(user, scope=["notes:read"]).access_token)


class TestAdminByToken:
    @pytest.mark.parametrize("url", ADMIN)
    def test_a_token_made_to_do_less_opens_nothing(self, url: str, boss: Any) -> None:
        for client, code in ((by_api_token(boss), "session_required"), (by_narrow_token(boss), "insufficient_scope")):
            for answer in (client.get(url), client.post(url), client.get(url, headers=HTML)):
                assert (answer.status_code, answer.json()["code"]) == (403, code)

    @pytest.mark.parametrize("url", ADMIN)
    def test_one_with_the_whole_scope_goes_in(self, url: str, boss: Any) -> None:
        assert with_token(issue_session(boss).access_token).get(url).status_code == 200

    @pytest.mark.parametrize("client", [by_api_token, by_narrow_token])
    def test_it_changes_nobodys_password(self, client: Any, boss: Any, ann: Any) -> None:
        form = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
        for site in ("/admin", ""):
            assert client(boss).post(f"{site}/auth/user/{ann.pk}/password/", form).status_code == 403
        ann.refresh_from_db()
        assert not ann.check_password(NEW)

    @pytest.mark.parametrize(
        "url",
        ["/page/", "/members/", "/flat-page/", "/elsewhere/api/", "/en-us/page/", "/namesake/accounts/", "/shared/"],
    )
    def test_what_lies_beside_it_is_not_the_admins(self, url: str, boss: Any) -> None:
        """What bears the admin's name is not, nor is a view that is mounted in a site and here: the route decides."""
        assert by_api_token(boss).get(url).status_code == by_narrow_token(boss).get(url).status_code == 200

    def test_a_urlconf_of_the_requests_own_is_asked(self, boss: Any, settings: Any) -> None:
        settings.MIDDLEWARE = [*STACK, "tests.projects.pages.test_pages.other_urls"]
        assert by_api_token(boss).get("/somewhere/bare/").status_code == 403
        assert by_api_token(boss).get("/page/").status_code == 200

    def test_an_open_path_or_open_routes_open_it_to_no_such_token(self, boss: Any, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "PUBLIC_PATHS": ["/office/"], "DANGEROUSLY_ALLOW_ANONYMOUS": True}
        assert by_api_token(boss).get("/office/bare/").status_code == 403


class Elsewhere:
    """A URLconf of a request's own."""

    urlpatterns: Any = ()


def other_urls(get_response: Any) -> Any:
    from django.urls import path

    from tests.projects.pages import sites, urls

    Elsewhere.urlpatterns = (path("somewhere/", sites.office.urls), path("page/", urls.page))

    def middleware(request: Any) -> Any:
        request.urlconf = Elsewhere
        return get_response(request)

    return middleware


class TestAnonymousAtTheAdmin:
    @pytest.mark.parametrize(("url", "site"), SURE.items())
    @pytest.mark.parametrize("headers", [{}, HTML, {"Accept": "application/json"}])
    def test_the_admin_itself_shows_its_login_page(self, url: str, site: str, headers: dict[str, str]) -> None:
        for answer in (Client().get(url, headers=headers), Client().post(url, headers=headers)):
            assert (answer.status_code, answer["Location"]) == (302, f"{site}login/?next={url}")

    @pytest.mark.parametrize(("url", "login"), UNSURE.items())
    def test_where_it_is_not_certain_that_it_asks_the_route_is_closed(self, url: str, login: str) -> None:
        for answer in (Client().get(url, headers=HTML), Client().post(url, headers=HTML)):
            assert (answer.status_code, answer["Location"]) == (302, f"{login}?next={url}")
        for refused in (Client().get(url), Client().post(url), Client().put(url, headers=HTML)):
            assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")

    @pytest.mark.parametrize("site", ["/admin/", "/office/", "/again/", "/renamed/", "/inner/office/"])
    def test_login_pages_are_open(self, site: str) -> None:
        assert b'name="password"' in Client().get(f"{site}login/").content

    def test_an_attribute_makes_no_page_of_the_admin(self, boss: Any) -> None:
        assert Client().get("/stolen/").status_code == 401
        assert by_api_token(boss).get("/stolen/").status_code == 200

    @pytest.mark.parametrize("url", [*SURE, *UNSURE, *OTHER])
    def test_staff_with_a_session_goes_in(self, url: str, boss: Any) -> None:
        client = Client()
        client.force_login(boss)
        assert client.get(url, headers=HTML).status_code == 200


class TestLoginPage:
    @pytest.mark.parametrize(
        "url", ["/page/", "/members/", "/class/members/", "/class/permitted/", "/form/", "/hook/"]
    )
    @pytest.mark.parametrize("method", ["get", "head"])
    def test_a_browser_is_sent_there(self, url: str, method: str) -> None:
        answer = getattr(Client(), method)(f"{url}?a=1", headers=HTML)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={url}%3Fa%3D1")
        assert "Accept" in answer["Vary"]

    @pytest.mark.parametrize("url", ["/club/", "/class/club/"])
    def test_a_view_with_a_login_page_of_its_own_names_it(self, url: str) -> None:
        assert Client().get(url, headers=HTML)["Location"] == f"/club/login/?back={url}"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Accept": "*/*"},
            {"Accept": "application/json"},
            {"Accept": "application/json, text/html;q=0.5"},
            {"Accept": "nonsense;q=nan, /;q=x"},
            {**HTML, "Authorization": "Bearer x"},
            {**HTML, "Authorization": "Token abc"},
        ],
    )
    def test_an_api_client_gets_401(self, headers: dict[str, str]) -> None:
        answer = Client().get("/page/", headers=headers)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert ("Accept" in answer.get("Vary", "")) is ("Authorization" not in headers)

    @pytest.mark.parametrize("url", ["/api/", "/by-token/", "/class/strict/"])
    def test_an_api_answers_401_whoever_asks(self, url: str) -> None:
        assert Client().get(url, headers=HTML).status_code == 401

    @pytest.mark.parametrize("url", ["/api/", "/by-token/"])
    def test_so_it_does_where_django_closes_pages_itself(self, url: str, settings: Any) -> None:
        settings.MIDDLEWARE = [*STACK, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
        assert Client().get(url).status_code == Client().get(url, headers=HTML).status_code == 401
        assert Client().get("/page/", headers=HTML).status_code == 302

    @pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
    def test_what_no_form_can_send_is_not_sent_there(self, method: str) -> None:
        assert getattr(Client(), method)("/page/", headers=HTML).status_code == 401

    @pytest.mark.parametrize("url", ["/page/", "/members/", "/class/members/", "/form/", "/hook/", "/upload/"])
    @pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    def test_a_form_after_the_session_has_expired_is(self, url: str, kind: str, ann: Any) -> None:
        """As `login_required` does, where the session's row is gone and the browser still has its cookies."""
        client = Client(enforce_csrf_checks=True)
        client.force_login(ann)
        client.session.flush()
        for more in ({"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}, {}):
            answer = client.post(f"{url}?a=1", b"text=x", content_type=kind, headers={**HTML, **more})
            assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={url}%3Fa%3D1")
            assert "Accept" in answer["Vary"]

    @pytest.mark.parametrize(
        ("kind", "headers"),
        [
            ("application/json", HTML),
            ("application/json", {**HTML, "Sec-Fetch-Mode": "navigate"}),
            ("", HTML),
            ("application/x-www-form-urlencoded", {}),
            ("application/x-www-form-urlencoded", {"Accept": "*/*"}),
            ("application/x-www-form-urlencoded", {"Accept": "application/json"}),
            ("application/x-www-form-urlencoded", {**HTML, "Sec-Fetch-Mode": "cors"}),
            ("application/x-www-form-urlencoded", {**HTML, "Sec-Fetch-Mode": "same-origin"}),
            ("application/x-www-form-urlencoded", {**HTML, "Authorization": "Bearer x"}),
            ("application/x-www-form-urlencoded", {**HTML, "Authorization": "Token abc"}),
        ],
    )
    def test_what_is_posted_by_script_or_an_api_client_is_not(self, kind: str, headers: dict[str, str]) -> None:
        answer = Client().post("/page/", b"text=x", content_type=kind, headers=headers)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("url", ["/api/", "/by-token/", "/class/strict/"])
    def test_a_form_sent_to_an_api_is_answered_401(self, url: str) -> None:
        assert Client().post(url, {"text": "x"}, headers=HTML).status_code == 401

    @pytest.mark.parametrize(
        "path",
        ["//evil.example/page/", "/page/?next=https://evil.example/", "/\\evil.example/", "/%09/evil.example/"],
    )
    def test_no_form_leads_to_another_site(self, path: str, ann: Any, settings: Any) -> None:
        from tests.conftest import PASSWORD
        from tests.projects.pages.urls import page

        settings.ROOT_URLCONF = (
            path_to("accounts/", include("django.contrib.auth.urls")),
            re_path(r"^.*$", page),
        )
        client = Client()
        sent = client.generic("POST", path, "text=x", "application/x-www-form-urlencoded", headers=HTML)
        target = urlsplit(sent["Location"])
        assert (target.scheme, target.netloc, target.path) == ("", "", "/accounts/login/")
        [after] = parse_qs(target.query)["next"]
        form = {"username": "ann@example.com", "password": PASSWORD, "next": after}
        done = urlsplit(client.post(sent["Location"], form)["Location"])
        assert (done.scheme, done.netloc) == ("", "")

    def test_a_good_token_needs_no_page(self, ann: Any) -> None:
        answer = with_token(issue_session(ann).access_token).post("/page/", {"text": "x"}, headers=HTML)
        assert answer.status_code == 200

    def test_a_form_sent_to_a_closed_login_page_is_no_circle(self, settings: Any) -> None:
        settings.LOGIN_URL = "/closed-login/"
        assert Client().post("/closed-login/?next=/page/", {"a": "b"}, headers=HTML).status_code == 401

    def test_a_login_elsewhere_is_told_the_whole_address(self, settings: Any) -> None:
        settings.LOGIN_URL = "https://login.example.com/in?theme=dark"
        answer = Client().get("/page/", headers=HTML)
        assert answer["Location"] == (
            "https://login.example.com/in?theme=dark&next=http%3A//testserver/page/"  # as LoginRequiredMiddleware
        )

    def test_a_closed_login_page_is_no_circle(self, settings: Any) -> None:
        settings.LOGIN_URL = "/closed-login/"
        assert Client().get("/page/", headers=HTML)["Location"] == "/closed-login/?next=/page/"
        assert Client().get("/closed-login/?next=/page/", headers=HTML).status_code == 401
        settings.LOGIN_URL = "/closed-login"
        assert Client().get("/closed-login/?next=/page/", headers=HTML).status_code == 401, "a slash is appended"

    @pytest.mark.parametrize("name", ["", "nowhere"])
    def test_a_login_page_that_is_none_is_an_ordinary_refusal(self, name: str, settings: Any) -> None:
        settings.LOGIN_URL = name
        assert Client().get("/page/", headers=HTML).status_code == 401

    @pytest.mark.urls("tests.attacks.test_public_paths")
    def test_a_project_without_one_answers_401(self, settings: Any) -> None:
        assert not django_settings.is_overridden("LOGIN_URL")
        assert Client().get("/export/", headers=HTML).status_code == 401
        settings.LOGIN_URL = "/sign-in/"
        assert Client().get("/export/", headers=HTML).status_code == 302, "where it says there is one, that may be"

    def test_djangos_login_pages_log_in(self, ann: Any) -> None:
        from tests.conftest import PASSWORD

        client = Client()
        assert client.get("/club/login/", headers=HTML).status_code == 200
        sent = {"username": "ann@example.com", "password": PASSWORD, "next": "/members/"}
        assert client.post("/club/login/", sent)["Location"] == "/members/"
        assert client.get("/members/", headers=HTML).content == b"page of ann@example.com"
        assert client.post("/accounts/logout/").status_code == 200
        assert client.get("/members/", headers=HTML).status_code == 302


FOREIGN = {"Origin": "https://blog.example.com", "Sec-Fetch-Site": "same-site"}


class TestSessionCookie:
    """A cookie that another site's page had sent along is no login (CWE-352)."""

    @pytest.fixture
    def browser(self, ann: Any) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(ann)
        return client

    @pytest.mark.parametrize("url", ["/hook/", "/api/", "/page/"])
    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    @pytest.mark.parametrize("headers", [FOREIGN, {}])
    def test_opens_no_route_without_a_csrf_check(
        self, url: str, method: str, headers: dict[str, str], browser: Client
    ) -> None:
        from tests.projects.pages import urls

        assert getattr(browser, method)(url, headers=headers).status_code == 403
        assert urls.done == []

    @pytest.mark.parametrize("url", ["/hook/", "/api/", "/page/"])
    def test_ones_own_page_passes(self, url: str, browser: Client) -> None:
        browser.get("/form/")
        token = browser.cookies["csrftoken"].value
        assert browser.post(url, headers={"X-CSRFToken": token}).status_code == 200
        assert browser.post(url, {"csrfmiddlewaretoken": token}).status_code == 200

    @pytest.mark.parametrize(("url", "answer"), [("/upload/", b"abc"), ("/raw/", b"abc")])
    def test_an_upload_stays_unread_for_its_view(self, url: str, answer: bytes, browser: Client) -> None:
        browser.get("/form/")
        token = browser.cookies["csrftoken"].value

        def send(**headers: str) -> Any:
            return browser.post(url, {"abc": SimpleUploadedFile("a.txt", b"a")}, headers=headers)

        assert send(**{"X-CSRFToken": token}).content == answer
        assert send(**{"X-CSRFToken": token, **FOREIGN}).status_code == 403
        assert send(**{"X-CSRFToken": "x" * 32}).status_code == send().status_code == 403

    def test_reading_needs_none(self, browser: Client) -> None:
        assert browser.get("/hook/").status_code == browser.options("/hook/").status_code == 200

    def test_nor_does_a_public_view(self, browser: Client) -> None:
        assert browser.post("/open/", headers=FOREIGN).status_code == 200

    def test_a_page_of_the_admin_that_django_passes_over_is_checked_too(self, boss: Any) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(boss)
        assert client.post("/elsewhere/exempt/", headers=FOREIGN).status_code == 403

    def test_without_djangos_middleware_it_is_the_same(self, browser: Client, settings: Any) -> None:
        settings.MIDDLEWARE = [path for path in STACK if "csrf" not in path]
        assert browser.post("/page/", headers=FOREIGN).status_code == 403

    @pytest.mark.parametrize("url", ["/hook/", "/page/"])
    def test_a_check_of_the_projects_own_lets_no_path_by(self, url: str, browser: Client, settings: Any) -> None:
        own = "tests.projects.pages.test_pages.Lenient"
        settings.MIDDLEWARE = [own if "csrf" in path else path for path in STACK]
        assert browser.post(url, headers=FOREIGN).status_code == 403
        browser.get("/form/")
        token = browser.cookies["csrftoken"].value
        assert browser.post(url, headers={"X-CSRFToken": token}).status_code == 200

    def test_whatever_was_checked_before(self, browser: Client, settings: Any) -> None:
        settings.MIDDLEWARE = [*STACK, "tests.projects.pages.test_pages.checked_already"]
        assert browser.post("/hook/", headers=FOREIGN).status_code == 403

    @pytest.mark.parametrize(("headers", "status"), [({}, 200), (FOREIGN, 403)])
    def test_a_login_by_something_else_is_held_to_the_origin_of_a_page(
        self, headers: dict[str, str], status: int, ann: Any, settings: Any
    ) -> None:
        settings.MIDDLEWARE = [*STACK, "tests.projects.pages.test_pages.by_key"]
        client = Client(enforce_csrf_checks=True, headers={"X-Key": "key"})
        assert client.post("/hook/", headers=headers).status_code == status

    @pytest.mark.parametrize(("headers", "status"), [({}, 200), (FOREIGN, 403)])
    def test_so_is_a_session_that_begins_with_the_request(
        self, headers: dict[str, str], status: int, db: None, settings: Any
    ) -> None:
        """A machine that the web server knows by its certificate sends no cookie, and has none to protect."""
        settings.MIDDLEWARE = [*STACK, "django.contrib.auth.middleware.RemoteUserMiddleware"]
        settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend"]
        client = Client(enforce_csrf_checks=True, REMOTE_USER="machine")
        assert client.post("/hook/", headers=headers).status_code == status
        assert Client(enforce_csrf_checks=True, REMOTE_USER="machine").get("/page/").content == b"page of machine"

    def test_a_token_needs_none_whoever_checks(self, ann: Any) -> None:
        for url in ("/hook/", "/api/", "/page/", "/form/"):
            assert with_token(issue_session(ann).access_token).post(url, headers=FOREIGN).status_code == 200


class Lenient(CsrfViewMiddleware):
    """A check of the project's own, which leaves out what it takes for an API."""

    def process_view(self, *args: Any) -> Any:
        return None


def checked_already(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        request.csrf_processing_done = True
        return get_response(request)

    return middleware


def by_key(get_response: Any) -> Any:
    from django.contrib.auth import get_user_model

    def middleware(request: Any) -> Any:
        if request.headers.get("X-Key") == "key":
            request.user = get_user_model().objects.get()
        return get_response(request)

    return middleware
