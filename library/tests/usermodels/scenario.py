"""The lifecycle of a session with any user model. `tests/test_user_models.py` runs it for each."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.core.management import call_command
from django.db import connections
from django.test import Client

from django_bearer import authenticate_token, issue_api_token, revoke_user
from django_bearer.api_tokens.issue_and_revoke import service_account
from django_bearer.database import aliases
from django_bearer.models import Session
from django_bearer.primitives import clock
from django_bearer.sessions.rotation_rules import MIN_ROTATION_INTERVAL
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
User: Any = get_user_model()
NAME = "ann@example.com"
DUE = MIN_ROTATION_INTERVAL / clock.SECOND + 1
has_active = any(field.name == "is_active" for field in User._meta.concrete_fields)


@pytest.fixture
def ann() -> Any:
    user = User(**{User.USERNAME_FIELD: NAME})
    user.set_password(PASSWORD)
    user.save(force_insert=True)
    return user


@pytest.fixture
def device(ann: Any) -> Device:
    return Device()


class Device:
    """A client that has logged in, and keeps the tokens of its last answer."""

    def __init__(self) -> None:
        self.client = Client()
        body = {User.USERNAME_FIELD: NAME, "password": PASSWORD}
        reply = self.client.post("/auth/login/", body, content_type="application/json")
        assert reply.status_code == 200, reply.content
        self.tokens = reply.json()

    def calls(self) -> set[int]:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return {self.client.get(path, headers=headers).status_code for path in ("/plain/", "/drf/")}

    def refreshes(self) -> int:
        body = {"refresh_token": self.tokens["refresh_token"]}
        reply = self.client.post("/auth/refresh/", body, content_type="application/json")
        if reply.status_code == 200:
            self.tokens |= reply.json()
        return reply.status_code

    def is_dead(self) -> bool:
        return self.calls() == {401} and self.refreshes() == 401


class Machine(Device):
    """A client that has an API token of this owner's, and never logged in."""

    def __init__(self, owner: Any) -> None:
        self.client = Client()
        self.token = issue_api_token(owner, name="nightly", expires_in=3600).token
        self.tokens = {"access_token": self.token}


def row(user: Any) -> Any:
    return User._base_manager.filter(pk=user.pk)


def in_sql(statement: str, field_name: str, value: str, user: Any) -> None:
    """A statement about the table that holds this field of the user."""
    field = User._meta.get_field(field_name)
    table, key = field.model._meta.db_table, field.model._meta.pk
    connection = connections[aliases.user_alias()]
    named = key.get_db_prep_value(getattr(user, key.attname), connection)
    with connection.cursor() as cursor:
        quoted = connection.ops.quote_name
        text = statement.format(table=quoted(table), field=quoted(field.column), key=quoted(key.column))
        cursor.execute(text, [value, named] if value else [named])
        assert cursor.rowcount == 1


def test_calls_refreshes_and_calls_again(device: Device, ann: Any) -> None:
    assert device.calls() == {200}
    for _ in range(3):
        assert device.refreshes() == 200
        assert device.calls() == {200}
        clock.advance(DUE)
    assert Session.objects.get().user_id == ann.pk


def test_logout_ends_this_session_and_no_other(device: Device) -> None:
    other = Device()
    body = {"refresh_token": device.tokens["refresh_token"]}
    assert device.client.post("/auth/logout/", body, content_type="application/json").status_code == 204
    assert device.is_dead()
    assert other.calls() == {200}


def test_logout_everywhere_ends_both(device: Device) -> None:
    other = Device()
    headers = {"Authorization": f"Bearer {device.tokens['access_token']}"}
    assert device.client.post("/auth/logout-everywhere/", headers=headers).status_code == 204
    assert device.is_dead()
    assert other.is_dead()
    assert Device().calls() == {200}


def deactivated_by_save(user: Any) -> None:
    user.is_active = False
    user.save()


def deactivated_by_update(user: Any) -> None:
    row(user).update(is_active=False)


def changed_by_save(user: Any) -> None:
    user.set_password("another one")
    user.save()


def changed_by_update(user: Any) -> None:
    row(user).update(password=make_password("another one"))


def changed_by_sql(user: Any) -> None:
    in_sql("UPDATE {table} SET {field} = %s WHERE {key} = %s", "password", make_password("another one"), user)


def deleted_by_orm(user: Any) -> None:
    user.delete()


def deleted_by_sql(user: Any) -> None:
    key = User._meta.pk.name
    in_sql("DELETE FROM {table} WHERE {key} = %s", key, "", user)


ENDINGS = [changed_by_save, changed_by_update, changed_by_sql, deleted_by_orm, deleted_by_sql]
if has_active:
    ENDINGS += [deactivated_by_save, deactivated_by_update]


@pytest.mark.parametrize("end", ENDINGS)
def test_whatever_befalls_the_user_ends_the_session(device: Device, ann: Any, end: Callable[[Any], None]) -> None:
    assert device.calls() == {200}
    end(ann)
    assert device.is_dead()


@pytest.mark.parametrize("end", ENDINGS)
def test_whatever_befalls_the_user_ends_the_api_token(ann: Any, end: Callable[[Any], None]) -> None:
    machine = Machine(ann)
    assert machine.calls() == {200}
    end(ann)
    assert machine.calls() == {401}


def test_an_api_token_outlives_a_rehash_and_ends_with_logout_everywhere(ann: Any) -> None:
    row(ann).update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-sixteen-or-more", iterations=1))
    machine = Machine(row(ann).get())
    Device()  # this login rehashed
    assert row(ann).get().password.startswith("md5")
    assert machine.calls() == {200}
    revoke_user(ann)
    assert machine.calls() == {401}


def test_a_service_is_nobodys_user(ann: Any) -> None:
    machine = Machine(service_account("backup", create=True))
    assert machine.calls() == {200}
    user = authenticate_token(machine.token).user
    assert not isinstance(user, User)
    assert user != ann
    ann.delete()
    assert machine.calls() == {200}
    revoke_user(user)
    assert machine.calls() == {401}


@pytest.mark.skipif(not hasattr(User, "is_deleted"), reason="this model hides nobody")
def test_hidden_user_is_refused(device: Device, ann: Any) -> None:
    row(ann).update(is_deleted=True)
    assert device.is_dead()


def test_rehash_at_login_is_no_change(ann: Any) -> None:
    row(ann).update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-sixteen-or-more", iterations=1))
    assert Device().calls() == {200}  # this login rehashed
    row(ann).update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-sixteen-or-more", iterations=1))
    device = Device.__new__(Device)
    device.client = Client()
    from django_bearer import issue_session

    issued = issue_session(row(ann).get())
    device.tokens = {"access_token": issued.access_token, "refresh_token": issued.refresh_token}
    Device()
    assert row(ann).get().password.startswith("md5")
    assert device.calls() == {200}
    assert device.refreshes() == 200


def test_subject_is_what_the_settings_say(device: Device, ann: Any, settings: Any) -> None:
    from django_bearer import decode_token

    claims = decode_token(device.tokens["access_token"])
    assert claims.sub == str(getattr(ann, settings.BEARER["USER_ID_FIELD"]))


def test_models_and_migrations_agree() -> None:
    said = io.StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    assert "No changes detected" in said.getvalue()
    call_command("check", stdout=said, stderr=said)
