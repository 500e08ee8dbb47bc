"""A user read from another database, by `using()` or before a tenant was chosen, has no namesake by number here."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import router

from django_bearer import (
    ServiceAccount,
    account_fingerprint,
    issue_api_token,
    issue_login_unlock_token,
    issue_session,
    revoke_session,
    revoke_user,
)
from django_bearer.database import aliases
from django_bearer.models import ApiToken, Session

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "postgres"]),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="the usual users' keys are numbers"),
]
HERE, THERE = "default", "postgres"


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One of the same number in each database, without a password, as single sign-on leaves them; and no router."""
    monkeypatch.setattr(router, "routers", [])
    found = {}
    for alias, name in ((HERE, "ann"), (THERE, "bob")):
        found[alias] = get_user_model()(pk=7, username=name)
        found[alias].set_unusable_password()
        found[alias].save(using=alias, force_insert=True)
    return found


def test_nobody_is_logged_in_as_who_has_the_same_number_here(people: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="of the database 'postgres'"):
        issue_session(people[THERE])
    with pytest.raises(TypeError, match="of the database 'postgres'"):
        issue_api_token(people[THERE], name="x", expires_in=60)
    with pytest.raises(TypeError, match="of the database 'postgres'"):
        account_fingerprint(people[THERE])
    with pytest.raises(TypeError, match="of the database 'postgres'"):
        issue_login_unlock_token(people[THERE])
    service = ServiceAccount(name="backup", created_at=0)
    service.save(using=THERE)
    with pytest.raises(TypeError, match="of the database 'postgres'"):
        issue_api_token(service, name="x", expires_in=60)
    assert not any(model.objects.using(alias).exists() for model in (Session, ApiToken) for alias in people)


def test_all_that_ends_is_what_the_user_has_there(people: dict[str, Any]) -> None:
    sessions = {}
    for alias, user in people.items():
        with pytest.MonkeyPatch.context() as patch, aliases.at(alias):
            patch.setattr(aliases, "user_alias", lambda alias=alias: alias)
            sessions[alias] = issue_session(user).session_id
            issue_api_token(user, name="x", expires_in=60)
    assert revoke_user(people[THERE]) == 1
    for model in (Session, ApiToken):
        assert model.objects.using(THERE).get().revoked_at is not None
        assert model.objects.using(HERE).get().revoked_at is None
    assert revoke_session(Session.objects.using(HERE).get())
    assert not revoke_session(Session.objects.using(THERE).get()), "it had ended before"


def test_a_session_read_from_there_is_ended_there(people: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch, aliases.at(THERE):
        patch.setattr(aliases, "user_alias", lambda: THERE)
        issue_session(people[THERE])
    assert revoke_session(Session.objects.using(THERE).get())
    assert Session.objects.using(THERE).get().revoked_at is not None
