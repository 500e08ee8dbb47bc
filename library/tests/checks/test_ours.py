"""System checks report unsafe settings before the server runs, with a hint."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connections
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client
from rest_framework.authentication import SessionAuthentication

from django_bearer import conf, errors
from django_bearer.conf import schema, secret_key
from django_bearer.integrations.drf import BearerAuthentication

OURS = "django_bearer.BearerMiddleware"


def ids() -> list[str]:
    return [message.id or "" for message in run_checks(tags=["bearer"])]


def test_the_test_project_is_clean() -> None:
    assert ids() == []


@pytest.mark.parametrize("middleware", [[], [OURS, OURS], ["django.middleware.common.CommonMiddleware"]])
def test_middleware_missing_or_doubled(middleware: list[str], settings: Any) -> None:
    settings.MIDDLEWARE = middleware
    assert ids() == ["bearer.E002"]


@pytest.mark.parametrize("above", ["security.SecurityMiddleware", "csrf.CsrfViewMiddleware"])
def test_middleware_below_one_that_must_not_run_first(above: str, settings: Any) -> None:
    settings.MIDDLEWARE = [f"django.middleware.{above}", OURS]
    assert ids() == ["bearer.E003"]


class OwnCsrf(CsrfViewMiddleware):
    """A project's own kind of Django's middleware."""


def test_a_class_of_the_projects_own_is_known_by_what_it_derives_from(settings: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.OwnCsrf", OURS]
    assert ids() == ["bearer.E003"]
    settings.MIDDLEWARE = [OURS, f"{__name__}.OwnCsrf"]
    assert ids() == []


def test_middleware_is_known_by_any_of_its_paths(settings: Any) -> None:
    settings.MIDDLEWARE = ["django_bearer.http.middleware.BearerMiddleware"]
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ISSUER", None),
        ("ISSUER", "http://api.example.com"),
        ("ISSUER", "https://api.example.com/?a=b"),
        ("ISSUER", "api"),
        ("AUDIENCE", ""),
        ("AUDIENCE", ["a"]),
        ("ACCESS_TOKEN_LIFETIME", 0),
        ("ACCESS_TOKEN_LIFETIME", 3601),
        ("ACCESS_TOKEN_LIFETIME", True),
        ("ACCESS_TOKEN_LIFETIME", "300"),
        ("SESSION_IDLE_LIFETIME", 40 * 86_400),
        ("LEEWAY", 61),
        ("SIGNING_ALGORITHM", "HS256"),
        ("SIGNING_ALGORITHM", "none"),
        ("KEY_ENCRYPTION_KEYS", []),
        ("KEY_ENCRYPTION_KEYS", ["short"]),
        ("KEY_ENCRYPTION_KEYS", "A" * 43),
        ("SCOPES", "notes:read"),
        ("SCOPES", ["two words"]),
        ("SCOPES", ['quote"']),
        ("EXTRA_CLAIMS", "no.such.path"),
        ("LOGIN_RATE_LIMITS", {"address": "lots"}),
        ("LOGIN_RATE_LIMITS", {"address": "0/minute"}),
        ("LOGIN_RATE_LIMITS", {"other": "1/minute"}),
        ("TRUSTED_PROXIES", ["10.0.0.1/8"]),
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
        ("DANGEROUSLY_ALLOW_HTTP_FROM", ["everywhere"]),
        ("ON_CONCURRENT_REFRESH", "ignore"),
        ("VERIFY_SIGNATURE", False),
    ],
)
def test_a_fault_is_an_error_by_check_and_at_first_use(name: str, value: object, settings: Any, db: Any) -> None:
    settings.BEARER = {**settings.BEARER, name: value}
    (message,) = run_checks(tags=["bearer"])
    assert message.id == "bearer.E001"
    assert name in message.msg
    with pytest.raises(errors.ConfigurationError, match=name):
        Client().get("/plain/", headers={"Authorization": "Bearer a.b.c"})


class OwnBearer(BearerAuthentication):
    """As a project derives it."""


class OwnSession(SessionAuthentication):
    """As projects derive it, to leave out CSRF, for one."""


SESSION = "rest_framework.authentication.SessionAuthentication"
BEARER = "django_bearer.integrations.drf.BearerAuthentication"


@pytest.mark.parametrize(
    ("classes", "found"),
    [
        ([BEARER], []),
        ([BEARER, SESSION], []),
        ([SESSION], []),
        ([SESSION, BEARER], ["bearer.W001"]),
        ([OwnSession, BEARER], ["bearer.W001"]),
        ([SESSION, OwnBearer], ["bearer.W001"]),
        ([OwnBearer, SESSION], []),
        (["not.there.SessionAuthentication", BEARER], []),
        ([], []),
    ],
)
def test_session_authentication_asked_before_ours(classes: list[Any], found: list[str], settings: Any) -> None:
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": classes}
    assert ids() == found


def test_all_faults_are_told_at_once(settings: Any) -> None:
    settings.BEARER = {"ISSUER": "x", "LEEWAY": -1}
    assert len(conf.faults()) == 3


def test_missing_settings_say_what_to_write(settings: Any) -> None:
    del settings.BEARER
    assert "ISSUER" in conf.faults()[0]


@pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + "0123456789abcdef" * 4])
def test_weak_secret_key_stops_authentication_outside_debug(key: str, settings: Any, monkeypatch: Any) -> None:
    settings.SECRET_KEY = key
    assert conf.faults() == []
    monkeypatch.setattr(secret_key, "under_test_runner", lambda: False)
    settings.BEARER = dict(settings.BEARER)
    assert "SECRET_KEY" in conf.faults()[0]
    settings.DEBUG = True
    assert conf.faults() == []


def test_memory_keys_are_for_tests_only(settings: Any, monkeypatch: Any) -> None:
    settings.BEARER = {**settings.BEARER, "KEY_STORAGE": "memory"}
    assert conf.faults() == []
    monkeypatch.setattr(schema, "under_test_runner", lambda: False)
    settings.BEARER = dict(settings.BEARER)
    assert "KEY_STORAGE" in conf.faults()[0]


def test_loopback_may_speak_plain_http_in_debug_and_tests_only(settings: Any, monkeypatch: Any) -> None:
    assert conf.current().http_allowed_from == conf.LOOPBACK
    monkeypatch.setattr(schema, "under_test_runner", lambda: False)
    settings.BEARER = dict(settings.BEARER)
    assert conf.current().http_allowed_from == ()
    settings.DEBUG = True
    assert conf.current().http_allowed_from == conf.LOOPBACK


def test_settings_are_read_at_use(settings: Any) -> None:
    assert conf.current().access_token_lifetime == 300
    settings.BEARER = {**settings.BEARER, "ACCESS_TOKEN_LIFETIME": 60}
    assert conf.current().access_token_lifetime == 60


def test_issuer_and_audience_may_depend_on_the_request(settings: Any, rf: Any) -> None:
    def of(request: Any) -> str:
        return "https://default.example.com" if request is None else f"https://{request.get_host()}"

    settings.BEARER = {**settings.BEARER, "ISSUER": of, "AUDIENCE": of}
    assert conf.issuer() == "https://default.example.com"
    assert conf.audience(rf.get("/", headers={"Host": "a.example.com"})) == "https://a.example.com"


def test_a_callable_issuer_wants_a_list_of_issuers(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUER": lambda request: "https://api.example.com"}
    assert ids() == ["bearer.W002"]
    settings.BEARER = {**settings.BEARER, "ISSUERS": ["https://api.example.com"]}
    assert ids() == []


def test_atomic_requests_on_sqlite_prevent_counting(settings: Any, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)
    assert ids() == ["bearer.W004"]
    settings.BEARER = {**settings.BEARER, "RATE_LIMIT_STORAGE": "redis://localhost"}
    assert ids() == []
