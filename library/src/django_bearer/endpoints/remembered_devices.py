"""My remembered devices: a user sees where no second factor is asked for, and ends what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from .. import conf
from ..accounts import remembered_devices
from ..accounts.principal import Principal
from ..errors import NotFound
from ..http import authentication
from ..http.challenge import NO_STORE, Answer
from ..http.public_views import checks_credentials
from ..models import RememberedDevice
from ..primitives.clock import SECOND
from ..sessions import remembered_sessions
from .base import endpoint, no_body, unwrap
from .recent_login import require_user_themselves


def list_remembered_devices(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """The devices of the user whose access token this request carries, the last used first; never their tokens."""
    principal: Principal = unwrap(authentication.require_session(request))
    rows = remembered_devices.live(principal.user, conf.issuer(request)).order_by("-last_used_at", "pk")
    return Answer(200, {"remembered_devices": [_described(row) for row in rows]}, NO_STORE)


def end_remembered_device(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Ask for the second factor there again, and end what began there without it; 404 for any other. It takes no
    recent login, since it only asks more. Staff who acts for the user ends none."""
    principal = require_user_themselves(request)
    if not remembered_devices.end(principal.user, conf.issuer(request), members["device_id"]):
        raise NotFound("no remembered device of this user has that id")
    remembered_sessions.end_of_device(principal.user, members["device_id"])
    return Answer(204, None, NO_STORE)


def _described(row: RememberedDevice) -> dict[str, Any]:
    """One device. Timestamps are seconds since 1970."""
    return {
        "id": str(row.pk),
        "client_id": row.client_id,
        "device": row.device,
        "where": row.network,
        "created_at": row.created_at // SECOND,
        "last_used_at": row.last_used_at // SECOND,
        "expires_at": row.expires_at // SECOND,
    }


remembered_devices_view = checks_credentials(endpoint(list_remembered_devices, no_body, "GET"))
remembered_device_view = checks_credentials(endpoint(end_remembered_device, no_body, "DELETE"))
