"""Who is told that a token was used twice: its user, once an hour, and nobody's request fails by it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from django_bearer import errors, issue_api_token, issue_session, refresh_session
from django_bearer.events import SecurityEvent
from django_bearer.primitives import clock

events_of: list[tuple[str, Any]] = []


def hear(event: SecurityEvent, user: Any) -> None:
    events_of.append((event.kind.value, user))


def fail(event: SecurityEvent, user: Any) -> None:
    raise OSError("the mail server is down")


@pytest.fixture(autouse=True)
def nothing_heard() -> None:
    events_of.clear()


def reuse_token(user: Any) -> None:
    """A token is used twice, the second time long after."""
    first = issue_session(user).refresh_token or ""
    refresh_session(first)
    clock.advance(60)
    with pytest.raises(errors.SessionEnded):
        refresh_session(first)


def notify(settings: Any, path: str | None) -> None:
    settings.BEARER = {**settings.BEARER, "ON_TOKEN_REUSE": path}


def test_the_user_is_told_once_an_hour(ann: Any, settings: Any) -> None:
    notify(settings, "tests.test_notifications.hear")
    reuse_token(ann)
    reuse_token(ann)
    assert events_of == [("authn_token_reuse", ann)]
    clock.advance(2 * 3600)
    reuse_token(ann)
    assert len(events_of) == 2


def test_the_owner_is_told_of_each_api_token(ann: Any, settings: Any) -> None:
    notify(settings, "tests.test_notifications.hear")
    reuse_token(ann)
    for n in range(12):
        issue_api_token(ann, name=f"token {n}", expires_in=3600)
    assert events_of == [("authn_token_reuse", ann)] + [("authn_token_created", ann)] * 10


def test_the_mail_about_an_api_token(ann: Any, settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    ann.email = "ann@example.com"
    ann.save()
    notify(settings, "django_bearer.notifications.mail_user")
    made = issue_api_token(ann, name="nightly", expires_in=3600)
    [message] = mail.outbox
    assert (message.to, message.subject) == (["ann@example.com"], "An API token was made for your account")
    assert made.token not in message.body


def test_nobody_is_told_unless_asked_to(ann: Any, settings: Any) -> None:
    notify(settings, None)
    reuse_token(ann)
    assert events_of == []


def test_a_hook_that_fails_changes_nothing(ann: Any, settings: Any, caplog: Any) -> None:
    notify(settings, "tests.test_notifications.fail")
    reuse_token(ann)
    assert "receiver _tell of security_event failed: OSError" in caplog.text


def test_the_mail_says_what_to_do_and_names_no_token(ann: Any, settings: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    notify(settings, "django_bearer.notifications.mail_user")
    ann.email = "ann@example.com"
    ann.save()
    reuse_token(ann)
    [message] = mail.outbox
    assert message.to == ["ann@example.com"]
    assert "change your password" in message.body


def test_a_path_that_is_no_callable_is_a_fault(settings: Any) -> None:
    from django_bearer import conf

    for path in ("tests.test_notifications.heard", "no.such.module", 7):
        notify(settings, path)  # type: ignore[arg-type]
        assert any('BEARER["ON_TOKEN_REUSE"]: a callable(event, user)' in fault for fault in conf.faults())
