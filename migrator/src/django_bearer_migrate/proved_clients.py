"""Which client of django-oauth-toolkit has proved itself in a request.

Our own endpoint `refresh/` knows no secret of that package. So what a client has proved is kept beside the request
that carried the proof, where only our views write it.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from django.http import HttpRequest

_proved: WeakKeyDictionary[HttpRequest, str] = WeakKeyDictionary()


def note(request: HttpRequest, client_id: str) -> None:
    """This client sent this request, and its secret where it has one."""
    _proved[request] = client_id


def has(request: HttpRequest | None, client_id: str) -> bool:
    """Whether this client has proved itself in this request."""
    return request is not None and _proved.get(request) == client_id
