"""A login that lacks a step: a limited token, which opens its step's endpoint and nothing else (SU-07)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.test.client import ClientHandler
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import (
    Allow,
    Limit,
    LoginAttempt,
    Refuse,
    complete_login,
    count_login_attempt,
    decode_token,
    errors,
    is_token_revoked,
    issue_api_token,
    issue_session,
    login,
    pending_login,
    public,
    refresh_session,
    revoke_user,
)
from django_bearer.accounts.second_factor import proves_several
from django_bearer.endpoints.base import endpoint
from django_bearer.events import EventKind
from django_bearer.http import https
from django_bearer.models import LimitedLogin, RateLimitCounter, RevokedToken, SecurityEventRecord, Session
from django_bearer.primitives import clock
from django_bearer.rate_limits import rules
from django_bearer.sessions import limited_logins
from django_bearer.tokens import limited_token
from tests.conftest import PASSWORD
from tests.endpoints.test_browser import RIGHT, Page

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "ann@example.com"
ENROLLED: set[str] = set()
CODES: set[str] = set()
LOOKED_AT: list[str] = []


class Factor:
    """A second factor of the project's own: the codes that are right just now."""

    def is_enrolled(self, user: Any) -> bool:
        return user.get_username() in ENROLLED

    def verify(self, user: Any, code: str) -> bool | list[str]:
        LOOKED_AT.append(code)
        return ["sms"] if code == "0" * 6 else code in CODES


REQUIRED: set[str] = set()
UNCONFIRMED: set[str] = set()
BLOCKED: set[str] = set()


def policy(attempt: LoginAttempt) -> Allow | Refuse | Limit:
    name = attempt.user.get_username()
    if name in BLOCKED:
        return Refuse("blocked")
    if name in UNCONFIRMED:
        return Limit("verify_email")  # type: ignore[arg-type]
    return Limit("second_factor") if name in REQUIRED else Allow()  # type: ignore[arg-type]


@csrf_exempt
@public
@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    """As a project writes it: the step is checked, then the login goes on."""
    token = request.headers["X-Limited"]
    pending = pending_login(request, token, step="enrol")
    ENROLLED.add(pending.user.get_username())
    return complete_login(request, token, step="enrol", amr=["otp"])


@csrf_exempt
@public
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    token = request.headers["X-Limited"]
    UNCONFIRMED.discard(pending_login(request, token, step="verify_email").user.get_username())
    return complete_login(request, token, step="verify_email")


@csrf_exempt
@public
@require_POST
def atomic_link(request: HttpRequest) -> HttpResponse:
    """A view that writes and then issues, as one with a link that works once."""
    user = get_user_model().objects.get(username=request.POST["username"])
    user.first_name = "seen"
    user.save()
    return HttpResponse(issue_session(user, request=request, amr=["email"]).access_token)


def own_login(request: HttpRequest, members: Any) -> Any:
    from django_bearer.endpoints.token_response import tokens_answer

    return tokens_answer(login(request, members["username"], members["password"]).tokens)


def catching(request: HttpRequest, members: Any) -> Any:
    """As a project writes it that answers in a shape of its own."""
    from django_bearer.http.challenge import Answer

    try:
        login(request, members["username"], members["password"])
    except errors.LoginIncomplete as lacking:
        return Answer(403, {"go_on_with": lacking.members["limited_token"]})
    return Answer(200, {})


class Caught(APIView):
    """The same with REST framework, whose request wraps Django's."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Any) -> Response:
        try:
            login(request, request.data["username"], request.data["password"])
        except errors.LoginIncomplete:
            return Response({}, status=403)
        except errors.HTTPRefusal as refused:
            return Response({}, status=refused.status)
        return Response({})


def mailed_link(request: HttpRequest, members: Any) -> Any:
    from django_bearer.endpoints.token_response import tokens_answer

    user = get_user_model().objects.get(username=members["username"])
    return tokens_answer(issue_session(user, request=request, amr=["email"]))


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("rest/", include("django_bearer.integrations.drf.urls", namespace="rest")),
    path(".well-known/", include("django_bearer.urls.well_known")),
    path("own/login/", endpoint(own_login)),
    path("own/catching/", endpoint(catching)),
    path("own/caught/", public(Caught.as_view())),
    path("own/link/", endpoint(mailed_link)),
    path("own/atomic/", atomic_link),
    path("own/enrol/", enrol),
    path("own/confirm/", confirm),
]


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {
        **settings.BEARER,
        "SECOND_FACTOR": f"{__name__}.Factor",
        "LOGIN_POLICY": policy,
        "CODE_RATE_LIMITS": {"account": "5/minute;20/hour", "address": "1000/hour"},
    }
    with override_settings(ROOT_URLCONF=__name__), clock.frozen():
        yield
    for held in (ENROLLED, CODES, REQUIRED, UNCONFIRMED, BLOCKED):
        held.clear()
    LOOKED_AT.clear()


@pytest.fixture
def enrolled(ann: Any) -> Any:
    ENROLLED.add(NAME)
    CODES.add("123456")
    return ann


def post(url: str, token: str = "", **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().post(url, body, content_type="application/json", headers=headers, secure=True)


def begun(url: str = "/auth/login/", **more: Any) -> str:
    found = post(url, username=NAME, password=PASSWORD, **more)
    assert found.status_code == 403, found.json()
    return str(found.json()["limited_token"])


def second(token: str, code: str = "123456", url: str = "/auth/", **more: Any) -> Any:
    return post(f"{url}login/second-factor/", limited_token=token, code=code, **more)


WAYS = ["/auth/login/", "/rest/login/", "/own/login/", "/own/link/"]


# The table: every way to a session, by what the account is.


def at(state: str, user: Any) -> None:
    match state:
        case "factor on":
            ENROLLED.add(NAME)
        case "required, not enrolled":
            REQUIRED.add(NAME)
        case "unverified e-mail":
            UNCONFIRMED.add(NAME)
        case "deactivated":
            user.is_active = False
            user.save()
        case "blocked":
            BLOCKED.add(NAME)


STATES = {
    "no factor": (200, "", ""),
    "factor on": (403, "login_incomplete", "second_factor"),
    "required, not enrolled": (403, "login_incomplete", "enrol"),
    "unverified e-mail": (403, "login_incomplete", "verify_email"),
    "deactivated": (401, "invalid_credentials", ""),
    "blocked": (403, "login_refused", ""),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", STATES)
def test_every_way_to_a_session(way: str, state: str, ann: Any) -> None:
    at(state, ann)
    found = post(way, username=NAME, password=PASSWORD)
    body = found.json()
    assert (found.status_code, body.get("code", ""), body.get("step", "")) == STATES[state]
    assert Session.objects.count() == (1 if state == "no factor" else 0)
    assert LimitedLogin.objects.count() == (1 if STATES[state][2] else 0)
    assert ("access_token" in body) is (state == "no factor")


@pytest.mark.parametrize("state", STATES)
def test_a_session_of_before_is_refreshed_and_makes_an_api_token_only_where_it_might_begin(
    state: str, ann: Any
) -> None:
    before = issue_session(ann, amr=["pwd"])
    at(state, ann)
    body = {"name": "x", "expires_in": 3600}
    made = post("/auth/api-tokens/", before.access_token, **body)
    stepped = post("/auth/step-up/", before.access_token, password=PASSWORD)
    found = post("/auth/refresh/", refresh_token=before.refresh_token)
    if state == "no factor":
        assert (made.status_code, stepped.status_code, found.status_code) == (201, 200, 503)
    elif state == "deactivated":
        assert {answer.status_code for answer in (made, stepped, found)} == {401}
    else:
        reason = {"blocked": "blocked"}.get(state) or f"{STATES[state][2]}_required"
        for answer in (made, stepped, found):
            assert (answer.status_code, answer.json()["reason"]) == (403, reason)
        assert Session.objects.get().generation == 0
        with pytest.raises(errors.LoginRefused):
            refresh_session(before.refresh_token or "")


def test_what_code_makes_without_a_login_is_for_the_policy_alone(enrolled: Any) -> None:
    assert issue_api_token(enrolled, name="x", expires_in=3600).token
    with pytest.raises(errors.LoginRefused):
        issue_api_token(enrolled, name="x", expires_in=3600, amr=["pwd"])


# A limited token.


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("url", ["/auth/", "/rest/"])
def test_the_second_factor_completes_the_login(way: str, url: str, enrolled: Any) -> None:
    token = begun(way)
    found = second(token, url=url)
    assert found.status_code == 200, found.json()
    claims = decode_token(found.json()["access_token"])
    first = "email" if way == "/own/link/" else "pwd"
    assert set(claims.amr) == {first, "otp", "mfa"}
    assert post("/auth/refresh/", refresh_token=found.json()["refresh_token"]).status_code == 200
    assert not LimitedLogin.objects.exists()
    again = second(token)
    assert (again.status_code, again.json()["code"]) == (401, "limited_token_refused")
    assert Session.objects.count() == 1


def test_it_outlives_the_rollback_of_the_view_that_was_refused(enrolled: Any, monkeypatch: Any) -> None:
    from django.db import connections

    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    found = Client().post("/own/atomic/", {"username": NAME}, secure=True)
    assert (found.status_code, found.json()["code"]) == (403, "login_incomplete")
    assert second(found.json()["limited_token"]).status_code == 200


def test_the_token_says_nothing_and_only_its_digest_is_stored(enrolled: Any) -> None:
    token = begun()
    assert token.startswith("djb_lt_")
    assert bytes(LimitedLogin.objects.get().digest) == limited_token.digest_of(token)
    stored = str(LimitedLogin.objects.values().get()) + str(list(SecurityEventRecord.objects.values()))
    assert token not in stored
    assert PASSWORD not in stored


def test_none_of_a_logins_effects_happen_before_the_session(enrolled: Any, bearer: Any) -> None:
    heard: list[Any] = []
    user_logged_in.connect(lambda **members: heard.append(members["user"]), weak=False, dispatch_uid="limited")
    try:
        other = issue_session(enrolled, amr=["pwd", "otp"])
        found = post("/auth/login/", username=NAME, password=PASSWORD)
        enrolled.refresh_from_db()
        assert (heard, enrolled.last_login) == ([], None)
        assert "known_device_token" not in found.json()
        assert not bearer.events_of(EventKind.LOGIN_SUCCESS)
        assert len(bearer.events_of(EventKind.LOGIN_LIMITED)) == 1
        assert RateLimitCounter.objects.exists()  # nothing was forgiven
        assert [row.pk for row in Session.objects.all()] == [other.session_id]
        done = second(found.json()["limited_token"]).json()
        enrolled.refresh_from_db()
        assert heard == [enrolled]
        assert enrolled.last_login is not None
        assert done["known_device_token"]
        assert len(bearer.events_of(EventKind.LOGIN_SUCCESS)) == 1
    finally:
        user_logged_in.disconnect(dispatch_uid="limited")


def test_a_login_is_forgiven_when_it_is_complete(enrolled: Any) -> None:
    """Ten an hour are allowed: those that came to a session do not count."""
    for number in range(12):
        CODES.add(f"77{number:04}")
        token = begun()
        assert second(token, f"77{number:04}").status_code == 200
        clock.advance(61)


def test_and_is_not_where_the_second_factor_is_missing(enrolled: Any) -> None:
    for _ in range(10):
        begun()
    assert post("/auth/login/", username=NAME, password=PASSWORD).status_code == 429


@pytest.mark.parametrize("url", ["/auth/login/", "/rest/login/", "/own/login/", "/own/catching/", "/own/caught/"])
def test_whoever_has_the_password_alone_keeps_its_owner_from_no_login_elsewhere(
    url: str, enrolled: Any, settings: Any
) -> None:
    """From as many addresses as they like; guesses are counted over all of them as before (ASVS 6.1.1)."""
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "4/day"}}

    def ask(number: int, password: str = PASSWORD) -> int:
        body = {"username": NAME, "password": password}
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        return int(client.post(url, body, content_type="application/json", secure=True).status_code)

    assert [ask(number) for number in range(6)] == [403] * 6
    assert [ask(number, "wrong") for number in range(10, 14)] == [401] * 4
    assert [ask(20, "wrong"), ask(21)] == [429] * 2, "whatever it is, once there were too many guesses"


def test_an_attempt_is_taken_back_once_the_answer_was_made(enrolled: Any) -> None:
    """A right password costs no statement more than a wrong one until then, whatever the view makes of it."""
    asked: list[int] = []

    def counted() -> int:
        return sum(RateLimitCounter.objects.values_list("count", flat=True))

    original = BaseHandler.get_response

    def seen(handler: Any, request: HttpRequest) -> Any:
        response = original(handler, request)
        asked.append(counted())
        return response

    with patch.object(BaseHandler, "get_response", seen):
        post("/own/catching/", username=NAME, password=PASSWORD)
    [before] = asked
    assert before > counted() > 0, "the limits of the address stay"


def test_a_login_outside_a_request_is_taken_back_at_once(enrolled: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "2/day"}}
    for number in range(4):
        with pytest.raises(errors.LoginIncomplete):
            login(RequestFactory().post("/", secure=True, REMOTE_ADDR=f"192.0.2.{number}"), NAME, PASSWORD)


def test_an_attempt_that_the_project_counted_itself_may_lack_a_step(enrolled: Any, settings: Any) -> None:
    """Neither filled for the owner, nor cleared for whoever guesses in between."""
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "2/day"}}

    def at(number: int) -> Any:
        return RequestFactory().post("/", secure=True, REMOTE_ADDR=f"192.0.2.{number}")

    count_login_attempt(NAME, request=at(0)).failed()
    for number in range(1, 4):
        count_login_attempt(NAME, request=at(number)).incomplete()
    count_login_attempt(NAME, request=at(5)).failed()
    with pytest.raises(errors.RateLimited):
        count_login_attempt(NAME, request=at(6))


def test_every_limited_token_at_every_endpoint_and_method_is_refused(enrolled: Any, django_user_model: Any) -> None:
    """As a bearer token, and as every other kind of token in a body; with each step there is."""
    tokens = {"second_factor": begun()}
    ENROLLED.discard(NAME)
    REQUIRED.add(NAME)
    tokens["enrol"] = begun()
    UNCONFIRMED.add(NAME)
    tokens["verify_email"] = begun()
    ENROLLED.add(NAME)
    own = {"login/second-factor/": "second_factor", "own/enrol/": "enrol", "own/confirm/": "verify_email"}
    for url in every_route():
        for method in ("get", "post", "put", "patch", "delete", "head", "options"):
            for step, token in tokens.items():
                if own.get(url.lstrip("/").removeprefix("auth/").removeprefix("rest/")) == step and method == "post":
                    continue
                names = ("token", "refresh_token", "access_token", "limited_token", "password", "known_device_token")
                body = {**dict.fromkeys(names, token), "username": NAME, "code": "999999"}
                headers = {"Authorization": f"Bearer {token}", "X-Limited": token}
                client = Client(raise_request_exception=False)
                ask = getattr(client, method)
                sent = {} if method in ("get", "head") else {"data": body, "content_type": "application/json"}
                if method == "options":
                    sent = {}
                found = ask(url, headers=headers, secure=True, **sent)
                where = (method, url, step, found.status_code, found.content[:200])
                assert found.status_code != 500, where
                assert b"access_token" not in found.content, where
                assert not found.cookies, where
                reads = "well-known" in url or "csp-report" in url or method == "options"
                nothing = url.endswith(("/logout/", "/revoke/"))  # 204 and 200 whatever the token, by RFC 7009
                assert reads or nothing or found.status_code >= 400 or b'"active": false' in found.content, where
    assert not Session.objects.exists()
    assert LimitedLogin.objects.count() == 3


def every_route() -> list[str]:
    from django.urls import get_resolver

    found = []
    for route in get_resolver(__name__).url_patterns:
        for one in getattr(route, "url_patterns", [route]):
            prefix = "" if one is route else str(route.pattern)
            if str(one.pattern) in ("own/link/", "own/atomic/"):
                continue  # it asks for nothing, as a link that was opened
            uuid = "0d3a0d3a-0d3a-4d3a-8d3a-0d3a0d3a0d3a"
            pattern = str(one.pattern).replace("<uuid:session_id>", uuid).replace("<uuid:token_id>", uuid)
            found.append(f"/{prefix}{pattern}")
    assert len(found) > 30
    return found


def expired() -> None:
    clock.advance(600)


def with_another_password(user: Any) -> None:
    user.set_password("another password")
    user.save()


@pytest.mark.parametrize("end", ["expired", "password", "everywhere", "inactive", "gone"])
def test_what_ends_a_limited_token(end: str, enrolled: Any) -> None:
    token = begun()
    match end:
        case "expired":
            clock.advance(600)
        case "password":
            enrolled.set_password("another password")
            enrolled.save()
        case "everywhere":
            revoke_user(enrolled)
        case "inactive":
            type(enrolled).objects.update(is_active=False)
        case "gone":
            enrolled.delete()
    found = second(token)
    assert (found.status_code, found.json()["code"]) == (401, "limited_token_refused")
    assert LOOKED_AT == []


def test_it_lasts_for_its_minutes(enrolled: Any) -> None:
    token = begun()
    clock.advance(599)
    assert second(token).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "djb_lt_" + "A" * 49, "djb_rt_x", None, 7, ["a"], "\x00"])
def test_noise_is_a_clear_answer(token: Any, enrolled: Any) -> None:
    found = post("/auth/login/second-factor/", limited_token=token, code="123456")
    assert found.status_code in (400, 401)
    assert LOOKED_AT == []


@pytest.mark.parametrize("code", [None, 123456, ["123456"], "", "x" * 1025, "\x00"])
def test_noise_in_place_of_a_code(code: Any, enrolled: Any) -> None:
    for url in ("/auth/", "/rest/"):
        assert second(begun(), code, url).status_code == 400
    assert LOOKED_AT == []


def test_another_client_has_no_use_of_it(enrolled: Any) -> None:
    found = second(begun(), client_id="other-client")
    assert (found.status_code, found.json()["code"]) == (401, "limited_token_refused")


def test_scope_and_client_are_those_that_were_asked_for(enrolled: Any) -> None:
    found = second(begun(scope="notes:read"), scope="notes:read notes:write").json()
    assert found["scope"] == "notes:read"


def test_plain_http_is_refused(enrolled: Any, settings: Any) -> None:
    token = begun()
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    body = {"limited_token": token, "code": "123456"}
    found = Client().post("/auth/login/second-factor/", body, content_type="application/json")
    assert found.status_code == 400
    assert LOOKED_AT == []


PROXY = "10.0.0.1"
CLEAR = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_PROTO": "http"}


@pytest.mark.parametrize("url", ["/auth/login/second-factor/", "/rest/login/second-factor/", "/auth/refresh/"])
@pytest.mark.parametrize("code", ["123456", 5])
def test_what_was_overheard_on_plain_http_completes_no_login(
    url: str, code: Any, enrolled: Any, settings: Any, bearer: Any
) -> None:
    """The code came with it, and is right for a while (RFC 6750 section 5.3)."""
    token = begun()
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": [f"{PROXY}/32"], "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    https.state.seen = True
    body = {"limited_token": token, "code": code}
    found = Client().post(url, body, content_type="application/json", **CLEAR)
    assert (found.status_code, found.json()["code"]) == (400, "insecure_transport")
    assert bearer.events[-1].details == {"revoked": "login"}
    assert not LimitedLogin.objects.exists()
    again = second(token)
    assert (again.status_code, again.json()["code"], LOOKED_AT) == (401, "limited_token_refused", [])


def test_a_view_of_the_projects_own_ends_it_as_well(enrolled: Any, settings: Any) -> None:
    ENROLLED.discard(NAME)
    REQUIRED.add(NAME)
    token = begun()
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": [f"{PROXY}/32"], "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    https.state.seen = True
    assert Client().post("/own/enrol/", headers={"X-Limited": token}, **CLEAR).status_code == 400
    assert not LimitedLogin.objects.exists()


def test_another_issuer_ends_no_login_of_this_one(enrolled: Any) -> None:
    token = begun()
    assert limited_logins.TOKENS.user_of(token, "https://other.example.com") == ""
    assert limited_logins.TOKENS.user_of(token, "https://api.example.com") == str(enrolled.pk)
    assert limited_logins.TOKENS.user_of("None", "https://api.example.com") == ""


def test_a_logout_everywhere_while_the_code_is_checked_ends_the_login(enrolled: Any, monkeypatch: Any) -> None:
    """It begins no session that the user has just ended (ASVS 7.4.3)."""
    token, check = begun(), Factor.verify

    def meanwhile(self: Factor, user: Any, code: str) -> Any:
        thread = threading.Thread(target=elsewhere, args=[lambda: revoke_user(user)])
        thread.start()
        thread.join()
        return check(self, user, code)

    monkeypatch.setattr(Factor, "verify", meanwhile)
    found = second(token)
    assert found.status_code == 200
    assert is_token_revoked(found.json()["access_token"])
    with pytest.raises(errors.SessionEnded):
        refresh_session(found.json()["refresh_token"])


def test_a_policy_may_log_the_user_out_everywhere_else(enrolled: Any, settings: Any) -> None:
    def everywhere_else(attempt: LoginAttempt) -> Allow:
        revoke_user(attempt.user)
        return Allow()

    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": everywhere_else}
    found = second(begun())
    assert found.status_code == 200
    assert not is_token_revoked(found.json()["access_token"])


def elsewhere(work: Callable[[], object]) -> None:
    """In another thread, as another request is answered."""
    try:
        work()
    finally:
        connection.close()


# Codes.


@pytest.mark.parametrize("limit", ["account", "address"])
def test_right_codes_are_taken_back(limit: str, enrolled: Any, settings: Any) -> None:
    """A company behind one address logs in at nine; whoever pays often steps up often."""
    limits = {"account": "100/hour", "address": "100/hour", limit: "3/hour"}
    settings.BEARER = {**settings.BEARER, "CODE_RATE_LIMITS": limits}
    for number in range(5):
        CODES.add(f"77{number:04}")
        found = second(begun(), f"77{number:04}")
        assert found.status_code == 200, found.json()
    for _ in range(2):
        assert second(begun(), "000001").json()["code"] == "code_refused"
    CODES.add("880000")
    assert second(begun(), "880000").status_code == 200
    assert second(begun(), "000001").json()["code"] == "code_refused"
    assert second(begun(), "000001").json()["code"] == "throttled"


@pytest.mark.parametrize("first", ["unknown", "elsewhere", "known"])
def test_a_success_takes_back_only_what_its_own_login_counted(first: str, enrolled: Any, settings: Any) -> None:
    """Otherwise whoever has an account clears an address that guesses at others from stolen known-device tokens."""
    limits = {"address": "4/hour", "device": "50/hour"}
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": limits}
    device = second(begun()).json()["known_device_token"]
    wrong = {"username": NAME, "password": "wrong", "known_device_token": device}
    assert [post("/auth/login/", **wrong).status_code for _ in range(3)] == [401] * 3
    code = "880000"
    CODES.add(code)
    match first:
        case "unknown":
            token = begun()
        case "elsewhere":
            body = {"username": NAME, "password": PASSWORD, "known_device_token": device}
            away = Client(REMOTE_ADDR="198.51.100.9")
            found = away.post("/auth/login/", body, content_type="application/json", secure=True)
            token = found.json()["limited_token"]
        case "known":
            token = begun(known_device_token=device)
    assert second(token, code, known_device_token=device).status_code == 200
    assert [post("/auth/login/", **wrong).status_code for _ in range(2)] == [401, 429]


def test_a_code_that_was_used_before_counts(enrolled: Any) -> None:
    assert second(begun()).status_code == 200
    assert [second(begun()).json()["code"] for _ in range(6)] == ["code_refused"] * 5 + ["throttled"]


def test_guesses_are_counted_by_account_over_all_its_limited_tokens(enrolled: Any) -> None:
    codes = [second(begun(), f"00000{number}").json()["code"] for number in range(1, 8)]
    assert codes == ["code_refused"] * 5 + ["throttled"] * 2
    assert len(LOOKED_AT) == 5
    right = second(begun())
    assert (right.status_code, right.json()["code"]) == (429, "throttled")
    assert int(right["Retry-After"]) > 0


def test_right_codes_are_no_guesses(enrolled: Any, settings: Any) -> None:
    """Many people behind one address do not keep one another out, nor does a right code hide wrong ones."""
    settings.BEARER = {**settings.BEARER, "CODE_RATE_LIMITS": {"account": "3/hour", "address": "3/hour"}}
    for number in range(6):
        CODES.add(f"88{number:04}")
        assert second(begun(), f"88{number:04}").status_code == 200
    codes = [second(begun(), f"00000{number}").json()["code"] for number in range(1, 5)]
    assert codes == ["code_refused"] * 3 + ["throttled"]


def test_those_of_step_ups_are_counted_apart(enrolled: Any) -> None:
    """Whoever has the password alone keeps the owner from no step-up."""
    token = issue_session(enrolled, amr=["pwd", "otp"]).access_token
    limited = begun()
    for number in range(1, 7):
        second(limited, f"00000{number}")
    assert len(LOOKED_AT) == 5
    stepped = post("/auth/step-up/", token, password=PASSWORD, code="123456")
    assert stepped.status_code == 200
    for number in range(1, 7):
        last = post("/auth/step-up/", stepped.json()["access_token"], password=PASSWORD, code=f"10000{number}")
    assert last.json()["code"] == "throttled"


def test_keys_of_users_that_differ_by_a_plus_are_counted_apart() -> None:
    one, other = (
        rules.code_attempt("192.0.2.1", "x", f"user {key}")[1] for key in ("ann+1@x.example", "ann@x.example")
    )
    assert one != other


def test_a_password_that_was_only_hashed_anew_ends_no_login(enrolled: Any, settings: Any) -> None:
    token = begun()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher", *settings.PASSWORD_HASHERS]
    before = enrolled.password
    enrolled.refresh_from_db()
    assert enrolled.check_password(PASSWORD)
    enrolled.refresh_from_db()
    assert enrolled.password != before
    assert second(token).status_code == 200


def test_a_known_device_has_a_count_of_its_own_that_is_bounded(enrolled: Any) -> None:
    device = second(begun()).json()["known_device_token"]
    other = begun()
    for number in range(1, 7):
        last = second(other, f"00000{number}")
    assert last.json()["code"] == "throttled"
    CODES.add("654321")
    mine = begun()
    done = post("/auth/login/second-factor/", limited_token=mine, code="654321", known_device_token=device)
    assert done.status_code == 200
    for number in range(1, 7):
        body = {"limited_token": begun(), "code": f"20000{number}", "known_device_token": device}
        last = post("/auth/login/second-factor/", **body)
    assert last.json()["code"] == "throttled"


@pytest.mark.parametrize("spelling", ["123456", " 123456 ", "123 456", "123-456", "0123456"])
def test_a_code_is_taken_once_in_whatever_attempt(spelling: str, enrolled: Any) -> None:
    assert second(begun()).status_code == 200
    CODES.add("0123456")
    found = second(begun(), spelling)
    assert (found.status_code, found.json()["code"]) == (401, "code_refused")
    token = issue_session(enrolled, amr=["pwd", "otp"]).access_token
    assert post("/auth/step-up/", token, password=PASSWORD, code=spelling).json()["code"] == "code_refused"


def test_another_users_code_is_not_used_up(enrolled: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("bob", password=PASSWORD)
    ENROLLED.add("bob")
    assert second(begun()).status_code == 200
    other = post("/auth/login/", username="bob", password=PASSWORD).json()["limited_token"]
    assert second(other).status_code == 200
    assert "123456" not in str(list(RevokedToken.objects.values()))


def test_a_factor_names_its_own_methods(enrolled: Any) -> None:
    claims = decode_token(second(begun(), "000000").json()["access_token"])
    assert claims.amr == ("pwd", "mfa", "sms")


def test_a_failed_code_is_told(enrolled: Any, bearer: Any) -> None:
    second(begun(), "999999")
    assert len(bearer.events_of(EventKind.LOGIN_FAILED)) == 1


async def answered_late(*_: Any) -> bool:
    return True


@pytest.mark.parametrize("wrong", ["wrong code", b"no", None, 0, [], ""])
def test_what_is_false_or_a_text_is_no_proof(wrong: Any, enrolled: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(Factor, "verify", lambda *_: wrong)
    assert second(begun()).json()["code"] == "code_refused"


def test_a_coroutine_is_no_proof(enrolled: Any, monkeypatch: Any) -> None:
    token = begun()
    monkeypatch.setattr(Factor, "verify", answered_late)
    assert second(token).status_code == 503


def test_a_factor_that_fails_decides_nothing(enrolled: Any, monkeypatch: Any) -> None:
    token = begun()
    monkeypatch.setattr(Factor, "verify", lambda *_: 1 / 0)
    assert second(token).status_code == 503
    monkeypatch.setattr(Factor, "is_enrolled", lambda *_: 1 / 0)
    found = post("/auth/login/", username=NAME, password=PASSWORD)
    assert (found.status_code, found.json()["code"]) == (503, "retry")
    assert not Session.objects.exists()


def test_without_a_factor_in_the_settings_there_is_no_such_endpoint(enrolled: Any, settings: Any) -> None:
    token = begun()
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": None}
    assert second(token).status_code == 404


# Step-up with a second factor.


def test_a_step_up_takes_the_password_and_the_code_together(enrolled: Any) -> None:
    token = issue_session(enrolled, amr=["pwd", "otp"]).access_token
    alone = post("/auth/step-up/", token, password=PASSWORD)
    assert (alone.status_code, alone.json()["reason"]) == (403, "second_factor_required")
    assert post("/auth/step-up/", token, password="wrong", code="123456").json()["code"] == "password_required"
    assert LOOKED_AT == []
    found = post("/auth/step-up/", token, password=PASSWORD, code="123456")
    assert set(decode_token(found.json()["access_token"]).amr) == {"pwd", "otp", "mfa"}


# What the time tells.


def test_every_login_that_yields_no_session_costs_one_hash(enrolled: Any, monkeypatch: Any) -> None:
    """ASVS 6.3.8: neither a name that finds nobody, nor a wrong password, nor one that lacks its second factor."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    real, hashed = MD5PasswordHasher.encode, []

    def counted(self: Any, *args: Any) -> str:
        hashed.append(1)
        return str(real(self, *args))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    counts = {}
    for name, password in (("nobody", PASSWORD), (NAME, "wrong"), (NAME, PASSWORD)):
        hashed.clear()
        assert post("/auth/login/", username=name, password=password).status_code in (401, 403)
        counts[name, password] = len(hashed)
    assert set(counts.values()) == {1}


def test_a_wrong_password_costs_the_statements_of_a_name_that_finds_nobody(enrolled: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    post("/auth/login/", username="somebody", password="wrong")
    for name in ("nobody", NAME):
        with CaptureQueriesContext(connection) as queries:
            post("/auth/login/", username=name, password="wrong")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_right_password_without_its_second_factor_costs_the_same(
    database: str, settings: Any, django_user_model: Any
) -> None:
    """Where the factor asks the database once, as that of django-allauth does: statements, and with them commits."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    class Stored(Factor):
        def is_enrolled(self, user: Any) -> bool:
            return bool(django_user_model.objects.filter(pk=user.pk).exists())

    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Stored, "LOGIN_POLICY": None}
    django_user_model.objects.create_user(NAME, password=PASSWORD)
    counts = {}
    handler = ClientHandler()
    handler.load_middleware()
    for _ in range(2):  # the first makes the rows of this hour
        for name, password in (("nobody", "wrong"), (NAME, "wrong"), (NAME, PASSWORD)):
            body = {"username": name, "password": password}
            request = RequestFactory().post("/auth/login/", body, content_type="application/json", secure=True)
            with CaptureQueriesContext(connections[database]) as queries:
                found = handler.get_response(request)
                counts[name, password] = len(queries)  # what follows the answer is seen by nobody
            found.close()
    assert b'"step": "second_factor"' in found.content
    assert len(set(counts.values())) == 1, counts


# Pages.


def test_a_page_gets_its_cookie_with_the_second_step_only(enrolled: Any) -> None:
    page = Page()
    found = page.login(secure=True)
    assert page.jar == {}
    body = {"limited_token": found.json()["limited_token"], "code": "123456"}
    done = page.post("login/second-factor", body, secure=True)
    assert done.status_code == 200, done.json()
    assert "refresh_token" not in done.json()
    assert page.session()
    assert page.post("refresh", secure=True).status_code == 200


def test_a_pages_limited_token_buys_no_refresh_token_in_a_body(enrolled: Any) -> None:
    token = Page().login(secure=True).json()["limited_token"]
    found = second(token)
    assert (found.status_code, found.json()["code"]) == (403, "origin_refused")


def test_no_other_site_completes_a_login(enrolled: Any) -> None:
    page = Page()
    token = page.login(secure=True).json()["limited_token"]
    for wrong in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Mode": "navigate"}, {"X-Bearer-Client": None}):
        body = {"limited_token": token, "code": "123456"}
        found = page.post("login/second-factor", body, headers=wrong, secure=True)
        assert found.status_code == 403, wrong
    native = begun()
    body = {"limited_token": native, "code": "123456"}
    assert page.post("login/second-factor", body, headers=RIGHT, secure=True).status_code == 403
    assert LOOKED_AT == []


def test_two_users_half_way_in_one_browser_do_not_mix(enrolled: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("bob", password=PASSWORD)
    ENROLLED.add("bob")
    page = Page()
    ann, bob = page.login(secure=True).json(), page.login("bob", secure=True).json()
    done = page.post("login/second-factor", {"limited_token": ann["limited_token"], "code": "123456"}, secure=True)
    assert decode_token(done.json()["access_token"]).sub == str(enrolled.pk)
    assert Session.objects.get().user_id == enrolled.pk
    done = page.post("login/second-factor", {"limited_token": bob["limited_token"], "code": "123456"}, secure=True)
    assert decode_token(done.json()["access_token"]).sub != str(enrolled.pk)


# Steps of the project's own.


def test_enrolment_completes_the_login(ann: Any) -> None:
    REQUIRED.add(NAME)
    token = begun()
    assert second(token).json()["code"] == "limited_token_refused"
    found = Client().post("/own/enrol/", headers={"X-Limited": token}, secure=True)
    assert found.status_code == 200, found.json()
    assert set(decode_token(found.json()["access_token"]).amr) == {"pwd", "otp"}
    assert Client().post("/own/enrol/", headers={"X-Limited": token}, secure=True).status_code == 401


@pytest.mark.parametrize("amr", ["otp", b"otp", ["o t"], [1]])
def test_methods_are_a_list_of_names(amr: Any, ann: Any, rf: Any) -> None:
    REQUIRED.add(NAME)
    with pytest.raises(errors.InvalidRequest):
        complete_login(rf.post("/", secure=True), begun(), step="enrol", amr=amr)
    assert not Session.objects.exists()


def test_one_step_may_lead_to_another(enrolled: Any) -> None:
    UNCONFIRMED.add(NAME)
    ENROLLED.discard(NAME)
    token = begun()
    ENROLLED.add(NAME)
    found = Client().post("/own/confirm/", headers={"X-Limited": token}, secure=True)
    assert (found.status_code, found.json()["step"]) == (403, "second_factor")
    assert Client().post("/own/confirm/", headers={"X-Limited": token}, secure=True).status_code == 401
    assert second(found.json()["limited_token"]).status_code == 200
    assert Session.objects.count() == 1


@pytest.mark.parametrize("token", ["", "x", None, 7])
def test_noise_at_a_step_of_the_projects_own(token: Any, ann: Any, rf: Any) -> None:
    request = rf.post("/", secure=True)
    with pytest.raises((errors.InvalidLimitedToken, errors.InvalidRequest)):
        pending_login(request, token, step="enrol")
    with pytest.raises(ValueError, match="nonsense"):
        pending_login(request, "x", step="nonsense")


# What is proved.


@pytest.mark.parametrize(
    ("methods", "several"),
    [
        ({"pwd"}, False),
        ({"otp"}, False),
        ({"pwd", "otp"}, True),
        ({"pwd", "pin"}, False),
        ({"otp", "sms"}, False),
        ({"hwk", "user"}, False),
        ({"hwk", "pin"}, True),
        ({"hwk", "fpt"}, True),
        ({"mfa"}, True),
        ({"pwd", "recovery"}, True),
        ({"pwd", "geo", "rba"}, False),
        (set(), False),
    ],
)
def test_several_factors_are_of_several_kinds(methods: set[str], several: bool) -> None:
    assert proves_several(frozenset(methods)) is several


@pytest.mark.parametrize("wrong", ["", "no.such.Thing", 7, object(), "django_bearer.errors.InvalidCode", []])
def test_a_setting_that_is_no_factor_is_refused(wrong: Any, settings: Any) -> None:
    from django_bearer import conf

    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": wrong}
    with pytest.raises(errors.ConfigurationError, match="SECOND_FACTOR"):
        conf.current()


def test_it_runs_on_every_database(database: str, django_user_model: Any) -> None:
    django_user_model.objects.create_user(NAME, password=PASSWORD)
    ENROLLED.add(NAME)
    CODES.add("123456")
    token = begun()
    assert second(token, "1").status_code == 401
    assert second(token).status_code == 200
    assert second(token).status_code == 401


def test_what_is_over_is_purged(enrolled: Any) -> None:
    from django_bearer.sessions.cleanup import purge

    begun()
    clock.advance(600 + 86_400 + 1)
    purge()
    assert not LimitedLogin.objects.exists()
