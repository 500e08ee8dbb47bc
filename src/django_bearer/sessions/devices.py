"""Devices: telling one that has logged in to an account before from a stranger, without a row for either.

A device credential is MACed under the key ring, names its account by a keyed hash, and is good for one thing only:
attempts from it are counted by themselves. So nobody can lock an owner out of a device that is known, and whoever
steals the credential has bought a few guesses an hour.
"""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from .. import clock, entropy
from ..clock import SECOND
from ..errors import Malformed
from ..storage import keys, revoked, unusable_keys
from ..tokens.device import ID_BYTES, Device, Use, account_name, read

GOOD_FOR = 400 * 86_400
"""Seconds for which a device stays known after its last full login."""
PASS_LIVES = 900
"""Seconds within which a mailed pass must be used."""


@sensitive_variables()
def recognise(text: str, issuer: str, account: str) -> Device | None:
    """The device, if this credential was handed to it for this account and is not too old; None for anything else.

    `account` is `known_as` of an `Account`. No query is made.
    """
    device = _proven(text, issuer, account, Use.CREDENTIAL)
    return device if device is not None and clock.seconds() < device.moment + GOOD_FOR else None


@sensitive_variables()
def hand_out(issuer: str, account: str, known: Device | None = None) -> str:
    """A credential for the device that has just logged in to this account; a known device keeps its name."""
    maker = unusable_keys.refresh_maker(keys.begun(issuer), issuer)
    name = known.id if known is not None else entropy.secret()[:ID_BYTES]
    owner = account_name(maker, issuer, account)
    return Device(Use.CREDENTIAL, maker.key_id, name, owner, clock.seconds()).encode(maker)


def make_pass(issuer: str, account: str) -> str:
    """A pass for an owner who is locked out: good once, for 15 minutes, for a credential and nothing else."""
    maker = unusable_keys.refresh_maker(keys.begun(issuer), issuer)
    owner = account_name(maker, issuer, account)
    ends = clock.seconds() + PASS_LIVES
    return Device(Use.PASS, maker.key_id, entropy.secret()[:ID_BYTES], owner, ends).encode(maker)


@sensitive_variables()
def redeem_pass(text: str, issuer: str, account: str) -> str | None:
    """The credential for a pass that is good; None for one that is used, too old, or not for this account."""
    found = _proven(text, issuer, account, Use.PASS)
    if found is None or clock.seconds() >= found.moment:
        return None
    forget_at = (found.moment + 60) * SECOND
    return hand_out(issuer, account) if revoked.add("token", f"pass:{found.id.hex()}", forget_at, "used") else None


@sensitive_variables()
def _proven(text: str, issuer: str, account: str, use: Use) -> Device | None:
    try:
        presented = read(text)
    except Malformed:
        return None
    device = presented.device
    secrets = keys.ring(issuer).refresh.get(device.key_id)
    if secrets is None or not presented.is_issued_by(secrets) or device.use is not use:
        return None
    return device if device.account == account_name(secrets, issuer, account) else None
