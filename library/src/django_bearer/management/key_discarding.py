"""The step of `bearer_keys` that discards keys which cannot be read: what is lost, the question, what was done."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from django.core.management.base import CommandError, OutputWrapper

from ..database import unreadable_keys
from ..database.unreadable_keys import REFRESH, UnreadableKey
from .escaping import escape

WORD = "discard"
LOST = """
With the SECRET_KEY (or the entry of KEY_ENCRYPTION_KEYS) that was in use before, nothing is lost: put it among the
fallbacks, and run `bearer_keys reencrypt`. If the server itself goes on logging users in, this shell only has other
settings than the server: stop. Discard these keys only if the old one is gone for good. New keys take their place.

* Access tokens of a signing key are refused. Clients refresh them.
* Sessions of a refresh key end. Their users log in again. Known and remembered devices are forgotten, so
  users on a remembered device are asked for their second factor again. Unlock tokens stop working.
* API tokens stay.
"""


def discard(issuers: Sequence[str], out: OutputWrapper, *, confirmed: bool) -> None:
    """Discard the keys of these issuers that cannot be read, once the operator has said so."""
    found = {issuer: unreadable_keys.find(issuer) for issuer in issuers}
    if not any(found.values()):
        out.write("Every key can be read. Nothing was discarded.")
        return
    for issuer, keys in found.items():
        for key in keys:
            out.write(f"{escape(issuer)}: cannot be read: {_told(key)}")
    if not confirmed:
        _ask(out)
    for issuer, keys in found.items():
        for key in unreadable_keys.discard(issuer) if keys else ():
            out.write(f"{escape(issuer)}: discarded: {_told(key)}")


def marks(issuer: str) -> dict[str, str]:
    """What `list` writes beside the name of a key: whether it can be read."""
    return {key.kid: "  CANNOT BE READ" for key in unreadable_keys.find(issuer)}


def _ask(out: OutputWrapper) -> None:
    if not sys.stdin.isatty():
        raise CommandError(f"Nothing was changed. Nobody can be asked here: --yes discards them.\n{LOST}")
    out.write(f"{LOST}\nType {WORD} to discard them:")
    try:
        said = input()
    except EOFError:
        said = ""
    if said.strip() != WORD:
        raise CommandError("Nothing was changed.")


def _told(key: UnreadableKey) -> str:
    lost = f"; live sessions that end: {key.sessions}" if key.use == REFRESH else ""
    return (
        f"{escape(key.kid)}, {'refresh' if key.use == REFRESH else escape(key.algorithm)}, {escape(key.state)}{lost}"
    )
