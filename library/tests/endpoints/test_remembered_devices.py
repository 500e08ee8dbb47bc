"""Remembered devices: in place of the second factor at a login, and of nothing else (ASVS 6.3.3, 7.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from django_bearer import (
    Allow,
    Limit,
    LoginAttempt,
    Refuse,
    complete_login,
    decode_token,
    errors,
    issue_session,
    login,
    public,
    revoke_all_issuer_tokens,
    revoke_user,
)
from django_bearer.accounts import remembered_devices
from django_bearer.accounts.login_policy import Step
from django_bearer.conf import schema
from django_bearer.conf.clients import DEFAULT_CLIENT
from django_bearer.events import EventKind
from django_bearer.http import cookies, https
from django_bearer.models import RememberedDevice, Session
from django_bearer.primitives import clock
from django_bearer.sessions.cleanup import purge
from tests.conftest import PASSWORD
from tests.endpoints.test_browser import APP, Page
from tests.http.test_https import PUBLIC

pytestmark = pytest.mark.django_db(transaction=True)
NAME, OTHER = "ann@example.com", "bob@example.com"
DAY = 86_400
ENROLLED: set[str] = set()
FACTORS: dict[str, str] = {}
MUST: set[str] = set()


class Factor:
    """Codes that begin with 1 are right."""

    def is_enrolled(self, user: Any) -> bool:
        return user.get_username() in ENROLLED

    def verify(self, user: Any, code: str) -> bool:
        return code.startswith("1")

    def factors_fingerprint(self, user: Any) -> str:
        return FACTORS.get(user.get_username(), "device 1")


def policy(attempt: LoginAttempt) -> Allow | Limit:
    return Limit(Step.SECOND_FACTOR) if attempt.user.get_username() in MUST else Allow()


@csrf_exempt
@public
def complete(request: HttpRequest) -> HttpResponse:
    token, amr = request.headers["X-Limited"], request.headers["X-Amr"].split()
    return complete_login(request, token, step="second_factor", amr=amr, remember_device=True)


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("drf-auth/", include("django_bearer.integrations.drf.urls", namespace="rest")),
    path("own/complete/", complete),
]


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {
        **settings.BEARER,
        "SECOND_FACTOR": Factor,
        "LOGIN_POLICY": policy,
        "REMEMBERED_DEVICE_LIFETIME": 30 * DAY,
        "CODE_RATE_LIMITS": {"account": "100/minute", "address": "1000/hour"},
        "CLIENTS": {
            DEFAULT_CLIENT: {"kind": ["browser", "native"], "origins": [APP]},
            "phone": {"kind": "native"},
        },
    }
    with override_settings(ROOT_URLCONF=__name__), clock.frozen():
        yield
    for held in (ENROLLED, FACTORS, MUST):
        held.clear()


@pytest.fixture
def user(ann: Any) -> Any:
    ENROLLED.add(NAME)
    return ann


CODES = iter(range(1_000_000, 2_000_000))


def post(at: str, token: str = "", secure: bool = True, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client().post(at, body, content_type="application/json", headers=headers, secure=secure)


def log_in(at: str = "/auth/", **more: Any) -> Any:
    return post(f"{at}login/", username=NAME, password=PASSWORD, **more)


def second(limited: str, at: str = "/auth/", **more: Any) -> Any:
    return post(f"{at}login/second-factor/", limited_token=limited, code=str(next(CODES)), **more)


def remembered(at: str = "/auth/", **more: Any) -> str:
    found = second(log_in(at, **more).json()["limited_token"], at, remember_device=True, **more)
    assert found.status_code == 200, found.json()
    return str(found.json()["remembered_device_token"])


def listed(access: str, at: str = "/auth/") -> list[dict[str, Any]]:
    found = Client().get(f"{at}remembered-devices/", headers={"Authorization": f"Bearer {access}"}, secure=True)
    assert found.status_code == 200, found.json()
    return list(found.json()["remembered_devices"])


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_a_password_alone_logs_in_where_the_second_factor_was_shown(at: str, user: Any, bearer: Any) -> None:
    begun = log_in(at).json()
    assert begun["remember_device_for"] == 30 * DAY
    done = second(begun["limited_token"], at, remember_device=True).json()
    assert done["remembered_device_expires_in"] == 30 * DAY
    token = done["remembered_device_token"]
    found = log_in(at, remembered_device_token=token)
    assert found.status_code == 200, found.json()
    claims = decode_token(found.json()["access_token"])
    assert set(claims.amr) == {"pwd", "remembered"}
    assert "remembered_device_token" not in found.json()
    assert post(f"{at}refresh/", refresh_token=found.json()["refresh_token"]).status_code in (200, 503)
    [one] = listed(found.json()["access_token"], at)
    assert one["id"] == str(RememberedDevice.objects.get().pk)
    assert token not in str(one)
    [told] = bearer.events_of(EventKind.DEVICE_REMEMBERED)
    assert told.user_id == str(user.pk)


def test_the_strength_of_such_a_login_is_that_of_its_password(user: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ACR_VALUES": {"strong": ["mfa"], "weak": ["pwd"]}}
    token = remembered()
    assert decode_token(log_in(remembered_device_token=token).json()["access_token"]).acr == "weak"


def test_it_is_off_unless_the_project_says_for_how_long(user: Any, settings: Any) -> None:
    settings.BEARER = {k: v for k, v in settings.BEARER.items() if k != "REMEMBERED_DEVICE_LIFETIME"}
    begun = log_in().json()
    assert "remember_device_for" not in begun
    done = second(begun["limited_token"], remember_device=True)
    assert (done.status_code, "remembered_device_token" in done.json()) == (200, False)
    assert not RememberedDevice.objects.exists()


def test_it_ends_when_the_project_stops_remembering_or_for_less_long(user: Any, settings: Any) -> None:
    token, before = remembered(), settings.BEARER
    clock.advance(2 * DAY)
    settings.BEARER = {**before, "REMEMBERED_DEVICE_LIFETIME": DAY}
    assert log_in(remembered_device_token=token).status_code == 403
    settings.BEARER = {**before, "REMEMBERED_DEVICE_LIFETIME": 0}
    assert log_in(remembered_device_token=token).status_code == 403


def test_a_factor_that_says_nothing_of_its_devices_is_a_fault_of_the_settings(settings: Any) -> None:
    class Silent:
        def is_enrolled(self, user: Any) -> bool:
            return True

        def verify(self, user: Any, code: str) -> bool:
            return True

    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Silent}
    [fault] = schema.faults()
    assert "factors_fingerprint" in fault


def test_nobody_is_remembered_who_did_not_ask_or_said_something_else(user: Any) -> None:
    assert "remembered_device_token" not in second(log_in().json()["limited_token"]).json()
    for said in ("true", 1, [], {}):
        limited = log_in().json()["limited_token"]
        assert second(limited, remember_device=said).status_code == 400
        assert second(limited, at="/drf-auth/", remember_device=said).status_code == 400
        assert second(limited).status_code == 200  # nothing was used up
    assert not RememberedDevice.objects.exists()


def test_a_wrong_code_remembers_nothing(user: Any) -> None:
    limited = log_in().json()["limited_token"]
    wrong = post("/auth/login/second-factor/", limited_token=limited, code="999999", remember_device=True)
    assert wrong.status_code == 401
    assert not RememberedDevice.objects.exists()


def test_a_wrong_password_is_refused_as_before(user: Any) -> None:
    found = post("/auth/login/", username=NAME, password="wrong", remembered_device_token=remembered())
    assert found.status_code == 401


ENDS = {
    "its time": lambda user: clock.advance(30 * DAY),
    "another password": lambda user: (user.set_password("another one, quite long"), user.save()),
    "a logout everywhere": revoke_user,
    "the issuer's epoch": lambda user: revoke_all_issuer_tokens(),
    "another factor": lambda user: FACTORS.update({NAME: "device 2"}),
    "a factor that says nothing": lambda user: FACTORS.update({NAME: ""}),
    "the user, forgotten by the row": lambda user: RememberedDevice.objects.update(user_id=user.pk + 1),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_it(end: str, user: Any) -> None:
    token = remembered()
    ENDS[end](user)
    password = "another one, quite long" if end == "another password" else PASSWORD
    found = post("/auth/login/", username=NAME, password=password, remembered_device_token=token)
    assert (found.status_code, found.json()["code"]) == (403, "login_incomplete")


def test_its_use_does_not_prolong_it(user: Any) -> None:
    token = remembered()
    for _ in range(29):
        clock.advance(DAY)
        assert log_in(remembered_device_token=token).status_code == 200
    clock.advance(DAY)
    assert log_in(remembered_device_token=token).status_code == 403
    clock.advance(2 * DAY)
    purge()
    assert not RememberedDevice.objects.exists()


def test_a_deactivated_user_is_not_let_in(user: Any) -> None:
    token = remembered()
    user.is_active = False
    user.save()
    assert log_in(remembered_device_token=token).status_code == 401
    user.is_active = True
    user.save()
    assert log_in(remembered_device_token=token).status_code == 403


def test_it_is_good_for_its_account_issuer_and_client_alone(user: Any, settings: Any, django_user_model: Any) -> None:
    token = remembered()
    django_user_model.objects.create_user(OTHER, password=PASSWORD)
    ENROLLED.add(OTHER)
    found = post("/auth/login/", username=OTHER, password=PASSWORD, remembered_device_token=token)
    assert found.status_code == 403
    assert log_in(client_id="phone", remembered_device_token=token).status_code == 403
    settings.BEARER = {**settings.BEARER, "ISSUER": "https://other.example.com"}
    assert log_in(remembered_device_token=token).status_code == 403


def test_no_other_token_stands_for_it_and_it_stands_for_no_other(user: Any) -> None:
    done = second(log_in().json()["limited_token"], remember_device=True).json()
    for name in ("known_device_token", "refresh_token", "access_token"):
        sent = done[name][:96] if name == "access_token" else done[name]
        assert log_in(remembered_device_token=sent).status_code in (400, 403)
    token = done["remembered_device_token"]
    assert log_in(known_device_token=token).status_code == 403
    for url, body in (
        ("/auth/refresh/", {"refresh_token": token}),
        ("/auth/login/second-factor/", {"limited_token": token, "code": "123456"}),
        ("/auth/recovery/password/", {"recovery_token": token, "password": "x" * 20}),
    ):
        assert post(url, **body).status_code in (400, 401, 404)
    me = Client().get("/auth/sessions/", headers={"Authorization": f"Bearer {token}"}, secure=True)
    assert me.status_code == 401


def test_a_row_that_somebody_wrote_remembers_no_device(user: Any) -> None:
    """Whoever writes to the database has no key: the token's MAC is missing."""
    from django_bearer.keys.keyring import RefreshKeys
    from django_bearer.tokens import remembered_device
    from django_bearer.tokens.refresh_token import TokenDelivery

    real = remembered_device.read(remembered())
    forged, digest = remembered_device.new(
        RefreshKeys(real.key_id, b"m" * 32, b"d" * 32), "https://api.example.com", TokenDelivery.BODY
    )
    RememberedDevice.objects.update(digest=digest)
    assert log_in(remembered_device_token=forged).status_code == 403


# It is no step-up.


def test_such_a_login_is_no_recent_one(user: Any) -> None:
    token = remembered()
    tokens = log_in(remembered_device_token=token).json()
    made = post("/auth/api-tokens/", tokens["access_token"], name="x", expires_in=3600)
    assert (made.status_code, made.json()["code"]) == (401, "login_too_old")
    assert post("/auth/logout-everywhere/", tokens["access_token"]).status_code in (204, 401)


def test_a_step_up_asks_for_the_code_and_then_the_session_is_strong(user: Any) -> None:
    token = remembered()
    tokens = log_in(remembered_device_token=token).json()
    weak = post("/auth/step-up/", tokens["access_token"], password=PASSWORD, remembered_device_token=token)
    assert (weak.status_code, weak.json()["reason"]) == (403, "second_factor_required")
    done = post("/auth/step-up/", tokens["access_token"], password=PASSWORD, code=str(next(CODES)))
    assert set(decode_token(done.json()["access_token"]).amr) == {"pwd", "otp", "mfa"}
    made = post("/auth/api-tokens/", done.json()["access_token"], name="x", expires_in=3600)
    assert made.status_code == 201


def test_no_project_code_says_that_a_device_is_remembered(user: Any, rf: Any) -> None:
    request = rf.post("/", secure=True)
    for attempt in (
        lambda: issue_session(user, amr=["pwd", "remembered"]),
        lambda: login(request, NAME, PASSWORD, amr=["pwd", "remembered"]),
    ):
        with pytest.raises(errors.InvalidRequest):
            attempt()
    limited = log_in().json()["limited_token"]
    found = Client().post("/own/complete/", headers={"X-Limited": limited, "X-Amr": "remembered"}, secure=True)
    assert found.status_code == 400
    assert not Session.objects.exists()


def test_a_login_of_the_projects_own_uses_it(user: Any, rf: Any) -> None:
    limited = log_in().json()["limited_token"]
    done = Client().post("/own/complete/", headers={"X-Limited": limited, "X-Amr": "otp"}, secure=True).json()
    found = login(rf.post("/", secure=True), NAME, PASSWORD, remembered_device_token=done["remembered_device_token"])
    assert found.tokens.refresh_token


def test_a_step_that_showed_nothing_remembers_nothing(user: Any) -> None:
    limited = log_in().json()["limited_token"]
    found = Client().post("/own/complete/", headers={"X-Limited": limited, "X-Amr": "pwd"}, secure=True)
    assert found.status_code == 403
    assert not RememberedDevice.objects.exists()


def test_a_policy_that_asks_for_the_factor_gets_it(user: Any) -> None:
    token = remembered()
    MUST.add(NAME)
    found = log_in(remembered_device_token=token)
    assert (found.status_code, found.json()["step"]) == (403, "second_factor")
    done = second(found.json()["limited_token"]).json()
    assert set(decode_token(done["access_token"]).amr) == {"pwd", "otp", "mfa"}


def test_a_mailed_link_and_a_device_are_no_login(user: Any) -> None:
    with pytest.raises(errors.LoginIncomplete) as refused:
        issue_session(user, amr=["mca"])
    assert "remember_device_for" not in refused.value.members
    done = second(refused.value.members["limited_token"], remember_device=True)
    assert (done.status_code, "remembered_device_token" in done.json()) == (200, False)


STATES = {
    "factor on": (200, "", ""),
    "no factor any more": (200, "", ""),
    "required, not enrolled any more": (403, "login_incomplete", "enrol"),
    "unverified e-mail": (403, "login_incomplete", "verify_email"),
    "deactivated": (401, "invalid_credentials", ""),
    "blocked": (403, "login_refused", ""),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_an_account_on_a_remembered_device(state: str, user: Any, settings: Any) -> None:
    token = remembered()
    rulings = {"unverified e-mail": Limit(Step.VERIFY_EMAIL), "blocked": Refuse("blocked")}
    required = {"MFA_REQUIRED": "everyone", "MFA_ENROLMENT_TIME": 0} if state.startswith("required") else {}
    given = {**settings.BEARER, **required, "LOGIN_POLICY": lambda attempt: rulings.get(state, Allow())}
    settings.BEARER = given
    if state.endswith("any more"):
        ENROLLED.discard(NAME)
    if state == "deactivated":
        user.is_active = False
        user.save()
    before = Session.objects.count()
    found = log_in(remembered_device_token=token)
    body = found.json()
    assert (found.status_code, body.get("code", ""), body.get("step", "")) == STATES[state]
    assert Session.objects.count() - before == (1 if found.status_code == 200 else 0)


# Pages.


def remember_in(page: Page, name: str = NAME) -> Any:
    limited = page.login(name).json()["limited_token"]
    body = {"limited_token": limited, "code": str(next(CODES)), "remember_device": True}
    return page.post("login/second-factor", body)


def test_a_page_has_it_in_a_cookie_that_no_script_reads(user: Any) -> None:
    page = Page()
    done = remember_in(page)
    assert "remembered_device_token" not in done.json()
    cookie = page.http.cookies[cookies.REMEMBERED]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", 30 * DAY)
    found = page.login()
    assert found.status_code == 200, found.json()
    # It was a page's: in a body it is nothing, nor is an app's in a cookie.
    assert log_in(remembered_device_token=cookie.value).status_code == 403
    other = Page()
    other.http.cookies[cookies.REMEMBERED] = remembered()
    assert other.login().status_code == 403


def test_two_accounts_of_one_browser_are_remembered_and_a_new_token_takes_the_place_of_ones_own(
    user: Any, django_user_model: Any
) -> None:
    django_user_model.objects.create_user(OTHER, password=PASSWORD)
    ENROLLED.add(OTHER)
    page = Page()
    for name in (NAME, OTHER):
        limited = page.login(name).json()["limited_token"]
        page.post(
            "login/second-factor", {"limited_token": limited, "code": str(next(CODES)), "remember_device": True}
        )
    assert [page.login(name).status_code for name in (NAME, OTHER)] == [200, 200]
    FACTORS[NAME] = "device 2"
    remember_in(page)
    assert RememberedDevice.objects.count() == 2
    assert [page.login(name).status_code for name in (NAME, OTHER)] == [200, 200]


def test_a_second_user_in_the_same_browser_is_asked(user: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user(OTHER, password=PASSWORD)
    ENROLLED.add(OTHER)
    page = Page()
    remember_in(page)
    assert page.login(OTHER).status_code == 403


# What the user sees, and ends.


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_the_user_ends_one(at: str, user: Any, bearer: Any, django_user_model: Any) -> None:
    token, kept = remembered(), remembered()
    access = log_in(remembered_device_token=kept).json()["access_token"]
    bob = django_user_model.objects.create_user(OTHER, password=PASSWORD)
    theirs = issue_session(bob, amr=["pwd"]).access_token
    one = next(row for row in RememberedDevice.objects.order_by("created_at", "pk") if is_of(row, token))
    url = f"{at}remembered-devices/{one.pk}/"

    def delete(access: str) -> int:
        return Client().delete(url, headers={"Authorization": f"Bearer {access}"}, secure=True).status_code

    assert (delete(theirs), delete("")) == (404, 401)
    assert len(listed(access, at)) == 2
    assert (delete(access), delete(access)) == (204, 404)
    assert log_in(remembered_device_token=token).status_code == 403
    assert log_in(remembered_device_token=kept).status_code == 200
    assert bearer.events_of(EventKind.REMEMBERED_DEVICE_ENDED)


@pytest.mark.parametrize("how", ["ended", "factors", "time", "shorter", "row gone"])
def test_a_session_that_began_on_one_ends_with_it(how: str, user: Any, settings: Any, bearer: Any) -> None:
    """At once where its user ends the device, else at its next refresh; whoever showed the factor stays."""
    first = second(log_in().json()["limited_token"], remember_device=True).json()
    token = first["remembered_device_token"]
    other = log_in(remembered_device_token=remembered()).json()
    began = log_in(remembered_device_token=token).json()
    [row] = [one for one in RememberedDevice.objects.all() if is_of(one, token)]
    if how == "ended":
        headers = {"Authorization": f"Bearer {began['access_token']}"}
        assert Client().delete(f"/auth/remembered-devices/{row.pk}/", headers=headers, secure=True).status_code == 204
        assert listed(other["access_token"])
        assert get("/auth/sessions/", began["access_token"]) == 401
    elif how == "factors":
        FACTORS[NAME] = "device 2"
    elif how == "time":
        clock.advance(30 * DAY)
        Session.objects.update(idle_ends_at=clock.now() + DAY * 10**6, ends_at=clock.now() + DAY * 10**6)
    elif how == "shorter":
        clock.advance(DAY)
        settings.BEARER = {**settings.BEARER, "REMEMBERED_DEVICE_LIFETIME": DAY - 1}
    else:
        row.delete()
    clock.advance(31)
    assert refreshed(began["refresh_token"]) == (401, "session_ended")
    assert Session.objects.get(pk=began["session_id"]).revoked_cause == "remembered_device_ended"
    assert refreshed(first["refresh_token"])[0] == 200
    if how in ("ended", "row gone"):
        assert refreshed(other["refresh_token"])[0] == 200


def test_a_step_up_with_the_factor_makes_it_a_session_like_any_other(user: Any) -> None:
    began = log_in(remembered_device_token=remembered()).json()
    clock.advance(1)
    stepped = post("/auth/step-up/", began["access_token"], password=PASSWORD, code=str(next(CODES))).json()
    RememberedDevice.objects.all().delete()
    clock.advance(31)
    assert refreshed(stepped["refresh_token"])[0] == 200


def test_a_factor_that_cannot_be_asked_ends_no_session(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    began = log_in(remembered_device_token=remembered()).json()
    clock.advance(31)

    def fail(*_: Any) -> str:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr(Factor, "factors_fingerprint", fail)
        assert refreshed(began["refresh_token"]) == (503, "retry")
    assert refreshed(began["refresh_token"])[0] == 200


def refreshed(token: str) -> tuple[int, str | None]:
    found = post("/auth/refresh/", refresh_token=token)
    return found.status_code, found.json().get("code")


def get(url: str, access: str) -> int:
    return int(Client().get(url, headers={"Authorization": f"Bearer {access}"}, secure=True).status_code)


def is_of(row: RememberedDevice, token: str) -> bool:
    from django_bearer.tokens import remembered_device

    return bytes(row.digest) == remembered_device.digest_of(token)


def test_the_oldest_is_forgotten_beyond_the_bound(user: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(remembered_devices, "MOST_OF_USER", 2)
    tokens = []
    for _ in range(3):
        tokens.append(remembered())
        clock.advance(1)
    assert [log_in(remembered_device_token=token).status_code for token in tokens] == [403, 200, 200]


def test_over_plain_http_it_ends(user: Any, settings: Any) -> None:
    token = remembered()
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    https.state.seen = True
    sent = Client(REMOTE_ADDR=PUBLIC).post(
        "/auth/login/",
        {"username": NAME, "password": PASSWORD, "remembered_device_token": token},
        content_type="application/json",
    )
    assert sent.status_code == 400
    assert not RememberedDevice.objects.exists()


@pytest.mark.parametrize("text", ["", "x", "djb_rd_", "djb_rd_" + "A" * 84, "\x00", "ü" * 20])
def test_malformed_tokens_are_none(text: str, user: Any) -> None:
    assert log_in(remembered_device_token=text).status_code in (400, 403)
    page = Page()
    page.http.cookies[cookies.REMEMBERED] = text
    assert page.login().status_code == 403


def test_on_every_database(database: str, settings: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user(NAME, password=PASSWORD)
    ENROLLED.add(NAME)
    token = remembered()
    found = log_in(remembered_device_token=token)
    assert found.status_code == 200
    [one] = listed(found.json()["access_token"])
    gone = Client().delete(
        f"/auth/remembered-devices/{one['id']}/",
        headers={"Authorization": f"Bearer {found.json()['access_token']}"},
        secure=True,
    )
    assert gone.status_code == 204
    assert log_in(remembered_device_token=token).status_code == 403
