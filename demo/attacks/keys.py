"""Signing keys: an operator rotates them, and revokes one in an emergency, in another process than the server."""

from __future__ import annotations

from typing import Any

import jwt

from demo.attacks.commands import manage
from demo.attacks.context import Context, refused, said
from demo.attacks.report import Chapter, Outcome

TITLE = "Keys"
STEPS = Chapter()


@STEPS.step(
    "Key rotation",
    tried="manage.py bearer_keys publish, then activate; call with a token of each key",
    expected="both keys are published, the new one signs, and tokens of both are good: 200 and 200",
)
def rotation(context: Context) -> Outcome:
    before = context.device("ann")
    new = manage("bearer_keys", "publish").split()[1]
    published = [key["kid"] for key in _jwks(context)]
    manage("bearer_keys", "activate", new)
    after = context.device("ann")
    old_call, new_call = context.notes(before.access), context.notes(after.access)
    good = _kid(after.access) == new != _kid(before.access) and {new, _kid(before.access)} <= set(published)
    came = f"{len(published)} keys published; old token {said(old_call)}, new token {said(new_call)}"
    return came, good and old_call.status_code == new_call.status_code == 200


@STEPS.step(
    "Emergency: a key has leaked",
    tried="manage.py bearer_keys revoke; call with a token of that key; refresh; call; look at the key set",
    expected="401 at once; 200 with a token of the next key: nobody has to log in again; the key is off the set",
)
def revoked(context: Context) -> Outcome:
    device = context.device("ann")
    leaked = _kid(device.access)
    before = context.notes(device.access)
    manage("bearer_keys", "revoke", leaked)
    rejected, fresh = context.notes(device.access), context.refresh(device.refresh).json()["access_token"]
    accepted = context.notes(fresh)
    gone = leaked not in [key["kid"] for key in _jwks(context)]
    came = (
        f"{said(before)} before; {said(rejected)}; {said(accepted)}; the key is {'gone' if gone else 'still there'}"
    )
    good = before.status_code == accepted.status_code == 200 and refused(rejected) and _kid(fresh) != leaked
    return came, good and gone


def _jwks(context: Context) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = context.http.get("/.well-known/jwks.json").json()["keys"]
    return found


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])
