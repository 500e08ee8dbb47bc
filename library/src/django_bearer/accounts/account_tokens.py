"""Codes and links of an account that are good once: made for one purpose, found by their digest, and taken once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..models import AccountToken
from ..primitives.clock import SECOND
from . import known_devices


def plain(code: str) -> str:
    """A code as it is compared: capital letters and digits, without what people type between them."""
    return "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())


@sensitive_variables()
def make(
    user: Any, issuer: str, purpose: str, code: str, *, lifetime: int, bound_to: str = "", details: Any = None
) -> None:
    """Store the digest of a code for this account. `lifetime` is in seconds.

    `bound_to` names what it is good for beside the account, such as one login attempt; empty for the account alone.
    """
    row = AccountToken(
        digest=_digest(user, purpose, code, bound_to),
        user_id=user.pk,
        issuer=issuer,
        purpose=purpose,
        account=known_devices.account_fingerprint(issuer, user),
        details=dict(details or {}),
        expires_at=issuers.now() + lifetime * SECOND,
    )
    retry_on_conflict(lambda: row.save(using=aliases.sessions_alias(), force_insert=True))


@sensitive_variables()
def take(user: Any, issuer: str, purpose: str, code: str, *, bound_to: str = "") -> Mapping[str, Any] | None:
    """Use a code up, and return what was stored with it.

    None where it is wrong, over, used, or made before the account's credentials changed. Whoever is first takes it.
    """
    digest = _digest(user, purpose, code, bound_to)
    rows = AccountToken.objects.using(aliases.sessions_alias()).filter(
        digest=digest, user_id=user.pk, issuer=issuer, purpose=purpose
    )
    row = rows.first()
    if row is None or issuers.now() >= row.expires_at:
        return None
    if row.account != known_devices.account_fingerprint(issuer, user):
        return None
    return dict(row.details) if retry_on_conflict(lambda: bool(rows.delete()[0])) else None


def end(user: Any, purpose: str) -> None:
    """End all codes of this account for this purpose."""
    rows = AccountToken.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, purpose=purpose)
    retry_on_conflict(lambda: rows.delete())


@sensitive_variables()
def _digest(user: Any, purpose: str, code: str, bound_to: str) -> bytes:
    """Keyed, since a code is short enough to be found by trying."""
    said = "|".join((purpose, str(user.pk), bound_to, plain(code)))
    return salted_hmac("django-bearer:account-token", said, algorithm="sha256").digest()
