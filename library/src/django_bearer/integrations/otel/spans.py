"""The middleware that counts requests and says on each span how its request was authenticated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from opentelemetry import trace

from ...accounts.principal import Principal
from ...errors import Failure
from ...http import authentication
from . import names
from .instrument import add
from .names import Credential, Outcome


class BearerSpanMiddleware:
    """Counts requests by how they were authenticated, and says it on the span of each. Neither says who it was.

    Put it above `BearerMiddleware`: it sees what that one decided, and decides nothing itself.

    Args:
        get_response: The next middleware, synchronous or asynchronous.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._asynchronously(request)
        response: HttpResponseBase = self._get_response(request)
        record(request)
        return response

    async def _asynchronously(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self._get_response(request)
        record(request)
        return response


def record(request: HttpRequest) -> None:
    """Count the request and describe it on the current span."""
    outcome, credential = described(authentication.decided(request))
    labels = {"outcome": outcome.value, "credential": credential.value}
    add(names.REQUESTS, labels)
    span = trace.get_current_span()
    for name, value in labels.items():
        span.set_attribute(f"{names.PREFIX}.{name}", value)


def described(found: Principal | Failure | None) -> tuple[Outcome, Credential]:
    """An outcome in the words of the labels."""
    if isinstance(found, Failure):
        return Outcome.REFUSED, Credential.NONE
    if found is None:
        return Outcome.NO_TOKEN, Credential.NONE
    if found.legacy is not None:
        return Outcome.AUTHENTICATED, Credential.LEGACY
    if found.api_token is not None:
        return Outcome.AUTHENTICATED, Credential.API_TOKEN
    return Outcome.AUTHENTICATED, Credential.TICKET if found.by_ticket else Credential.SESSION
