"""A refusal that was decided before a view of REST framework's was entered, rendered as that view renders its own."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import ResolverMatch
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.views import APIView

from ...errors import HTTPRefusal
from ...http.handlers import view_class
from .authentication import BearerAuthentication
from .exceptions import BearerAPIException, as_api_exception, rollback_kept, translate_refusals
from .negotiation import negotiated

logger = logging.getLogger("django_bearer")


def refused_response(request: HttpRequest, error: HTTPRefusal, match: ResolverMatch) -> HttpResponseBase | None:
    """The response of the view that a route leads to, if our authentication class stands on it; else None.

    The view is not entered: an instance of its own makes the response, by the project's exception handler, renderers
    and response class, and runs neither authentication nor permissions nor a handler of a method.
    """
    found = view_class(match.func)
    if not (isinstance(found, type) and issubclass(found, APIView)):
        return None
    try:
        view = _instance(found, request, match)
        if not any(isinstance(one, BearerAuthentication) for one in view.request.authenticators or ()):
            return None
        with rollback_kept():
            return _rendered(view, as_api_exception(error), match)
    except HTTPRefusal:
        return None  # the project's handler leaves it to our middleware
    except Exception:
        logger.exception("%s cannot render a refusal; django-bearer answered in its place", found.__qualname__)
        return None


def _instance(found: type[APIView], request: HttpRequest, match: ResolverMatch) -> Any:
    """The view as it stands before REST framework dispatches, and with nothing in it that was decided by its code."""
    view: Any = found(**getattr(match.func, "initkwargs", {}))
    if hasattr(match.func, "actions"):
        view.action_map = match.func.actions
    view.args, view.kwargs, view.request = match.args, match.kwargs, request
    view.request = view.initialize_request(request, *match.args, **match.kwargs)
    view.headers = view.default_response_headers
    view.format_kwarg = view.get_format_suffix(**match.kwargs)
    return view


def _rendered(view: Any, error: BearerAPIException, match: ResolverMatch) -> HttpResponseBase | None:
    asked: Request = view.request
    # A renderer may read `request.user`. Without these it would run every authenticator of the view.
    asked.user = getattr(asked._request, "user", AnonymousUser())
    asked.auth = getattr(asked._request, "auth", None)
    asked.accepted_renderer, asked.accepted_media_type = negotiated(view)
    asked.version, asked.versioning_scheme = _version(view, asked, match)

    def denied(*args: Any) -> None:
        raise error

    # The browsable API shows the forms of what may be done, with what is in the database to choose from.
    view.check_permissions = view.check_object_permissions = denied
    translate_refusals(view)
    response = view.finalize_response(asked, view.handle_exception(error), *match.args, **match.kwargs)
    if isinstance(response, SimpleTemplateResponse):
        response.render()  # here, where a fault of the renderer's leaves a refusal and no 500
    return response if isinstance(response, HttpResponseBase) else None


def _version(view: Any, asked: Request, match: ResolverMatch) -> tuple[Any, Any]:
    try:
        found: tuple[Any, Any] = view.determine_version(asked, *match.args, **match.kwargs)
        return found
    except APIException:
        return None, None
