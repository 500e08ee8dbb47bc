"""The account of a login, read with its state: by one statement or by the user model's manager, never differently."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User, UserManager
from django.db import connections
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from django_bearer import issue_session
from django_bearer.accounts import lookup
from django_bearer.database import account_read, issuers
from django_bearer.primitives import clock

ISSUER = "https://api.example.com"
NAMES = ["ann", "ANN", " ann", "ann ", "nobody", "\N{LATIN SMALL LETTER A WITH ACUTE}nn", "x" * 400, "%", "%s"]


def told(found: lookup.Account) -> Any:
    fields = {k: v for k, v in vars(found.user).items() if not k.startswith("_")} if found.user else None
    return found.name, found.key, fields


@pytest.fixture
def ann(database: str, django_user_model: Any) -> Any:
    user = django_user_model.objects.create_user("ann", "ann@example.com", "x")
    issue_session(user)
    return user


@pytest.mark.parametrize("name", NAMES)
def test_both_ways_find_the_same_account(name: str, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = told(lookup.find(name, ISSUER))
    monkeypatch.setattr(account_read, "can_read", lambda using: False)
    assert told(lookup.find(name, ISSUER)) == usual


def test_the_state_beside_it_is_what_is_read_alone(ann: Any, database: str) -> None:
    issuers.next_user_epoch(ann.pk)
    issuers.next_issuer_epoch(ISSUER)
    issuers.note_rehash(ann.pk, b"a" * 32, b"b" * 32, database)
    with clock.frozen():
        found, alone = lookup.find("ann", ISSUER).state, issuers.state(ISSUER, ann.pk)
        assert found is not None
        for name in ("now", "ring_version", "epoch", "user_epoch", "password_fingerprint", "rehashed_fingerprint"):
            assert getattr(found, name) == getattr(alone, name)
    assert (found.epoch, found.user_epoch) == (1, 1)
    assert found.ring_version


def test_it_is_one_statement(ann: Any, database: str) -> None:
    with CaptureQueriesContext(connections[database]) as captured:
        assert lookup.find("ann", ISSUER).user == ann
    assert len(captured) == 1


def test_the_time_goes_on(ann: Any) -> None:
    state = issuers.state(ISSUER, ann.pk)
    assert state.now <= state.later() <= issuers.now() + clock.SECOND // 100


class TestStateFor:
    """Whether what was read before the password was checked is still of use after it."""

    def test_the_same_user_and_password(self, ann: Any) -> None:
        assert lookup.find("ann", ISSUER).state_for(ann, ISSUER)

    def test_another_issuer(self, ann: Any) -> None:
        assert lookup.find("ann", ISSUER).state_for(ann, "https://other.example.com") is None

    def test_a_new_hash(self, ann: Any) -> None:
        found = lookup.find("ann", ISSUER)
        ann.set_password("x")
        assert found.state_for(ann, ISSUER) is None

    def test_another_user(self, ann: Any, django_user_model: Any) -> None:
        bob = django_user_model.objects.create_user("bob")
        assert lookup.find("ann", ISSUER).state_for(bob, ISSUER) is None


class Hiding(QuerySet[Any]):
    """A project's own query set, which `get_by_natural_key` asks."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        raise User.DoesNotExist


class OwnName(UserManager[Any]):
    """A project's own way to find a user."""

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(email=username)


@pytest.mark.parametrize("manager", [OwnName(), UserManager.from_queryset(Hiding)()])
def test_a_projects_own_manager_is_asked(manager: Any, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.model, manager.name = User, "objects"
    monkeypatch.setattr(User._meta, "default_manager", manager)
    assert not account_read.can_read("default")
    assert lookup.find("ann", ISSUER).user is None


def test_a_name_that_is_not_unique_is_the_managers_to_find(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User._meta.get_field("username"), "unique", False, raising=False)
    assert not account_read.can_read("default")
