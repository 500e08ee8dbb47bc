"""Sessions of clients: what is fixed at login, and who may refresh (OB-05, OB-08, OB-09, OB-16, AT-05)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings

from django_bearer import authenticate_token, decode_token, issue_session, refresh_session, revoke_token
from django_bearer.conf.clients import new_secret
from django_bearer.errors import InvalidScope, InvalidTarget, InvalidToken, UnauthorizedClient, UnknownClient
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.tokens.refresh_token import TokenDelivery

OWN = "https://api.example.com/"
BILLING = "https://billing.example.com/"
MAPS = "https://maps.example.com/"
SECRET = new_secret()
CLIENTS: dict[str, dict[str, Any]] = {
    "first-party": {"kind": ["browser", "native"]},
    "watch": {
        "kind": "native",
        "scopes": ["notes:read"],
        "access_token_lifetime": 60,
        "session_idle_lifetime": 600,
        "session_lifetime": 3600,
    },
    "phone": {"kind": "native", "audiences": [OWN, BILLING]},
    "backend": {"kind": "native", "secret_digest": SECRET.digest},
    "page": {"kind": "browser"},
}


@pytest.fixture(autouse=True)
def configured() -> Any:
    with configure(CLIENTS):
        yield


def configure(clients: Any, **more: Any) -> Any:
    return override_settings(BEARER={**settings.BEARER, **more, "CLIENTS": clients})


def post(path: str, body: Any, **extra: Any) -> Any:
    return Client().post(path, body, content_type="application/json", **extra)


def plain(path: str, token: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {token}"})


def login(**more: Any) -> Any:
    return post("/auth/login/", {"username": "ann@example.com", "password": "correct horse battery staple", **more})


def test_lifetimes_are_the_clients_and_fixed_at_login(ann: Any) -> None:
    with clock.frozen():
        issued = issue_session(ann, client_id="watch")
        assert (issued.expires_in, issued.refresh_expires_in) == (60, 600)
        with configure({**CLIENTS, "watch": {"kind": "native"}}):
            later = refresh_session(issued.refresh_token or "", client_id="watch")
        assert (later.expires_in, later.refresh_expires_in) == (60, 600)
        row = Session.objects.get()
        assert row.ends_at - row.created_at == 3600 * clock.SECOND


def test_a_client_that_is_not_configured_is_refused_by_name(ann: Any) -> None:
    with pytest.raises(UnknownClient):
        issue_session(ann, client_id="nobody")
    issued = issue_session(ann)
    with pytest.raises(UnknownClient):
        refresh_session(issued.refresh_token or "", client_id="nobody")
    for path, body in (("login", {}), ("refresh", {"refresh_token": issued.refresh_token})):
        found = post(
            f"/auth/{path}/", {"username": "ann@example.com", "password": "x", "client_id": "nobody", **body}
        )
        assert (found.status_code, found.json()["code"], found.json()["error"]) == (
            400,
            "unknown_client",
            "invalid_client",
        )


def test_who_names_no_client_is_the_first_party_one_where_there_is_one(ann: Any) -> None:
    with configure({"watch": CLIENTS["watch"]}):
        assert login().json()["code"] == "unknown_client"
        assert login(client_id="watch").status_code == 200


def test_a_client_taken_out_of_the_settings_takes_its_tokens_along(ann: Any) -> None:
    issued = issue_session(ann, client_id="watch")
    assert plain("/plain/", issued.access_token).status_code == 200
    with configure({"first-party": CLIENTS["first-party"]}):
        assert plain("/plain/", issued.access_token).status_code == 401
        with pytest.raises(UnknownClient):
            refresh_session(issued.refresh_token or "", client_id="watch")


def test_row_7_another_client_is_refused_and_nothing_changes(ann: Any) -> None:
    issued = issue_session(ann, client_id="watch")
    found = post("/auth/refresh/", {"refresh_token": issued.refresh_token})
    assert (found.status_code, found.json()["code"]) == (401, "session_ended")
    assert post("/auth/refresh/", {"refresh_token": issued.refresh_token, "client_id": "watch"}).status_code == 200


def test_a_client_has_sessions_of_its_kind_only(ann: Any) -> None:
    with pytest.raises(UnauthorizedClient):
        issue_session(ann, client_id="watch", delivery=TokenDelivery.COOKIE)
    assert login(client_id="page").json()["code"] == "unauthorized_client"


def test_a_confidential_client_proves_itself_at_login_and_refresh(ann: Any) -> None:
    assert login(client_id="backend").json()["code"] == "invalid_client"
    refused = login(client_id="backend", client_secret=new_secret().text)
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, 'Basic realm="api"')
    issued = login(client_id="backend", client_secret=SECRET.text).json()
    body = {"refresh_token": issued["refresh_token"], "client_id": "backend"}
    assert post("/auth/refresh/", body).status_code == 401
    assert post("/auth/refresh/", {**body, "client_secret": SECRET.text}).status_code == 200


def test_scope_is_never_more_than_the_client_has(ann: Any) -> None:
    assert issue_session(ann, client_id="watch").scope == {"notes:read"}
    with pytest.raises(InvalidScope):
        issue_session(ann, client_id="watch", scope=["notes:write"])


def test_a_scope_the_settings_took_away_is_gone_from_the_next_token(ann: Any) -> None:
    issued = issue_session(ann)
    with configure({"first-party": {"kind": "native", "scopes": ["notes:read"]}}):
        assert refresh_session(issued.refresh_token or "").scope == {"notes:read"}


def test_a_token_is_for_one_audience_the_first_unless_another_is_asked_for(ann: Any) -> None:
    """AT-05, OB-09."""
    with clock.frozen():
        issued = issue_session(ann, client_id="phone")
        assert decode_token(issued.access_token).aud == OWN
        billing = refresh_session(issued.refresh_token or "", client_id="phone", resource=[BILLING])
        assert decode_token(billing.access_token, audience=BILLING).aud == BILLING
        with pytest.raises(InvalidToken):
            decode_token(billing.access_token)
        clock.advance(31)
        back = refresh_session(billing.refresh_token or "", client_id="phone")
        assert decode_token(back.access_token).aud == OWN


def test_an_audience_named_at_login_is_all_the_session_has(ann: Any) -> None:
    """OB-05."""
    issued = issue_session(ann, client_id="phone", resource=[BILLING])
    assert decode_token(issued.access_token, audience=BILLING).aud == BILLING
    with pytest.raises(InvalidTarget):
        refresh_session(issued.refresh_token or "", client_id="phone", resource=[OWN])
    assert Session.objects.get().generation == 0
    again = refresh_session(issued.refresh_token or "", client_id="phone")
    assert decode_token(again.access_token, audience=BILLING).aud == BILLING


def test_an_audience_given_to_the_client_later_is_not_the_old_sessions(ann: Any) -> None:
    """OB-05: what was granted at login is the most there is."""
    issued = issue_session(ann, client_id="watch")
    with configure({**CLIENTS, "watch": {"kind": "native", "audiences": [OWN, BILLING]}}):
        with pytest.raises(InvalidTarget):
            refresh_session(issued.refresh_token or "", client_id="watch", resource=[BILLING])
        assert refresh_session(issued.refresh_token or "", client_id="watch").refresh_token


@pytest.mark.parametrize("resource", [MAPS, [OWN, MAPS], OWN[:-1], OWN.upper()])
def test_what_the_client_has_not_got_is_an_invalid_target(ann: Any, resource: Any) -> None:
    found = login(client_id="phone", resource=resource)
    assert (found.status_code, found.json()["error"]) == (400, "invalid_target")
    assert not Session.objects.exists()


@pytest.mark.parametrize("resource", ["", [], [""], 1, {}, [1], [OWN] * 21, "x" * 513])
def test_a_resource_that_is_none_is_a_clear_400(ann: Any, resource: Any) -> None:
    assert login(client_id="phone", resource=resource).json()["code"] == "invalid_request"


def test_a_refresh_names_one_audience(ann: Any) -> None:
    issued = login(client_id="phone", resource=[BILLING, OWN]).json()
    assert decode_token(issued["access_token"], audience=BILLING)
    body = {"refresh_token": issued["refresh_token"], "client_id": "phone"}
    assert post("/auth/refresh/", {**body, "resource": [BILLING, OWN]}).json()["code"] == "invalid_target"
    assert post("/auth/refresh/", {**body, "resource": OWN}).status_code == 200


def test_the_rest_framework_endpoints_take_the_same_members(ann: Any) -> None:
    body = {"username": "ann@example.com", "password": "correct horse battery staple", "client_id": "phone"}
    issued = post("/drf-auth/login/", {**body, "resource": [BILLING]})
    assert issued.status_code == 200, issued.content
    assert decode_token(issued.json()["access_token"], audience=BILLING)
    refresh = {"refresh_token": issued.json()["refresh_token"], "client_id": "phone"}
    assert post("/drf-auth/refresh/", {**refresh, "resource": OWN}).json()["code"] == "invalid_target"
    assert post("/drf-auth/refresh/", {**refresh, "resource": BILLING}).status_code == 200


def test_a_user_named_like_a_client_is_not_taken_for_it(ann: Any) -> None:
    """OB-16: `sub` and `client_id` are two claims, and only the second is ever asked who the client is."""
    from django_bearer.sessions.access_tokens import subject

    with configure({**CLIENTS, subject(ann).replace("@", "."): {"kind": "native"}}):
        principal = authenticate_token(issue_session(ann).access_token)
    assert principal.client_id == "first-party"
    assert principal.claims.sub == subject(ann)


def test_a_token_for_any_audience_can_be_revoked(ann: Any) -> None:
    issued = issue_session(ann, client_id="phone", resource=[BILLING])
    assert revoke_token(issued.access_token)
    with pytest.raises(InvalidToken):
        decode_token(issued.access_token, audience=BILLING)
