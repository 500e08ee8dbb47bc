"""When settings are read: once for each dictionary, and never half."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from django_bearer import conf
from django_bearer.errors import ConfigurationError


def test_another_dictionary_is_read_at_once() -> None:
    with override_settings(BEARER={**settings.BEARER, "LEEWAY": 5}):
        assert conf.current().leeway == 5
    assert conf.current().leeway == 0


def test_what_is_changed_inside_the_dictionary_has_no_effect() -> None:
    given: dict[str, Any] = {**settings.BEARER, "LEEWAY": 5}
    with override_settings(BEARER=given):
        before = conf.current()
        given["LEEWAY"] = 6
        assert conf.current() is before


def test_a_fault_is_told_at_every_use() -> None:
    with override_settings(BEARER={**settings.BEARER, "LEEWAY": 61}):
        for _ in range(2):
            with pytest.raises(ConfigurationError, match="LEEWAY"):
                conf.current()


def test_another_secret_key_or_a_fallback_is_read_at_once() -> None:
    before = conf.current().key_encryption_keys
    with override_settings(SECRET_KEY="another-" * 12):
        assert conf.current().key_encryption_keys != before
    with override_settings(SECRET_KEY_FALLBACKS=["another-" * 12]):
        assert conf.current().key_encryption_keys[0] == before[0]
        settings.SECRET_KEY_FALLBACKS.append("a-third-" * 12)
        assert len(conf.current().key_encryption_keys) == len(before) + 2
    assert conf.current().key_encryption_keys == before


def test_a_change_of_another_setting_reads_nothing_anew() -> None:
    before = conf.current()
    with override_settings(APPEND_SLASH=False):
        assert conf.current() is before
    assert conf.current() is before


def test_a_setting_that_is_assigned_is_read_at_once(settings: Any) -> None:
    conf.current()
    settings.BEARER = {**settings.BEARER, "LEEWAY": 7}
    assert conf.current().leeway == 7
