"""The body of a refusal in the project's own shape, for plain views: `ERROR_BODY`.

Status and headers stay ours. Our own endpoints keep their shape, which clients and standards know.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest

from .. import conf
from ..errors import ConfigurationError

logger = logging.getLogger("django_bearer.security")
OWN = "django_bearer."


def shaped(request: HttpRequest, members: Mapping[str, Any], status: int) -> Mapping[str, Any]:
    """These members of a refusal as the project wants them; as they are, where it says nothing or fails."""
    try:
        shape = conf.current().error_body
    except ConfigurationError:
        return members
    if shape is None or _is_our_endpoint(request):
        return members
    try:
        found: Any = shape(request, dict(members), status)
        return dict(json.loads(json.dumps(dict(found), cls=DjangoJSONEncoder, allow_nan=False)))
    except Exception as error:
        logger.exception('BEARER["ERROR_BODY"] failed with %s; our own body was sent.', type(error).__name__)
        return members


def _is_our_endpoint(request: HttpRequest) -> bool:
    match = getattr(request, "resolver_match", None)
    return match is not None and str(getattr(match.func, "__module__", "")).startswith(OWN)
