"""Known devices: telling one that has logged in to an account before from an unknown one, without a row for either.

A credential is encrypted under the key ring, names its account, and is good for one thing only: it chooses which
counters an attempt is counted in. It is no factor. It ends with the password under which it was made, with a logout
everywhere and with the issuer's epoch, and counts for nothing while its user is inactive.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..database import issuers, revocations, signing_keys, unusable_keys
from ..database.issuers import IssuerState
from ..errors import MalformedToken
from ..keys.keyring import RefreshKeys
from ..primitives import clock, randomness
from ..primitives.clock import SECOND
from ..tokens.known_device import ID_BYTES, NO_NAME, USER_BYTES, Device, EncryptedDevice, Use, digest, read
from . import lookup as accounts
from .credential_owner import require_user
from .lookup import Account
from .password_fingerprint import fingerprint

GOOD_FOR = 400 * 86_400
"""Seconds for which a device stays known after its last full login."""
PASS_LIVES = 7200
"""Seconds within which an unlock token must be used."""
MOST = 5
"""Accounts that one browser is known to."""


CREDENTIALS = (Use.CREDENTIAL, Use.UNLOCKED)


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device that is known for the account at hand. `group` is what all such devices are counted as together.

    `only` is the key of the one user who may log in by it; empty where no user was found by the name.
    """

    id: bytes = field(repr=False)
    group: str = field(repr=False)
    use: Use
    only: str = field(default="", repr=False)


@sensitive_variables()
def find_known_device(shown: Iterable[str], issuer: str, found: Account, typed: str) -> KnownDevice | None:
    """The device that one of these credentials proves for this account; None when none does.

    `typed` is the name as it was typed. Nothing is read for a malformed token, nor for another account's. Where the
    name may reach several accounts, the device is known for the user who logged in on it by that name.
    """
    for text in list(shown)[: MOST + 1]:
        secrets, device = _open(text, issuer, *CREDENTIALS)
        if device is None or secrets is None or clock.seconds() >= device.timestamp + GOOD_FOR:
            continue
        if found.user is not None and (found.sole or device.user == str(found.user.pk)):
            user = found.user if device.user == str(found.user.pk) else None
        else:
            named = hmac.compare_digest(device.name, _name(secrets, device.id, issuer, typed))
            user = accounts.user_of_key(device.user) if named else None
        state = _state(issuer, user, found) if user is not None and getattr(user, "is_active", True) else None
        if state is not None and hmac.compare_digest(device.state, digest(secrets, device.id, "tie", *state)):
            if found.user is None:
                return KnownDevice(device.id, "", device.use)
            return KnownDevice(device.id, _group(device, state), device.use, accounts.key_of(user))
    return None


@sensitive_variables()
def find_device_of(shown: Iterable[str], issuer: str, is_meant: Callable[[Any], bool]) -> KnownDevice | None:
    """The device that one of these credentials proves for a user whom `is_meant` takes; None when none does.

    The account comes from the credential, and none is looked for by a name: what this costs tells nothing about any
    other account.
    """
    for text in list(shown)[: MOST + 1]:
        secrets, device = _open(text, issuer, *CREDENTIALS)
        if device is None or secrets is None or clock.seconds() >= device.timestamp + GOOD_FOR:
            continue
        user = accounts.user_of_key(device.user)
        if user is None or not getattr(user, "is_active", True) or not is_meant(user):
            continue
        state = _state(issuer, user)
        if hmac.compare_digest(device.state, digest(secrets, device.id, "tie", *state)):
            return KnownDevice(device.id, _group(device, state), device.use)
    return None


@sensitive_variables()
def issue(issuer: str, user: Any, found: Account, typed: str, known: KnownDevice | None = None) -> str:
    """A credential for the device on which `user` has just logged in; a known device keeps its name.

    Empty where the name finds somebody else alone, or the user's primary key is too long to be carried.
    """
    if found.sole and not found.is_of(user):
        return ""
    secrets = unusable_keys.refresh_keys(signing_keys.ring_with_keys(issuer), issuer)
    device_id = known.id if known is not None else randomness.secret()[:ID_BYTES]
    name = NO_NAME if found.sole else _name(secrets, device_id, issuer, typed)
    use = known.use if known is not None else Use.CREDENTIAL
    return _make(use, secrets, device_id, issuer, user, name, clock.seconds(), found)


@sensitive_variables()
def tokens_of_others(shown: Iterable[str], issuer: str, user: Any) -> list[str]:
    """The credentials of the other accounts of a browser, which a login of `user` there leaves in place.

    Ours come before those that we cannot open (of another issuer on the same host), so that nothing made up pushes
    out what is good.
    """
    ours, others = [], []
    for text in list(shown)[:MOST]:
        encrypted = _well_formed(text)
        if encrypted is None or encrypted.use not in CREDENTIALS:
            continue
        _, device = _open(text, issuer, *CREDENTIALS)
        if device is None:
            others.append(text)
        elif device.user != str(user.pk) and clock.seconds() < device.timestamp + GOOD_FOR:
            ours.append(text)
    return (ours + others)[: MOST - 1]


def make_unlock_token(issuer: str, user: Any) -> str:
    """An unlock token for an owner who is locked out: it works once, within two hours."""
    require_user(user)
    secrets = unusable_keys.refresh_keys(signing_keys.ring_with_keys(issuer), issuer)
    ends = clock.seconds() + PASS_LIVES
    return _make(Use.UNLOCK, secrets, randomness.secret()[:ID_BYTES], issuer, user, NO_NAME, ends)


@sensitive_variables()
def redeem_unlock_token(text: str, issuer: str, username: str) -> str | None:
    """The known-device token for a valid unlock token.

    None for one that is used, too old, not for the account that `username` finds, or made before its password was
    changed or it was logged out everywhere.
    """
    secrets, device = _open(text, issuer, Use.UNLOCK)
    if device is None or secrets is None or clock.seconds() >= device.timestamp:
        return None
    found = accounts.find(username)
    user = found.user
    if user is None or device.user != str(user.pk) or not getattr(user, "is_active", True):
        return None
    if not hmac.compare_digest(device.state, digest(secrets, device.id, "tie", *_state(issuer, user))):
        return None
    expires_at = (device.timestamp + 60) * SECOND
    if not revocations.add("token", f"pass:{device.id.hex()}", expires_at, "used"):
        return None
    maker = unusable_keys.refresh_keys(signing_keys.ring_with_keys(issuer), issuer)
    return _make(Use.UNLOCKED, maker, randomness.secret()[:ID_BYTES], issuer, user, NO_NAME, clock.seconds())


def account_fingerprint(issuer: str, user: Any) -> str:
    """A string that changes when a user's credentials end; all that are good now are counted under it."""
    require_user(user)
    return _fingerprint(_state(issuer, user))


def groups(issuer: str, user: Any) -> tuple[str, str]:
    """What all known devices of a user are counted under now: those of a login, and those that were unlocked."""
    found = account_fingerprint(issuer, user)
    return _grouped(found, Use.CREDENTIAL), _grouped(found, Use.UNLOCKED)


def fingerprint_in(state: IssuerState, issuer: str, user: Any) -> str:
    """The same, by the state of issuer and user that was read just before."""
    return _fingerprint(_state_in(state, issuer, user))


def _make(
    use: Use,
    secrets: RefreshKeys,
    device_id: bytes,
    issuer: str,
    user: Any,
    name: bytes,
    timestamp: int,
    found: Account | None = None,
) -> str:
    if len(str(user.pk).encode()) > USER_BYTES:
        return ""
    mac = digest(secrets, device_id, "tie", *_state(issuer, user, found))
    return Device(use, secrets.key_id, device_id, str(user.pk), name, mac, timestamp).encode(secrets)


def _state(issuer: str, user: Any, found: Account | None = None) -> tuple[bytes, ...]:
    """What a credential ends with: the issuer's and the user's epoch, and the password, however often rehashed.

    It is read unless it was read beside the account `found`.
    """
    state = (found.state_for(user, issuer) if found is not None else None) or issuers.state(issuer, user.pk)
    return _state_in(state, issuer, user)


def _state_in(state: IssuerState, issuer: str, user: Any) -> tuple[bytes, ...]:
    now = fingerprint(user)
    if state.rehashed_fingerprint and hmac.compare_digest(now, state.rehashed_fingerprint):
        now = state.password_fingerprint
    epochs = f"{state.epoch} {state.user_epoch}"
    return issuer.encode(), accounts.key_of(user).encode(), epochs.encode(), now


def _group(device: Device, state: tuple[bytes, ...]) -> str:
    """Those that came by mail are counted separately, so that stolen tokens cannot block the owner's new one."""
    return _grouped(_fingerprint(state), device.use)


def _grouped(fingerprint: str, use: Use) -> str:
    return f"{fingerprint} {use.name}"


def _fingerprint(state: tuple[bytes, ...]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in state)).hexdigest()


def _name(secrets: RefreshKeys, device_id: bytes, issuer: str, typed: str) -> bytes:
    return digest(secrets, device_id, "name", issuer.encode(), typed.encode())


def _well_formed(text: str) -> EncryptedDevice | None:
    try:
        return read(text)
    except MalformedToken:
        return None


@sensitive_variables()
def _open(text: str, issuer: str, *uses: Use) -> tuple[RefreshKeys | None, Device | None]:
    """The credential and the keys it was made with; nothing for what we did not make, or made for another use."""
    encrypted = _well_formed(text)
    if encrypted is None or encrypted.use not in uses:
        return None, None
    secrets = signing_keys.ring(issuer).refresh.get(encrypted.key_id)
    return secrets, encrypted.decrypt(secrets) if secrets is not None else None
