"""An issuer that depends on the request: a stranger names any host, and must leave nothing behind."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_bearer import errors, issue_session
from django_bearer.models import Issuer, SigningKey
from django_bearer.storage import keys


def by_host(request: Any) -> str:
    return f"https://{request.get_host()}" if request is not None else "https://api.example.com"


@pytest.fixture
def tenants(settings: Any, db: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUER": by_host}


def test_asking_makes_no_keys_and_is_not_remembered(tenants: None) -> None:
    token = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.e30.AAAA"
    for number in range(20):
        headers = {"Host": f"{number}.evil.example", "Authorization": f"Bearer {token}"}
        assert Client().get("/plain/", headers=headers).status_code == 401
        found = Client().get("/.well-known/jwks.json", headers=headers)
        assert (found.json(), found["Cache-Control"]) == ({"keys": []}, "no-store")
        Client().post("/auth/refresh/", {"refresh_token": "x"}, content_type="application/json", headers=headers)
    assert not SigningKey.objects.exists()
    assert not Issuer.objects.exists()
    assert not keys._rings


def test_a_token_of_one_tenant_is_refused_by_another(tenants: None, ann: Any, rf: Any) -> None:
    token = issue_session(ann, request=rf.get("/", headers={"Host": "one.example"})).access_token
    headers = {"Authorization": f"Bearer {token}"}
    assert Client().get("/plain/", headers={**headers, "Host": "one.example"}).status_code == 200
    assert Client().get("/plain/", headers={**headers, "Host": "two.example"}).status_code == 401


@pytest.mark.parametrize("value", [None, "", "http://api.example.com", 1])
def test_a_callable_that_returns_no_issuer_fails_closed(value: Any, settings: Any, ann: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUER": lambda request: value}
    with pytest.raises(errors.ConfigurationError, match="ISSUER"):
        issue_session(ann)
