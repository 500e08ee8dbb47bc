"""Feed mode says what it cannot work with before a request meets it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, User
from django.core.checks import run_checks
from django.db import connections, models
from django.test import override_settings

from django_bearer.checks import feed
from django_bearer.database import feed_obstacles, feed_triggers
from django_bearer.errors import ConfigurationError
from tests import feed_install
from tests.feed_everywhere import exact_mode


@pytest.fixture
def feed_mode() -> Iterator[None]:
    with override_settings(BEARER={**settings.BEARER, "REVOCATION": "feed"}):
        yield


def errors() -> list[str]:
    found = feed.check(None)
    assert {message.id for message in found} <= {"bearer.E014"}
    return [message.msg for message in found]


def test_exact_mode_is_never_warned(database: str) -> None:
    assert feed.check(None) == []
    assert feed.check_triggers(None, databases=[database]) == []


@exact_mode("a test of feed mode has the migration from the beginning")
def test_a_usual_project_is_told_of_its_missing_migration_alone(feed_mode: None, database: str) -> None:
    assert errors() == []
    assert feed.check_triggers(None) == []
    missing = feed.check_triggers(None, databases=[database])
    assert {message.id for message in missing} == {"bearer.W005"}
    assert len(missing) >= 12
    with feed_install.installed(database):
        assert feed.check_triggers(None, databases=[database]) == []


@exact_mode("a test of feed mode has the migration from the beginning")
def test_the_check_of_the_database_is_connected(feed_mode: None, database: str) -> None:
    found = {message.id for message in run_checks(tags=["database"], databases=[database])}
    assert "bearer.W005" in found


@pytest.mark.parametrize("delay", [0, 61, "1", True, None, 0.5])
def test_a_bound_that_bounds_nothing_is_refused(delay: Any) -> None:
    from django_bearer.conf import TABLE

    if delay is None:
        assert TABLE["REVOCATION_DELAY"](delay) == 1
    else:
        with pytest.raises(ConfigurationError):
            TABLE["REVOCATION_DELAY"](delay)


@pytest.mark.parametrize("mode", ["", "Feed", "none", False, 1])
def test_another_mode_is_refused(mode: Any) -> None:
    from django_bearer.conf import TABLE

    with pytest.raises(ConfigurationError):
        TABLE["REVOCATION"](mode)


class Hiding(models.Manager):  # type: ignore[type-arg]
    """As a project writes one for users that are deleted softly."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(pk__gt=0)


class PlainUser(AbstractBaseUser):
    name = models.CharField(max_length=20, unique=True)
    long = models.CharField(max_length=900, unique=True)
    maybe = models.CharField(max_length=20, unique=True, null=True)
    twice = models.CharField(max_length=20)
    score = models.DecimalField(max_digits=5, decimal_places=2, unique=True)

    class Meta:
        app_label = "feed_models"


class HidingUser(AbstractBaseUser):
    objects = Hiding()

    class Meta:
        app_label = "feed_models"


class InheritingUser(User):
    class Meta:
        app_label = "feed_models"


class ComputedUser(AbstractBaseUser):
    class Meta:
        app_label = "feed_models"

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return False


class ForeignUser(AbstractBaseUser):
    class Meta:
        app_label = "feed_models"
        managed = False


MODELS = [
    (HidingUser, "manager hides"),
    (InheritingUser, "several tables"),
    (ComputedUser, "is_active is no column"),
    (ForeignUser, "managed = False"),
]


@pytest.mark.parametrize(("model", "said"), MODELS)
def test_user_models_whose_changes_run_no_trigger(
    model: Any, said: str, feed_mode: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_obstacles, "get_user_model", lambda: model)
    assert any(said in text for text in errors())


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("long", "longer than"),
        ("maybe", "may be empty"),
        ("twice", "not unique"),
        ("score", "another way"),
        ("get_username", "no column"),
        ("is_authenticated", "no column"),
        ("name", ""),
    ],
)
def test_subjects_that_a_trigger_cannot_write(field: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_obstacles, "get_user_model", lambda: PlainUser)
    with override_settings(BEARER={**settings.BEARER, "REVOCATION": "feed", "USER_ID_FIELD": field}):
        found = errors()
    assert any(said in text for text in found) if said else found == []


def test_users_elsewhere_and_tenants(feed_mode: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(feed_obstacles.aliases, "user_alias", lambda: "users")
        assert any("another database" in text for text in errors())
    monkeypatch.setitem(connections["default"].settings_dict, "ENGINE", "django_tenants.postgresql_backend")
    assert any("schemas" in text for text in errors())


@pytest.mark.django_db(transaction=True)
def test_a_unique_index_of_an_expression_on_sqlite(feed_mode: None) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX lower_name ON auth_user (LOWER(username))")
        try:
            [message] = feed.check_triggers(None, databases=["default"])
            assert "unique index of an expression" in message.msg
        finally:
            cursor.execute("DROP INDEX lower_name")


def test_names_of_triggers_fit(database: str) -> None:
    """PostgreSQL cuts names off after 63 characters."""
    names = [watch.trigger() for watch in feed_triggers.watches(database)]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) < 60
