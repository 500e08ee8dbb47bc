"""Legacy credentials: what another package has issued, and a project still accepts until a date while it moves.

The project's bridge recognises and checks them, and says whose they are. What they may do is decided here: they end
with their date, their scopes are those of `BEARER["SCOPES"]`, they have no session, and they are for the server's own
audience. Nothing is asked while no bridge is registered, nor of a token of ours that is valid. A token of ours is
accepted under the schemes of the old clients, too, until the same date: they know no other one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.principal import LegacyLogin, Principal
from ..errors import Failure, InvalidRequest, InvalidToken, MultipleCredentials
from ..primitives import clock
from .bearer_header import MAX_HEADER, Bearer, TokenSources, names_a_token

MAX_DAYS = 400
"""Days that an end date may be away."""
DAY = 86_400
_CREDENTIAL = re.compile(r"([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*)", re.ASCII)
CLIENT_PREFIX = "legacy:"


class LegacyAuthenticator(Protocol):
    """What recognises and checks the credentials of one other package.

    Attributes:
        source: The name of the package, as `request.auth.legacy.source` shows it.
        schemes: The schemes of the Authorization header that its clients send, in lower case.
        ends_at: When its credentials end, in seconds since 1970, at most 400 days away.
    """

    source: str
    schemes: frozenset[str]
    ends_at: int

    def authenticate(self, request: HttpRequest, credential: str) -> LegacyLogin | Failure | None:
        """Check a credential.

        Args:
            request: The request that carries it.
            credential: What the header has after the scheme.

        Returns:
            Whose it is; a `Failure` for one that is refused; None for one that is not of this package.
        """

    def used(self, request: HttpRequest, login: LegacyLogin) -> None:
        """Count a use. It is called once for each request that reaches its view.

        Args:
            request: The request.
            login: What `authenticate` returned.
        """


_find: Callable[[], Sequence[LegacyAuthenticator]] | None = None


def register_legacy_authenticators(find: Callable[[], Sequence[LegacyAuthenticator]] | None) -> None:
    """Accept credentials of other packages beside our own tokens. Call it in `AppConfig.ready()`.

    Args:
        find: A function that returns the authenticators as they are now. It is called for requests without a valid
            token of ours, and has to be fast. None takes them all back.
    """
    global _find
    _find = find


def are_registered() -> bool:
    """Whether credentials of other packages may be accepted."""
    return _find is not None


def read(carriers: TokenSources) -> Bearer | Failure | None:
    """The credential in an Authorization header of a legacy scheme; None for every other request."""
    if _find is None or len(carriers.authorization) != 1:
        return None
    header = carriers.authorization[0].strip(" \t\r\n")
    scheme = header.partition(" ")[0].lower()
    if not any(scheme in each.schemes for each in _find()):
        return None
    if len(header) > MAX_HEADER:
        return Failure(InvalidRequest, f"the Authorization header is longer than {MAX_HEADER} characters")
    if names_a_token(carriers):
        return Failure(MultipleCredentials, "a token in the header and another in the query or form")
    match = _CREDENTIAL.fullmatch(header)
    return Bearer(match[2], scheme) if match else Failure(InvalidToken, f"what follows {scheme} is not a token")


def carries_ours(scheme: str) -> bool:
    """Whether a token of ours may come under this scheme: that of an old package's clients, until its date."""
    if scheme == "bearer":
        return True
    now = clock.seconds()
    found = _find() if _find is not None else ()
    return any(scheme in each.schemes and now < each.ends_at <= now + MAX_DAYS * DAY for each in found)


@sensitive_variables()
def authenticate(request: HttpRequest, sent: Bearer, audience: str) -> Principal | Failure | None:
    """The principal of a legacy credential, or a `Failure`; None where it is of no package that is accepted."""
    for each in _find() if _find is not None else ():
        if sent.scheme in each.schemes:
            found = each.authenticate(request, sent.token)
            if found is not None:
                meant = audience == conf.audience(request)
                return decide(found, each.source, each.ends_at, clock.seconds(), conf.current().scopes, meant)
    return None if sent.scheme == "bearer" else Failure(InvalidToken, "not a token of a package that is accepted")


def decide(
    found: LegacyLogin | Failure, source: str, ends_at: int, now: int, scopes: frozenset[str], meant: bool
) -> Principal | Failure:
    """What a checked credential is worth at `now`, in seconds. Pure. `meant` is whether it is for this audience."""
    if ends_at > now + MAX_DAYS * DAY:
        return Failure(InvalidToken, f"the end date of {source} is more than {MAX_DAYS} days away")
    if now >= ends_at:
        return Failure(InvalidToken, f"tokens of {source} are accepted no longer: log in again")
    if isinstance(found, Failure):
        return found
    if not meant:
        return Failure(InvalidToken, f"tokens of {source} are for the server's own audience only")
    if now >= found.expires_at:
        return Failure(InvalidToken, "expired")
    if not getattr(found.user, "is_active", True):
        return Failure(InvalidToken, "the user is not active")
    legacy = LegacyLogin(found.user, source, found.scopes & scopes, min(found.expires_at, ends_at))
    return Principal(legacy.user, None, f"{CLIENT_PREFIX}{source}", legacy.scopes, None, legacy=legacy)


def note_use(request: HttpRequest, login: LegacyLogin) -> None:
    """Tell the authenticator of a credential that it was used."""
    for each in _find() if _find is not None else ():
        if each.source == login.source:
            each.used(request, login)
