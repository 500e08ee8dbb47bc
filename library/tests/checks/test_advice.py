"""Advice for deployment: each piece is given where it applies, and nowhere else, and only with --deploy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from rest_framework.authentication import BaseAuthentication, BasicAuthentication

from django_bearer import checks
from django_bearer.checks import browser, cors, hosts, passwords, rest_framework, transport
from django_bearer.integrations.drf import BearerAuthentication

OURS = "django_bearer.BearerMiddleware"
SECURITY = "django.middleware.security.SecurityMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
CORS = "corsheaders.middleware.CorsMiddleware"
VALIDATION = "django.contrib.auth.password_validation"
HASHERS = "django.contrib.auth.hashers"
BEARER = {"ISSUER": "https://api.example.com", "AUDIENCE": "a", "DANGEROUSLY_ALLOW_HTTP_FROM": []}
PAGES = {**BEARER, "CLIENTS": {"first-party": {"kind": "browser", "origins": ["https://app.example.com"]}}}
OUR_CLASS = "django_bearer.integrations.drf.BearerAuthentication"
OUR_DEFAULTS = {
    "DEFAULT_AUTHENTICATION_CLASSES": [OUR_CLASS],
    "DEFAULT_PERMISSION_CLASSES": ["django_bearer.integrations.drf.IsAuthenticatedUnlessPublic"],
}
SOUND: dict[str, Any] = {
    "DEBUG": False,
    "ALLOWED_HOSTS": ["api.example.com"],
    "MIDDLEWARE": [OURS, CORS, SECURITY, COMMON],
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "AUTH_PASSWORD_VALIDATORS": [{"NAME": f"{VALIDATION}.MinimumLengthValidator"}],
    "PASSWORD_HASHERS": [f"{HASHERS}.PBKDF2PasswordHasher"],
    "CORS_ALLOWED_ORIGINS": ["https://app.example.com"],
    "CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example\.com$"],
    "REST_FRAMEWORK": OUR_DEFAULTS,
    "BEARER": BEARER,
}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("W101", {"SECURE_SSL_REDIRECT": False}),
    ("W101", {"MIDDLEWARE": [OURS]}),
    ("W102", {"SECURE_HSTS_SECONDS": 3600}),
    ("W103", {"SESSION_COOKIE_SECURE": False}),
    ("W104", {"CSRF_COOKIE_SECURE": False}),
    ("W105", {"SESSION_COOKIE_HTTPONLY": False}),
    ("W106", {"SESSION_COOKIE_SAMESITE": "None"}),
    ("W106", {"SESSION_COOKIE_SAMESITE": False}),
    ("W107", {"BEARER": {**BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": ["10.0.0.0/24"]}}),
    ("W108", {"SECURE_CONTENT_TYPE_NOSNIFF": False}),
    ("W111", {"DEBUG": True}),
    ("W112", {"ALLOWED_HOSTS": ["*"]}),
    ("W113", {"SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}),
    ("W114", {"BEARER": {**BEARER, "TRUSTED_PROXIES": ["0.0.0.0/0"]}}),
    ("W114", {"BEARER": {**BEARER, "TRUSTED_PROXIES": ["2001:db8::/31"]}}),
    ("W115", {"BEARER": {**BEARER, "DANGEROUSLY_ALLOW_ANONYMOUS": True}}),
    ("W116", {"ALLOWED_HOSTS": ["other.example.com"]}),
    ("W121", {"AUTH_PASSWORD_VALIDATORS": []}),
    (
        "W122",
        {
            "AUTH_PASSWORD_VALIDATORS": [
                {"NAME": f"{VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 6}}
            ]
        },
    ),
    ("W123", {"PASSWORD_HASHERS": [f"{HASHERS}.MD5PasswordHasher"]}),
    ("W124", {"PASSWORD_HASHERS": [f"{HASHERS}.BCryptPasswordHasher"]}),
    ("W131", {"CORS_ALLOW_ALL_ORIGINS": True}),
    ("W131", {"CORS_ORIGIN_ALLOW_ALL": True}),
    ("W132", {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True}),
    ("W133", {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example\.com"]}),
    ("W133", {"CORS_ALLOWED_ORIGIN_REGEXES": [re.compile(r"^https://app.example.com$")]}),
    ("W134", {"CORS_ALLOWED_ORIGINS": ["null"]}),
    ("W135", {"CORS_ALLOWED_ORIGINS": ["http://app.example.com"]}),
    ("W136", {"MIDDLEWARE": [OURS, SECURITY, COMMON, CORS]}),
    ("W151", {"BEARER": PAGES}),
    ("W152", {"BEARER": PAGES, "CORS_ALLOWED_ORIGINS": [], "CORS_ALLOWED_ORIGIN_REGEXES": []}),
    ("W153", {"BEARER": PAGES}),
    ("W153", {"BEARER": PAGES, "CORS_ALLOW_CREDENTIALS": True, "CORS_ALLOW_HEADERS": ["authorization"]}),
    ("W141", {"REST_FRAMEWORK": {**OUR_DEFAULTS, "DEFAULT_PERMISSION_CLASSES": []}}),
    (
        "W141",
        {"REST_FRAMEWORK": {**OUR_DEFAULTS, "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}},
    ),
    ("W141", {"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": [OUR_CLASS]}}),
    ("W142", {"REST_FRAMEWORK": {}}),
    ("W143", {"REST_FRAMEWORK": {}}),
    (
        "W144",
        {
            "REST_FRAMEWORK": {
                **OUR_DEFAULTS,
                "DEFAULT_AUTHENTICATION_CLASSES": [OUR_CLASS, "rest_framework.authentication.TokenAuthentication"],
            }
        },
    ),
]


def set_to(settings: Any, found: dict[str, Any]) -> None:
    for name, value in found.items():
        setattr(settings, name, value)


def advised() -> set[str]:
    found = run_checks(tags=["bearer"], include_deployment_checks=True)
    return {str(message.id).removeprefix("bearer.") for message in found}


def test_a_sound_project_hears_nothing(settings: Any) -> None:
    set_to(settings, SOUND)
    assert advised() == set()


@pytest.mark.parametrize(("number", "change"), CASES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(CASES)])
def test_each_piece_is_given_where_it_applies(number: str, change: dict[str, Any], settings: Any) -> None:
    set_to(settings, {**SOUND, **change})
    assert number in advised()


def test_every_piece_has_a_case() -> None:
    pieces = [
        one.id for module in (transport, hosts, passwords, cors, browser, rest_framework) for one in module.ADVICE
    ]
    assert len(pieces) == len(set(pieces))
    assert {f"bearer.{number}" for number, _ in CASES} == set(pieces)


def test_without_deploy_nothing_of_it_is_said(settings: Any) -> None:
    for number, change in CASES:
        if number not in ("W101", "W136"):  # those move the middleware, which is an error by itself
            set_to(settings, {**SOUND, **change})
            assert run_checks(tags=["bearer"]) == [], number


def test_nothing_stops_a_build(settings: Any) -> None:
    set_to(settings, {**SOUND, "SECURE_SSL_REDIRECT": False, "CORS_ALLOW_ALL_ORIGINS": True})
    call_command("check", "--deploy", "--tag", "bearer")


def test_unusable_settings_are_said_once(settings: Any) -> None:
    set_to(settings, {**SOUND, "BEARER": {}})
    assert advised() == {"E001"}


def test_without_rest_framework_nothing_is_said_of_it(settings: Any) -> None:
    set_to(settings, {**SOUND, "REST_FRAMEWORK": {}})
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "rest_framework"]
    assert advised() == set()


class OwnBearer(BearerAuthentication):
    """As a project derives it."""


class TokenAuthentication(BaseAuthentication):
    """Another package's, which has nothing of REST framework's own but the name."""


class OwnBasic(BasicAuthentication):
    """As a project derives it."""


@pytest.mark.parametrize(
    ("classes", "said"),
    [([OwnBearer], set()), ([OwnBearer, TokenAuthentication], set()), ([OwnBearer, OwnBasic], {"W142"})],
)
def test_classes_are_told_by_what_they_are(classes: list[Any], said: set[str], settings: Any) -> None:
    set_to(settings, {**SOUND, "REST_FRAMEWORK": {**OUR_DEFAULTS, "DEFAULT_AUTHENTICATION_CLASSES": classes}})
    assert advised() == said


def test_checks_are_connected_once() -> None:
    assert len(checks.ALWAYS) + len(checks.ON_DEPLOY) + len(checks.ON_DATABASE) == 22


def test_a_project_whose_pages_are_well_set_hears_nothing(settings: Any) -> None:
    from django_bearer.http import csp

    set_to(
        settings,
        {
            **SOUND,
            "BEARER": PAGES,
            "MIDDLEWARE": [*SOUND["MIDDLEWARE"], "csp.middleware.CSPMiddleware"],
            "CONTENT_SECURITY_POLICY": csp.for_django_csp(),
            "CORS_ALLOW_CREDENTIALS": True,
            "CORS_ALLOW_HEADERS": ["Authorization", "content-type", "X-Bearer-Client"],
        },
    )
    assert advised() == set()
