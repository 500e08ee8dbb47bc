"""A response that the server could not send: what it announces is undone.

A server closes a response while it handles the error of the failed write (PEP 3333). That is seen by servers whose
workers write themselves, such as gunicorn's and Django's own; `asgi_connection.py` is for the others. Where a proxy
or another thread writes, or the operating system still takes the bytes, nothing is seen here. Such a session ends
when it has been idle for as long as any other: it cannot be told from one whose client keeps its tokens for days.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.http import HttpResponseBase


def when_undelivered(response: HttpResponseBase, undo: Callable[[], object]) -> None:
    """Do `undo` when the server closes `response` because the connection failed; Django ignores what it raises."""

    def closed() -> None:
        if isinstance(sys.exc_info()[1], OSError):
            undo()

    response._resource_closers.append(closed)  # type: ignore[attr-defined]


def when_sent(response: HttpResponseBase, work: Callable[[], object]) -> None:
    """Do `work` when the server closes `response`, which it does once the answer has been written."""
    response._resource_closers.append(work)  # type: ignore[attr-defined]
