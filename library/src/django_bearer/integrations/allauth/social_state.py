"""A login at another site between its redirect and its answer: bound to the browser, to one use, and to minutes.

The browser holds a random value in a cookie of its own that no script reads. The state of the flow is found by that
value and the `state` parameter together, so that an answer in another browser finds nothing (RFC 9700 section 4.7),
and two tabs do not disturb each other. What belongs to a session of ours lies with that session instead.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ...database import issuers
from ...http import cookies
from ...http.cookies import Cookie
from ...primitives import randomness
from ...primitives.clock import SECOND
from ...primitives.encoding import base64url_encode

LIFETIME = 600
"""Seconds within which the person comes back from the other site."""
COOKIE = f"{cookies.PREFIX}provider"
MAX_STATE = 100
_KEPT = "django_bearer_provider"
_BINDING = re.compile(r"[0-9a-f]{64}")


def binding_of(request: HttpRequest) -> str:
    """The random value of this browser's cookie; empty where there is none."""
    found = cookies.extract(request).get(COOKIE, "")
    return found if _BINDING.fullmatch(found) else ""


def new_binding() -> str:
    """A random value for a browser: 256 bits."""
    return randomness.secret().hex()


@sensitive_variables()
def cookie_of(binding: str) -> Cookie:
    """The cookie that holds it. A page asks for the answer itself, so the cookie never crosses sites."""
    return Cookie(COOKIE, binding, LIFETIME)


@sensitive_variables()
def flow_token(binding: str, state: str) -> str:
    """The token under which the flow of this browser and `state` is stored; one that finds nothing without either."""
    if not binding or not state or len(state) > MAX_STATE:
        return randomness.secret().hex()
    return hmac.digest(binding.encode(), b"provider:" + state.encode(), hashlib.sha256).hex()


@sensitive_variables()
def begin(provider: str, process: str, callback_url: str) -> dict[str, Any]:
    """What is kept until the answer comes: PKCE's verifier (RFC 7636), `state`, and OpenID Connect's `nonce`."""
    return {
        "provider": provider,
        "process": process,
        "callback_url": callback_url,
        "state": base64url_encode(randomness.secret()),
        "nonce": base64url_encode(randomness.secret()),
        "verifier": base64url_encode(randomness.secret()),
        "ends_at": issuers.now() + LIFETIME * SECOND,
    }


@sensitive_variables()
def challenge_of(verifier: str) -> str:
    """The code challenge of a verifier (RFC 7636 section 4.2, S256)."""
    return base64url_encode(hashlib.sha256(verifier.encode()).digest())


def keep(session: Any, begun: Mapping[str, Any]) -> None:
    """Keep it in the state of a flow, or of a session."""
    session[_KEPT] = dict(begun)


@sensitive_variables()
def take(session: Any, state: str) -> Mapping[str, Any] | None:
    """Take it out, whatever comes of it; None where there is none, for another `state`, or too late."""
    found = session.pop(_KEPT, None)
    if not isinstance(found, dict) or not hmac.compare_digest(str(found["state"]).encode(), state.encode()):
        return None
    return found if issuers.now() < found["ends_at"] else None
