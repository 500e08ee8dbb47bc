"""A refusal as a response: in the shape of the framework that the view is written in, or else in ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import ResolverMatch

from ..errors import HTTPRefusal
from .challenge import Answer, refusal_answer
from .delivery_failure import when_sent, when_undelivered
from .error_body import shaped

Renderer = Callable[[HttpRequest, HTTPRefusal, ResolverMatch], HttpResponseBase | None]
"""Makes the response of one framework; None for a view that is not of that framework."""

_renderers: list[Renderer] = []


def render_with(renderer: Renderer) -> Renderer:
    """Ask `renderer` first. An integration names its own when it is imported; this layer knows none of them."""
    _renderers.append(renderer)
    return renderer


def error_response(request: HttpRequest, error: HTTPRefusal) -> HttpResponseBase:
    """Return the response that `error` describes: its status, code, challenge and `Retry-After`.

    The middleware gives this response for a refusal that a view raises. Call it yourself where the exception does not
    get that far: in a middleware of your own, and in an exception handler that answers every exception. For a view of
    REST framework that uses `BearerAuthentication`, the view's exception handler and renderer make the response.

    Args:
        request: The request that is refused.
        error: What a public function raised.

    Returns:
        The response, JSON of the one shape unless REST framework renders it.

    Source:
        RFC 6750 section 3, RFC 9110 sections 10.2.3 and 11.6.1.
    """
    match = request.resolver_match
    for renderer in _renderers:
        response = renderer(request, error, match) if match is not None else None
        if response is not None:
            return response
    return plain_refusal(request, error)


def plain_refusal(request: HttpRequest, error: HTTPRefusal, scopes: Iterable[str] = ()) -> HttpResponse:
    """A refusal as a plain view answers it: in the project's own shape, where `ERROR_BODY` gives it one."""
    answer = refusal_answer(error, scopes)
    body = answer.body if answer.body is None else shaped(request, answer.body, answer.status)
    return respond(replace(answer, body=body))


def respond(answer: Answer) -> HttpResponse:
    """An answer as Django sends it."""
    if answer.body is None:
        response = HttpResponse(answer.text, status=answer.status, headers=dict(answer.headers))
    else:
        response = JsonResponse(dict(answer.body), status=answer.status, headers=dict(answer.headers))
    for cookie in answer.cookies:
        cookie.put(response)
    if answer.undo is not None:
        when_undelivered(response, answer.undo)
    if answer.after is not None:
        when_sent(response, answer.after)
    return response
