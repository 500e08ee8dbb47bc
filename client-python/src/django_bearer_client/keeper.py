"""What this process knows of the session: a copy of the tokens, and until when a failure is not tried again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import clock, randomness
from .errors import ClientError, TokenFileError
from .steps import Flow, Wait
from .stores import TokenStore
from .tokens import Tokens

POLL = 0.02
"""Seconds between two looks at a lock that somebody else has."""
LOCK_WAIT = 180.0
"""Seconds to wait for the lock. Nobody has it for longer than three attempts to refresh take."""


@dataclass
class Keeper:
    """The tokens of one API and one client, over a store."""

    api: str
    client_id: str
    store: TokenStore
    tokens: Tokens | None = None
    paused_until: float = 0.0
    """In seconds of the clock that never runs backwards."""
    pause_error: ClientError | None = None

    def reload(self) -> Tokens:
        """What is stored. Raises `TokenFileError` for tokens of another API or client: this one never gets them."""
        found = self.store.load()
        if found is None:
            found = Tokens(self.api, self.client_id)
        if (found.api, found.client_id) != (self.api, self.client_id):
            raise TokenFileError("The stored tokens are of another API or client. Give each a file of its own.")
        self.tokens = found
        return found

    def save(self, tokens: Tokens) -> None:
        """Store first, and know it then: what was not stored is not used."""
        self.store.save(tokens)
        self.tokens = tokens

    def usable(self, refused: str | None) -> str | None:
        """The access token at hand, if it is good for a call and not the one that the API refused."""
        found = self.tokens
        if found is None or not found.is_fresh(clock.now()) or found.access_token == refused:
            return None
        return found.access_token

    def still_living(self, refused: str | None) -> str | None:
        """The access token at hand, though it is about to expire."""
        found = self.tokens
        if found is None or not found.lives(clock.now()) or found.access_token == refused:
            return None
        return found.access_token

    def pause(self, seconds: float, error: ClientError) -> None:
        """Ask nobody for so many seconds."""
        self.paused_until, self.pause_error = clock.monotonic() + seconds, error

    def paused(self) -> ClientError | None:
        """Why nobody is asked now, if so: an error of the same kind, for one caller."""
        if self.pause_error is None or clock.monotonic() >= self.paused_until:
            return None
        told = type(self.pause_error)(*self.pause_error.args)
        told.status, told.members = self.pause_error.status, self.pause_error.members
        told.retry_after = max(0.0, self.paused_until - clock.monotonic())
        return told

    def with_retry_key(self, tokens: Tokens) -> Tokens:
        """With a stored key, so that the answer to the refresh that follows can be asked for again."""
        if tokens.retry_key:
            return tokens
        keyed = replace(tokens, retry_key=randomness.retry_key())
        self.save(keyed)
        return keyed

    def locked(self) -> Flow[None]:
        """Wait for the lock. Raises `TokenFileError` where it does not become free."""
        until = clock.monotonic() + LOCK_WAIT
        while not self.store.try_lock():
            if clock.monotonic() > until:
                raise TokenFileError("Another process has had the lock of the tokens for minutes. Is it suspended?")
            yield Wait(POLL)
