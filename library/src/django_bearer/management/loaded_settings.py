"""The settings that the project sets, as the process has loaded them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.functional import Promise


def explicit_settings() -> dict[str, Any]:
    """Every setting that the project sets, Django's own defaults left out; lazy translations are text."""
    return {name: _plain(getattr(settings, name)) for name in dir(settings) if name.isupper() and _is_set(name)}


def _is_set(name: str) -> bool:
    return bool(settings.is_overridden(name))  # type: ignore[misc]  # there since Django 1.11, unknown to the stubs


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_plain(entry) for entry in value)
    return value
