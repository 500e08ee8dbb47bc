"""One request to allauth's endpoints: which client asks, by which of our sessions, and the login that it ended in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from django.http import HttpRequest

from ...accounts.principal import Principal
from ...conf.clients import Client
from ...errors import LoginUnavailable
from ...http.challenge import Answer
from ...http.login_limits import CountedAttempt
from ...tokens.refresh_token import TokenDelivery

_KEPT = "_django_bearer_allauth"


@dataclass(slots=True)
class Exchange:
    """What is known of the request. `route` is the name of its route, and `shown` the known-device token of the body.

    `answer` carries the tokens once a session was stored; `made_passkey_of` is the key of the user who made a passkey
    at sign-up, `right` the attempts at a password that were right in this request.
    `remembered` is the remembered-device token of the body, `remember` whether this device is to be remembered.
    `flow` is the token of a flow that is found by a cookie, and not by a header; `has_no_password` says that a new
    password was asked for an account that has none.
    """

    client: Client
    delivery: TokenDelivery
    principal: Principal | None
    route: str = ""
    answer: Answer | None = field(default=None, repr=False)
    made_passkey_of: Any = None
    right: list[CountedAttempt] = field(default_factory=list, repr=False)
    shown: str = field(default="", repr=False)
    remembered: str = field(default="", repr=False)
    remember: bool = False
    flow: str = field(default="", repr=False)
    has_no_password: bool = False


def begin(request: HttpRequest, exchange: Exchange) -> None:
    """Keep it on the request, for the hooks that allauth calls."""
    vars(request)[_KEPT] = exchange


def find(request: HttpRequest) -> Exchange | None:
    """The exchange of a request to our routes; None for a request to any other view."""
    return cast("Exchange | None", vars(request).get(_KEPT))


def require(request: HttpRequest) -> Exchange:
    """The same, or `LoginUnavailable`: allauth's own views would begin Django sessions beside ours."""
    found = find(request)
    if found is None:
        raise LoginUnavailable("include django_bearer.integrations.allauth.urls instead of allauth's own URLs")
    return found
