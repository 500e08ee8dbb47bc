"""Django's own sessions: what ends everything of ours says that they go on, and ends them where it is asked to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session as DjangoSession
from django.core.cache import cache
from django.core.management import CommandError, call_command

from django_bearer import is_token_revoked, issue_api_token, issue_session
from django_bearer.management import django_sessions
from django_bearer.primitives import clock

STORED = ["django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db"]
NOT_AMONG_THEM = "Django's own sessions, such as those of the admin, are not among them"


@pytest.fixture(params=STORED)
def engine(request: Any, settings: Any, db: None) -> Any:
    settings.SESSION_ENGINE = request.param
    yield request.param
    cache.clear()


def run(command: str, *words: str) -> str:
    out = StringIO()
    call_command(command, *words, stdout=out)
    return out.getvalue()


def begin(user: Any = None) -> str:
    session = import_module(django_settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = "" if user is None else str(user.pk)
    session.save()
    return str(session.session_key)


def is_of_use(key: str) -> bool:
    """Whether a request with it finds a session: an engine may find one in its cache alone."""
    return bool(import_module(django_settings.SESSION_ENGINE).SessionStore(key).load())


def expired() -> str:
    key = begin()
    before = datetime.fromtimestamp(clock.seconds(), UTC) - timedelta(hours=1)
    DjangoSession.objects.filter(pk=key).update(
        expire_date=before if django_settings.USE_TZ else before.replace(tzinfo=None)
    )
    return key


def test_after_a_restore_they_are_counted_and_go_on(ann: Any, engine: str) -> None:
    key = begin(ann)
    expired()
    assert "Live sessions of Django's own, such as those of the admin: 1. They go on" in run(
        "bearer_invalidate_after_restore"
    )
    said = run("bearer_invalidate_after_restore", "--yes")
    assert "Django's own sessions go on" in said
    assert "--yes --django-sessions" in said
    assert is_of_use(key)


def test_after_a_restore_all_end_where_it_is_asked_for(ann: Any, engine: str) -> None:
    keys, issued = [begin(ann), begin()], issue_session(ann)
    expired()
    run("bearer_invalidate_after_restore", "--django-sessions")
    assert all(map(is_of_use, keys)), "without --yes nothing ends"
    said = run("bearer_invalidate_after_restore", "--yes", "--django-sessions")
    assert "Django's own sessions that have ended: 2." in said
    assert ("caches['default'].clear()" in said) == engine.endswith("cached_db")
    assert not any(map(is_of_use, keys))
    assert not DjangoSession.objects.exists()
    assert is_token_revoked(issued.access_token)


def test_of_a_user_they_go_on_unless_it_is_asked_for(ann: Any, django_user_model: Any, engine: str) -> None:
    bob = django_user_model.objects.create_user("bob")
    mine, others = [begin(ann), begin(ann)], [begin(bob), begin()]
    of_ann = ["bearer_revoke", "--user", ann.get_username()]
    for words in ([], ["--dry-run"]):
        said = run(*of_ann, *words)
        assert NOT_AMONG_THEM in said
        assert "--user NAME --django-sessions" in said
    assert "Django's own sessions that would end: 2." in run(*of_ann, "--django-sessions", "--dry-run")
    assert all(map(is_of_use, mine))
    said = run(*of_ann, "--django-sessions")
    assert "Django's own sessions that have ended: 2." in said
    assert NOT_AMONG_THEM not in said
    assert not any(map(is_of_use, mine))
    assert all(map(is_of_use, others))


def test_more_than_one_chunk_ends(ann: Any, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_sessions, "CHUNK", 2)
    keys = [begin(ann) for _ in range(5)]
    assert "ended: 5." in run("bearer_revoke", "--user", ann.get_username(), "--django-sessions")
    assert not any(map(is_of_use, keys))


def test_a_token_of_a_session_tells_of_them_and_an_api_token_does_not(ann: Any, tmp_path: Any) -> None:
    issued, made = issue_session(ann), issue_api_token(ann, name="x", expires_in=3600)
    for token, told in ((made.token, False), (issued.access_token, True)):
        (tmp_path / "tokens").write_text(token)
        assert (NOT_AMONG_THEM in run("bearer_revoke", str(tmp_path / "tokens"))) == told


@pytest.mark.parametrize("kind", ["signed_cookies", "cache", "file"])
def test_an_engine_without_a_table_is_told_and_nothing_is_promised(ann: Any, settings: Any, kind: str) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{kind}"
    issued = issue_session(ann)
    assert f"{NOT_AMONG_THEM}. {settings.SESSION_ENGINE} keeps them" in run("bearer_invalidate_after_restore")
    for words in (["bearer_invalidate_after_restore", "--yes"], ["bearer_revoke", "--user", ann.get_username()]):
        with pytest.raises(CommandError, match="Nothing was changed"):
            run(*words, "--django-sessions")
    assert not is_token_revoked(issued.access_token)
    said = run("bearer_revoke", "--user", ann.get_username())
    assert "To end those of a user: manage.py changepassword." in said


def test_nothing_is_said_where_they_are_not_used(ann: Any, settings: Any) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django.contrib.sessions"]
    settings.MIDDLEWARE = [path for path in settings.MIDDLEWARE if "sessions" not in path]
    assert "Django's own" not in run("bearer_invalidate_after_restore", "--yes")
    assert "Django's own" not in run("bearer_revoke", "--user", ann.get_username())
    assert "not in use" in run("bearer_revoke", "--user", ann.get_username(), "--django-sessions")


def test_the_option_needs_a_user(ann: Any) -> None:
    with pytest.raises(CommandError, match="--django-sessions goes with --user"):
        run("bearer_revoke", "tokens.txt", "--django-sessions")


@pytest.mark.hard
def test_on_every_database(database: str, django_user_model: Any) -> None:
    cat = django_user_model.objects.create_user("cat")
    key = begin(cat)
    assert "ended: 1." in run("bearer_revoke", "--user", "cat", "--django-sessions")
    assert not is_of_use(key)
    key = begin(cat)
    assert "ended: 1." in run("bearer_invalidate_after_restore", "--yes", "--django-sessions")
    assert not is_of_use(key)
