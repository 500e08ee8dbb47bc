"""Users of the same key in several databases: only the sessions of the one who was saved or deleted end."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import override_settings

from django_bearer import is_token_revoked, issue_session
from django_bearer.models import Session
from tests import databases
from tests.test_receivers import NEW_HASHERS, OLD_HASHERS

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "postgres"]),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="one user model is enough: it is about databases"),
]
WORD = "correct horse battery staple"


def change_password(user: Any, using: str) -> None:
    user.set_password("another very good one")
    user.save(using=using)


def deactivate(user: Any, using: str) -> None:
    user.is_active = False
    user.save(using=using, update_fields=["is_active"])


def delete(user: Any, using: str) -> None:
    user.delete(using=using)


CHANGES = [change_password, deactivate, delete]


def person(using: str) -> Any:
    with databases.use(using):
        user = get_user_model()(pk=7, username="ann")
        user.set_password(WORD)
        user.save(using=using, force_insert=True)
        return user


def alive(using: str) -> int:
    return Session.objects.using(using).filter(revoked_at__isnull=True).count()


@pytest.mark.parametrize("change", CHANGES, ids=lambda found: found.__name__)
class TestAnotherDatabase:
    def test_sessions_of_the_one_who_is_here_go_on(self, change: Callable[[Any, str], None]) -> None:
        issued = issue_session(person("default"))
        change(person("postgres"), "postgres")
        assert alive("default") == 1
        assert not is_token_revoked(issued.access_token)

    def test_sessions_beside_the_user_end(self, change: Callable[[Any, str], None]) -> None:
        person("default")
        there = person("postgres")
        with databases.use("postgres"):
            issue_session(there)
        change(there, "postgres")
        assert alive("postgres") == 0

    def test_one_without_our_tables_is_left_alone(self, change: Callable[[Any, str], None]) -> None:
        """An archive of users: saving there must not fail, either."""
        issue_session(person("default"))
        there = person("postgres")
        with connections["postgres"].cursor() as cursor:
            cursor.execute(f"ALTER TABLE {Session._meta.db_table} RENAME TO archived")
        try:
            if change is not delete:  # Django itself looks there for what hangs on a user
                change(there, "postgres")
        finally:
            with connections["postgres"].cursor() as cursor:
                cursor.execute(f"ALTER TABLE archived RENAME TO {Session._meta.db_table}")
        assert alive("default") == 1

    def test_here_they_end(self, change: Callable[[Any, str], None]) -> None:
        here = person("default")
        issue_session(here)
        change(here, "default")
        assert alive("default") == 0


def test_rehash_in_another_database_changes_no_session_here() -> None:
    with override_settings(PASSWORD_HASHERS=OLD_HASHERS):
        here, there = person("default"), person("postgres")
        issue_session(here)
        get_user_model().objects.using("postgres").update(password=here.password)  # a copy, made for an archive
    before = Session.objects.values("password_fingerprint", "rehashed_fingerprint").get()
    with override_settings(PASSWORD_HASHERS=NEW_HASHERS):
        # As AbstractBaseUser.check_password does it, but for the database.
        there.set_password(WORD)
        there._password = None
        there.save(using="postgres", update_fields=["password"])
    assert Session.objects.values("password_fingerprint", "rehashed_fingerprint").get() == before
