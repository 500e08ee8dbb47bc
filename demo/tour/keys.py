"""Signing keys: rotated in peace, revoked in an emergency, by an operator in another process than the server."""

from __future__ import annotations

from typing import Any

import jwt

from demo.tour.board import Chapter, Outcome
from demo.tour.stage import Stage, refused, said

TITLE = "Keys"
STEPS = Chapter()


@STEPS.step(
    "Key rotation",
    tried="publish a second key, make it active, retire the first; call with a token of each",
    expected="both keys are published, the new one signs, and tokens of both are good: 200 and 200",
)
def rotation(stage: Stage) -> Outcome:
    from django_bearer.keys.keyring import KeyState
    from django_bearer.storage import keys

    issuer, before = stage.server.url, stage.device("ann")
    new = keys.add(issuer, KeyState.PUBLISHED)
    published = [key["kid"] for key in _jwks(stage)]
    keys.set_state(issuer, new, KeyState.ACTIVE)
    keys.set_state(issuer, _kid(before.access), KeyState.RETIRED)
    after = stage.device("ann")
    old_call, new_call = stage.notes(before.access), stage.notes(after.access)
    good = _kid(after.access) == new != _kid(before.access) and {new, _kid(before.access)} <= set(published)
    came = f"{len(published)} keys published; old token {said(old_call)}, new token {said(new_call)}"
    return came, good and old_call.status_code == new_call.status_code == 200


@STEPS.step(
    "Emergency: a key has leaked",
    tried="revoke_key(kid) in another process; call with a token of that key; refresh; call; look at the key set",
    expected="401 at once; 200 with a token of the next key: nobody has to log in again; the key is off the set",
)
def revoked(stage: Stage) -> Outcome:
    from django_bearer import revoke_key

    device = stage.device("ann")
    leaked = _kid(device.access)
    before = stage.notes(device.access)
    revoke_key(leaked)
    dead, fresh = stage.notes(device.access), stage.refresh(device.refresh).json()["access_token"]
    alive = stage.notes(fresh)
    gone = leaked not in [key["kid"] for key in _jwks(stage)]
    came = f"{said(before)} before; {said(dead)}; {said(alive)}; the key is {'gone' if gone else 'still there'}"
    good = before.status_code == alive.status_code == 200 and refused(dead) and _kid(fresh) != leaked
    return came, good and gone


def _jwks(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.http.get("/.well-known/jwks.json").json()["keys"]
    return found


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])
