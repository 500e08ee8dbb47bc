"""Known devices and what a success takes back, on every database."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import override_settings

from django_bearer import revoke_user
from django_bearer.accounts import known_devices, lookup
from django_bearer.models import RateLimitCounter, UserTokenVersion
from django_bearer.primitives import clock
from django_bearer.rate_limits import limiter, rules
from tests.conftest import PASSWORD

ISSUER, NAME = "https://api.example.com", "ann@example.com"


class Longer(PBKDF2PasswordHasher):
    iterations = 2


@pytest.fixture
def user(database: str, django_user_model: Any) -> Any:
    return django_user_model.objects.create_user(NAME, password=PASSWORD)


def test_a_device_outlives_a_rehash_and_ends_with_a_logout_everywhere(user: Any) -> None:
    found = lookup.find(NAME)
    text = known_devices.issue(ISSUER, user, found, NAME)
    hashers = [f"{__name__}.Longer", "django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers):
        assert user.check_password(PASSWORD)
    assert UserTokenVersion.objects.get().rehashed_fingerprint
    assert known_devices.find_known_device([text], ISSUER, lookup.find(NAME), NAME)
    revoke_user(user)
    assert known_devices.find_known_device([text], ISSUER, lookup.find(NAME), NAME) is None


def test_a_success_takes_back_what_it_was_counted_in(user: Any) -> None:
    whose = lookup.key_of(user)
    with clock.frozen(1_800_000_000 * clock.SECOND):
        unknown, known = rules.login("192.0.2.1", NAME, whose), rules.known_device("192.0.2.1", "d", whose)
        for attempt, of_the_address in ((unknown, 3), (known, 2)):
            for _ in range(3):
                assert limiter.admit_login(attempt).wait == 0
            limiter.forgive(attempt)
            assert {row.count for row in RateLimitCounter.objects.all()} == {0, of_the_address}
            assert [limiter.admit_login(attempt).wait for _ in range(10)] == [0] * 10
            RateLimitCounter.objects.all().delete()


def test_a_success_of_a_name_that_finds_nobody_takes_back_itself(database: str) -> None:
    with clock.frozen(1_800_000_000 * clock.SECOND):
        attempt = rules.login("192.0.2.1", "nobody")
        for _ in range(4):
            assert limiter.admit_login(attempt).wait == 0
        limiter.uncount(attempt)
        counts = sorted(row.count for row in RateLimitCounter.objects.all())
        assert counts == [3] * 6 + [4] * 2, "the source counts successes, too"
