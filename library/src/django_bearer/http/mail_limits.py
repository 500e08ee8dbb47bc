"""What a request for a mail is counted in: by its address, or by the device where that is known for the account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts import known_devices
from ..passwords.spelling import folded
from ..rate_limits import rules
from . import client_address, cookies


@sensitive_variables()
def buckets(request: HttpRequest, purpose: str, typed: str, shown: str = "") -> tuple[rules.Bucket, ...]:
    """The buckets of a request for a mail to the account that `typed` names.

    `shown` is the known-device token of the body; those of a page are in its cookie. Nothing is looked up for a
    request without any, and for another one nothing but the account that the token itself names.
    """
    tokens = [one for one in (shown, *cookies.known_devices(request)) if one]
    if tokens:
        known = known_devices.find_device_of(tokens, conf.issuer(request), lambda user: is_named(user, typed))
        if known is not None:
            return rules.mail_request_of_device(known.id.hex(), purpose, known.group)
    return rules.mail_request(client_address.of(request), purpose, typed)


def is_named(user: Any, typed: str) -> bool:
    """Whether this is the name or the address of the user, in whatever spelling of the same letters. Pure."""
    field = user.get_email_field_name() if hasattr(user, "get_email_field_name") else "email"
    names = (str(user.get_username()), str(getattr(user, field, "") or ""))
    return folded(typed) in {folded(one) for one in names if one}
