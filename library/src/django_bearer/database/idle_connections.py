"""Closing connections after work outside of requests, as Django does after each request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")


def closing_afterwards(work: Callable[P, R]) -> Callable[P, R]:
    """The same work; afterwards this thread's connections that are broken or too old are closed."""

    @wraps(work)
    def closing(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        finally:
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:  # as in a test
                    connection.close_if_unusable_or_obsolete()

    return closing
