"""The end of a request, when every middleware is done: also one above ours that holds a transaction around all."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest

from ..database.durable_writes import Write

logger = logging.getLogger("django_bearer.security")


def when_over(request: HttpRequest, work: Write) -> None:
    """Do `work` when Django closes `request`, which it does with the answer, whoever made that one."""
    close: Callable[[], None] = request.close

    def closed() -> None:
        try:
            work()
        except Exception as error:  # which Django would drop without a word
            logger.error("what waited for the end of a request was not written: %s", type(error).__name__)
        finally:
            close()

    request.close = closed  # type: ignore[method-assign]
