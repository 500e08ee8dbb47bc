"""`step_up_required` for views, async views, class-based views and REST framework (RFC 9470; SU-01 to SU-06)."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from django_bearer import Principal, issue_api_token, issue_session, refresh_session, require_step_up
from django_bearer.accounts.login_strength import LoginRequirement, acr_of, requirement, unmet
from django_bearer.errors import ConfigurationError, ReauthenticationRequired, StrongerLoginRequired
from django_bearer.functions import authenticate_token
from django_bearer.integrations import drf
from django_bearer.integrations.django import bearer_required, step_up_required
from django_bearer.primitives import clock

BILLING = "https://billing.example.com/"
ACR = ["urn:a:passkey", "urn:a:two"]
pytestmark = pytest.mark.django_db(transaction=True)


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.auth.user.get_username())  # type: ignore[attr-defined]


@step_up_required(max_age=60)
async def waiting(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


@method_decorator(step_up_required(max_age=60), name="dispatch")
class Classy(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(request)


class Api(APIView):
    permission_classes: ClassVar[Any] = [drf.step_up_required(max_age=60)]

    def get(self, request: Request) -> Response:
        return Response(str(request.user))


class ApiStrong(Api):
    permission_classes: ClassVar[Any] = [drf.step_up_required(acr=ACR)]


class ApiBoth(Api):
    permission_classes: ClassVar[Any] = [drf.step_up_required(max_age=60, acr=ACR)]


@bearer_required(audience=BILLING)
def billing(request: HttpRequest) -> HttpResponse:
    return answer(request)


urlpatterns = [
    path("age/plain/", step_up_required(max_age=60)(answer)),
    path("age/async/", waiting),
    path("age/class/", Classy.as_view()),
    path("age/drf/", Api.as_view()),
    path("acr/plain/", step_up_required(acr=ACR)(answer)),
    path("acr/drf/", ApiStrong.as_view()),
    path("both/plain/", step_up_required(max_age=60, acr=ACR)(answer)),
    path("both/drf/", ApiBoth.as_view()),
    path("billing/", step_up_required(max_age=60)(billing)),
]


@pytest.fixture(autouse=True)
def _routes() -> Any:
    with override_settings(ROOT_URLCONF=__name__), clock.frozen():
        yield


def get(url: str, token: str = "") -> Any:
    return Client().get(url, headers={"Authorization": f"Bearer {token}"} if token else {})


AGE = ["/age/plain/", "/age/async/", "/age/class/", "/age/drf/"]
STRONG = ["/acr/plain/", "/acr/drf/"]


@pytest.mark.parametrize("url", AGE)
def test_su_01_and_03_a_login_too_old_is_told_how_old_it_may_be(url: str, ann: Any) -> None:
    issued = issue_session(ann)
    clock.advance(60)
    assert get(url, issued.access_token).status_code == 200
    clock.advance(1)
    found = get(url, issued.access_token)
    assert found.status_code == 401
    assert 'error="insufficient_user_authentication"' in found["WWW-Authenticate"]
    assert 'max_age="60"' in found["WWW-Authenticate"]
    assert "acr_values" not in found["WWW-Authenticate"]
    refreshed = refresh_session(issued.refresh_token or "")
    assert get(url, refreshed.access_token).status_code == 401  # a refresh renews no auth_time
    assert "no-store" in found["Cache-Control"]


@pytest.mark.parametrize("url", STRONG)
@pytest.mark.parametrize(
    ("acr", "status"),
    [("urn:a:passkey", 200), ("urn:a:two", 200), ("", 401), ("urn:a:pass", 401), ("urn:a", 401)],
)
def test_su_04_any_listed_value_suffices_and_no_other(url: str, acr: str, status: int, ann: Any) -> None:
    found = get(url, issue_session(ann, acr=acr).access_token)
    assert found.status_code == status
    if status == 401:
        assert found.json()["code"] == "login_too_weak"
        assert 'acr_values="urn:a:passkey urn:a:two"' in found["WWW-Authenticate"]


@pytest.mark.parametrize("url", ["/both/plain/", "/both/drf/"])
def test_both_are_told_where_both_are_asked(url: str, ann: Any) -> None:
    weak, strong = issue_session(ann), issue_session(ann, acr="urn:a:two")
    assert get(url, strong.access_token).status_code == 200
    assert get(url, weak.access_token).status_code == 401
    clock.advance(61)
    found = get(url, strong.access_token)
    assert found.status_code == 401
    assert 'max_age="60"' in found["WWW-Authenticate"]
    assert 'acr_values="urn:a:passkey urn:a:two"' in found["WWW-Authenticate"]


@pytest.mark.parametrize("url", AGE + STRONG)
def test_su_02_an_invalid_token_is_no_case_for_a_step_up(url: str, ann: Any) -> None:
    for token, code in (("a.b.c", "invalid_token"), ("", "not_authenticated")):
        found = get(url, token)
        assert (found.status_code, found.json()["code"]) == (401, code)
        assert "insufficient_user_authentication" not in found["WWW-Authenticate"]


@pytest.mark.parametrize("url", AGE + STRONG)
def test_an_api_token_says_nothing_of_a_person(url: str, ann: Any) -> None:
    found = get(url, issue_api_token(ann, name="x", expires_in=3600).token)
    assert (found.status_code, found.json()["code"]) == (403, "session_required")


@pytest.mark.parametrize("url", AGE + STRONG)
def test_a_django_session_says_nothing_of_its_login(url: str, ann: Any) -> None:
    client = Client()
    client.force_login(ann)
    found = client.get(url)
    assert found.status_code in (401, 403)


def test_an_authentication_without_a_token_is_refused_in_rest_framework(ann: Any) -> None:
    request = APIRequestFactory().get("/")
    force_authenticate(request, ann)
    assert Api.as_view()(request).status_code == 403


def test_an_async_view_behind_asgi(ann: Any) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}
    ask = async_to_sync(AsyncClient().get)
    found = ask("/age/async/", headers=headers)
    assert (found.status_code, found.content) == (200, b"ann@example.com")
    clock.advance(61)
    assert ask("/age/async/", headers=headers).status_code == 401


def test_the_audience_is_the_views_own(ann: Any, settings: Any) -> None:
    settings.BEARER = {
        **settings.BEARER,
        "CLIENTS": {"first-party": {"kind": "native", "audiences": [BILLING, settings.BEARER["AUDIENCE"]]}},
    }
    assert get("/billing/", issue_session(ann, resource=[BILLING]).access_token).status_code == 200
    own = issue_session(ann, resource=[settings.BEARER["AUDIENCE"]]).access_token
    assert get("/billing/", own).json()["code"] == "invalid_token"


@pytest.mark.parametrize(
    ("max_age", "acr"),
    [
        *[(age, None) for age in (None, 0, -1, True, 1.5, "60", 10**9)],
        *[(None, acr) for acr in ([], "", ["a", ""], 'a"b', "a b", "a\\", "ä")],
        (60, ()),
    ],
)
def test_a_requirement_that_asks_nothing_or_nonsense_is_the_developers_to_fix(max_age: Any, acr: Any) -> None:
    for make in (step_up_required, drf.step_up_required):
        with pytest.raises(ConfigurationError):
            make(max_age=max_age, acr=acr)


@pytest.mark.parametrize("change", [{"checked_at": None}, {"claims": None}, {"checked_at": 0}])
def test_what_a_token_does_not_say_counts_as_not_proved(ann: Any, change: dict[str, Any]) -> None:
    """Also a login of the future: a clock that jumped must not make it ever young."""
    from dataclasses import replace

    principal = authenticate_token(issue_session(ann).access_token)
    assert unmet(LoginRequirement(60), principal) is None
    assert unmet(LoginRequirement(60), replace(principal, **change)) is not None


def test_the_function_for_code_that_has_a_principal(ann: Any) -> None:
    principal: Principal = authenticate_token(issue_session(ann, acr="x").access_token)
    require_step_up(principal, max_age=60, acr="x")
    with pytest.raises(StrongerLoginRequired) as weak:
        require_step_up(principal, acr="y")
    assert dict(weak.value.challenge_members) == {"acr_values": "y"}
    clock.advance(61)
    with pytest.raises(ReauthenticationRequired):
        require_step_up(authenticate_token(issue_again(principal)), max_age=60)


def issue_again(principal: Principal) -> str:
    """The same session's access token, a minute later."""
    from django_bearer.database import session_read, signing_keys
    from django_bearer.sessions.token_response import access_token_data, token_response

    assert principal.session_id is not None
    row = session_read.read(principal.session_id, "https://api.example.com")
    assert row is not None
    ring = signing_keys.ring("https://api.example.com")
    granted = access_token_data(row, row.user, "https://api.example.com/", [])
    return token_response(granted, ring, row, row.now, None).access_token


VALUES = {"passkey": ["hwk user", "swk user"], "two": "pwd otp", "one": ["pwd", "otp"]}


@pytest.mark.parametrize(
    ("amr", "acr"),
    [
        (["hwk", "user"], "passkey"),
        (["swk", "user", "pwd"], "passkey"),
        (["hwk"], None),
        (["pwd", "otp"], "two"),
        (["pwd"], "one"),
        ([], None),
    ],
)
def test_acr_is_what_the_settings_make_of_the_methods(
    amr: list[str], acr: str | None, ann: Any, settings: Any
) -> None:
    settings.BEARER = {**settings.BEARER, "ACR_VALUES": VALUES}
    claims = authenticate_token(issue_session(ann, amr=amr).access_token).claims
    assert claims is not None
    assert claims.acr == acr
    assert acr_of({}, frozenset(amr)) == ""


def test_su_06_metadata_lists_the_values(settings: Any) -> None:
    from tests import urls

    with override_settings(ROOT_URLCONF=urls):
        place = "/.well-known/oauth-authorization-server"
        assert "acr_values_supported" not in Client().get(place).json()
        settings.BEARER = {**settings.BEARER, "ACR_VALUES": VALUES}
        assert Client().get(place).json()["acr_values_supported"] == ["passkey", "two", "one"]


@pytest.mark.parametrize("values", [["a"], {"a b": "pwd"}, {"a": ""}, {"a": []}, {"a": [""]}, {"a": 1}, {"": "pwd"}])
def test_acr_values_that_mean_nothing_are_refused(values: Any, settings: Any) -> None:
    from django_bearer import conf

    settings.BEARER = {**settings.BEARER, "ACR_VALUES": values}
    with pytest.raises(ConfigurationError, match="ACR_VALUES"):
        conf.current()


def test_the_names_of_a_requirement_are_kept_in_order() -> None:
    assert requirement(5, ["b", "a"]).members() == {"acr_values": "b a", "max_age": "5"}
