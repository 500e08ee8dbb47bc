"""What answers say to caches, and that no cache gives a page to anybody but whom it was made for (RFC 9111)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import include, path
from django.utils.cache import has_vary_header, patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control, cache_page
from django.views.decorators.http import last_modified
from django.views.decorators.vary import vary_on_headers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import decode_token, issue_session, public, revoke_session
from django_bearer.http import caching
from tests.conftest import PASSWORD

pytestmark = pytest.mark.urls(__name__)
UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
CORS = "corsheaders.middleware.CorsMiddleware"
PAGE = {"Origin": "https://api.example.com", "Sec-Fetch-Site": "same-origin", "X-Bearer-Client": "first-party"}
BAD = {"Authorization": "Bearer bad"}
EMPTIED = '"cache"'
CHANGED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def whose(request: HttpRequest) -> str:
    return f"notes of {request.user.get_username() or 'nobody'}"


def notes(request: HttpRequest) -> HttpResponse:
    return HttpResponse(whose(request))


@public
def shown(request: HttpRequest) -> HttpResponse:
    return HttpResponse(whose(request))


class Rest(APIView):
    def get(self, request: Request) -> Response:
        return Response(request.user.get_username())


class KeptRest(APIView):
    @method_decorator(cache_page(60))
    def get(self, request: Request) -> Response:
        return Response(request.user.get_username())


class KeptPlainRest(APIView):
    @method_decorator(cache_page(60))
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(request.user.get_username())


@public
class ShownRest(APIView):
    permission_classes = ()

    def get(self, request: Request) -> Response:
        return Response(str(request.user))

    post = get


def kept(**directives: Any) -> Any:
    return cache_control(**directives)(lambda request: HttpResponse(whose(request)))


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("notes/", notes),
    path("streamed/", lambda request: StreamingHttpResponse(iter([whose(request)]))),
    path("file/", lambda request: FileResponse(iter([b"x"]))),
    path("dated/", last_modified(lambda request: CHANGED)(notes)),
    path("varied/", vary_on_headers("Accept-Language")(notes)),
    path("private/", kept(private=True, max_age=300)),
    path("short/", kept(max_age=300)),
    path("said/", kept(public=True, max_age=300)),
    path("shared/", kept(s_maxage=300)),
    path("revalidated/", kept(must_revalidate=True, max_age=300)),
    path("unstored/", kept(no_store=True)),
    path("rest/", Rest.as_view()),
    path("shown/", shown),
    path("plainly/", public(lambda request: HttpResponse("for all"))),
    path("shown-rest/", ShownRest.as_view()),
    path("page/", cache_page(60)(notes)),
    path("page-rest/", KeptRest.as_view()),
    path("page-plain-rest/", KeptPlainRest.as_view()),
    path("page-shown/", public(cache_page(60)(lambda request: HttpResponse(whose(request))))),
]


@pytest.fixture(autouse=True)
def nothing_kept() -> Any:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def bob(ann: Any, django_user_model: Any) -> Any:
    user = django_user_model(**{django_user_model.USERNAME_FIELD: "bob@example.com"})
    user.set_password(PASSWORD)
    user.save()
    return user


def token_of(user: Any) -> str:
    return issue_session(user).access_token


def get(url: str, token: str = "", client: Client | None = None, method: str = "get", **headers: str) -> Any:
    sent = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    return getattr(client or Client(), method)(url, headers=sent, secure=True)


def named(answer: Any, header: str) -> set[str]:
    said = answer.headers.get(header, "").split(",")
    return {one.strip().lower() for one in said if one.strip()}


DECIDED = {"authorization", "cookie"}


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "url",
    ["/notes/", "/streamed/", "/file/", "/dated/", "/private/", "/short/", "/rest/", "/shown/", "/varied/", "/none/"],
)
def test_an_answer_to_a_token_is_for_nobody_else(ann: Any, url: str, method: str) -> None:
    answer = get(url, token_of(ann), method=method)
    assert named(answer, "Vary") >= DECIDED
    assert "private" in named(answer, "Cache-Control")


def test_what_the_view_says_stays(ann: Any) -> None:
    token = token_of(ann)
    assert "accept-language" in named(get("/varied/", token), "Vary")
    for url, said in {
        "/said/": {"public", "max-age=300"},
        "/shared/": {"s-maxage=300"},
        "/revalidated/": {"must-revalidate", "max-age=300"},
        "/unstored/": {"no-store"},
        "/private/": {"private", "max-age=300"},
        "/short/": {"max-age=300", "private"},
    }.items():
        answer = get(url, token)
        assert named(answer, "Cache-Control") == said
        assert named(answer, "Vary") >= DECIDED


@pytest.mark.parametrize("place", ["above", "below"])
def test_not_modified_says_it_too(ann: Any, settings: Any, place: str) -> None:
    conditional = "django.middleware.http.ConditionalGetMiddleware"
    gzip = "django.middleware.gzip.GZipMiddleware"
    order = settings.MIDDLEWARE
    settings.MIDDLEWARE = [gzip, conditional, *order] if place == "above" else [*order, gzip, conditional]
    token = token_of(ann)
    for url, header, known in (
        ("/notes/", "If-None-Match", "ETag"),
        ("/dated/", "If-Modified-Since", "Last-Modified"),
    ):
        first = get(url, token)
        answer = get(url, token, **{header: first[known]})
        assert answer.status_code == 304
        assert named(answer, "Vary") >= DECIDED
        assert "private" in named(answer, "Cache-Control")


def test_a_refusal_and_another_login_say_it_too(ann: Any) -> None:
    for answer in (get("/notes/"), get("/notes/", "bad"), get("/rest/", "bad"), get("/shown/", "bad")):
        assert named(answer, "Vary") >= DECIDED
    client = Client()
    client.force_login(ann)
    answer = get("/notes/", client=client)
    assert answer.status_code == 200
    assert named(answer, "Vary") >= DECIDED
    assert "private" in named(answer, "Cache-Control")


def test_what_nobody_was_asked_for_stays_as_it_is(db: Any) -> None:
    answer = get("/plainly/")
    assert (named(answer, "Vary"), named(answer, "Cache-Control")) == (set(), set())
    assert "authorization" in named(get("/shown/"), "Vary"), "it shows the cookie's user, if there is no token"


ENDS = ["session", "password", "user"]


def end(how: str, user: Any, token: str) -> None:
    if how == "session":
        revoke_session(decode_token(token).sid)
    elif how == "password":
        user.set_password("another one")
        user.save()
    else:
        user.delete()


@pytest.fixture(params=["above", "below", "fetched above"])
def cached(request: pytest.FixtureRequest, settings: Any) -> None:
    order = list(settings.MIDDLEWARE)
    settings.MIDDLEWARE = {
        "above": [UPDATE, *order, FETCH],
        "below": [order[0], UPDATE, *order[1:], FETCH],
        "fetched above": [UPDATE, FETCH, *order],
    }[request.param]


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("url", ["/notes/", "/said/", "/short/", "/rest/"])
def test_no_site_wide_cache_answers_a_refused_token(cached: None, ann: Any, url: str, how: str) -> None:
    token = token_of(ann)
    assert b"ann" in get(url, token).content
    end(how, ann, token)
    answer = get(url, token)
    assert (answer.status_code, b"ann" in answer.content) == (401, False)


@pytest.mark.parametrize("url", ["/notes/", "/short/", "/said/", "/rest/", "/shown/", "/page-shown/"])
def test_no_site_wide_cache_gives_one_users_page_to_another(cached: None, ann: Any, bob: Any, url: str) -> None:
    assert b"ann" in get(url, token_of(ann)).content
    assert b"bob" in get(url, token_of(bob)).content
    assert b"ann" not in get(url).content
    assert b"bob" not in get(url, "bad").content
    assert b"ann" in get(url, token_of(ann)).content


@pytest.mark.parametrize("url", ["/page/", "/page-rest/", "/page-plain-rest/", "/page-shown/"])
def test_no_cached_view_gives_one_users_page_to_another(ann: Any, bob: Any, url: str) -> None:
    token = token_of(ann)
    get(url)
    assert b"ann" in get(url, token).content
    assert b"bob" in get(url, token_of(bob)).content
    assert b"ann" not in get(url).content
    end("session", ann, token)
    assert b"ann" not in get(url, token).content


def test_a_page_for_a_cookies_user_is_kept_for_nobody(ann: Any, bob: Any) -> None:
    """In plain Django `cache_page` keeps it for all: Vary is written only after it."""
    for user, name in ((ann, b"ann"), (bob, b"bob")):
        client = Client()
        client.force_login(user)
        assert name in get("/page/", client=client).content


def test_a_page_for_everybody_is_still_cached(cached: None, db: Any) -> None:
    first = get("/plainly/")
    assert "Expires" in first.headers
    assert get("/plainly/")["Expires"] == first["Expires"]


class Early:
    """Answers before any view, as a package's own cache of pages does."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("kept", status=int(request.headers.get("X-Status", 200)))


def test_whoever_answers_before_the_view_shows_a_refused_token_nothing_closed(ann: Any, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Early"]
    assert get("/notes/", "bad").status_code == 401
    assert get("/rest/", "bad").status_code == 401
    assert get("/shown/", "bad").content == b"kept"
    assert get("/none/", "bad").content == b"kept", "no view's page"
    assert get("/notes/", "bad", **{"X-Status": "302"}).status_code == 302
    assert get("/notes/", token_of(ann)).content == b"kept"


@pytest.mark.parametrize("url", ["/shown/", "/shown-rest/"])
def test_a_refused_token_enters_a_public_view_as_nobody_and_is_told(ann: Any, bob: Any, url: str) -> None:
    client = Client()
    client.force_login(bob)
    answer = get(url, "bad", client=client)
    assert answer.status_code == 200
    assert b"bob" not in answer.content
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    assert "WWW-Authenticate" not in get(url).headers
    assert "WWW-Authenticate" not in get(url, token_of(ann)).headers


def test_csrf_does_not_hide_that_a_token_was_refused(ann: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/shown/", headers=BAD, secure=True)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert client.post("/shown/", secure=True).status_code == 403
    assert client.post("/shown-rest/", headers=BAD, secure=True).status_code == 200


def test_a_refused_token_over_plain_http_enters_nothing(db: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    for header in ("Bearer bad", "Bearer", "Bearer a, Bearer b"):
        answer = Client().get("/shown/", headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (400, "transport_unknown")


@pytest.mark.parametrize("place", ["first", "below"])
def test_a_page_can_read_what_is_answered_above_the_cors_headers(db: Any, settings: Any, place: str) -> None:
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "corsheaders"]
    first, *others = settings.MIDDLEWARE
    settings.MIDDLEWARE = [CORS, first, *others] if place == "first" else [first, CORS, *others]
    for path_ in ("/notes/", "/shown/"):
        answer = Client().get(path_, headers={**BAD, "Origin": "https://app.example.com"})
        assert answer.json()["code"] == "transport_unknown"
        assert answer["Access-Control-Allow-Origin"] == "https://app.example.com"
        assert named(answer, "Vary") >= {"origin", *DECIDED}
    login = Client().post("/auth/login/", "{}", "application/json", headers={"Origin": "https://app.example.com"})
    assert login.json()["code"] == "transport_unknown"
    assert login["Access-Control-Allow-Origin"] == "https://app.example.com"
    attacker = Client().get("/notes/", headers={**BAD, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in attacker.headers


class TestEmptiedCache:
    """`Clear-Site-Data` wherever a browser's session ends or is replaced, and nowhere else."""

    @pytest.fixture
    def browser(self, ann: Any) -> Client:
        client = Client(headers=PAGE)
        first = self.login(client, "ann@example.com")
        assert "Clear-Site-Data" not in first.headers
        client.token = first.json()["access_token"]  # type: ignore[attr-defined]
        return client

    def login(self, client: Client, name: str) -> Any:
        body = json.dumps({"username": name, "password": PASSWORD})
        answer = client.post("/auth/login/", body, "application/json", secure=True)
        assert answer.status_code == 200, answer.content
        return answer

    def post(self, client: Client, url: str, **headers: str) -> Any:
        return client.post(url, "{}", "application/json", headers=headers, secure=True)

    def test_login_over_another_session(self, browser: Client, bob: Any) -> None:
        assert self.login(browser, "bob@example.com")["Clear-Site-Data"] == EMPTIED

    def test_logout(self, browser: Client) -> None:
        assert self.post(browser, "/auth/logout/")["Clear-Site-Data"] == EMPTIED

    def test_logout_everywhere(self, browser: Client) -> None:
        sent = {"Authorization": f"Bearer {browser.token}"}  # type: ignore[attr-defined]
        assert self.post(browser, "/auth/logout-everywhere/", **sent)["Clear-Site-Data"] == EMPTIED

    def test_refresh_of_an_ended_session_and_no_other(self, browser: Client, ann: Any) -> None:
        assert "Clear-Site-Data" not in self.post(browser, "/auth/refresh/").headers
        end("session", ann, browser.token)  # type: ignore[attr-defined]
        answer = self.post(browser, "/auth/refresh/")
        assert (answer.status_code, answer["Clear-Site-Data"]) == (401, EMPTIED)
        again = self.post(browser, "/auth/refresh/")
        assert again.status_code == 401
        assert "Clear-Site-Data" not in again.headers, "a page that nobody is signed in to keeps its cache"

    def test_ones_own_session_in_the_list_and_no_other(self, browser: Client, ann: Any) -> None:
        other = issue_session(ann)
        headers = {"Authorization": f"Bearer {browser.token}"}  # type: ignore[attr-defined]
        own = decode_token(browser.token).sid  # type: ignore[attr-defined]
        for sid, emptied in ((other.session_id, None), (own, EMPTIED)):
            answer = browser.delete(f"/auth/sessions/{sid}/", headers=headers, secure=True)
            assert answer.status_code == 204
            assert answer.headers.get("Clear-Site-Data") == emptied

    def test_an_app_is_told_nothing_of_a_cache(self, ann: Any) -> None:
        answer = self.post(Client(), "/auth/logout/", Authorization=f"Bearer {token_of(ann)}")
        assert answer.status_code == 204
        assert "Clear-Site-Data" not in answer.headers


@pytest.mark.parametrize(
    "said", ["", "*", "Accept", "accept, cookie", "Authorization", "Cookie , x", "X-Cookie", ",", "Accept,*"]
)
def test_vary_is_what_django_makes_of_it(said: str) -> None:
    ours, djangos = HttpResponse(headers={"Vary": said}), HttpResponse(headers={"Vary": said})
    request = HttpRequest()
    caching.mark_authenticated(request)
    caching.patch_cache_headers(request, ours)
    patch_vary_headers(djangos, caching.VARY)
    assert ours["Vary"] == djangos["Vary"]


@pytest.mark.parametrize("said", ["Accept", "Accept, cookie", "Cookie", "X-Cookie", ""])
def test_what_varies_on_the_cookie_varies_on_the_token(said: str) -> None:
    response = HttpResponse(headers={"Vary": said})
    caching.patch_cache_headers(HttpRequest(), response)
    assert ("Authorization" in response["Vary"]) == has_vary_header(HttpResponse(headers={"Vary": said}), "Cookie")
