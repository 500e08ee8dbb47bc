"""Secrets that a body carried over plain HTTP: they are revoked, and the request is refused, before any view runs."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..encoding import strict_json
from ..errors import Failure, Malformed
from . import guard
from .credentials import declared_length

MAX_BODY = 16_384
"""Bytes; no longer body is taken by an endpoint."""
MAX_FIELDS = 50
_NAMES = ("refresh_token", "token")
_FORM = "application/x-www-form-urlencoded"


@sensitive_variables()
def refusal(request: HttpRequest) -> Failure | None:
    """A `Failure` for a request over plain HTTP; a token in its body is revoked where the breach is sure."""
    token = _token(request)
    return guard.refuse_plain_http(request, access_token=token, refresh_token=token)


@sensitive_variables()
def _token(request: HttpRequest) -> str:
    """The token that the body names, or an empty text."""
    if not 0 < declared_length(request.META) <= MAX_BODY:
        return ""
    try:
        members = _members(request)
    except (Malformed, ValueError):
        return ""
    sent = (members.get(name) for name in _NAMES)
    return next((text for text in sent if isinstance(text, str) and text), "")


@sensitive_variables()
def _members(request: HttpRequest) -> dict[str, object]:
    if request.content_type == _FORM:
        return dict(parse_qsl(request.body.decode(), max_num_fields=MAX_FIELDS))
    return dict(strict_json(request.body)) if request.content_type == "application/json" else {}
