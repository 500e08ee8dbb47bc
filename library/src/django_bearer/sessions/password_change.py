"""A changed password: every other session and API token of the user ends, and the one that asks goes on.

The step-up comes first: from then on only the new tokens of this session are good. Then password and session's row
change in one transaction, so that whoever holds anything older has lost it.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from ..accounts.password_fingerprint import fingerprint
from ..database import aliases
from ..database.conflicts import retry_on_conflict
from ..errors import InvalidToken
from ..models import Session
from .token_response import IssuedTokens


@sensitive_variables()
def set_password(user: Any, password: str, issued: IssuedTokens) -> None:
    """Set it, and let the session that `issued` tokens were just stepped up for remember it.

    Raises `InvalidToken` where that session or the password was changed meanwhile; nothing is written then.
    """
    before = user.password
    user.set_password(password)
    retry_on_conflict(lambda: _write(user, before, issued))


def _write(user: Any, before: str, issued: IssuedTokens) -> None:
    using = aliases.sessions_alias()
    with transaction.atomic(using=using):
        session = Session.objects.using(using).filter(pk=issued.session_id, user_id=user.pk, revoked_at__isnull=True)
        if not session.update(password_fingerprint=fingerprint(user), rehashed_fingerprint=b""):
            raise InvalidToken("the session was ended meanwhile")
        rows = type(user)._base_manager.using(aliases.of(user)).filter(pk=user.pk, password=before)
        with transaction.atomic(using=rows.db):
            if not rows.update(password=before):  # which also keeps everybody else waiting
                raise InvalidToken("the password was changed meanwhile")
            user.save(update_fields=["password"])
