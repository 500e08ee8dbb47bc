"""Attempts at the secret of a client of django-oauth-toolkit, counted by address before the secret is looked at.

A client sends the same secret with each request, so one that has proved a client in this process is counted no more.
Nothing is counted by the client alone: anybody could keep it out.
"""

from __future__ import annotations

import hmac

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from django_bearer import check_mail_rate_limit

from ..dot_tables import Application

PURPOSE = "oauth_client"
_proved: dict[int, bytes] = {}


@sensitive_variables()
def count(request: HttpRequest, client_id: str, found: Application | None, secret: str) -> None:
    """Count an attempt, by address and by the client from there. Raises `RateLimited`."""
    if found is None or not hmac.compare_digest(_proved.get(found.row_id, b""), _digest(found, secret)):
        check_mail_rate_limit(PURPOSE, client_id, request=request)


@sensitive_variables()
def proved(found: Application, secret: str) -> None:
    """Remember that this secret is the client's. It is forgotten with another one in the client's row."""
    _proved[found.row_id] = _digest(found, secret)


def forget() -> None:
    """Remember nothing. For tests."""
    _proved.clear()


@sensitive_variables()
def _digest(found: Application, secret: str) -> bytes:
    return salted_hmac(__name__, f"{found.client_id}\0{found.secret}\0{secret}", algorithm="sha256").digest()
