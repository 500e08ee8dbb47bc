"""What the server saw: each request with the failed check and its hint. A demo may show it, a server must not."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from django_bearer.http.challenge import REQUEST_ID

MOST = 500
UNSHOWN = ("/page/", "/seen/", "/timeline/", "/mails/", "/attacks/", "/language/", "/favicon")
_numbers = itertools.count(1)
_requests: deque[dict[str, Any]] = deque(maxlen=MOST)
_checks: deque[tuple[str, str]] = deque(maxlen=MOST)
"""Id of the request and failed check of the last refusals."""


class Handler(logging.Handler):
    """Hears the debug log, in which the failed check stands beside the id of the request."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the check of a refusal."""
        if isinstance(record.args, tuple) and len(record.args) == 3:
            request_id, code, check = map(str, record.args)
            _checks.append((request_id, f"{code}: {check}"))


@sync_and_async_middleware
def SeenMiddleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:  # noqa: N802 - a setting
    """Notes every request to the API, and how it was answered."""

    async def later(request: HttpRequest) -> HttpResponse:
        return _noted(request, await get_response(request))

    def now(request: HttpRequest) -> HttpResponse:
        return _noted(request, get_response(request))

    return later if iscoroutinefunction(get_response) else now


def _noted(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if not request.path.startswith(UNSHOWN) and request.path != "/":
        said = {"method": request.method, "path": request.path, "status": response.status_code}
        request_id = response.get(REQUEST_ID)
        check = next((check for known, check in reversed(list(_checks)) if known == request_id), "")
        _requests.append({"number": next(_numbers), **said, "check": check})
    return response


def after(number: int) -> list[dict[str, Any]]:
    """The requests after this number, the oldest first."""
    return [one for one in list(_requests) if one["number"] > number]
