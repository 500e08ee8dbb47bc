"""What a login writes by statements of ours: the rows of the ORM, all or nothing, and never past a receiver."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connections
from django.db.models.signals import post_save, pre_save
from django.test import Client
from django.test.utils import CaptureQueriesContext

from django_bearer.accounts import last_login
from django_bearer.database import login_rows, model_listeners, new_rows
from django_bearer.events import EventKind
from django_bearer.models import RateLimitCounter, SecurityEventRecord, Session
from django_bearer.sessions import cleanup
from tests.conftest import PASSWORD

Model = get_user_model()


@pytest.fixture
def user(database: str) -> Any:
    return Model.objects.create_user("ann", password=PASSWORD)


def login(status: int = 200) -> Any:
    answer = Client().post("/auth/login/", {"username": "ann", "password": PASSWORD}, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def stored() -> dict[str, Any]:
    """What a login left behind, without what is new each time."""
    session, event = (
        Session.objects.values().get(),
        SecurityEventRecord.objects.values().get(kind="authn_login_success"),
    )
    for name in ("id", "current_digest", "key_id", "created_at", "authenticated_at", "ends_at", "idle_ends_at"):
        assert session.pop(name)
    for name in ("id", "first_at", "last_at", "session_id"):
        assert event.pop(name)
    counts = sorted(RateLimitCounter.objects.values_list("count", "previous"))
    return {
        "session": session,
        "event": event,
        "counts": counts,
        "last_login": Model.objects.get().last_login is not None,
    }


def forget() -> None:
    for model in (Session, SecurityEventRecord, RateLimitCounter):
        model.objects.all().delete()
    Model.objects.update(last_login=None)


def test_it_leaves_behind_what_the_orm_would(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    login()  # which makes keys
    forget()
    login()
    found = stored()
    forget()
    monkeypatch.setattr(model_listeners, "_ours", set())
    login()
    assert found == stored()
    assert found["last_login"]


@pytest.mark.parametrize("model", [Model, Session, SecurityEventRecord])
@pytest.mark.parametrize("signal", [pre_save, post_save])
def test_a_receiver_of_the_projects_is_called(user: Any, model: Any, signal: Any) -> None:
    login()  # which makes keys
    called: list[Any] = []

    def receiver(instance: Any, using: str, **_: Any) -> None:
        called.append(connections[using].in_atomic_block)

    signal.connect(receiver, sender=model)
    try:
        login()
    finally:
        signal.disconnect(receiver, sender=model)
    assert called == [True], "in the transaction of the login"


def test_a_save_of_the_projects_is_called(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[Any] = []
    real = Model.save
    monkeypatch.setattr(
        Model, "save", lambda self, *args, **kwargs: (saved.append(kwargs), real(self, *args, **kwargs))
    )
    login()
    assert saved == [{"update_fields": ["last_login"]}]


def test_nothing_is_written_for_a_user_who_is_gone(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django refuses to save it; nothing else may be left behind."""
    column = last_login.column

    def gone(one: Any) -> Any:
        found = column(one)
        Model.objects.filter(pk=one.pk).delete()
        return found

    monkeypatch.setattr(last_login, "column", gone)
    with pytest.raises(DatabaseError):
        login()
    assert not Session.objects.exists()
    assert not SecurityEventRecord.objects.filter(kind=EventKind.LOGIN_SUCCESS).exists()


@pytest.mark.parametrize("part", ["correction", "event"])
def test_what_goes_with_the_session_refuses_nobody(user: Any, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if part == "event":
        values = new_rows.values

        def broken(row: Any, connection: Any) -> Any:
            found = values(row, connection)
            return [*found, "one too many"] if isinstance(row, SecurityEventRecord) else found

        monkeypatch.setattr(new_rows, "values", broken)
    else:
        monkeypatch.setattr(
            login_rows.rate_limit_corrections, "parameters", lambda corrections: ["none"] * 4 * len(corrections)
        )
    token = login()["access_token"]
    assert Client().get("/drf/", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert Session.objects.count() == 1
    assert SecurityEventRecord.objects.filter(kind=EventKind.LOGIN_SUCCESS).count() == 1


def test_every_column_is_written_as_the_orm_writes_it(user: Any, database: str) -> None:
    """Also in columns that a login leaves alone."""
    whole: dict[str, Any] = {field.attname: 2**15 - 1 for field in Session._meta.concrete_fields}
    whole |= {
        "id": None,
        "user_id": user.pk,
        "issuer": "https://é.example",
        "client_id": "%s",
        "acr": "'\\",
        "amr": "",
    }
    whole |= dict.fromkeys(("key_id", "salt", "current_digest", "retry_digest"), b"\x00'\\%s\xff")
    whole |= dict.fromkeys(("context_digest", "password_fingerprint", "rehashed_fingerprint"), b"\xff" * 32)
    whole |= dict.fromkeys(("scope", "audiences", "binding", "context", "revoked_cause"), "é %s")
    whole |= {"revoked_at": None, "ends_at": 2**53, "extras": {"a": ["é", 1, None, {"b": "%s \" ' \\"}]}}
    del whole["id"]
    one, other = Session(**whole), Session(**whole)
    one.save(force_insert=True)
    login_rows.store(other, None, {}, None)
    rows = [Session.objects.filter(pk=row.pk).values().get() for row in (one, other)]
    for row in rows:
        row.pop("id")
    assert rows[0] == rows[1]
    assert json.dumps(rows[1]["extras"]) == json.dumps(whole["extras"])
    assert not other._state.adding


def test_what_django_may_change_is_taken_for_a_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    assert model_listeners.are_only_ours(Session)
    monkeypatch.setattr(pre_save, "_live_receivers", lambda sender: None, raising=False)
    assert not model_listeners.are_only_ours(Session)


def test_on_postgresql_it_is_one_statement(user: Any, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "ONE_IN", 2**31)  # what it does comes after the answer
    login()
    with CaptureQueriesContext(connections[database]) as captured:
        login()
    sent = [query["sql"] for query in captured.captured_queries]
    joined = sum("INSERT INTO" in sql and "last_login" in sql for sql in sent)
    assert joined == (connections[database].vendor == "postgresql")
    assert joined != any(sql.startswith("BEGIN") for sql in sent)
