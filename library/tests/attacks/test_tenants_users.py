"""Users whose database depends on who is served: a compiled read must not remember where the first one was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import router

from django_bearer import decode_token, issue_api_token, issue_session
from django_bearer.database import aliases, api_token_read, session_read
from django_bearer.functions import authenticate_token

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "postgres"]),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="the usual users' keys are numbers"),
]


class Tenants:
    """Sessions in one database, users in that of the tenant."""

    users = "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return self.users if model is get_user_model() else "default"

    db_for_read = db_for_write

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True


@pytest.fixture
def tenants(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenants]:
    found = Tenants()
    monkeypatch.setattr(router, "routers", [found])
    session_read.forget_statements()
    api_token_read.forget_statements()
    yield found
    session_read.forget_statements()
    api_token_read.forget_statements()


def user(alias: str, name: str) -> Any:
    """One without a password, as single sign-on leaves them: no fingerprint tells two of them apart."""
    found = get_user_model()(pk=7, **{get_user_model().USERNAME_FIELD: name})
    found.set_unusable_password()
    found.save(using=alias, force_insert=True)
    return found


@pytest.mark.parametrize("first", ["default", "postgres"])
def test_a_token_stands_for_the_tenants_own_user(first: str, tenants: Tenants) -> None:
    people = {"default": user("default", "ann@example.com"), "postgres": user("postgres", "bob@example.com")}
    session = issue_session(people["default"]).access_token
    machine = issue_api_token(people["default"], name="x", expires_in=60).token
    for tenants.users in (first, "default", "postgres", "default"):
        assert aliases.user_alias() == tenants.users
        for token in (session, machine):
            assert authenticate_token(token).user.get_username() == people[tenants.users].get_username()
    assert decode_token(session).sub == "7"
