"""Who listens to the saving of a model: where it is nobody but us, a statement of ours may do what `save()` does.

A project, or a package that keeps a history, may follow any model by Django's signals. Then the ORM saves it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models.signals import post_save, pre_save

_ours: set[Callable[..., Any]] = set()


def ignore(*receivers: Callable[..., Any]) -> None:
    """Know these receivers as ours, which ask nothing of the saves that statements of ours stand in for."""
    _ours.update(receivers)


def are_only_ours(model: Any) -> bool:
    """Whether nobody else listens to the saving of this model."""
    return _are_only_ours(pre_save, model) and _are_only_ours(post_save, model)


def _are_only_ours(signal: Any, model: Any) -> bool:
    """Django says by a public method whether anybody listens, and not who. What is not understood is somebody."""
    try:
        receivers, asynchronous = signal._live_receivers(model)
        return not asynchronous and all(one in _ours for one in receivers)
    except (AttributeError, TypeError, ValueError):
        return False
