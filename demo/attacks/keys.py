"""Signing keys: rotated in peace, revoked in an emergency, by an operator in another process than the server."""

from __future__ import annotations

from io import StringIO
from typing import Any

import jwt

from demo.attacks.board import Chapter, Outcome
from demo.attacks.stage import Stage, refused, said

TITLE = "Keys"
STEPS = Chapter()


@STEPS.step(
    "Key rotation",
    tried="manage.py bearer_keys publish, then activate; call with a token of each key",
    expected="both keys are published, the new one signs, and tokens of both are good: 200 and 200",
)
def rotation(stage: Stage) -> Outcome:
    before = stage.device("ann")
    new = _manage("publish").split()[1]
    published = [key["kid"] for key in _jwks(stage)]
    _manage("activate", new)
    after = stage.device("ann")
    old_call, new_call = stage.notes(before.access), stage.notes(after.access)
    good = _kid(after.access) == new != _kid(before.access) and {new, _kid(before.access)} <= set(published)
    came = f"{len(published)} keys published; old token {said(old_call)}, new token {said(new_call)}"
    return came, good and old_call.status_code == new_call.status_code == 200


@STEPS.step(
    "Emergency: a key has leaked",
    tried="manage.py bearer_keys revoke; call with a token of that key; refresh; call; look at the key set",
    expected="401 at once; 200 with a token of the next key: nobody has to log in again; the key is off the set",
)
def revoked(stage: Stage) -> Outcome:
    device = stage.device("ann")
    leaked = _kid(device.access)
    before = stage.notes(device.access)
    _manage("revoke", leaked)
    dead, fresh = stage.notes(device.access), stage.refresh(device.refresh).json()["access_token"]
    alive = stage.notes(fresh)
    gone = leaked not in [key["kid"] for key in _jwks(stage)]
    came = f"{said(before)} before; {said(dead)}; {said(alive)}; the key is {'gone' if gone else 'still there'}"
    good = before.status_code == alive.status_code == 200 and refused(dead) and _kid(fresh) != leaked
    return came, good and gone


def _manage(*arguments: str) -> str:
    """What `manage.py bearer_keys` says."""
    from django.core.management import call_command

    events_of = StringIO()
    call_command("bearer_keys", *arguments, stdout=events_of)
    return events_of.getvalue()


def _jwks(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.http.get("/.well-known/jwks.json").json()["keys"]
    return found


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])
