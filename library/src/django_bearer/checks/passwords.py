"""Advice about passwords: a weak one is a token that anybody can guess (row 7; NIST SP 800-63B section 3.1.1)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import get_hashers
from django.contrib.auth.password_validation import MinimumLengthValidator, get_password_validators
from django.core.checks import CheckMessage

from .deployment import Advice, given

LEAST = 8
CUT_OFF = "bcrypt"
"""Django's hasher that reads 72 bytes of a password and no more."""
FAST = frozenset({"md5", "sha1", "unsalted_md5", "unsalted_sha1", "crypt"})


def check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What passwords people may choose, and how they are stored."""
    return given(ADVICE)


def _short(found: Any) -> bool:
    validators = get_password_validators(found.AUTH_PASSWORD_VALIDATORS)
    lengths = [one.min_length for one in validators if isinstance(one, MinimumLengthValidator)]
    return bool(validators) and max(lengths, default=LEAST) < LEAST


ADVICE = (
    Advice(
        "bearer.W121",
        "Any password will do, the empty one aside.",
        "AUTH_PASSWORD_VALIDATORS as `startproject` writes it: similarity, length, common passwords, numbers.",
        lambda found: not found.AUTH_PASSWORD_VALIDATORS,
    ),
    Advice(
        "bearer.W122",
        f"Passwords may be shorter than {LEAST} characters.",
        "Raise min_length in the OPTIONS of MinimumLengthValidator (NIST asks for 15 where a password is all).",
        _short,
    ),
    Advice(
        "bearer.W123",
        "New passwords are hashed so fast that a stolen table is soon guessed.",
        "Put Argon2PasswordHasher or PBKDF2PasswordHasher first in PASSWORD_HASHERS.",
        lambda found: get_hashers()[0].algorithm in FAST,
    ),
    Advice(
        "bearer.W124",
        "New passwords are cut off after 72 bytes.",
        "Put a hasher that reads all of them first in PASSWORD_HASHERS, such as BCryptSHA256PasswordHasher.",
        lambda found: get_hashers()[0].algorithm == CUT_OFF,
    ),
)
