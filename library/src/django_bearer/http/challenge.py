"""Refusals: the challenge header, the error body, and the line in the debug log."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from ..errors import HTTPRefusal, InvalidClient, NotAuthenticated
from ..primitives import randomness
from .cookies import Cookie

logger = logging.getLogger("django_bearer.debug")

REALM = "api"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""For every answer that carries a token or speaks of one (RFC 6750 section 5.3)."""
REQUEST_ID = "X-Request-Id"
REFUSED_WITH = "request %s refused with %s: %s"
CLIENT_CHALLENGE = f'Basic realm="{REALM}"'
"""How a client proves who it is (RFC 6749 section 5.2)."""


_NOT_ALLOWED = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
"""What error_description may not hold (RFC 6750 section 3)."""
Listener = Callable[[str, HTTPRefusal], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Within it, `listener` is told of every refusal and the request id that its answer carries. For tests."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def tell_of_refusals(listener: Listener) -> None:
    """Tell `listener` of every refusal from now on. It must not raise."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell_no_more(listener: Listener) -> None:
    """Undo `tell_of_refusals`."""
    if listener in _listeners:
        _listeners.remove(listener)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, independent of any framework."""

    status: int
    body: Mapping[str, Any] | None = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = field(default="", repr=False)
    """A body that is no JSON; its type is in the headers."""
    cookies: tuple[Cookie, ...] = ()
    undo: Callable[[], object] | None = field(default=None, repr=False, compare=False)
    """What takes back what this answer tells of, should it not reach its client."""
    after: Callable[[], object] | None = field(default=None, repr=False, compare=False)
    """What is done once the answer has been sent, so that its time tells nothing. It must not raise."""


def challenge(
    error: type[HTTPRefusal] | None, scopes: Iterable[str] = (), further: Mapping[str, str] | None = None
) -> str:
    """The value of WWW-Authenticate (RFC 6750 section 3). Without an error it says only how to authenticate.

    `further` members stand in it as they are, such as `max_age` and `acr_values` (RFC 9470 section 3).

    Error texts are constants, ours or a project's: no caller's input can reach a header. What the standard does not
    allow there is left out: a project may describe its own errors in any language.
    """
    if error is None or error is NotAuthenticated:
        return _challenge("", "", "", ())
    return _challenge(error.error, error.description, " ".join(sorted(scopes)), tuple((further or {}).items()))


@lru_cache(maxsize=256)
def _challenge(error: str, description: str, needed: str, further: tuple[tuple[str, str], ...]) -> str:
    members = {"realm": REALM}
    if error:
        members |= {"error": error, "error_description": _NOT_ALLOWED.sub("", description.replace('"', "'"))}
        if needed:
            members["scope"] = needed
        members |= dict(further)
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in members.items())


def body(error: HTTPRefusal) -> dict[str, str | int]:
    """The one shape of an error: what went wrong in OAuth's words, in a person's, and in a program's.

    `error_description` is English, since the standard allows it ASCII only (RFC 6749 section 5.2). Where the request
    speaks another language that we know, `message` says the same in it.
    """
    members = {"error": error.error, "error_description": error.description, "code": error.code}
    said = gettext(error.description)
    if said != error.description:
        members["message"] = said
    return {**members, **error.members}


def headers(error: HTTPRefusal, scopes: Iterable[str] = ()) -> dict[str, str]:
    """The headers that go with a refusal: never stored, a challenge on a 401 and 403, when to come back."""
    members = dict(NO_STORE)
    if isinstance(error, InvalidClient):
        members["WWW-Authenticate"] = CLIENT_CHALLENGE
    elif error.status in (401, 403) or error.error == "invalid_token":
        bearer = error.error in ("invalid_token", "insufficient_scope", "insufficient_user_authentication")
        members["WWW-Authenticate"] = challenge(type(error) if bearer else None, scopes, error.challenge_members)
    if error.retry_after is not None:
        members["Retry-After"] = str(error.retry_after)
    return members


def refusal_answer(error: HTTPRefusal, scopes: Iterable[str] = ()) -> Answer:
    """A refusal as an answer; the failed check goes to the debug log under the request id the answer carries."""
    request_id = note(error)
    return Answer(error.status, body(error), {**headers(error, scopes), REQUEST_ID: request_id})


def note(error: HTTPRefusal) -> str:
    """Tell the developer why, under a new request id, which is returned.

    While DEBUG is on the line is a warning, so that it shows on the console of a project that configures no logging;
    a fault of the server's own code is always logged as an error, for the operator.
    """
    request_id = randomness.token_id()
    for listener in _listeners:
        listener(request_id, error)
    level = logging.ERROR if error.status == 500 else logging.WARNING if settings.DEBUG else logging.DEBUG
    logger.log(level, REFUSED_WITH, request_id, error.code, error)
    return request_id
