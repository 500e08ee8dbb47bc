"""Hashers over the NFKC form: one password from every keyboard, and no hash of before is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate, hashers
from django.contrib.auth.hashers import check_password, identify_hasher, make_password

from django_bearer.passwords.hashers import NormalizedPBKDF2PasswordHasher, NormalizedScryptPasswordHasher

COMPOSED, DECOMPOSED, WIDE = "caf\u00e9 \ufb01sh", "cafe\u0301 \ufb01sh", "ｃａｆé fish"
PAIRS = [
    (NormalizedPBKDF2PasswordHasher, hashers.PBKDF2PasswordHasher),
    (NormalizedScryptPasswordHasher, hashers.ScryptPasswordHasher),
]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    for ours, django in PAIRS:
        for hasher in (ours, django):
            monkeypatch.setattr(hasher, "iterations", 1, raising=False)
            monkeypatch.setattr(hasher, "work_factor", 2, raising=False)
    settings.PASSWORD_HASHERS = [f"{ours.__module__}.{ours.__name__}" for ours, _ in PAIRS]


@pytest.mark.parametrize(("ours", "django"), PAIRS)
@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED, WIDE])
@pytest.mark.parametrize("chosen", [COMPOSED, DECOMPOSED, WIDE])
def test_every_spelling_of_one_password_is_right(ours: Any, django: Any, chosen: str, typed: str) -> None:
    encoded = ours().encode(chosen, ours().salt())
    assert ours().verify(typed, encoded)
    assert not ours().verify(typed.upper(), encoded)
    assert not ours().verify(typed[:-1], encoded)


@pytest.mark.parametrize(("ours", "django"), PAIRS)
@pytest.mark.parametrize("password", ["plain", COMPOSED, DECOMPOSED, WIDE, ""])
def test_hashes_of_before_still_verify(ours: Any, django: Any, password: str) -> None:
    encoded = django().encode(password, django().salt())
    assert ours().verify(password, encoded)
    assert not ours().verify(password + "x", encoded)
    assert identify_hasher(encoded).algorithm == ours.algorithm == django.algorithm


@pytest.mark.parametrize("characters", [64, 72, 73, 500])
def test_nothing_is_cut_off(characters: int) -> None:
    encoded = make_password("k" * characters)
    assert check_password("k" * characters, encoded)
    assert not check_password("k" * (characters - 1), encoded)
    assert not check_password("k" * characters + "x", encoded)


@pytest.mark.parametrize("password", ["plain", DECOMPOSED])
def test_a_wrong_password_costs_as_many_hashes_as_one_for_a_name_that_finds_nobody(
    password: str, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ASVS 6.3.8: the time must not tell whether there is such an account."""
    ann.set_password("another password")
    ann.save()
    real, hashed = hashers.PBKDF2PasswordHasher.encode, []

    def counted(self: Any, *args: Any, **options: Any) -> str:
        hashed.append(args)
        return real(self, *args, **options)

    monkeypatch.setattr(hashers.PBKDF2PasswordHasher, "encode", counted)
    counts = []
    for name in ("ann@example.com", "nobody"):
        hashed.clear()
        assert authenticate(None, username=name, password=password) is None
        counts.append(len(hashed))
    assert counts[0] == counts[1] == (1 if password == "plain" else 2)


def test_every_login_shares_them(ann: Any) -> None:
    from django.test import Client

    ann.set_password(DECOMPOSED)
    ann.save()
    body = {"username": "ann@example.com", "password": WIDE}
    assert Client().post("/auth/login/", body, content_type="application/json").status_code == 200
    assert authenticate(None, username="ann@example.com", password=COMPOSED) == ann
