"""Passwords and users that change: sessions end at once by signal, and by the next request without one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client, override_settings

from django_bearer import decode_token, errors, is_token_revoked, issue_session, refresh_session
from django_bearer.models import Session
from tests.conftest import PASSWORD

OLD_HASHERS = ["tests.test_receivers.Older", "django.contrib.auth.hashers.MD5PasswordHasher"]
NEW_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "tests.test_receivers.Older"]


def Older() -> Any:
    """A cheap hasher of another algorithm, as after an upgrade of Django or of PASSWORD_HASHERS."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    hasher = MD5PasswordHasher()
    hasher.algorithm = "older"
    return hasher


def ended(issued: Any) -> bool:
    """Both endpoints reject it: as access token and as refresh token."""
    if not is_token_revoked(issued.access_token):
        return False
    with pytest.raises(errors.SessionEnded):
        refresh_session(issued.refresh_token)
    return True


def test_password_change_ends_sessions_at_once_by_signal(ann: Any) -> None:
    issued = issue_session(ann)
    ann.set_password("another very good one")
    ann.save()
    assert Session.objects.get().revoked_cause == "password_changed"
    assert ended(issued)


def test_password_change_that_names_its_column_counts_too(ann: Any) -> None:
    issued = issue_session(ann)
    ann.set_password("another very good one")
    ann.save(update_fields=["password"])
    assert ended(issued)


def test_a_hash_written_directly_counts_as_a_change(ann: Any) -> None:
    issued = issue_session(ann)
    ann.password = make_password("another very good one")
    ann.save(update_fields=["password"])
    assert ended(issued)


def test_password_change_by_update_or_sql_is_noticed_by_the_next_request(ann: Any, django_user_model: Any) -> None:
    issued = issue_session(ann)
    django_user_model.objects.filter(pk=ann.pk).update(password=make_password("by update"))
    assert Session.objects.get().revoked_at is None
    assert ended(issued)
    fresh = issue_session(django_user_model.objects.get(pk=ann.pk))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE auth_user SET password = %s WHERE id = %s", [make_password("by sql"), ann.pk])
    assert ended(fresh)


def test_a_refused_refresh_ends_the_session_of_the_changed_user(ann: Any, django_user_model: Any) -> None:
    issued = issue_session(ann)
    django_user_model.objects.filter(pk=ann.pk).update(is_active=False)
    with pytest.raises(errors.SessionEnded):
        refresh_session(issued.refresh_token or "")
    django_user_model.objects.filter(pk=ann.pk).update(is_active=True)
    assert Session.objects.get().revoked_cause == "user"
    assert ended(issued)


def test_deactivation_by_save_is_for_good(ann: Any) -> None:
    issued = issue_session(ann)
    ann.is_active = False
    ann.save()
    assert is_token_revoked(issued.access_token)
    ann.is_active = True
    ann.save()
    assert ended(issued)


def test_deactivation_by_update_applies_while_it_lasts(ann: Any, django_user_model: Any) -> None:
    issued = issue_session(ann)
    django_user_model.objects.filter(pk=ann.pk).update(is_active=False)
    assert is_token_revoked(issued.access_token)
    django_user_model.objects.filter(pk=ann.pk).update(is_active=True)
    assert decode_token(issued.access_token).sid == issued.session_id


def test_deleted_user_by_orm_and_by_sql(ann: Any, django_user_model: Any) -> None:
    bob = django_user_model.objects.create_user("bob")
    one, two = issue_session(ann), issue_session(bob)
    ann.delete()
    assert Session.objects.get(pk=one.session_id).revoked_cause == "user_deleted"
    assert ended(one)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM auth_user WHERE id = %s", [bob.pk])
    assert ended(two)
    assert Session.objects.get(pk=two.session_id).revoked_cause == "user"


def test_other_saves_end_nothing(ann: Any) -> None:
    issued = issue_session(ann)
    ann.first_name = "Ann"
    ann.save()
    ann.save(update_fields=["last_name"])
    assert decode_token(issued.access_token)


@override_settings(PASSWORD_HASHERS=OLD_HASHERS)
def test_rehash_at_login_is_no_change(ann: Any) -> None:
    ann.set_password(PASSWORD)
    ann.save()
    issued = issue_session(ann)
    before = ann.password
    with override_settings(PASSWORD_HASHERS=NEW_HASHERS):
        body = {"username": "ann@example.com", "password": PASSWORD}
        assert Client().post("/auth/login/", body, content_type="application/json").status_code == 200
        ann.refresh_from_db()
        assert ann.password != before
        assert decode_token(issued.access_token)
        assert refresh_session(issued.refresh_token or "").refresh_token


@override_settings(PASSWORD_HASHERS=OLD_HASHERS)
def test_two_rehashes_and_then_a_real_change(ann: Any, django_user_model: Any) -> None:
    ann.set_password(PASSWORD)
    ann.save()
    issued = issue_session(ann)
    for hashers in (NEW_HASHERS, OLD_HASHERS, NEW_HASHERS):
        with override_settings(PASSWORD_HASHERS=hashers):
            assert django_user_model.objects.get(pk=ann.pk).check_password(PASSWORD)
            assert decode_token(issued.access_token)
    ann = django_user_model.objects.get(pk=ann.pk)
    ann.set_password(PASSWORD)
    ann.save()
    assert ended(issued)


@override_settings(PASSWORD_HASHERS=OLD_HASHERS)
def test_an_outdated_hash_does_not_make_a_change_look_like_a_rehash(ann: Any) -> None:
    ann.set_password(PASSWORD)
    ann.save()
    issued = issue_session(ann)
    with override_settings(PASSWORD_HASHERS=NEW_HASHERS):
        ann.set_password("another very good one")
        ann.save(update_fields=["password"])
        assert ended(issued)


def test_unusable_passwords_are_all_alike(ann: Any) -> None:
    ann.set_unusable_password()
    ann.save()
    issued = issue_session(ann)
    ann.set_unusable_password()
    ann.save()
    assert decode_token(issued.access_token)
    ann.set_password("now there is one")
    ann.save()
    assert ended(issued)
