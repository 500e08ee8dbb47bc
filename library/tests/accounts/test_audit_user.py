"""A service account in a foreign key to the user: a user of its own, who is nobody's login."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import authenticate
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from django_bearer import ServiceAccount, audit_user, authenticate_token, errors, issue_api_token, issue_session


@pytest.fixture
def principal(db: Any) -> Any:
    service = ServiceAccount.objects.create(name="reports", created_at=1)
    return authenticate_token(issue_api_token(service, name="a", expires_in=3600).token)


def test_it_stands_in_a_foreign_key(principal: Any) -> None:
    kind = ContentType.objects.get_for_model(ServiceAccount)
    LogEntry.objects.create(user=audit_user(principal), content_type=kind, object_repr="x", action_flag=1)
    assert LogEntry.objects.get().user.get_username() == "service: reports"
    assert audit_user(principal) == audit_user(principal.user)


def test_a_user_is_the_user_and_nobody_is_nobody(ann: Any) -> None:
    assert audit_user(authenticate_token(issue_session(ann).access_token)) == ann
    assert audit_user(ann) == ann
    assert audit_user(None) is None


def test_it_logs_in_nowhere(principal: Any) -> None:
    user = audit_user(principal)
    assert not user.is_active
    assert not user.has_usable_password()
    with pytest.raises(errors.InvalidCredentials):
        issue_session(user)
    body = {"username": user.get_username(), "password": "x"}
    assert Client().post("/auth/login/", body, content_type="application/json").status_code == 401
    assert authenticate(username=user.get_username(), password="") is None


@pytest.mark.parametrize("change", [{"is_active": True}, {"is_staff": True}, {"is_superuser": True}])
def test_whoever_signs_up_under_its_name_gets_none_of_its_rows(
    change: dict[str, bool], principal: Any, django_user_model: Any
) -> None:
    user = django_user_model(**{"username": "service: reports", "is_active": False, **change})
    user.set_unusable_password()
    user.save()
    with pytest.raises(errors.ConfigurationError):
        audit_user(principal)


def test_it_is_never_the_user_of_a_request(principal: Any) -> None:
    """What the column names opens nothing: the request is the service account's."""
    user = audit_user(principal)
    assert isinstance(principal.user, ServiceAccount)
    assert not user.bearer_api_tokens.exists()
