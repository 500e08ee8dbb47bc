"""Sessions that came from old tokens: they end with the old token's logout, and stay with a client's secret."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from oauth2_provider.models import Application, clear_expired
from oauth2_provider.models import RefreshToken as DotRefreshToken
from rest_framework.authtoken.models import Token
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from django_bearer import Session
from django_bearer_migrate import trades, usage
from django_bearer_migrate.models import LegacyUse, TradedSession
from django_bearer_migrate.moving import steps
from library.tests.databases import EVERY, use

from . import test_dot
from .conftest import begin, bridge, day
from .test_compat_knox import post as post_with_key
from .test_copying import run
from .test_dot import SECRET, application, old_tokens
from .test_key_trades import path_of
from .test_missing_tables import unavailable, without
from .test_opaque_tokens import BOTH, Make, of_authtoken, of_knox
from .test_trades import trade

ENTRY = {"UNTIL": day(90), "SCOPES": ["notes:read"]}


@pytest.fixture(autouse=True)
def moving(fresh: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(steps, "project_folder", lambda: tmp_path)
    settings.BEARER_MIGRATE = {**bridge(), "knox": ENTRY, "authtoken": ENTRY, "dot": {**ENTRY, "TRADE": True}}


def refresh(token: str) -> Any:
    return Client().post("/auth/refresh/", {"refresh_token": token}, "application/json", secure=True)


def log_out(user: Any) -> None:
    """As the old packages do."""
    AuthToken.objects.filter(user=user).delete()
    Token.objects.filter(user=user).delete()
    OutstandingToken.objects.filter(user=user).delete()


@BOTH
def test_a_session_that_came_from_a_key_ends_with_the_keys_logout(ann: Any, make: Make) -> None:
    first, other = (post_with_key(path_of(make), make(ann)).json() for _ in range(2))
    found = refresh(first["refresh_token"])
    assert found.status_code == 200, found.content
    log_out(ann)
    make(ann)  # a new login's key is another one
    for token in (found.json()["refresh_token"], other["refresh_token"]):
        assert refresh(token).json()["code"] == "session_ended"
    assert set(Session.objects.values_list("revoked_cause", flat=True)) == {"carried_login_ended"}


def test_a_logout_with_the_key_here_ends_its_sessions_at_once_and_no_others(ann: Any) -> None:
    one, other = of_knox(ann), of_knox(ann)
    of_one, of_other = (post_with_key("/knox/trade/", key).json() for key in (one, other))
    assert post_with_key("/knox/logout/", one).status_code == 204
    assert Session.objects.filter(revoked_at__isnull=True).count() == 1
    assert refresh(of_one["refresh_token"]).status_code == 401
    assert refresh(of_other["refresh_token"]).status_code == 200
    key = of_authtoken(ann)
    session = post_with_key("/authtoken/trade/", key).json()
    headers = {"Authorization": f"Token {key}"}
    assert Client(headers=headers).post("/dj/logout/", {}, "application/json", secure=True).status_code == 200
    assert refresh(session["refresh_token"]).status_code == 401


def test_a_key_that_finish_blanked_is_no_logout(ann: Any) -> None:
    session = post_with_key("/authtoken/trade/", of_authtoken(ann)).json()
    run("finish", still_used=True)
    assert Token.objects.get().key.startswith("- ")
    found = refresh(session["refresh_token"])
    assert found.status_code == 200, found.content
    log_out(ann)
    assert refresh(found.json()["refresh_token"]).status_code == 401


def test_a_session_that_came_from_simplejwt_ends_with_the_tokens_row(ann: Any) -> None:
    session = trade(RefreshToken.for_user(ann)).json()
    found = refresh(session["refresh"])
    assert found.status_code == 200
    log_out(ann)
    assert refresh(found.json()["refresh_token"]).status_code == 401


def test_a_session_that_came_from_dot_outlives_the_packages_cleanup_and_not_the_client(ann: Any) -> None:
    client = application()
    session = test_dot.refresh(old_tokens(ann, client)[1]).json()
    DotRefreshToken.objects.update(revoked=timezone.now() - timedelta(days=1))
    clear_expired()
    assert not DotRefreshToken.objects.exists()
    found = refresh(session["refresh_token"])
    assert found.status_code == 200, found.content
    client.delete()
    assert refresh(found.json()["refresh_token"]).status_code == 401


def test_a_session_of_a_client_with_a_secret_is_not_refreshed_without_it(ann: Any) -> None:
    client = application("confidential", client_secret=SECRET)
    session = test_dot.refresh(old_tokens(ann, client)[1], client_secret=SECRET).json()
    for members in ({}, {"client_id": "first-party"}, {"client_id": "the-app", "client_secret": SECRET}):
        found = Client().post(
            "/auth/refresh/", {"refresh_token": session["refresh_token"], **members}, "application/json", secure=True
        )
        assert found.status_code == 401, found.content
        assert "access_token" not in found.json()
    assert trade(session["refresh_token"]).status_code == 401  # nor at the endpoint of another dialect
    assert test_dot.refresh(session["refresh_token"]).status_code == 401
    found = test_dot.refresh(session["refresh_token"], client_secret=SECRET)
    assert found.status_code == 200, found.content
    Application.objects.update(client_type="public")  # the session remembers what it was
    assert refresh(found.json()["refresh_token"]).status_code == 401
    assert Session.objects.get().revoked_at is None


def test_finish_waits_for_the_sessions_of_clients_with_a_secret_or_ends_them(ann: Any) -> None:
    client = application("confidential", client_secret=SECRET)
    test_dot.refresh(old_tokens(ann, client)[1], client_secret=SECRET)
    direct = trade(RefreshToken.for_user(ann)).json()
    usage.forget()
    LegacyUse.objects.all().delete()
    with pytest.raises(CommandError, match="1 sessions belong to clients"):
        run("finish")
    run("finish", still_used=True)
    assert list(Session.objects.filter(revoked_at__isnull=False).values_list("revoked_cause", flat=True)) == [
        "client_secret_gone"
    ]
    assert refresh(direct["refresh"]).status_code == 200


def test_where_it_came_from_is_forgotten_with_the_session(ann: Any) -> None:
    trade(RefreshToken.for_user(ann))
    post_with_key("/knox/trade/", of_knox(ann))
    assert TradedSession.objects.count() == 2
    assert not TradedSession.objects.filter(reference__contains="-").exclude(source="simplejwt").exists()
    Session.objects.order_by("created_at")[0].delete()
    trades.purge()
    assert TradedSession.objects.count() == 1


@pytest.fixture(params=EVERY)
def database(request: pytest.FixtureRequest) -> Any:
    with use(request.param):
        yield request.param


def test_a_missing_table_is_503_until_the_packages_date_and_nothing_afterwards(
    database: str, django_user_model: Any, settings: Any
) -> None:
    ann = begin(django_user_model.objects.create_user("ann", password="x"))
    token = post_with_key("/knox/trade/", of_knox(ann)).json()["refresh_token"]
    for table in ("knox_authtoken", "django_bearer_migrate_tradedsession"):
        with without(table, database):
            unavailable(refresh(token))
    with without("knox_authtoken", database):
        settings.BEARER_MIGRATE = bridge()
        found = refresh(token)
        assert found.status_code == 200, found.content
    assert refresh(found.json()["refresh_token"]).status_code == 200
