"""Clients: who may ask for tokens and of what kind, as static configuration, and the pure rules that depend on it.

    scope = client ∩ policy ∩ request        audience = one that both client and session have

Pure: what a project writes in `CLIENTS` is read by `conf.client_readers`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.views.decorators.debug import sensitive_variables

from ..errors import (
    Failure,
    InvalidClient,
    InvalidScope,
    InvalidTarget,
    MalformedToken,
    UnauthorizedClient,
    UnknownClient,
)
from ..primitives import randomness
from ..primitives.encoding import base64url_encode
from ..tokens.opaque_format import assemble, body_of
from ..tokens.refresh_token import TokenDelivery

DEFAULT_CLIENT = "first-party"
SECRET_KIND = "cs"
SECRET_LENGTH = 43
DIGEST_PREFIX = "sha256:"


class ClientKind(StrEnum):
    """What a client is: where it runs decides where its secrets can live.

    A legacy browser is a page that cannot take its refresh token from a cookie yet, and has an end date. Our own
    endpoints show no page a refresh token all the same: an endpoint of the project's own does.
    A web view is an app or a browser extension whose requests name an origin that no page can have.
    """

    BROWSER = "browser"
    NATIVE = "native"
    MACHINE = "machine"
    LEGACY_BROWSER = "legacy-browser"
    WEBVIEW = "webview"


DELIVERY = {
    TokenDelivery.COOKIE: frozenset({ClientKind.BROWSER}),
    TokenDelivery.BODY: frozenset({ClientKind.NATIVE, ClientKind.LEGACY_BROWSER, ClientKind.WEBVIEW}),
}
"""The kinds of clients that a session's delivery is for."""


@dataclass(frozen=True, slots=True)
class Client:
    """One client. Lifetimes are whole seconds.

    `audiences` are what its tokens may be for, the first unless another is asked for; empty stands for the server's
    own `AUDIENCE`. Of a service that introspects, they are the audiences it answers to.
    `secret_digests` are SHA-256 of its secrets, the newest first; a client without one is public (RFC 6749 2.1).
    `handover_to` are the clients that its sessions may be handed over to, `handover_url` where one takes them.
    `until` is when all of its sessions end at the latest, in seconds since 1970; None for never.
    """

    id: str
    kinds: frozenset[ClientKind]
    scopes: frozenset[str]
    access_token_lifetime: int
    session_idle_lifetime: int
    session_lifetime: int
    session_limit: int | None = None
    unremembered_lifetime: int | None = None
    audiences: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    app_origins: tuple[str, ...] = ()
    secret_digests: tuple[bytes, ...] = field(default=(), repr=False)
    until: int | None = None
    handover_to: tuple[str, ...] = ()
    handover_url: str = ""

    def lifetime_of(self, remember_me: bool) -> int:
        """How long a session of it lasts, in seconds: less where the person did not ask to be remembered."""
        shorter = self.unremembered_lifetime
        return self.session_lifetime if remember_me or shorter is None else min(shorter, self.session_lifetime)

    @property
    def confidential(self) -> bool:
        """Whether it has a secret, and so must prove who it is wherever it says so."""
        return bool(self.secret_digests)

    @sensitive_variables()
    def has_secret(self, secret: str) -> bool:
        """Whether this is one of its secrets. Every digest is compared, each in constant time."""
        try:
            body_of(secret, SECRET_KIND, SECRET_LENGTH)
        except MalformedToken:
            return False
        given = hashlib.sha256(secret.encode("ascii")).digest()
        matches = [hmac.compare_digest(given, digest) for digest in self.secret_digests]
        return any(matches)


def find(clients: Mapping[str, Client], client_id: str) -> Client | Failure:
    """The client of that id, or a `Failure` with `UnknownClient`."""
    found = clients.get(client_id)
    return Failure(UnknownClient, "no client of that id is in BEARER['CLIENTS']") if found is None else found


@sensitive_variables()
def identify(clients: Mapping[str, Client], client_id: str, secret: str) -> Client | Failure:
    """The client of that id, which has proved it where it has a secret (RFC 6749 section 3.2.1).

    A secret from a client that has none is refused too: the client is not protected as its caller expects.
    """
    client = find(clients, client_id)
    if isinstance(client, Failure):
        return Failure(InvalidClient, client.reason) if secret else client
    if client.confidential and not client.has_secret(secret):
        return Failure(InvalidClient, f"client {client.id} did not prove itself with its secret")
    if secret and not client.confidential:
        return Failure(InvalidClient, f"client {client.id} has no secret in BEARER['CLIENTS'] and sent one")
    return client


def allowed(client: Client, delivery: TokenDelivery) -> Failure | None:
    """A `Failure` when a client may not have a session with that delivery."""
    if DELIVERY[delivery] & client.kinds:
        return None
    return Failure(UnauthorizedClient, f"client {client.id} is not of kind {' or '.join(sorted(DELIVERY[delivery]))}")


def receiver(clients: Mapping[str, Client], giver: str, to: str) -> Client | Failure:
    """The client that a session of the client `giver` may be handed over to, or a `Failure`."""
    own, found = find(clients, giver), find(clients, to)
    if isinstance(own, Failure) or isinstance(found, Failure):
        return Failure(UnauthorizedClient, "no client of that id is in BEARER['CLIENTS']")
    if to not in own.handover_to:
        return Failure(UnauthorizedClient, f"handover_to of client {giver} does not name client {to}")
    if not found.handover_url:
        return Failure(UnauthorizedClient, f"client {to} has no handover_url in BEARER['CLIENTS']")
    return found


def scope(
    client: Client, policy: frozenset[str], asked: Iterable[str] | None, had: frozenset[str] | None = None
) -> frozenset[str] | Failure:
    """client ∩ policy ∩ request; `had` is what the session was granted at login, None at login itself.

    What settings have taken away since is left out; what was asked for beyond the rest is refused (RFC 6749 6).
    """
    most = client.scopes & policy & (policy if had is None else had)
    if asked is None:
        return most
    wanted = frozenset(asked)
    if not wanted <= most:
        return Failure(InvalidScope, f"a scope was asked for that is not granted to client {client.id} here")
    return wanted


def audiences(
    client: Client, own: str, asked: Sequence[str] | None, had: Sequence[str] | None = None
) -> tuple[str, ...] | Failure:
    """What tokens may be for, the first being what the next one is for (RFC 8707 section 2).

    `own` is the server's audience, `had` what the session was given at login, None at login itself. One asked for
    and not had is refused: a refresh narrows, never widens.
    """
    most = client.audiences or (own,)
    most = most if had is None else tuple(name for name in had if name in most)
    if asked is not None and not (asked and set(asked) <= set(most)):
        return Failure(InvalidTarget, f"an audience was asked for that client {client.id} has not got here")
    chosen = most if asked is None else tuple(dict.fromkeys(asked))
    return chosen or Failure(InvalidTarget, f"client {client.id} has none of the session's audiences any more")


def left_out(client: Client, own: str, had: Sequence[str]) -> frozenset[str]:
    """The audiences of a client that a session of it, which had these, was not given or has not got any more."""
    return frozenset(client.audiences or (own,)) - frozenset(had or (own,))


def handed_over_audiences(
    to: Client, giver: str, own: str, had: Sequence[str], missing: frozenset[str]
) -> tuple[str, ...]:
    """What a handed-over session may be for: at the same client what the old one had, at another that one's own.

    What is `missing` from the logins that it goes on with is missing from it, too (RFC 8707 section 2.2).
    """
    most = tuple(had or (own,)) if to.id == giver else to.audiences or (own,)
    return tuple(name for name in most if name not in missing)


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret of a client, and what the settings hold of it.

    Attributes:
        text: The secret, for the client. Show it once.

    Source:
        RFC 6749 section 2.3.1.
    """

    text: str = field(repr=False)

    @property
    def digest(self) -> str:
        """Return what `secret_digest` in `BEARER["CLIENTS"]` is to be.

        Returns:
            `sha256:` and the digest in base64url.
        """
        return DIGEST_PREFIX + base64url_encode(hashlib.sha256(self.text.encode("ascii")).digest())


def new_secret() -> Secret:
    """Make a secret of 256 random bits, as `manage.py bearer_client_secret` does.

    Returns:
        The secret. Show its text once, and keep only the digest.

    Source:
        RFC 6749 section 10.10.
    """
    return Secret(assemble(SECRET_KIND, base64url_encode(randomness.secret())))
