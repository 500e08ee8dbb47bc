"""Answers given above django-cors-headers get its headers, too, so that a page can read why it was refused."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string

PACKAGE = "corsheaders.middleware"


def through(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer as it would have come up through that middleware, where the project has it.

    A preflight carries no credential (Fetch section 4.8), so none is ever answered by us.
    """
    package = sys.modules.get(PACKAGE)
    if package is None or "HTTP_ORIGIN" not in request.META or request.method == "OPTIONS":
        return response
    for path in settings.MIDDLEWARE:
        found: Any = import_string(path)
        if isinstance(found, type) and issubclass(found, package.CorsMiddleware):
            response = found(_always(response))(request)
    return response


def _always(response: HttpResponseBase) -> Any:
    return lambda request: response
