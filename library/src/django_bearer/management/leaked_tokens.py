"""What a command does with a token that was found: say what it is, end what it belongs to, say what came of it."""

from __future__ import annotations

from typing import Any

from ..database import aliases, issuers, revocations
from ..functions import revoke_api_token, revoke_session
from ..models import ApiToken, ServiceAccount, Session
from ..primitives import clock
from ..sessions import revocation
from ..sessions.token_lookup import FoundToken, TokenKind
from ..tokens.access_claims import AccessClaims
from .escaping import escape


def described(found: FoundToken) -> str:
    """What a token is and whose, in words that do not repeat it."""
    kind, acting = found.kind.value, ""
    if found.claims is not None and found.claims.act is not None:
        acting = f", with which user {found.claims.act['sub']} acts for this one"
    client = f", client {found.client_id}" if found.client_id else ""
    named = "id" if found.kind is TokenKind.API else "session"
    state = f"Refused already: {found.refused}." if found.refused else "It was accepted until now."
    return escape(
        f"{kind} of {owner_name(found.owner)}{acting}{client}, issuer {found.issuer}, {named} {found.belongs_to}."
        f" {state}{_last_use(found)}"
    )


def _last_use(found: FoundToken) -> str:
    """When and from where an API token was used last. It is noted at most every ten minutes."""
    if found.kind is not TokenKind.API:
        return ""
    if found.last_used_at is None:
        return " No use of it is noted."
    address = f" from {found.last_used_from}" if found.last_used_from else ""
    return f" The last use that is noted: {clock.iso(found.last_used_at)}{address}."


def owner_name(owner: Any) -> str:
    """A user or service account in words."""
    if owner is None:
        return "a user who is gone"
    if isinstance(owner, ServiceAccount):
        return f"the service account {owner.name}"
    return f"the user {owner.get_username()} ({owner.pk})"


def end(found: FoundToken, cause: str, *, dry_run: bool) -> str:
    """End the session of a token and the API tokens that it has made, or an API token; say what came of it."""
    if found.kind is TokenKind.API:
        if found.ended_before:
            return "It had been revoked before."
        if dry_run:
            return "It would be revoked."
        return "It is revoked now." if revoke_api_token(found.belongs_to, cause) else "It had been revoked before."
    made = ApiToken.objects.using(aliases.sessions_alias()).filter(made_by_session=found.belongs_to)
    alive = made.filter(revoked_at__isnull=True).count()
    after = Session.objects.using(aliases.sessions_alias()).filter(
        extras__source_session=str(found.belongs_to), revoked_at__isnull=True, ends_at__gt=issuers.now()
    )
    handed_over = after.count()
    others = f" Sessions that were handed over from it and go on: {handed_over}." if handed_over else ""
    if dry_run:
        said = "Its session had ended before." if found.ended_before else "Its session would end."
        return said + (f" API tokens of this session that would end: {alive}." if alive else "") + others
    ended = revoke_session(found.belongs_to, cause)
    tokens = revocation.end_api_tokens_of(found.belongs_to, cause)
    said = "Its session has ended now." if ended else "Its session had ended before."
    return said + (f" API tokens of this session that ended: {tokens}." if tokens else "") + others


def refuse(claims: AccessClaims, cause: str, *, dry_run: bool) -> str:
    """Refuse one access token and leave its session; say what came of it."""
    if revocations.contains(revocations.digest("token", claims.jti)):
        return "It had been revoked before."
    if revocation.needed_until(claims) <= issuers.now():
        return "It has expired, so there is nothing to revoke."
    if dry_run:
        return "It alone would be revoked."
    revocation.revoke_token(claims, cause)
    return "It alone is revoked now. Its session goes on."
