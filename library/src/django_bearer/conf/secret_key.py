"""Whether Django's `SECRET_KEY` may encrypt stored keys, and whether this is a test run, where any may."""

from __future__ import annotations

import sys

from django.conf import settings as django_settings

from .key_encryption_keys import as_bytes

MIN_SECRET_KEY_LENGTH = 50
MIN_SECRET_KEY_CHARACTERS = 5
INSECURE_PREFIX = "django-insecure-"


def under_test_runner() -> bool:
    """Whether Django's own test environment is set up in this process.

    `setup_test_environment()` keeps the saved settings there; nothing that arrives over a network can.
    """
    module = sys.modules.get("django.test.utils")
    return hasattr(getattr(module, "_TestState", None), "saved_data")


def faults() -> list[str]:
    """What is wrong with it, in words; nothing in development."""
    key = as_bytes(django_settings.SECRET_KEY).decode("latin-1")
    if django_settings.DEBUG or under_test_runner():
        return []
    weak = len(key) < MIN_SECRET_KEY_LENGTH or len(set(key)) < MIN_SECRET_KEY_CHARACTERS
    if weak or key.startswith(INSECURE_PREFIX):
        return [
            "settings.SECRET_KEY is short or generated for development, and DEBUG is off. Set one of 50 random"
            " characters or more from the environment, and keep it out of the repository."
        ]
    return []
