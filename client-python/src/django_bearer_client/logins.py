"""Login, its second step, and logout. Pure but for the store."""

from __future__ import annotations

from . import clock
from .failures import failure
from .keeper import Keeper
from .steps import Flow, post
from .tokens import is_grant


def login(keeper: Keeper, body: dict[str, object], path: str = "login/") -> Flow[None]:
    """Send a login, or its second step, and store the tokens of the answer.

    It is sent once: each one counts as an attempt. The session before ends. The lock is held meanwhile, so that no
    refresh of that session overwrites the new one.
    """
    yield from keeper.locked()
    try:
        tokens = keeper.reload()
        known = {"known_device_token": tokens.known_device_token} if tokens.known_device_token else {}
        answer = yield from post(path, {**body, **known})
        if answer.status != 200 or not is_grant(answer.members) or "refresh_token" not in answer.members:
            raise failure(answer)
        keeper.save(tokens.ended().renewed(answer.members, clock.now()))
        keeper.pause_error = None
        if tokens.refresh_token:  # nobody has the session before any more; if this is lost, it ends by itself
            client: dict[str, object] = {name: body[name] for name in ("client_id", "client_secret") if name in body}
            yield from post("logout/", {**client, "refresh_token": tokens.refresh_token})
    finally:
        keeper.store.unlock()


def logout(keeper: Keeper, body: dict[str, object]) -> Flow[None]:
    """End the session, and forget its tokens once the server has confirmed that. Without one nothing is sent."""
    yield from keeper.locked()
    try:
        tokens = keeper.reload()
        if tokens.refresh_token:
            answer = yield from post("logout/", {**body, "refresh_token": tokens.refresh_token})
            if answer.status != 204 and answer.code != "session_ended":
                raise failure(answer)
            keeper.save(tokens.ended())
    finally:
        keeper.store.unlock()
