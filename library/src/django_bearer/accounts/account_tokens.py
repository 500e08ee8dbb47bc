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
        digest=_digest(str(user.pk), purpose, code, bound_to),
        user_id=user.pk,
        issuer=issuer,
        purpose=purpose,
        account=known_devices.account_fingerprint(issuer, user),
        details=dict(details or {}),
        expires_at=issuers.now() + lifetime * SECOND,
    )
    _store(row)


@sensitive_variables()
def take(user: Any, issuer: str, purpose: str, code: str, *, bound_to: str = "") -> Mapping[str, Any] | None:
    """Use a code up, and return what was stored with it.

    None where it is wrong, over, used, or made before the account's credentials changed. Whoever is first takes it.
    """
    details = look(user, issuer, purpose, code, bound_to=bound_to)
    rows = _rows(_digest(str(user.pk), purpose, code, bound_to), issuer, purpose)
    return details if details is not None and retry_on_conflict(lambda: bool(rows.delete()[0])) else None


@sensitive_variables()
def look(user: Any, issuer: str, purpose: str, code: str, *, bound_to: str = "") -> Mapping[str, Any] | None:
    """The same without using it up."""
    row = _rows(_digest(str(user.pk), purpose, code, bound_to), issuer, purpose).filter(user_id=user.pk).first()
    if row is None or issuers.now() >= row.expires_at:
        return None
    same = row.account == known_devices.account_fingerprint(issuer, user)
    return dict(row.details) if same else None


@sensitive_variables()
def make_link(user: Any, issuer: str, purpose: str, text: str, *, lifetime: int, details: Any) -> None:
    """Store the digest of a link's 256 bits, which name their account by themselves. `lifetime` is in seconds.

    It outlives another password and a logout everywhere: it is for an owner whose account somebody else has taken.
    """
    row = AccountToken(
        digest=_digest("", purpose, text, ""),
        user_id=user.pk,
        issuer=issuer,
        purpose=purpose,
        details=dict(details),
        expires_at=issuers.now() + lifetime * SECOND,
    )
    _store(row)


@sensitive_variables()
def take_link(issuer: str, purpose: str, text: str) -> tuple[Any, Mapping[str, Any]] | None:
    """Use a link up: the key of its user, and what was stored with it. None where it is wrong, over or used."""
    rows = _rows(_digest("", purpose, text, ""), issuer, purpose).filter(account="")
    row = rows.first()
    if row is None or issuers.now() >= row.expires_at:
        return None
    return (row.user_id, dict(row.details)) if retry_on_conflict(lambda: bool(rows.delete()[0])) else None


def end(user: Any, purpose: str) -> None:
    """End all codes of this account for this purpose."""
    rows = AccountToken.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, purpose=purpose)
    retry_on_conflict(lambda: rows.delete())


def _store(row: AccountToken) -> None:
    """Store it; of two at once that are the same, the first one."""
    rows = AccountToken.objects.using(aliases.sessions_alias())
    retry_on_conflict(lambda: rows.bulk_create([row], ignore_conflicts=True))


def _rows(digest: bytes, issuer: str, purpose: str) -> Any:
    rows = AccountToken.objects.using(aliases.sessions_alias())
    return rows.filter(digest=digest, issuer=issuer, purpose=purpose)


@sensitive_variables()
def _digest(whose: str, purpose: str, code: str, bound_to: str) -> bytes:
    """Keyed, since a code is short enough to be found by trying."""
    said = "|".join((purpose, whose, bound_to, plain(code)))
    return salted_hmac("django-bearer:account-token", said, algorithm="sha256").digest()
