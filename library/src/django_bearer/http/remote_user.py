"""Django's login by REMOTE_USER is passed by with a bearer token: the token alone says who asks.

`RemoteUserMiddleware` takes any authenticated user for one that it logged in itself. For a token's user it would look
for a backend in the session, which is not there (a 500), or log out who came without that header; and with a refused
token a public view would be entered as somebody.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib.auth.middleware import RemoteUserMiddleware

from . import authentication

_OURS = "_django_bearer_passes_by"


def install() -> None:
    """Let Django's class ask here first. Done once a process."""
    if not hasattr(RemoteUserMiddleware, _OURS):
        setattr(RemoteUserMiddleware, _OURS, True)
        RemoteUserMiddleware.process_request = _passing(RemoteUserMiddleware.process_request)  # type: ignore[method-assign]
        RemoteUserMiddleware.aprocess_request = _apassing(RemoteUserMiddleware.aprocess_request)  # type: ignore[method-assign]


def _passing(asked: Any) -> Any:
    @wraps(asked)
    def process_request(self: Any, request: Any) -> Any:
        return None if authentication.sends_token(request) else asked(self, request)

    return process_request


def _apassing(asked: Any) -> Any:
    @wraps(asked)
    async def aprocess_request(self: Any, request: Any) -> Any:
        return None if authentication.sends_token(request) else await asked(self, request)

    return aprocess_request
