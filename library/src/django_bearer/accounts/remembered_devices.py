"""Remembered devices: where a password alone logs in a user who has shown a second factor on that device before.

One ends with its time, which no use prolongs, with the password, with any change of the second factors, with a logout
everywhere and with the issuer's epoch; its user sees it and ends it alone. It takes the place of the second factor at
a login, and of nothing else. A session that began on one lasts no longer than it is remembered.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..database import aliases, issuers, signing_keys, unusable_keys
from ..database.conflicts import retry_on_conflict
from ..database.issuers import IssuerState
from ..errors import MalformedToken
from ..models import RememberedDevice
from ..primitives.clock import SECOND
from ..tokens import remembered_device
from ..tokens.refresh_token import TokenDelivery
from . import known_devices, second_factor
from .single_use_tokens import SingleUseTokens

TOKENS = SingleUseTokens(RememberedDevice, remembered_device.digest_of)
MOST = 5
"""Tokens of one request that are looked at: the accounts of one browser."""
MOST_OF_USER = 20
"""Devices of one user that are remembered; the oldest is forgotten."""
MAX_WORDS = 100
STOOD_FOR_FACTOR = "remembered_device"
"""In the extras of a session: the id of the device that stood for the second factor."""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device that is about to be remembered: its token, and its row, which is not stored yet.

    `replaced` are the digests of the user's own tokens that the device had before, `others` its tokens of others.
    """

    token: str = field(repr=False)
    lifetime: int
    row: RememberedDevice = field(repr=False)
    replaced: tuple[bytes, ...] = field(repr=False)
    others: tuple[str, ...] = field(repr=False)


def lifetime() -> int:
    """For how many seconds a device is remembered; 0 where the project remembers none."""
    found = conf.current()
    return 0 if found.second_factor is None else found.remembered_device_lifetime


def may_be_remembered(first: frozenset[str]) -> bool:
    """Whether a login whose first step showed these methods may be remembered, or left without a second factor. Pure.

    The first step has to be a factor by itself: a mailed link or code is none, so that a mailbox and a device that
    is left somewhere do not add up to a login (NIST 800-63B-4 section 3.1.3.1).
    """
    return bool(first & second_factor.FIRST_FACTORS)


@sensitive_variables()
def prepare(
    user: Any,
    issuer: str,
    client_id: str,
    delivery: TokenDelivery,
    seen: Mapping[str, str],
    shown: Iterable[str] = (),
) -> NewDevice | None:
    """A token for the device on which `user` has just shown a second factor, and the row that makes it good.

    `shown` are the tokens that the device has. None where devices are not remembered, or the factors cannot say what
    they are.
    """
    seconds, factors = lifetime(), second_factor.fingerprint(user) if lifetime() else ""
    if not seconds or not factors:
        return None
    keys = unusable_keys.refresh_keys(signing_keys.ring_with_keys(issuer), issuer)
    text, digest = remembered_device.new(keys, issuer, delivery)
    now = issuers.now()
    row = RememberedDevice(
        digest=digest,
        user_id=user.pk,
        issuer=issuer,
        client_id=client_id,
        account=known_devices.account_fingerprint(issuer, user),
        factors=factors,
        device=str(seen.get("device", ""))[:MAX_WORDS],
        network=str(seen.get("where", ""))[:MAX_WORDS],
        created_at=now,
        last_used_at=now,
        expires_at=now + seconds * SECOND,
    )
    before = {_proven(one, issuer, delivery): one for one in list(shown)[:MOST]}
    before.pop(b"", None)
    rows = RememberedDevice.objects.using(aliases.sessions_alias()).filter(digest__in=list(before))
    whose = dict(rows.values_list("digest", "user_id")) if before else {}
    own = tuple(bytes(one) for one, user_id in whose.items() if user_id == user.pk)
    others = tuple(before[bytes(one)] for one, user_id in whose.items() if user_id != user.pk)
    return NewDevice(text, seconds, row, own, others)


def store(new: NewDevice) -> None:
    """Remember the device from now on, and forget the oldest of its user beyond `MOST_OF_USER`."""
    row = new.row
    rows = RememberedDevice.objects.using(aliases.sessions_alias())
    retry_on_conflict(lambda: row.save(using=rows.db, force_insert=True))
    older = rows.filter(user_id=row.user_id).order_by("-created_at", "pk").values_list("pk", flat=True)
    if new.replaced:
        retry_on_conflict(lambda: rows.filter(user_id=row.user_id, digest__in=new.replaced).delete())
    over = list(older[MOST_OF_USER : 2 * MOST_OF_USER])
    if over:
        retry_on_conflict(lambda: rows.filter(pk__in=over).delete())
    details = {"device": row.device}
    events.publish(
        events.EventKind.DEVICE_REMEMBERED, user_id=str(row.user_id), client_id=row.client_id, details=details
    )


@sensitive_variables()
def find(
    shown: Iterable[str], issuer: str, user: Any, client_id: str, delivery: TokenDelivery
) -> RememberedDevice | None:
    """The remembered device of this user that one of these tokens proves; None when none does.

    A token of a page's cookie is none in a body, and one of another client is none here. Nothing is read for what we
    have not made.
    """
    if not lifetime():
        return None
    digests = [digest for text in list(shown)[:MOST] if (digest := _proven(text, issuer, delivery))]
    if not digests:
        return None
    state = issuers.state(issuer, user.pk)
    row = live(user, issuer, state).filter(client_id=client_id, digest__in=digests).first()
    if row is not None:
        row.last_used_at = state.now  # for `note_use`
    return row


def live(user: Any, issuer: str, state: IssuerState | None = None) -> QuerySet[RememberedDevice]:
    """The devices on which this user is not asked for a second factor now. `state` is what was read just before."""
    rows = RememberedDevice.objects.using(aliases.sessions_alias())
    factors = second_factor.fingerprint(user) if lifetime() and getattr(user, "is_active", True) else ""
    if not factors:
        return rows.none()
    state = state or issuers.state(issuer, user.pk)
    account = known_devices.fingerprint_in(state, issuer, user)
    longest = state.now - lifetime() * SECOND  # a setting that was shortened holds for those of before
    return rows.filter(
        user_id=user.pk,
        issuer=issuer,
        account=account,
        factors=factors,
        expires_at__gt=state.now,
        created_at__gt=longest,
    )


def is_live(user: Any, issuer: str, device_id: str) -> bool:
    """Whether this user's device of that id is one on which no second factor is asked for now."""
    try:
        rows = live(user, issuer).filter(pk=uuid.UUID(device_id))
    except ValueError:
        return False
    return bool(rows.exists())


def note_use(row: RememberedDevice) -> None:
    """Note that the device, which `find` has just returned, was shown with a right password."""
    rows = RememberedDevice.objects.using(aliases.sessions_alias()).filter(pk=row.pk)
    retry_on_conflict(lambda: rows.update(last_used_at=row.last_used_at))


def end(user: Any, issuer: str, device_id: uuid.UUID) -> bool:
    """Forget one device of this user; False for any other."""
    rows = live(user, issuer).filter(pk=device_id)
    if not retry_on_conflict(lambda: bool(rows.delete()[0])):
        return False
    details = {"cause": "ended_by_user"}
    events.publish(events.EventKind.REMEMBERED_DEVICE_ENDED, user_id=str(user.pk), details=details)
    return True


@sensitive_variables()
def _proven(text: str, issuer: str, delivery: TokenDelivery) -> bytes:
    """The digest of a token that we have made for this issuer and delivery; empty for any other text."""
    try:
        token = remembered_device.read(text)
    except MalformedToken:
        return b""
    keys = signing_keys.ring(issuer).refresh.get(token.key_id)
    good = keys is not None and token.delivery is delivery and token.is_proven(keys, issuer)
    return token.digest if good else b""
