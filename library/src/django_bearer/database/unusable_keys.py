"""Keys that cannot be used just now: the event that names the fault and the hint, and the refusal callers get.

Nothing is wrong with the request then, and nothing of it is written: the same request succeeds once a key is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .. import events
from ..errors import InvalidKey, KeyDecryptionFailed, TemporarilyUnavailable
from ..keys.key import Key
from ..keys.keyring import KeyRing, RefreshKeys

HINT_NOT_OPENED = (
    "put the SECRET_KEY that was in use before into SECRET_KEY_FALLBACKS (or the earlier key into"
    ' BEARER["KEY_ENCRYPTION_KEYS"]), then run manage.py bearer_keys reencrypt.'
    " Where KEY_ENCRYPTION_KEYS has just been set for the first time, that command alone is enough."
    " Where the old key is lost, manage.py bearer_keys dangerously-discard says what is lost with it, and goes on"
    " without."
)
HINT_NONE_SIGNS = "manage.py bearer_keys list shows the keys; bearer_keys activate KID lets one sign."


_told_by_caller: ContextVar[bool] = ContextVar("django_bearer_unusable_keys_told", default=False)


@contextmanager
def told_by_caller() -> Iterator[None]:
    """A block whose caller shows the refusal to an operator itself: no event, whose log line would say it again."""
    before = _told_by_caller.set(True)
    try:
        yield
    finally:
        _told_by_caller.reset(before)


@contextmanager
def refuse_unusable(issuer: str) -> Iterator[None]:
    """A block that opens stored keys of `issuer`. Raises `TemporarilyUnavailable` where they do not open."""
    try:
        yield
    except (KeyDecryptionFailed, InvalidKey) as error:
        raise refusal(issuer, str(error), HINT_NOT_OPENED) from error


def signer(ring: KeyRing, issuer: str) -> Key:
    """The key that signs. Raises `TemporarilyUnavailable` when there is none."""
    try:
        return ring.signer()
    except InvalidKey as error:
        raise refusal(issuer, str(error), HINT_NONE_SIGNS) from error


def refresh_keys(ring: KeyRing, issuer: str) -> RefreshKeys:
    """The secrets that make refresh tokens. Raises `TemporarilyUnavailable` when there are none."""
    try:
        return ring.refresh_keys()
    except InvalidKey as error:
        raise refusal(issuer, str(error), HINT_NONE_SIGNS) from error


def refusal(issuer: str, cause: str, hint: str) -> TemporarilyUnavailable:
    """The refusal, told in the log and as an event at most once a second, unless the caller tells it."""
    if not _told_by_caller.get():
        details = {"issuer": issuer, "cause": cause, "hint": hint}
        events.publish_sampled(events.EventKind.KEYS_UNUSABLE, details=details)
    return TemporarilyUnavailable(f"the keys of {issuer} cannot be used: {cause}; {hint}")
