"""A change of the address through allauth: what allauth stores and what we end are one transaction.

allauth stores the new address, and tells us afterwards. What fails then, such as a busy database, has changed
nothing: a changed address without its undo link would be lost to its owner.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from django.db import OperationalError
from django.http import HttpRequest

from ...database import aliases
from ...database.conflicts import is_lost_race
from ...database.durable_writes import one_transaction
from ...errors import HTTPRefusal, TemporarilyUnavailable
from .exchange import Exchange

ROUTES = frozenset({"manage_email", "verify_email"})
"""Names of the routes at which an address is added, confirmed, chosen or removed."""


def together(request: HttpRequest, current: Exchange, call: Callable[[], Any]) -> Any:
    """The answer to a request to one of these routes. A refusal is kept with what was written because of it.

    A flow that may end in a login is left alone: a login commits by itself, and changes no address.
    """
    in_flow = current.principal is None and bool(request.headers.get("x-session-token"))
    if current.route not in ROUTES or in_flow:
        return call()
    refused: Exception
    try:
        with ExitStack() as stack:
            for alias in dict.fromkeys((aliases.sessions_alias(), aliases.user_alias())):
                stack.enter_context(one_transaction(alias))
            try:
                return call()
            except TemporarilyUnavailable:
                raise
            except (HTTPRefusal, ImmediateHttpResponse) as decided:
                refused = decided
    except OperationalError as error:
        if not is_lost_race(error):
            raise
        raise TemporarilyUnavailable("the address was not changed: the database was busy") from error
    raise refused
