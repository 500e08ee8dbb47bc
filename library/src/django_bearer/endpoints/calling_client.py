"""Which client is calling, and whether it has proved it, for every endpoint alike (RFC 6749 section 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..conf import clients
from ..conf.clients import DEFAULT_CLIENT, Client
from ..errors import Failure, InvalidClient, InvalidRequest
from ..http import app_origins, client_address, client_credentials
from ..http.browser_origin import CLIENT_HEADER
from .base import text, unwrap

MAX_ID = 100
MAX_SECRET = 256


@sensitive_variables()
def caller(request: HttpRequest, members: Mapping[str, Any]) -> Client:
    """The client that calls: by its Basic header, or by `client_id` and `client_secret` in the body, never by both.

    A page names itself in `X-Bearer-Client`; who names none at all is the first-party client. A Basic header that
    names no client of ours is none of our business: a proxy in front may have asked for it. Raises `InvalidClient`,
    `UnknownClient` or `InvalidRequest`.
    """
    named = _named(request, members)
    header = str(request.META.get(CLIENT_HEADER) or DEFAULT_CLIENT)
    client_id, secret = named if named is not None else (header, "")
    client = _authenticated(request, client_id, secret)
    unwrap(app_origins.refusal(request.META, client))
    return client


@sensitive_variables()
def confidential_caller(request: HttpRequest, members: Mapping[str, Any]) -> Client | None:
    """The client that calls and has proved it with a secret; None when nothing of the kind was sent.

    Raises as `caller` does, and `InvalidClient` for a client that has no secret to prove itself with.
    """
    named = _named(request, members)
    if named is None:
        return None
    client = _authenticated(request, *named)
    if not client.confidential:
        raise InvalidClient(f"client {client.id} has no secret, and this endpoint needs one")
    return client


@sensitive_variables()
def _named(request: HttpRequest, members: Mapping[str, Any]) -> tuple[str, str] | None:
    """Id and secret as they were sent."""
    basic = client_credentials.read(str(request.META.get("HTTP_AUTHORIZATION") or ""))
    client_id, secret = text(members, "client_id", MAX_ID), text(members, "client_secret", MAX_SECRET)
    if basic is not None and basic.client_id in conf.current().clients:
        if secret or client_id not in ("", basic.client_id):
            raise InvalidRequest("a client names itself once: in the Basic header or in the body")
        return basic.client_id, basic.secret
    return (client_id or DEFAULT_CLIENT, secret) if client_id or secret else None


@sensitive_variables()
def _authenticated(request: HttpRequest, client_id: str, secret: str) -> Client:
    found = clients.identify(conf.current().clients, client_id, secret)
    if isinstance(found, Failure) and found.error is InvalidClient:
        address = client_address.prefix(client_address.client(request.META, conf.current().trusted_proxies))
        known = client_id if client_id in conf.current().clients else ""
        events.publish_sampled(events.EventKind.CLIENT_REFUSED, client_id=known, address=address)
    client: Client = unwrap(found)
    return client
