"""A token for a call: the one at hand, that of another process, or a new one. Pure but for the store."""

from __future__ import annotations

from . import clock, randomness
from .answers import Done, Ended, Fail, Retry, next_step
from .errors import NotLoggedIn
from .failures import failure
from .keeper import LOCK_WAIT, POLL, Keeper
from .steps import Flow, Wait, post
from .tokens import Tokens


def access_token(keeper: Keeper, body: dict[str, object], refused: str | None = None) -> Flow[str]:
    """The access token for a call; `refused` is one that the API did not accept, and `body` names the client.

    One caller refreshes, of all threads, tasks and processes that share the store. Who waits meanwhile looks at what
    the other got. A token that still lives is used where nobody can be asked.

    Raises `NotLoggedIn`, `SessionEnded`, `Unreachable`, another refusal of the server, or `TokenFileError`.
    """
    until = clock.monotonic() + LOCK_WAIT
    while True:
        if token := keeper.usable(refused):
            return token
        if error := keeper.paused():
            if token := keeper.still_living(refused):
                return token
            raise error
        if keeper.store.try_lock():
            break
        if token := keeper.still_living(refused):
            return token  # another one renews it just now
        if clock.monotonic() > until:
            yield from keeper.locked()  # waits no longer than as long again, and says why
            break
        yield Wait(POLL)
    try:
        tokens = keeper.reload()
        if token := keeper.usable(refused):
            return token
        return (yield from _renewed(keeper, tokens, body, refused)).access_token
    finally:
        keeper.store.unlock()


def _renewed(keeper: Keeper, tokens: Tokens, body: dict[str, object], refused: str | None) -> Flow[Tokens]:
    """Refresh, with the lock held."""
    if not tokens.refresh_token:
        raise NotLoggedIn("There is no session. Call login first.")
    tokens = keeper.with_retry_key(tokens)
    sent = {**body, "refresh_token": tokens.refresh_token, "retry_key": tokens.retry_key}
    attempt = 0
    while True:
        attempt += 1
        answer = yield from post("refresh/", sent)
        match next_step(answer, attempt, randomness.chance()):
            case Done():
                renewed = tokens.renewed(answer.members, clock.now())
                keeper.save(renewed)
                keeper.pause_error = None
                return renewed
            case Ended():
                keeper.save(tokens.ended())
                raise failure(answer)
            case Retry(after):
                yield Wait(after)
            case Fail(pause):
                error = failure(answer)
                keeper.pause(pause, error)
                if keeper.still_living(refused):
                    return tokens
                raise error
