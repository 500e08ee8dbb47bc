"""The client of django-oauth-toolkit that a session belongs to: the one whose refresh token became the session.

Several of its clients may have the same key of `BEARER["CLIENTS"]`, so the session's own client does not tell them
apart.
"""

from __future__ import annotations

import base64
import binascii
import uuid

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_bearer import decode_token
from django_bearer.errors import InvalidToken

from . import traded_sessions
from .dot_tables import Application

_PREFIX, _BODY, _ID = "djb_rt_", 128, slice(9, 25)
"""A refresh token of ours, its body in base64url, and where the session's id stands in that."""


@sensitive_variables()
def is_anothers(token: str, client: Application, request: HttpRequest) -> bool:
    """Whether a token of ours is of a session that another client's refresh token became.

    False for what is no token of ours, which our endpoint refuses.
    """
    found = _session_id(token, request)
    return found is not None and traded_sessions.is_anothers(found, client)


@sensitive_variables()
def _session_id(token: str, request: HttpRequest) -> uuid.UUID | None:
    """The session that a refresh token or an access token names. The proof that it is ours is up to our endpoint."""
    if token.startswith(_PREFIX):
        try:
            return uuid.UUID(bytes=base64.urlsafe_b64decode(token[len(_PREFIX) :][:_BODY])[_ID])
        except (ValueError, binascii.Error):
            return None
    try:
        return decode_token(token, request=request).sid
    except InvalidToken:
        return None
