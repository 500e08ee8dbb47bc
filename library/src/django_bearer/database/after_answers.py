"""Work that is left until an answer has been sent, so that no client waits for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from django.core.signals import request_finished

from . import aliases
from .after_commit import after_commit
from .durable_writes import in_request

MOST = 8
"""Pieces of work that wait at once; what is more is not done, so nothing that must be done may be left here."""
_waiting: deque[tuple[str, Callable[[], object]]] = deque(maxlen=MOST)


def after_answer(what: str, work: Callable[[], object]) -> None:
    """Do `work`, which `what` names in the log if it fails, once a request of this process has been answered.

    At once where no request that our middleware holds is being answered. It goes to the database and schema of now.
    """
    if in_request():
        _waiting.append((what, aliases.bound(lambda: _do(what, work))))
    else:
        after_commit(what, work)


def connect() -> None:
    """Listen to the end of requests."""
    request_finished.connect(_run, dispatch_uid="django_bearer.after_answers")


def _do(what: str, work: Callable[[], object]) -> None:
    """Within the database and schema that were chosen for it, of which a fault must not lead out."""
    after_commit(what, work)
    connection = aliases.connection(aliases.sessions_alias())
    if not connection.in_atomic_block:  # as in a test
        connection.close_if_unusable_or_obsolete()  # Django's own look at its connections was before this


def _run(**_: Any) -> None:
    while _waiting:  # nearly never: every request asks
        try:
            what, work = _waiting.popleft()
        except IndexError:  # another thread was faster
            return
        after_commit(what, work)
