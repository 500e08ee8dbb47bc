"""The renderer of a refusal: REST framework's choice, remembered for a list of renderers and an `Accept` header."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.views import APIView

MOST, LONGEST = 128, 256
"""Answers that are remembered, and the characters of an `Accept` header that is: anybody may send any header."""

_found: dict[tuple[Any, ...], tuple[int, str]] = {}
"""By the renderers and the header: the number of the renderer, and the media type."""


def negotiated(view: Any) -> tuple[Any, str]:
    """The renderer of a view and the media type, as the view itself chooses them for the request that it has.

    REST framework takes longer for that than for the refusal's body. Its answer is remembered where it depends on the
    renderers and on `Accept` alone: no query, no suffix, and neither the view nor its negotiation of another kind.
    """
    request = view.request._request
    accept = str(request.META.get("HTTP_ACCEPT", "*/*"))
    if len(accept) > LONGEST or not _is_usual(view, request):
        return _anew(view)
    renderers = view.get_renderers()
    name = (accept, *((type(one), one.media_type, one.format) for one in renderers))
    known = _found.get(name)
    if known is not None:
        return renderers[known[0]], known[1]
    renderer, media_type = _anew(view)
    numbers = [number for number, one in enumerate(renderers) if type(one) is type(renderer)]
    if len(numbers) == 1:
        if len(_found) >= MOST:
            _found.clear()
        _found[name] = (numbers[0], media_type)
    return renderer, media_type


def _is_usual(view: Any, request: HttpRequest) -> bool:
    return (
        view.format_kwarg is None
        and not request.META.get("QUERY_STRING")
        and not vars(request).get("GET")  # what a middleware has put there in place of the query
        and getattr(view.perform_content_negotiation, "__func__", None) is APIView.perform_content_negotiation
        and type(view.get_content_negotiator()) is DefaultContentNegotiation
    )


def _anew(view: Any) -> tuple[Any, str]:
    found: tuple[Any, str] = view.perform_content_negotiation(view.request, force=True)
    return found
