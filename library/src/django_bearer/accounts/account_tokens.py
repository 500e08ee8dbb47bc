"""Codes and links of an account that are good once: made for one purpose, found by their digest, and taken once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from ..database import aliases, issuers
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import write_despite_refusal
from ..models import AccountToken
from ..primitives.clock import SECOND
from . import known_devices, second_factor

FACTOR_RESET = "factor_reset"
"""What a help desk's request to remove a lost factor is stored as."""


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


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is good: the key of its user, and what was stored with it."""

    user_id: Any
    details: Mapping[str, Any]
    digest: bytes = field(repr=False)


@sensitive_variables()
def look_link(issuer: str, purpose: str, text: str) -> Link | None:
    """The link of this text; None where it is wrong, over or used. Nothing is consumed."""
    row = _rows(_digest("", purpose, text, ""), issuer, purpose).filter(account="").first()
    if row is None or issuers.now() >= row.expires_at:
        return None
    return Link(row.user_id, dict(row.details), bytes(row.digest))


@sensitive_variables()
def take_link(issuer: str, purpose: str, text: str) -> bool:
    """Use up a link that was looked at just before; False where somebody else was faster."""
    rows = _rows(_digest("", purpose, text, ""), issuer, purpose).filter(account="")
    return retry_on_conflict(lambda: bool(rows.delete()[0]))


def links_of(user: Any, purpose: str) -> list[Link]:
    """The links of this account that are good."""
    rows = AccountToken.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, purpose=purpose, account="")
    good = rows.filter(expires_at__gt=issuers.now())
    return [Link(row.user_id, dict(row.details), bytes(row.digest)) for row in good]


def end_link(link: Link) -> None:
    """End one link."""
    rows = AccountToken.objects.using(aliases.sessions_alias()).filter(digest=link.digest)
    retry_on_conflict(lambda: rows.delete())


@sensitive_variables()
def replace_link(purpose: str, text: str, fresh: str) -> Link | None:
    """Put another text in the place of a link's, which is no good any more; None where there is none."""
    rows = AccountToken.objects.using(aliases.sessions_alias())
    row = rows.filter(digest=_digest("", purpose, text, ""), purpose=purpose, account="").first()
    if row is None:
        return None
    before, row.digest = bytes(row.digest), _digest("", purpose, fresh, "")

    def write() -> bool:
        with transaction.atomic(using=rows.db):
            if not rows.filter(digest=before).delete()[0]:
                return False
            row.save(using=rows.db, force_insert=True)
            return True

    return Link(row.user_id, dict(row.details), bytes(row.digest)) if retry_on_conflict(write) else None


def end(user: Any, purpose: str) -> None:
    """End all codes of this account for this purpose."""
    rows = AccountToken.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, purpose=purpose)
    retry_on_conflict(lambda: rows.delete())


def of_user(user_id: Any, purpose: str) -> dict[str, Any]:
    """The columns of a row that is no code, and of which a user has one at most."""
    return {"digest": _digest(str(user_id), purpose, "", ""), "user_id": user_id, "purpose": purpose}


def stop_factor_reset(user: Any, methods: frozenset[str]) -> None:
    """End what a help desk asked for, where a login or step-up by these methods shows the user's second factor.

    Written before the session is stored, and whatever becomes of the request: the factor is not lost.
    """
    if second_factor.configured() and (second_factor.was_shown(methods) or methods & second_factor.DEVICES):
        rows = AccountToken.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, purpose=FACTOR_RESET)
        write_despite_refusal(lambda: rows.delete())


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
