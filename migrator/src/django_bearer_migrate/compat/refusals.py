"""Refusals of our endpoints in the words of REST framework, as clients of the old packages read them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from django_bearer import error_response
from django_bearer.errors import HTTPRefusal

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
Say = Callable[[int, str], tuple[int, Mapping[str, Any]]]
"""Status and body of a refusal, from our status and description; a 401 is a wrong name or password."""


def in_detail(status: int, description: str) -> tuple[int, Mapping[str, Any]]:
    """`{"detail": …}`, as REST framework answers what a view raises."""
    return status, {"detail": description}


def as_response(request: Request, error: HTTPRefusal) -> Response:
    """The response that a refusal of ours describes, as one of REST framework."""
    made: Any = error_response(request._request, error)
    data = made.data if isinstance(made, Response) else json.loads(made.content)
    return Response(data, status=made.status_code, headers=dict(made.headers))


def translated(response: Response, say: Say = in_detail) -> Response:
    """A refusal of an endpoint of ours in REST framework's words. What is no refusal stays as it is."""
    said = response.data
    if response.status_code < 400 or not isinstance(said, Mapping):
        return response
    if "fields" in said:
        response.data = said["fields"]
    elif "error_description" in said:
        response.status_code, response.data = say(response.status_code, said["error_description"])
    return response
