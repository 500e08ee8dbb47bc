"""What the project tells a client of its user when a session begins: `LOGIN_USER_DATA`."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from .. import conf
from ..errors import TemporarilyUnavailable

logger = logging.getLogger("django_bearer.security")


def of(user: Any) -> Mapping[str, Any] | None:
    """The member `user` of the answer to a login, or None. Asked before the session is stored.

    Raises `TemporarilyUnavailable` where the project's function fails: nobody is logged in then.
    """
    tells = conf.current().login_user_data
    if tells is None:
        return None
    try:
        found: Any = tells(user)
        return dict(json.loads(json.dumps(dict(found), cls=DjangoJSONEncoder, allow_nan=False)))
    except Exception as error:
        logger.exception('BEARER["LOGIN_USER_DATA"] failed with %s; nobody was logged in.', type(error).__name__)
        raise TemporarilyUnavailable("LOGIN_USER_DATA failed; its traceback is in the log") from error
