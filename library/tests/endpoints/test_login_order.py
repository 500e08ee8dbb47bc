"""The order of a login's steps: no failure leaves a session whose tokens nobody received."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import OperationalError
from django.test import Client

from django_bearer import issue_session
from django_bearer.endpoints import browser
from django_bearer.http import password_login
from django_bearer.models import Session
from django_bearer.rate_limits import limiter
from django_bearer.sessions import issue
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def login(**more: Any) -> Any:
    body = {"username": "ann@example.com", "password": PASSWORD, **more}
    client = Client(raise_request_exception=False)
    return client.post("/auth/login/", body, content_type="application/json")


@pytest.fixture
def receiver() -> Iterator[Callable[[Any, Any], None]]:
    connected: list[tuple[Any, Any]] = []

    def connect(signal: Any, act: Any) -> None:
        signal.connect(act, weak=False)
        connected.append((signal, act))

    yield connect
    for signal, act in connected:
        signal.disconnect(act)


def fail(*_: Any, **__: Any) -> None:
    raise RuntimeError("not today")


def test_a_receiver_that_fails_means_that_nobody_is_logged_in(receiver: Any, ann: Any) -> None:
    seen: list[int] = []
    receiver(user_logged_in, lambda **_: seen.append(Session.objects.count()))
    receiver(user_logged_in, fail)
    assert login().status_code == 500
    assert seen == [0]
    assert Session.objects.count() == 0


def test_a_receiver_that_loses_a_race_is_the_clients_to_repeat(receiver: Any, ann: Any, monkeypatch: Any) -> None:
    from django_bearer.database import conflicts

    monkeypatch.setattr(conflicts, "MAX_SECONDS", 0.0)

    def lose(**_: Any) -> None:
        raise conflicts.LostRace("busy")

    receiver(user_logged_in, lose)
    answer = login()
    assert (answer.status_code, answer.json()["code"]) == (503, "retry")
    assert Session.objects.count() == 0


@pytest.mark.parametrize("step", ["forgive", "purge_a_little", "end"])
def test_what_follows_the_commit_refuses_nothing(step: str, ann: Any, monkeypatch: Any, caplog: Any) -> None:
    def fail_there(*_: Any, **__: Any) -> None:
        raise OperationalError("the connection is gone")

    homes = {"forgive": limiter, "purge_a_little": password_login, "end": browser}
    monkeypatch.setattr(homes[step], step, fail_there)
    with caplog.at_level(logging.ERROR, logger="django_bearer.security"):
        answer = login()
    assert answer.status_code == 200
    assert Session.objects.get().revoked_at is None
    assert any("after what it follows was committed" in record.getMessage() for record in caplog.records)


def test_a_limit_that_cannot_be_kept_now_is_kept_at_the_next_login(ann: Any, monkeypatch: Any, settings: Any) -> None:
    clients = {"first-party": {"kind": ["browser", "native"], "session_limit": 2}}
    settings.BEARER = {**settings.BEARER, "CLIENTS": clients}
    alive = Session.objects.filter(revoked_at__isnull=True)
    with monkeypatch.context() as patch:
        patch.setattr(issue.session_limit, "evict", fail)
        assert [login().status_code for _ in range(3)] == [200] * 3
    assert alive.count() == 3
    assert login().status_code == 200
    assert alive.count() == 2


def test_a_row_that_cannot_be_stored_hands_out_nothing(ann: Any) -> None:
    with pytest.raises(TypeError):
        issue_session(ann, extras={"when": object()})
    assert Session.objects.count() == 0


@pytest.mark.parametrize("path", ["/auth/logout/", "/auth/logout-everywhere/"])
def test_a_receiver_that_fails_keeps_nobody_logged_in(path: str, receiver: Any, ann: Any) -> None:
    receiver(user_logged_out, fail)
    issued = issue_session(ann)
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {issued.access_token}"}
    assert client.post(path, {}, content_type="application/json", headers=headers).status_code == 204
    assert client.get("/plain/", headers=headers).status_code == 401
