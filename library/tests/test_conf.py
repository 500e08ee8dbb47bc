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
