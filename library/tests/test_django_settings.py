"""Django's settings, read past its settings object: never an old value, and no value where there is none."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import override_settings

from django_bearer.conf import django_settings
from django_bearer.database import aliases


def test_a_value_is_that_of_now(settings: Any) -> None:
    assert django_settings.value("APPEND_SLASH") is True
    with override_settings(APPEND_SLASH=False):
        assert django_settings.value("APPEND_SLASH") is False
    settings.APPEND_SLASH = None
    assert django_settings.value("APPEND_SLASH") is None


def test_a_setting_that_does_not_exist_is_no_value() -> None:
    with pytest.raises(AttributeError):
        django_settings.value("NO_SUCH_SETTING")


def test_another_user_model_is_found_at_once() -> None:
    before = aliases.user_model()
    with override_settings(AUTH_USER_MODEL="auth.Group"):
        assert aliases.user_model() is Group
    assert aliases.user_model() is before


def test_django_forgets_in_the_very_dictionary_that_is_read() -> None:
    for debug in (True, False):
        with override_settings(DEBUG=debug):
            assert django_settings.remembered is object.__getattribute__(django_settings.settings, "__dict__")
            assert django_settings.value("DEBUG") is debug
    assert django_settings.remembered is object.__getattribute__(django_settings.settings, "__dict__")
