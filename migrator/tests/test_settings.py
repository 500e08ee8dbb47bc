"""`BEARER_MIGRATE`: an end date that is near enough, scopes that there are, and a key that nobody knows."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from django_bearer_migrate import checks, settings
from django_bearer_migrate.verifying_keys import key_fault

from .conftest import bridge, day

GOOD = secrets.token_urlsafe(48)


def faults(project: Any, **given: Any) -> tuple[str, ...]:
    for name, value in given.items():
        setattr(project, name, value)
    found = settings.current()
    assert (found.simplejwt is None) == bool(found.faults)
    return found.faults


def test_the_end_is_the_beginning_of_that_day(settings: Any) -> None:
    from django_bearer_migrate.settings import current

    settings.BEARER_MIGRATE = bridge(UNTIL=day(30))
    found = current().simplejwt
    assert found is not None
    assert found.entry.ends_at % 86_400 == 0


@pytest.mark.parametrize(
    "given",
    [
        {},
        None,
        {"knoxx": {}},
        {"simplejwt": None},
        {"simplejwt": {"SCOPES": []}},
        {"simplejwt": {"UNTIL": "2027-01-01"}},
        bridge(UNTIL=day(402)),
        bridge(UNTIL="soon"),
        bridge(UNTIL=5),
        bridge(UNTIL=None),
        bridge(SCOPES="notes:read"),
        bridge(SCOPES=["everything"]),
        bridge(CLIENT=""),
        bridge(ALGORITHM="none"),
        bridge(TRADE="no"),
    ],
)
def test_what_cannot_be_used_accepts_nothing(settings: Any, given: Any) -> None:
    assert faults(settings, BEARER_MIGRATE=given)


@pytest.mark.parametrize(
    "old",
    [
        {"SIGNING_KEY": "short"},
        {"SIGNING_KEY": "a" * 60},
        {"SIGNING_KEY": "django-insecure-" + GOOD},
        {"SIGNING_KEY": "your-256-bit-secret-" + GOOD},
        {"SIGNING_KEY": "django.contrib.messages.middleware.MessageMiddleware"},  # which lies in this project's files
        {"SIGNING_KEY": GOOD, "ALGORITHM": "none"},
        {"SIGNING_KEY": GOOD, "ALGORITHM": "HS1"},
        {"SIGNING_KEY": GOOD, "ALGORITHM": "RS256"},
        {"SIGNING_KEY": GOOD, "ALGORITHM": "RS256", "VERIFYING_KEY": GOOD},
        {"SIGNING_KEY": GOOD, "JWK_URL": "https://old.example.com/jwks"},
        {"SIGNING_KEY": GOOD, "AUTH_HEADER_TYPES": ("Basic",)},
        {"SIGNING_KEY": GOOD, "LEEWAY": "ten"},
        None,
    ],
)
def test_a_key_that_anybody_may_know_stops_the_bridge(settings: Any, old: dict[str, Any]) -> None:
    assert faults(settings, SIMPLE_JWT=old)
    assert not faults(settings, SIMPLE_JWT={"SIGNING_KEY": GOOD})


def test_a_callable_issuer_stops_it(settings: Any) -> None:
    assert faults(settings, BEARER={**settings.BEARER, "ISSUER": lambda request: "https://a.example.com"})


def pem(key: Any) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_public_keys_are_of_the_algorithm_and_long_enough() -> None:
    curve = pem(ec.generate_private_key(ec.SECP256R1()).public_key())
    long, short = (pem(rsa.generate_private_key(65537, bits).public_key()) for bits in (2048, 1024))
    assert key_fault("ES256", curve, "") is None
    assert key_fault("RS256", long, "") is None
    assert all(key_fault(*given, "") for given in (("RS256", short), ("RS256", curve), ("ES256", long)))


def test_checks_tell_what_is_wrong_and_when_it_ends(settings: Any, later: Any) -> None:
    assert checks.check(None) == []
    settings.BEARER_MIGRATE = bridge(UNTIL=day(20))
    assert [found.id for found in checks.check(None)] == ["bearer_migrate.W001"]
    later(20 * 86_400)
    assert [found.id for found in checks.check(None)] == ["bearer_migrate.W002"]
    settings.BEARER_MIGRATE = bridge(UNTIL="never")
    assert [(found.id, found.level) for found in checks.check(None)] == [("bearer_migrate.E001", 40)]
    settings.DEBUG = True
    assert [(found.id, found.level) for found in checks.check(None)] == [("bearer_migrate.E001", 30)]
