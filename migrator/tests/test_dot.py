"""Tokens of django-oauth-toolkit: accepted by their row, traded once, and its endpoints for clients, over ours."""

from __future__ import annotations

import base64
import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, RefreshToken

from django_bearer import Session, issue_session, revoke_user
from django_bearer_migrate import settings as migrate_settings
from django_bearer_migrate.compat import client_guesses
from library.tests.databases import EVERY, use

from .conftest import PASSWORD, begin, day
from .test_compat_simplejwt import PAGE
from .test_missing_tables import unavailable, without
from .test_simplejwt import changed_password, deactivated, get

_numbers = itertools.count()
SECRET = "a secret of the client, and a long one"


def entry(**more: Any) -> dict[str, Any]:
    return {"dot": {"UNTIL": day(90), "SCOPES": ["notes:read"], "TRADE": True, **more}}


@pytest.fixture(autouse=True)
def moving(fresh: None, settings: Any) -> None:
    settings.BEARER_MIGRATE = entry()


def application(kind: str = "public", client_id: str = "the-app", **more: Any) -> Any:
    grant = Application.GRANT_AUTHORIZATION_CODE
    given = {
        "client_id": client_id,
        "client_type": kind,
        "authorization_grant_type": grant,
        "name": client_id,
        **more,
    }
    return Application.objects.create(**given)


def old_tokens(user: Any, client: Any, scope: str = "notes:read notes:write", seconds: int = 600) -> tuple[str, str]:
    """An access token and a refresh token as the package stores them."""
    number = next(_numbers)
    access, refresh = f"access{number:024}", f"refresh{number:024}"
    expires = timezone.now() + timedelta(seconds=seconds)
    row = AccessToken.objects.create(user=user, token=access, application=client, expires=expires, scope=scope)
    RefreshToken.objects.create(user=user, token=refresh, application=client, access_token=row)
    return access, refresh


def send(path: str, *, basic: str = "", page: bool = False, **form: str) -> Any:
    headers = PAGE if page else {}
    if basic:
        headers = {**headers, "Authorization": f"Basic {base64.b64encode(basic.encode()).decode()}"}
    return Client().post(f"/o/{path}", form, secure=True, headers=headers) if not form else _form(path, form, headers)


def _form(path: str, form: dict[str, str], headers: dict[str, str]) -> Any:
    kind = "application/x-www-form-urlencoded"
    return Client().post(f"/o/{path}", urlencode(form), kind, secure=True, headers=headers)


def refresh(token: str, client_id: str = "the-app", **more: str) -> Any:
    return send("token/", grant_type="refresh_token", refresh_token=token, client_id=client_id, **more)


def test_an_access_token_opens_what_its_scopes_and_the_entrys_both_name(ann: Any, settings: Any) -> None:
    client = application()
    token, _ = old_tokens(ann, client)
    assert get(token).json() == {"user": "ann", "legacy": "dot"}
    assert get(token, "/write/").status_code == 403
    settings.BEARER_MIGRATE = entry(SCOPES=["notes:read", "notes:write"])
    assert get(token, "/write/").status_code == 200
    narrow, _ = old_tokens(ann, client, "notes:read")
    assert get(narrow, "/write/").status_code == 403
    ann.is_staff = ann.is_superuser = True
    ann.save()
    assert get(token, "/admin/").status_code == 403


@pytest.mark.parametrize("how", [changed_password, deactivated, revoke_user])
def test_what_ends_it(ann: Any, how: Any) -> None:
    token, again = old_tokens(ann, application())
    how(ann)
    assert get(token).status_code == 401
    assert refresh(again).json()["error"] == "invalid_grant"
    assert not Session.objects.exists()


def test_what_is_refused(ann: Any, settings: Any) -> None:
    client = application()
    token, _ = old_tokens(ann, client)
    for wrong in (token[:-1], token + "0", token.upper(), "x" * 30, "%27" * 10, "a" * 600):
        assert get(wrong).status_code == 401
    late, _ = old_tokens(ann, client, seconds=-1)
    assert get(late).status_code == 401
    bound, _ = old_tokens(ann, client)
    AccessToken.objects.filter(token=bound).update(resource=["https://other.example/"])
    assert get(bound).status_code == 401
    AccessToken.objects.filter(token=bound).update(resource=["https://api.example.com/"])
    assert get(bound).status_code == 200
    AccessToken.objects.filter(token=bound).update(user=None)
    assert get(bound).status_code == 401
    AccessToken.objects.all().delete()
    assert get(token).status_code == 401
    settings.BEARER_MIGRATE = entry(UNTIL=day(0))
    assert get(old_tokens(ann, client)[0]).status_code == 401


def test_a_refresh_token_becomes_a_session_once(ann: Any) -> None:
    access, old = old_tokens(ann, application())
    found = refresh(old)
    assert found.status_code == 200, found.content
    assert set(found.json()) == {"access_token", "token_type", "refresh_token", "expires_in"}
    assert get(found.json()["access_token"]).json() == {"user": "ann", "legacy": None}
    assert get(found.json()["access_token"], "/write/").status_code == 403
    assert get(access).status_code == 401  # as with the package, whose rotation ends the old one
    repeated = refresh(old).json()
    assert repeated == found.json() | {"expires_in": repeated["expires_in"]}  # a second less, if one has begun
    assert (Session.objects.count(), RefreshToken.objects.filter(revoked=None).count()) == (1, 0)
    again = refresh(found.json()["refresh_token"])
    assert again.status_code == 200, again.content
    assert Session.objects.count() == 1


def test_a_lost_answer_is_given_again_for_ten_seconds_or_with_the_retry_key(ann: Any, later: Any) -> None:
    client = application()
    one, other = old_tokens(ann, client)[1], old_tokens(ann, client)[1]
    first, kept = refresh(one).json(), refresh(other, retry_key="k").json()
    later(60)
    assert refresh(one).json()["error"] == "invalid_grant"
    assert refresh(other, retry_key="k").json()["refresh_token"] == kept["refresh_token"]
    assert refresh(other, retry_key="l").status_code == 400
    assert first["refresh_token"] != kept["refresh_token"]


def test_a_page_is_not_given_the_answer_of_an_app_again(ann: Any) -> None:
    old = old_tokens(ann, application())[1]
    first = refresh(old, retry_key="k").json()
    form = {"grant_type": "refresh_token", "refresh_token": old, "client_id": "the-app", "retry_key": "k"}
    found = send("token/", page=True, **form)
    assert (found.status_code, found.json()["error"]) == (400, "invalid_grant")
    assert first["refresh_token"] not in found.content.decode()
    assert refresh(old, retry_key="k").json()["refresh_token"] == first["refresh_token"]


def test_a_refresh_token_is_its_own_clients(ann: Any) -> None:
    application(client_id="other")
    secret = application("confidential", "with-secret", client_secret=SECRET)
    public, confidential = old_tokens(ann, application(client_secret=SECRET))[1], old_tokens(ann, secret)[1]
    assert refresh(public, "other").json()["error"] == "invalid_grant"
    for given in ({}, {"client_secret": "wrong"}, {"client_secret": ""}):
        assert refresh(confidential, "with-secret", **given).status_code == 401
    for nobody in ("", "x", "\0", "x" * 200):
        assert refresh(public, nobody).json()["error"] == "invalid_client"
    for wrong in ("x", SECRET + "x"):
        assert refresh(public, client_secret=wrong).status_code == 401
    assert not Session.objects.exists()
    form = {"grant_type": "refresh_token", "refresh_token": confidential}
    both = send("token/", basic=f"with-secret:{SECRET}", client_id="the-app", **form)
    assert both.json()["error"] == "invalid_request"
    found = send("token/", basic=f"with-secret:{SECRET}", **form)
    assert found.status_code == 200, found.content
    again = refresh(found.json()["refresh_token"], "with-secret", client_secret=SECRET)
    assert again.status_code == 200, again.content


def test_a_public_client_may_send_its_own_secret_as_the_package_lets_it(ann: Any) -> None:
    client = application(client_secret=SECRET)
    access, first = old_tokens(ann, client)
    assert refresh(old_tokens(ann, client)[1], client_secret=SECRET).status_code == 200
    assert (
        send("token/", basic=f"the-app:{SECRET}", grant_type="refresh_token", refresh_token=first).status_code == 200
    )
    access = old_tokens(ann, client)[0]
    assert send("introspect/", token=access, client_id="the-app", client_secret=SECRET).json()["active"]
    assert send("introspect/", token=access, client_id="the-app").status_code == 401


def test_a_session_is_of_the_client_whose_token_it_was(ann: Any) -> None:
    application(client_id="other")
    secret = application("confidential", "with-secret", client_secret=SECRET)
    old = old_tokens(ann, secret)[1]
    ours = refresh(old, "with-secret", client_secret=SECRET).json()
    assert refresh(ours["refresh_token"], "other").json()["error"] == "invalid_grant"
    for token in (ours["refresh_token"], ours["access_token"]):
        assert send("revoke_token/", token=token, client_id="other").status_code == 200
        assert get(ours["access_token"]).status_code == 200
    assert refresh(ours["refresh_token"], "with-secret", client_secret=SECRET).status_code == 200
    direct = str(issue_session(ann).refresh_token)
    assert refresh(direct, "other").status_code == 200  # a login at our endpoint is of our client alone
    assert send("revoke_token/", token=ours["access_token"], client_id="other").status_code == 200


def test_guesses_of_a_secret_are_limited_and_the_client_itself_is_not_kept_out(ann: Any) -> None:
    client = application("confidential", client_secret=SECRET)
    assert refresh(old_tokens(ann, client)[1], client_secret=SECRET).status_code == 200
    codes = [
        send(
            path,
            client_id="the-app",
            client_secret=f"x{number}",
            token="t",
            grant_type="refresh_token",
            refresh_token="t",
        ).status_code
        for number in range(5)
        for path in ("token/", "introspect/")
    ]
    assert (set(codes), codes[-1]) == ({401, 429}, 429)
    assert send("revoke_token/", client_id="the-app", client_secret="y", token="t").status_code == 429
    assert refresh(old_tokens(ann, client)[1], client_secret=SECRET).status_code == 200
    client_guesses.forget()
    assert refresh(old_tokens(ann, client)[1], client_secret=SECRET).status_code == 429


def test_a_secret_in_clear_as_the_package_may_store_it(ann: Any) -> None:
    client = application("confidential", client_secret=SECRET, hash_client_secret=False)
    assert Application.objects.get().client_secret == SECRET
    old = old_tokens(ann, client)[1]
    assert refresh(old, client_secret=SECRET[:-1]).status_code == 401
    assert refresh(old, client_secret=SECRET).status_code == 200


@pytest.mark.parametrize("grant", ["password", "authorization_code", "client_credentials", ""])
def test_no_other_grant(ann: Any, grant: str) -> None:
    application()
    found = send("token/", grant_type=grant, client_id="the-app", username="ann", password=PASSWORD)
    assert (found.status_code, found.json()["error"]) == (400, "unsupported_grant_type")


def test_what_becomes_no_session(ann: Any, settings: Any) -> None:
    client = application()
    orphan, spent, page, early = (old_tokens(ann, client)[1] for _ in range(4))
    AccessToken.objects.filter(refresh_token__token=orphan).delete()
    RefreshToken.objects.get(token=spent).revoke()
    for token in (orphan, spent):
        assert refresh(token).json()["error"] == "invalid_grant"
    form = {"grant_type": "refresh_token", "refresh_token": page, "client_id": "the-app"}
    assert send("token/", page=True, **form).json()["error"] == "invalid_grant"
    settings.BEARER_MIGRATE = entry(TRADE=False)
    unavailable(refresh(early))
    settings.BEARER_MIGRATE = entry()
    settings.OAUTH2_PROVIDER = {"REFRESH_TOKEN_EXPIRE_SECONDS": 60}
    migrate_settings.forget()
    late = old_tokens(ann, client, seconds=-61)[1]
    assert refresh(late).json()["error"] == "invalid_grant"
    assert not Session.objects.exists()
    assert refresh(early).status_code == 200
    row = Session.objects.get()
    assert row.ends_at - row.created_at <= 660 * 1_000_000


def test_revoke_ends_a_token_of_the_client_that_asks_and_no_other(ann: Any) -> None:
    client, _ = application(), application(client_id="other")
    access, old = old_tokens(ann, client)
    assert send("revoke_token/", token=access, client_id="other").status_code == 200
    assert get(access).status_code == 200
    assert send("revoke_token/", token=access, client_id="the-app").status_code == 200
    assert get(access).status_code == 401
    traded = old_tokens(ann, client)[1]
    ours = refresh(traded).json()
    assert send("revoke_token/", token=traded, client_id="the-app").status_code == 200
    assert get(ours["access_token"]).status_code == 401
    fresh_one = refresh(old_tokens(ann, client)[1]).json()
    assert send("revoke_token/", token=fresh_one["refresh_token"], client_id="the-app").status_code == 200
    assert get(fresh_one["access_token"]).status_code == 401
    assert send("revoke_token/", token="nonsense", client_id="the-app").status_code == 200
    assert send("revoke_token/", token=old, client_id="nobody").status_code == 401


def test_introspection_by_a_client_with_a_secret(ann: Any) -> None:
    client = application("confidential", client_secret=SECRET)
    application(client_id="public")
    access, old = old_tokens(ann, client)
    basic = f"the-app:{SECRET}"
    said = send("introspect/", basic=basic, token=access).json()
    assert said | {"exp": 0} == {
        "active": True,
        "scope": "notes:read",
        "exp": 0,
        "client_id": "the-app",
        "username": "ann",
    }
    ours = issue_session(ann).access_token
    assert send("introspect/", basic=basic, token=ours).json()["username"] == "ann"
    for token in (old, "x", ours[:-4]):
        assert send("introspect/", basic=basic, token=token).json() == {"active": False}
    assert send("introspect/", token=access, client_id="public").status_code == 401
    assert send("introspect/", basic="the-app:wrong", token=access).status_code == 401
    by_bearer = Client().post("/o/introspect/", secure=True, headers={"Authorization": f"Bearer {access}"})
    assert by_bearer.status_code == 401  # its scope is not introspection


def test_without_an_entry_or_after_the_date_nothing_is_answered(ann: Any, settings: Any) -> None:
    old = old_tokens(ann, application())[1]
    for given in (entry(UNTIL=day(0)), {"authtoken": {"UNTIL": day(9), "SCOPES": []}}):
        settings.BEARER_MIGRATE = given
        assert refresh(old).json()["error"] == "invalid_grant"
        assert send("introspect/", token="x", client_id="the-app").status_code == 400


@pytest.mark.parametrize("faulty", [{"CLIENTS": {"a": "nobody"}}, {"CLIENTS": ["a"]}, {"CLIENT": "nobody"}])
def test_settings_that_cannot_be_used(settings: Any, faulty: dict[str, Any]) -> None:
    settings.BEARER_MIGRATE = entry(**faulty)
    assert migrate_settings.current().dot is None
    assert migrate_settings.current().faults


@pytest.mark.parametrize("path", ["/o/token/", "/o/revoke_token/", "/o/introspect/"])
def test_other_methods_and_nonsense(ann: Any, path: str) -> None:
    assert Client().get(path, secure=True).status_code == 405
    assert Client().post(path, "{", "application/json", secure=True).status_code == 400
    assert Client().post(path, {}, "application/json", secure=True).status_code in (400, 401)
    assert Client().post(path, "x", "text/plain", secure=True).status_code in (400, 401, 415)


@pytest.fixture(params=EVERY)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    with use(request.param):
        yield request.param


def test_a_missing_table_is_503_and_no_lost_token(database: str, django_user_model: Any) -> None:
    ann = begin(django_user_model.objects.create_user("ann", password="x"))
    access, old = old_tokens(ann, application())
    with without("oauth2_provider_accesstoken", database):
        unavailable(get(access))
    for table in ("accesstoken", "refreshtoken", "application"):
        with without(f"oauth2_provider_{table}", database):
            unavailable(refresh(old))
    assert get(access).status_code == 200
    assert refresh(old).status_code == 200


def test_of_eight_that_race_all_get_the_one_session(database: str, django_user_model: Any) -> None:
    user = begin(django_user_model.objects.create_user("ann", password=PASSWORD))
    issue_session(user)  # the first key is there
    Session.objects.all().delete()
    old = old_tokens(user, application())[1]
    line = threading.Barrier(8)

    def race(_: int) -> Any:
        try:
            line.wait(60)
            return refresh(old, retry_key="k")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(race, range(8)))
    assert {answer.status_code for answer in answers} == {200}, [answer.content for answer in answers]
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert Session.objects.count() == 1
