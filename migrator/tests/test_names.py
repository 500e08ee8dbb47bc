"""Names that projects import from their old packages: they work over sessions and API tokens, and warn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import AccessToken as OldAccess
from rest_framework_simplejwt.tokens import RefreshToken as OldRefresh

from django_bearer import ApiToken, Session
from django_bearer_migrate.compat.opaque_models import AuthToken, Token
from django_bearer_migrate.compat.simplejwt_tokens import (
    AccessToken,
    RefreshToken,
    TokenError,
    TokenObtainPairSerializer,
)

from .conftest import PASSWORD, bridge
from .test_opaque_tokens import entries
from .test_simplejwt import get
from .test_trades import trade


def warned(successor: str) -> Any:
    return pytest.warns(DeprecationWarning, match=successor)


def test_a_refresh_token_for_a_user_is_a_session(ann: Any) -> None:
    with warned("issue_session"):
        refresh = RefreshToken.for_user(ann)
    assert get(str(refresh.access_token)).json() == {"user": "ann", "legacy": None}
    assert refresh.access_token["user_id"] == str(ann.pk)
    assert (refresh["user_id"], refresh.access_token["token_type"]) == (str(ann.pk), "access")
    assert trade(str(refresh)).status_code == 200
    refresh.blacklist()
    assert trade(str(refresh)).status_code == 401
    assert str(refresh) not in repr(refresh)


def test_a_claim_that_would_be_lost_is_refused_with_its_successor(ann: Any) -> None:
    with warned("issue_session"):
        refresh = RefreshToken.for_user(ann)
    for token in (refresh, refresh.access_token):
        with pytest.raises(TypeError, match="EXTRA_CLAIMS"):
            token["name"] = "Ann"


def test_access_tokens_are_read_with_every_check(ann: Any) -> None:
    with warned("issue_session"):
        ours = str(AccessToken.for_user(ann))
    old = OldAccess.for_user(ann)
    with warned("decode_token"):
        assert AccessToken(ours)["user_id"] == str(ann.pk)
    with warned("decode_token"):
        assert AccessToken(str(old))["jti"] == old["jti"]
    for wrong in (ours[:-3], "a.b.c", str(OldRefresh.for_user(ann)), ""):
        with warned("decode_token"), pytest.raises(TokenError):
            AccessToken(wrong)
    for unchecked in ({}, {"token": ours, "verify": False}):
        with warned("decode_token"), pytest.raises(TypeError, match="decode_token"):
            AccessToken(**unchecked)


def test_an_old_refresh_token_is_read_and_spent(ann: Any) -> None:
    old = OldRefresh.for_user(ann)
    with warned("refresh_session"):
        found = RefreshToken(str(old))
    assert found["jti"] == old["jti"]
    with pytest.raises(TypeError, match="traded"):
        _ = found.access_token
    found.blacklist()
    assert trade(old).status_code == 401
    with pytest.raises(TokenError):
        found.blacklist()
    with warned("refresh_session"), pytest.raises(TokenError):
        RefreshToken("x")


def test_the_serializer(ann: Any) -> None:
    with warned("EXTRA_CLAIMS"):
        assert Session.objects.filter(pk=TokenObtainPairSerializer.get_token(ann)["jti"]).exists()
    request = RequestFactory().post("/", secure=True)
    good = TokenObtainPairSerializer(data={"username": "ann", "password": PASSWORD}, context={"request": request})
    with warned("login"):
        assert good.is_valid()
    assert get(good.validated_data["access"]).status_code == 200
    bad = TokenObtainPairSerializer(data={"username": "ann", "password": "wrong"}, context={"request": request})
    with warned("login"), pytest.raises(AuthenticationFailed):
        bad.is_valid()


def test_knox_rows(ann: Any, settings: Any) -> None:
    settings.BEARER_MIGRATE = entries()
    with warned("issue_api_token"):
        instance, token = AuthToken.objects.create(ann, expiry=timedelta(hours=1))
    assert get(token, scheme="Token").json()["user"] == "ann"
    assert ApiToken.objects.get().scope == "notes:read"
    assert token not in repr(instance)
    with warned("ApiToken"):
        assert AuthToken.objects.filter(user=ann).count() == 1
    instance.delete()
    assert get(token, scheme="Token").status_code == 401
    with warned("issue_api_token"):
        _, other = AuthToken.objects.create(ann)
    with warned("ApiToken"):
        AuthToken.objects.filter(user=ann).delete()
    assert get(other, scheme="Token").status_code == 401
    with warned("issue_api_token"), pytest.raises(TypeError):
        AuthToken.objects.create(ann, prefix="x_")


def test_authtoken_keys_are_readable_once(ann: Any, settings: Any) -> None:
    settings.BEARER_MIGRATE = {**bridge(), **entries()}
    with warned("readable once"):
        token, created = Token.objects.get_or_create(user=ann)
    assert created
    assert get(token.key, scheme="Token").json()["user"] == "ann"
    with warned("readable once"):
        assert Token.objects.create(user=ann).key != token.key
    assert token.key not in repr(token)
