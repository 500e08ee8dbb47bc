"""Keeps what our frames held out of every traceback: the debug page, an error tracker, a mailed report.

Django's `sensitive_variables` hides nothing while DEBUG is on, and no error tracker asks it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def redact_locals(function: Callable[P, R]) -> Callable[P, R]:
    """Let an exception out of `function` with the way it came, and without the local variables on it.

    It decorates what takes secrets: the endpoints, authentication, the public functions. What they call is covered.
    """

    @wraps(function)
    def redacted(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            clear_locals(error)
            del args, kwargs
            raise

    return redacted


def clear_locals(error: BaseException) -> None:
    """Clear the local variables of every frame that `error`, its causes and its contexts have left behind."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop()
        if found is not None and id(found) not in seen:
            seen.add(id(found))
            traceback.clear_frames(found.__traceback__)
            waiting += [found.__cause__, found.__context__]
