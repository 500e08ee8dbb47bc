"""Login, its second step, logout, and logout everywhere. Pure but for the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import clock
from .errors import TokenFileError
from .failures import failure
from .keeper import Keeper
from .steps import Flow, post
from .tokens import Tokens, is_grant, tokens_in


@dataclass(frozen=True, slots=True)
class Step:
    """One request that may complete a login, and how the client names itself to end the session before."""

    path: str
    body: Mapping[str, object] = field(repr=False)
    client: Mapping[str, object] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def login(keeper: Keeper, step: Step) -> Flow[Mapping[str, object]]:
    """Send a login, or a step of it, store the tokens of the answer, and return what the answer has beside them.

    It is sent once: each one counts as an attempt. The session before ends. The lock is held meanwhile, so that no
    refresh of that session overwrites the new one.
    """
    yield from keeper.locked()
    try:
        tokens = keeper.reload()
        known = {"known_device_token": tokens.known_device_token} if tokens.known_device_token else {}
        answer = yield from post(step.path, {**step.body, **known}, step.headers)
        members = tokens_in(answer.members)
        if answer.status != 200 or not is_grant(members) or "refresh_token" not in members:
            raise failure(answer)
        _save(keeper, tokens.ended().renewed(members, clock.now()), members)
        keeper.pause_error = None
        if tokens.refresh_token:  # nobody has the session before any more; if this is lost, it ends by itself
            yield from post("logout/", {**step.client, "refresh_token": tokens.refresh_token})
        return members
    finally:
        keeper.store.unlock()


def _save(keeper: Keeper, tokens: Tokens, members: Mapping[str, object]) -> None:
    """Store the tokens. What a new factor shows this once reaches the caller although the file cannot be written."""
    try:
        keeper.save(tokens)
    except TokenFileError as error:
        error.members = {name: members[name] for name in ("recovery_codes",) if name in members}
        raise


def logout(keeper: Keeper, body: Mapping[str, object]) -> Flow[None]:
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


def logout_everywhere(keeper: Keeper, token: Flow[str]) -> Flow[None]:
    """End all sessions and API tokens of the user by an access token, and forget the tokens of its session.

    A login of meanwhile, by another process, is not touched: neither there nor here.
    """
    before = keeper.reload().session_id
    access = yield from token
    after = keeper.reload().session_id
    answer = yield from post("logout-everywhere/", {}, {"Authorization": f"Bearer {access}"})
    if answer.status != 204:
        raise failure(answer)
    yield from keeper.locked()
    try:
        tokens = keeper.reload()
        if tokens.session_id == before == after:  # whose access token was sent
            keeper.save(tokens.ended())
    finally:
        keeper.store.unlock()
