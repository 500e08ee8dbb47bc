"""Staff act for a user: who may, for whom, and all that such a token does not open (IMPERSONATION_LIFETIME)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext

from django_bearer import (
    Allow,
    Limit,
    Refuse,
    authenticate_token,
    decode_token,
    errors,
    impersonate,
    issue_api_token,
    issue_session,
    issue_ticket,
    redeem_ticket,
    refresh_session,
    require_step_up,
    revoke_session,
    revoke_token,
    revoke_user,
    step_up_session,
)
from django_bearer.accounts.login_policy import Purpose
from django_bearer.endpoints import sessions
from django_bearer.models import ApiToken, RevokedToken, Session
from django_bearer.primitives import clock
from django_bearer.rate_limits import rules
from django_bearer.sessions import open_sessions, revocation
from django_bearer.testing import Bearer
from django_bearer.tokens import access_claims
from tests.conftest import PASSWORD

LIFETIME = 600


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "IMPERSONATION_LIFETIME": LIFETIME}


@pytest.fixture
def staff(db: Any, django_user_model: Any) -> Any:
    user = django_user_model.objects.create_user("staff", password=PASSWORD, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="impersonate_user"))
    return django_user_model.objects.get(pk=user.pk)


@pytest.fixture
def principal(staff: Any) -> Any:
    return authenticate_token(issue_session(staff, amr=["pwd"]).access_token)


@pytest.fixture
def acting(principal: Any, ann: Any) -> str:
    return impersonate(principal, ann).access_token


def get(where: str, token: str) -> Any:
    return Client().get(where, headers={"Authorization": f"Bearer {token}"})


def test_the_token_says_who_acts_for_whom(acting: str, principal: Any, ann: Any, staff: Any) -> None:
    claims = decode_token(acting)
    assert claims.sub == str(ann.pk)
    assert (claims.act["sub"], claims.act["sid"]) == (str(staff.pk), str(principal.session_id))
    asking = principal.claims
    assert (claims.act["jti"], claims.act["auth_time"]) == (asking.jti, asking.auth_time)
    assert (claims.auth_time, claims.amr, claims.acr) == (0, (), None)
    assert claims.exp - claims.iat == LIFETIME
    assert get("/plain/", acting).json()["user"] == str(ann)


def ask_to_revoke(token: str) -> Any:
    return Client().post("/auth/revoke/", {"token": token}, content_type="application/json")


@pytest.mark.parametrize("way", ["endpoint", "function"])
def test_the_asking_token_is_revoked_though_it_has_expired(way: str, staff: Any, ann: Any) -> None:
    with clock.frozen():
        asking = issue_session(staff, amr=["pwd"]).access_token
        acting = impersonate(authenticate_token(asking), ann).access_token
        clock.advance(301)
        assert get("/plain/", acting).json()["user"] == str(ann)
        if way == "endpoint":
            assert ask_to_revoke(asking).status_code == 200
        else:
            assert not revoke_token(asking)
        assert get("/plain/", acting).status_code == 401
        clock.advance(LIFETIME)
        before = RevokedToken.objects.count()
        ask_to_revoke(asking)
        revoke_token(asking[:-4] + "AAAA")
        assert RevokedToken.objects.count() == before


def test_the_endpoint(staff: Any, ann: Any) -> None:
    token = issue_session(staff).access_token
    for at in ("/auth/", "/drf-auth/"):
        answer = Client().post(
            f"{at}impersonate/",
            {"user": str(ann.pk), "scope": "notes:read"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json()
        assert decode_token(answer.json()["access_token"]).scope == {"notes:read"}
        for user in ("", "0", "x" * 101, "nobody"):
            refused = Client().post(
                f"{at}impersonate/",
                {"user": user},
                content_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )
            assert refused.status_code in (400, 403)


PAGE = {
    "Origin": "https://api.example.com",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "X-Bearer-Client": "first-party",
}


def ask(at: str, headers: Any, user: Any, **members: Any) -> Any:
    body = {"user": str(user), **members}
    return Client().post(f"{at}impersonate/", body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_in_a_page_it_takes_the_password_and_an_origin_of_ours(at: str, staff: Any, ann: Any) -> None:
    login = {"username": staff.get_username(), "password": PASSWORD}
    found = Client().post("/auth/login/", login, content_type="application/json", headers=PAGE)
    token = {"Authorization": f"Bearer {found.json()['access_token']}"}
    for headers in (token, {**PAGE, **token}):
        assert ask(at, headers, ann.pk).json()["code"] == "password_required"
        assert ask(at, headers, ann.pk, password="wrong").json()["code"] == "password_required"
    assert not Session.objects.filter(user=ann).exists()
    foreign = {**PAGE, **token, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert ask(at, foreign, ann.pk, password=PASSWORD).json()["code"] == "origin_refused"
    assert ask(at, {**PAGE, **token}, ann.pk, password=PASSWORD).status_code == 200


def test_who_may_not_act_learns_nothing_about_a_key(staff: Any, ann: Any, django_user_model: Any) -> None:
    with clock.frozen():
        issued = issue_session(ann)
        clock.advance(301)
        late = refresh_session(issued.refresh_token or "").access_token
        for token in (issue_session(ann).access_token, late):
            headers = {"Authorization": f"Bearer {token}"}
            found = [ask("/auth/", headers, key) for key in (staff.pk, ann.pk, 987654, "nobody")]
            answers = {(one.status_code, one.content, one.get("WWW-Authenticate")) for one in found}
            assert len(answers) == 1


def test_one_member_of_staff_gets_so_many_tokens(staff: Any, ann: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "IMPERSONATIONS", "2/hour")
    headers = {"Authorization": f"Bearer {issue_session(staff).access_token}"}
    assert [ask("/auth/", headers, ann.pk).status_code for _ in range(3)] == [200, 200, 429]


def test_the_list_of_sessions_always_has_the_own_one(principal: Any, ann: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(sessions, "MAX_LISTED", 2)
    own = issue_session(ann).access_token
    for _ in range(3):
        impersonate(principal, ann)
    rows = get("/auth/sessions/", own).json()["sessions"]
    assert [row["current"] for row in rows] == [False, True]


def test_without_the_setting_nobody_may(principal: Any, ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "IMPERSONATION_LIFETIME": 0}
    with pytest.raises(errors.NotFound):
        impersonate(principal, ann)


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}, {"permission": False}])
def test_who_may_not(change: dict[str, bool], staff: Any, ann: Any) -> None:
    permission = change.pop("permission", True)
    if not permission:
        staff.user_permissions.clear()
    asking = authenticate_token(issue_session(staff).access_token)
    for name, value in change.items():
        setattr(asking.user, name, value)
    with pytest.raises(errors.LoginRefused):
        impersonate(asking, ann)
    assert not Session.objects.filter(user=ann).exists()


def test_for_whom_nobody_may(principal: Any, staff: Any, ann: Any, django_user_model: Any) -> None:
    others = [
        staff,
        django_user_model.objects.create_user("boss", is_staff=True),
        django_user_model.objects.create_user("root", is_superuser=True),
        django_user_model.objects.create_user("gone", is_active=False),
    ]
    for one in others:
        with pytest.raises(errors.LoginRefused):
            impersonate(principal, one)


def test_no_other_credential_asks(principal: Any, staff: Any, ann: Any, acting: str) -> None:
    api = authenticate_token(issue_api_token(staff, name="a", expires_in=3600).token)
    ticket = issue_ticket(principal, purpose="file", path="/file/").ticket
    by_ticket = redeem_ticket(ticket, purpose="file", path="/file/")
    for one in (api, by_ticket):
        with pytest.raises(errors.SessionRequired):
            impersonate(one, ann)
    with pytest.raises(errors.ImpersonationRefused):  # no chain, also where the user got the permission meanwhile
        impersonate(authenticate_token(acting), ann)


def test_it_takes_a_recent_login(staff: Any, ann: Any) -> None:
    with clock.frozen():
        token = issue_session(staff).access_token
        clock.advance(299)
        impersonate(authenticate_token(token), ann)
    with clock.frozen():
        token = issue_session(staff).access_token
        late = authenticate_token(token)
        object.__setattr__(late, "checked_at", late.checked_at + 301_000_000)
        with pytest.raises(errors.ReauthenticationRequired):
            impersonate(late, ann)


def test_scopes_are_those_of_who_asks_at_most(staff: Any, ann: Any) -> None:
    asking = authenticate_token(issue_session(staff, scope=["notes:read"]).access_token)
    assert decode_token(impersonate(asking, ann).access_token).scope == {"notes:read"}
    with pytest.raises(errors.InvalidScope):
        impersonate(asking, ann, scope=["notes:write"])


def test_the_policy_is_asked_and_may_only_refuse(principal: Any, ann: Any, settings: Any) -> None:
    heard: list[Any] = []
    for ruling in (Refuse("vip"), Limit("enrol")):
        settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": lambda one, ruling=ruling: heard.append(one) or ruling}
        with pytest.raises(errors.LoginRefused):
            impersonate(principal, ann)
    assert {(one.user, one.purpose) for one in heard} == {(ann, Purpose.IMPERSONATION)}
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": lambda one: Allow()}
    assert impersonate(principal, ann).refresh_token is None


def test_the_request_policy_is_asked_about_who_acts_too(acting: str, staff: Any, ann: Any, settings: Any) -> None:
    heard: list[Any] = []
    blocked: set[Any] = set()

    def policy(attempt: Any) -> Any:
        heard.append((attempt.user, attempt.principal.user))
        return Refuse("blocked") if attempt.user in blocked else Allow()

    settings.BEARER = {**settings.BEARER, "REQUEST_POLICY": policy}
    held = [authenticate_token(acting)]
    assert heard == [(ann, ann), (staff, ann)]
    assert get("/plain/", acting).status_code == 200
    assert open_sessions.ended(held, settings.BEARER["ISSUER"]) == set()
    blocked.add(staff)
    assert get("/plain/", acting).json()["code"] == "request_refused"
    assert open_sessions.ended(held, settings.BEARER["ISSUER"]) == {id(held[0])}


def end_by_logout(principal: Any, staff: Any, ann: Any) -> None:
    revoke_session(principal.session_id)


def end_everywhere(principal: Any, staff: Any, ann: Any) -> None:
    revoke_user(staff)


def change_password(principal: Any, staff: Any, ann: Any) -> None:
    staff.set_password("another one")
    staff.save()


def lose_staff(principal: Any, staff: Any, ann: Any) -> None:
    type(staff).objects.filter(pk=staff.pk).update(is_staff=False)


def lose_activity(principal: Any, staff: Any, ann: Any) -> None:
    type(staff).objects.filter(pk=staff.pk).update(is_active=False)


def lose_permission(principal: Any, staff: Any, ann: Any) -> None:
    staff.user_permissions.clear()


def be_deleted(principal: Any, staff: Any, ann: Any) -> None:
    type(staff).objects.filter(pk=staff.pk).delete()


def be_purged(principal: Any, staff: Any, ann: Any) -> None:
    Session.objects.filter(pk=principal.session_id).delete()


def be_idle(principal: Any, staff: Any, ann: Any) -> None:
    Session.objects.filter(pk=principal.session_id).update(idle_ends_at=1)


def promote_the_user(principal: Any, staff: Any, ann: Any) -> None:
    type(ann).objects.filter(pk=ann.pk).update(is_staff=True)


def logout_of_the_user(principal: Any, staff: Any, ann: Any) -> None:
    revoke_user(ann)


def step_up(principal: Any, staff: Any, ann: Any) -> None:
    with clock.frozen():
        clock.advance(2)
        step_up_session(principal, amr=["pwd"])


def revoke_the_asking_token(principal: Any, staff: Any, ann: Any) -> None:
    revocation.revoke_token(principal.claims)


ENDS = [
    *(end_by_logout, end_everywhere, change_password, lose_staff, lose_activity, lose_permission, be_deleted),
    *(be_purged, be_idle, promote_the_user, logout_of_the_user, step_up, revoke_the_asking_token),
]


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_with_the_session_and_the_rights_of_who_acts(
    end: Any, acting: str, principal: Any, staff: Any, ann: Any, settings: Any
) -> None:
    held = [authenticate_token(acting)]
    ticket = issue_ticket(held[0], purpose="file", path="/file/").ticket
    assert open_sessions.ended(held, settings.BEARER["ISSUER"]) == set()
    end(principal, staff, ann)
    assert get("/plain/", acting).status_code == 401
    assert open_sessions.ended(held, settings.BEARER["ISSUER"]) == {id(held[0])}
    with pytest.raises(errors.InvalidToken):
        redeem_ticket(ticket, purpose="file", path="/file/")


REFUSED = [
    ("POST", "step-up/", {"password": PASSWORD}),
    ("POST", "logout-everywhere/", {}),
    ("POST", "api-tokens/", {"name": "a", "expires_in": 3600, "password": PASSWORD}),
    ("POST", "email/", {"email": "b@example.com", "password": PASSWORD}),
    ("POST", "impersonate/", {"user": "1"}),
]


def test_the_revocation_of_the_asking_token_is_kept_as_long(acting: str, principal: Any) -> None:
    revocation.revoke_token(principal.claims)
    assert RevokedToken.objects.get().expires_at > (principal.claims.exp + LIFETIME) * 1_000_000


@pytest.mark.parametrize(("method", "where", "body"), REFUSED)
def test_what_it_does_not_open(method: str, where: str, body: Any, acting: str, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "EMAIL_UNDO_URL": "https://api.example.com/#{token}"}
    found = Client().generic(
        method,
        f"/auth/{where}",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {acting}"},
    )
    assert (found.status_code, found.json()["code"]) == (403, "impersonated")
    assert not ApiToken.objects.exists()


def test_another_session_of_the_user_is_not_ended_by_it(acting: str, ann: Any) -> None:
    other = issue_session(ann)
    where = f"/auth/sessions/{other.session_id}/"
    found = Client().delete(where, headers={"Authorization": f"Bearer {acting}"})
    assert found.json()["code"] == "impersonated"


def test_tokens_and_devices_of_the_user_are_not_ended_by_it(acting: str, ann: Any) -> None:
    made = issue_api_token(ann, name="a", expires_in=3600)
    headers = {"Authorization": f"Bearer {acting}"}
    for at in ("/auth/", "/drf-auth/"):
        assert Client().delete(f"{at}api-tokens/{made.id}/", headers=headers).json()["code"] == "impersonated"
    found = Client().delete(f"/auth/remembered-devices/{made.id}/", headers=headers)
    assert found.json()["code"] == "impersonated"
    assert authenticate_token(made.token).user == ann


def test_no_function_makes_more_of_it(acting: str, ann: Any) -> None:
    found = authenticate_token(acting)
    request = RequestFactory().get("/")
    request.auth = found
    with pytest.raises(errors.ImpersonationRefused):
        require_step_up(found, max_age=3600)
    with pytest.raises(errors.ImpersonationRefused):
        require_step_up(found, acr="any")
    with pytest.raises(errors.ImpersonationRefused):
        step_up_session(found, amr=["pwd"])
    with pytest.raises(errors.ImpersonationRefused):
        issue_session(ann, request=request)
    with pytest.raises(errors.ImpersonationRefused):
        issue_api_token(ann, name="a", expires_in=3600, request=request)


@override_settings(ROOT_URLCONF="tests.admin.urls")
def test_the_admin_stays_shut(acting: str, ann: Any) -> None:
    assert get("/admin/", acting).status_code in (302, 401, 403)


def test_its_session_is_marked_and_may_be_ended_by_the_user(acting: str, ann: Any, staff: Any) -> None:
    own = issue_session(ann).access_token
    rows = get("/auth/sessions/", own).json()["sessions"]
    assert sorted(str(row["impersonated_by"]) for row in rows) == ["None", "staff"]
    [marked] = [row["id"] for row in rows if row["impersonated_by"]]
    assert Client().delete(f"/auth/sessions/{marked}/", headers={"Authorization": f"Bearer {own}"}).status_code == 204
    assert get("/plain/", acting).status_code == 401


def test_the_event_names_both(principal: Any, ann: Any, staff: Any) -> None:
    with Bearer() as bearer:
        found = authenticate_token(issue_session(staff).access_token)
        impersonate(found, ann)
        [event] = [one for one in bearer.events if one.kind == "authn_impersonation_started"]
    assert (event.user_id, event.details["actor"]) == (str(ann.pk), str(staff.pk))


def test_other_requests_cost_what_they_did(principal: Any, ann: Any) -> None:
    token = issue_session(ann).access_token
    get("/plain/", token)
    with CaptureQueriesContext(connections["default"]) as found:
        get("/plain/", token)
    assert len(found) == 1


def test_a_token_cannot_be_made_to_look_like_the_users_own(acting: str) -> None:
    """`act` is read strictly: what is not exactly a user and a session is no token."""
    payload = decode_token(acting).payload()
    for act in ({}, {"sub": "1"}, "1", None, [], {"sub": "1", "sid": "x"}, {**payload["act"], "act": {"sub": "2"}}):
        with pytest.raises(errors.InvalidClaims):
            access_claims.parse(json.dumps({**payload, "act": act}).encode())
