"""Sessions of pages that begin in a view of the project's own: who may ask for one, and its cookie."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..conf import clients
from ..conf.clients import DEFAULT_CLIENT
from ..http import cookies
from . import browser
from .base import unwrap


def require_page(request: HttpRequest, *, client_id: str = DEFAULT_CLIENT) -> None:
    """Require that a page may begin a session of this client with this request, as our own endpoints require it.

    Call it before `issue_session()` or `login()` with `delivery=TokenDelivery.COOKIE`. A page of another site could
    log its visitor in as somebody else otherwise.

    Args:
        request: The request: POST, `application/json`, from an allowed origin, with the header `X-Bearer-Client`.
        client_id: A key of `BEARER["CLIENTS"]`.

    Raises:
        OriginNotAllowed: The request may be forged, or is of no page of this client.
        BrowserUnsupported: The client is not of the kind `browser`.
        UnknownClient: `CLIENTS` has no such key.
        UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.

    Source:
        OWASP ASVS 3.5.1.
    """
    browser.check(request, unwrap(clients.find(conf.current().clients, client_id)))


@sensitive_variables()
def set_session_cookie(
    response: Any, session_id: uuid.UUID, refresh_token: str, max_age: int, *, client_id: str = DEFAULT_CLIENT
) -> None:
    """Set the cookie that holds a page's refresh token: `__Host-`, HttpOnly, Secure, SameSite=Strict.

    Args:
        response: The response to a request that `require_page` lets through. Its body must not have the token.
        session_id: The session's id, `session_id` of the issued tokens.
        refresh_token: The refresh token of a session with the delivery `TokenDelivery.COOKIE`.
        max_age: For how many seconds the browser keeps it, `refresh_expires_in` of the issued tokens.
        client_id: The client of the session.

    Source:
        RFC 6265bis section 4.1.3.2.
    """
    cookies.of_session(client_id, session_id, refresh_token, max_age).put(response)
