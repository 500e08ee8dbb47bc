"""Stored keys that no key-encryption key of the settings opens, and discarding them where the old one is lost.

One of them blocks its whole ring: nobody logs in or refreshes. To discard it is an operator's decision, since with
the old SECRET_KEY nothing would be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import conf, events
from ..errors import InvalidKey, KeyDecryptionFailed
from ..keys.key import Key
from ..keys.keyring import KeyState, KeyUse
from ..models import Session, SigningKey
from ..primitives import clock
from ..primitives.redaction import redact_locals
from . import aliases, issuers, key_rows, signing_keys
from .conflicts import retry_on_conflict
from .key_changes import GONE

CAUSE = "key_discarded"
"""Of the sessions whose refresh tokens nobody can check any more."""
SIGNING, REFRESH = KeyUse.SIGNING.value, KeyUse.REFRESH.value


@dataclass(frozen=True, slots=True)
class UnreadableKey:
    """A key that does not open, and how many live sessions end with it; none with a key that signs access tokens."""

    kid: str
    use: str
    algorithm: str
    state: str
    sessions: int


def find(issuer: str) -> list[UnreadableKey]:
    """The keys of an issuer that do not open, oldest first. One that `reencrypt` would open is not among them."""
    using = aliases.sessions_alias()
    return [_described(using, row) for row in key_rows.of(using, issuer) if _plain(row) is None]


@redact_locals
def discard(issuer: str) -> list[UnreadableKey]:
    """Delete the keys of an issuer that do not open, and end the sessions that depend on them; returns these keys.

    New keys take the place of those that signed. The keys that are left are encrypted under the newest
    key-encryption key, as by `reencrypt`. All of it happens, or nothing.
    """
    using = aliases.sessions_alias()

    def write() -> tuple[list[UnreadableKey], list[str]]:
        with key_rows.locked(using, issuer):
            rows = [(row, _plain(row)) for row in key_rows.for_change(using, issuer)]
            gone = [_described(using, row) for row, plain in rows if plain is None]
            if not gone:
                return [], []
            for row, plain in rows:
                if plain is None:
                    _delete(using, row)
                else:
                    row.encrypted_private_key = key_rows.encrypted_private_key(row, plain)
                    row.save(using=using, update_fields=["encrypted_private_key"])
            made = _replace(using, issuer, [row for row, plain in rows if plain is not None])
            key_rows.raise_version(using, issuer)
        return gone, made

    gone, made = retry_on_conflict(write)
    signing_keys.clear_cache()
    for key in gone:
        details: dict[str, str | int] = {"kid": key.kid, "state": GONE, "cause": CAUSE, "sessions": key.sessions}
        events.publish(events.EventKind.KEY_CHANGED, details=details)
    for kid in made:
        events.publish(events.EventKind.KEY_CREATED, details={"kid": kid, "state": KeyState.ACTIVE.value})
    return gone


def _delete(using: str, row: SigningKey) -> None:
    _sessions_of(using, row).update(revoked_at=clock.now(), revoked_cause=CAUSE)
    SigningKey.objects.using(using).filter(pk=row.pk).delete()


def _replace(using: str, issuer: str, left: list[SigningKey]) -> list[str]:
    """New active keys for each use that has none among those left; returns the kids of signing keys made."""
    active = {row.use for row in left if row.state == KeyState.ACTIVE}
    made = []
    if SIGNING not in active:
        made.append(_new_signing(using, issuer))
    if REFRESH not in active:
        key_rows.insert_refresh(using, issuer)
    return made


def _new_signing(using: str, issuer: str) -> str:
    key = Key.generate(conf.current().signing_algorithm)
    return key_rows.insert_signing(using, issuer, key, KeyState.ACTIVE).kid


def _described(using: str, row: SigningKey) -> UnreadableKey:
    now = issuers.now()
    alive = _sessions_of(using, row).filter(idle_ends_at__gt=now, ends_at__gt=now).count()
    return UnreadableKey(row.kid, row.use, row.alg, row.state, alive)


def _sessions_of(using: str, row: SigningKey) -> Any:
    """The sessions whose refresh token this key made; none where it signs access tokens."""
    sessions = Session.objects.using(using).filter(issuer=row.issuer, revoked_at__isnull=True)
    if row.use != REFRESH:
        return sessions.none()
    return sessions.filter(key_id=key_rows.key_id(row.kid))


def _plain(row: SigningKey) -> bytes | None:
    """What a row holds, or None where it does not open, or holds another key than the row says."""
    for chosen in (None, conf.secret_key_encryption_keys()):
        try:
            plain = key_rows.plain(row, chosen)
            if row.use == SIGNING and Key.from_der(row.alg, plain).kid != row.kid:
                return None
        except (KeyDecryptionFailed, InvalidKey):
            continue
        return plain
    return None
