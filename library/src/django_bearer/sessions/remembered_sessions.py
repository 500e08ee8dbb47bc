"""Sessions that began on a remembered device, without the second factor: they last no longer than it is remembered.

The device stood for the factor. Once its user has ended it, its time is over or the factors are others, nothing
stands for it any more. A step-up with the factor makes such a session one like any other.
"""

from __future__ import annotations

import uuid
from typing import Any

from ..accounts import remembered_devices
from ..accounts.second_factor import REMEMBERED
from ..database import aliases
from ..database.session_read import SessionRow
from ..errors import Failure, SessionEnded, TemporarilyUnavailable
from ..models import Session
from . import revocation

CAUSE = "remembered_device_ended"


def refusal(row: SessionRow, issuer: str) -> Failure | None:
    """Why a session is not refreshed, or None. It has ended then. A factor that fails has decided nothing."""
    if REMEMBERED not in row.amr.split():
        return None
    try:
        device_id = str((row.extras or {}).get(remembered_devices.STOOD_FOR_FACTOR, ""))
        if remembered_devices.is_live(row.user, issuer, device_id):
            return None
    except TemporarilyUnavailable as error:
        return Failure(TemporarilyUnavailable, str(error))
    revocation.end_session(row.id, CAUSE)
    return Failure(SessionEnded, "the device that stood for the second factor is not remembered any more")


def end_of_device(user: Any, device_id: uuid.UUID) -> None:
    """End what began on a device that its user has just ended, at once and not only at the next refresh."""
    rows = Session.objects.using(aliases.sessions_alias()).filter(user_id=user.pk, revoked_at__isnull=True)
    began = rows.filter(amr__contains=REMEMBERED).values_list("pk", "amr", "extras")
    for session_id, amr, extras in began:
        if REMEMBERED in amr.split() and (extras or {}).get(remembered_devices.STOOD_FOR_FACTOR) == str(device_id):
            revocation.end_session(session_id, CAUSE, owner=str(user.pk))
