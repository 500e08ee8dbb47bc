"""A hasher of passwords that takes no time: the tests ask only that it is another than the preferred one."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """Django's own with a thousandth of its rounds."""

    iterations = 1_000
