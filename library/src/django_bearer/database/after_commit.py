"""Work after a commit. A failure is logged, and never refuses what has been committed.

An answer that is lost after the commit costs its client a session or a token. So whatever a decision depends on comes
before the commit, and only what the next request would make up for comes after it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

from . import aliases

logger = logging.getLogger("django_bearer.security")


def after_commit(what: str, step: Callable[[], object]) -> None:
    """Do `step`, which `what` names in the log if it fails. Never raises, nor breaks a transaction around it."""
    using = aliases.sessions_alias()
    try:
        if aliases.in_transaction(using):
            with transaction.atomic(using=using):
                step()
        else:
            step()
    except Exception as error:
        logger.error("%s failed, after what it follows was committed: %s", what, type(error).__name__)
