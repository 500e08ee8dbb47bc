"""A changed password: every other session and API token of the user ends, and the one that asks goes on.

Password, session and step-up change in one transaction. Whoever holds anything older has then lost it; where the
password cannot be saved, the session goes on with the tokens that its client has.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from ..accounts.password_fingerprint import fingerprint
from ..accounts.password_saving import save_password
from ..database import aliases
from ..errors import InvalidToken
from ..models import Session
from .step_up import Beside


@sensitive_variables()
def set_password(user: Any, password: str) -> Beside:
    """Set it on `user`, whose hash is the stored one; what saves it with the session that is stepped up.

    That raises `InvalidToken` where the session or the password was changed meanwhile, and `PasswordRejected` where
    the project refuses to save it.
    """
    before = user.password
    user.set_password(password)
    return partial(_write, user, before)


@sensitive_variables()
def _write(user: Any, before: str, session_id: uuid.UUID) -> None:
    using = aliases.sessions_alias()
    session = Session.objects.using(using).filter(pk=session_id, user_id=user.pk, revoked_at__isnull=True)
    if not session.update(password_fingerprint=fingerprint(user), rehashed_fingerprint=b""):
        raise InvalidToken("the session was ended meanwhile")
    rows = type(user)._base_manager.using(aliases.of(user)).filter(pk=user.pk, password=before)
    with transaction.atomic(using=rows.db):
        if not rows.update(password=before):  # which also keeps everybody else waiting
            raise InvalidToken("the password was changed meanwhile")
        save_password(user)
