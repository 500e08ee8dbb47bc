"""The user that an old token names."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError


def find(field: str, value: Any) -> Any:
    """The user with this value in a field; None where there is none, or none could have it."""
    model = get_user_model()
    try:
        return model._default_manager.get(**{field: value})
    except (model.DoesNotExist, model.MultipleObjectsReturned, ValueError, OverflowError, ValidationError):
        return None
