"""Diagnosis of one account: how full its login limits are. Nothing is counted or written, and no password is tried.

It shows whether somebody is guessing at the account (`manage.py bearer_doctor --user`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from ..accounts import known_devices, lookup
from ..database import known_issuers
from ..database.rate_limit_counters import Filling
from ..errors import BearerError
from ..primitives.clock import SECOND
from ..rate_limits import limiter, rules
from ..rate_limits.rules import Bucket
from . import client_address
from .client_address import Address
from .diagnosis import Finding

STEP = "login limit"
_SAID = {
    "login-address": "this address, whatever name it tries",
    "login-network": "the network around this address, whatever names it tries",
    "login-address-account": "this name from this address",
    "login-address-user": "this account from this address, by whatever name",
    "login-account": "this name from all addresses",
    "login-user": "this account from all addresses, by whatever name",
    "login-devices": "all known devices of this account",
}
_OF_ADDRESSES = (
    "Logins from known devices go on. On a new device let the owner in with an unlock token: see the guide"
    " 'Let an owner log in while their account is attacked'. No attempt is counted while the limit is reached."
)
_QUIET = f"A login under another name than those that filled it is answered like a wrong password. {_OF_ADDRESSES}"
_OF_DEVICES = (
    "Somebody may have a known-device token of the account. A logout everywhere or another password ends it, and"
    " starts a new count."
)
_HINTS = {"login-address-user": _QUIET, "login-user": _QUIET, "login-devices": _OF_DEVICES}


def account(name: str, address: Address | None = None) -> Iterator[Finding]:
    """Whom a name finds, and how full the limits of logins with it are.

    `name` is what is typed at the login. `address` is that of the client; without it, what counts by address is left
    out.
    """
    found = lookup.find(name)
    if found.user is None:
        said = f"no account is found by {name!r}; attempts with the name are counted all the same"
        yield Finding("user", None, said, "A backend of the project's own may find one.")
    else:
        active = "active" if getattr(found.user, "is_active", True) else "not active: nobody logs in to it"
        yield Finding("user", None, f"{found.user.get_username()} is user {found.user.pk}, {active}")
    try:
        yield from _levels(_of_unknown_devices(name, found.key, address))
        for issuer in known_issuers.with_keys() if found.user is not None else ():
            groups = known_devices.groups(issuer, found.user)
            yield from _levels((rules.of_known_devices(group) for group in groups), f", at {issuer}", used=True)
    except BearerError as error:
        yield Finding(STEP, False, f"the counters cannot be read: {error}", "Run this where the server runs.")


def _of_unknown_devices(name: str, key: str, address: Address | None) -> list[Bucket]:
    """What an attempt from a device that nobody knows is counted in, but for what is counted twice."""
    if address is None:
        buckets = rules.login_without_source(name, key).buckets
    else:
        buckets = rules.login(client_address.prefix(address), name, key, client_address.network(address)).buckets
    return [one for one in buckets if one.name in _SAID and (key or not one.name.endswith("-user"))]


def _levels(buckets: Iterable[Bucket], where: str = "", used: bool = False) -> Iterator[Finding]:
    """One finding for each window; `used` leaves those out in which nothing is counted."""
    for bucket, filling in limiter.fillings(buckets):
        if filling.level.used or not used:
            full = bool(filling.level.wait)
            hint = _HINTS.get(bucket.name, _OF_ADDRESSES) if full else ""
            yield Finding(STEP, not full, f"{_SAID[bucket.name]}{where}: {_told(filling)}", hint)


def _told(filling: Filling) -> str:
    window = filling.level.window
    said = f"{filling.level.used} of {window.amount} attempts in {_length(window.seconds)}"
    if filling.recent:
        said += f", {filling.recent} of them since {_time(filling.since)}"
    return f"{said}. Room for the next from {_time(filling.wait_until)} on" if filling.wait_until else said


def _length(seconds: int) -> str:
    for unit, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % unit == 0:
            count = seconds // unit
            return f"{count} {word}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"


def _time(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds / SECOND, UTC):%Y-%m-%d %H:%M} UTC"
