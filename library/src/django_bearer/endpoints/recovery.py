"""Recovery: ask for a link, and set a new password with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..database import aliases
from ..errors import LoginRefused, NotFound
from ..http import mail_limits, second_step
from ..http.authentication import reject_plain_http
from ..http.challenge import NO_STORE, Answer
from ..http.password_login import MAX_NAME, MAX_PASSWORD
from ..recovery import completion, links, mailing
from ..recovery.links import Recovery
from ..tokens import known_device, recovery_token
from .base import check_limits, endpoint, text, unwrap

PURPOSE = "recovery"
DONE = Answer(204, None, NO_STORE)


@sensitive_variables()
def ask_for_link(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Mail a link to the accounts of this name or address. The answer is the same whether there are any (CS-01).

    It is answered first and looked up afterwards, so that no time tells either. Counted by address, and by account
    from that address: whoever asks from elsewhere keeps the owner from no mail (ASVS 6.3.8). A device that is known
    for the account is counted by itself: whoever asks from the owner's own address keeps them from none there.
    """
    _require_served(request)
    typed = text(members, "account", MAX_NAME, required=True)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    check_limits(mail_limits.buckets(request, PURPOSE, typed, shown))
    issuer = conf.issuer(request)
    return replace(DONE, after=aliases.bound(lambda: mailing.send_links(typed, issuer)))


@sensitive_variables()
def set_new_password(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Set a new password by the token of a link, and the code of the second factor where there is one (ASVS 6.4.3).

    Opening the link consumes nothing: mail scanners open links. Only a password that is taken uses it up.
    """
    _require_served(request, str(members.get("recovery_token")))
    token = text(members, "recovery_token", recovery_token.MAX_LENGTH, required=True)
    found: Recovery = unwrap(links.find(token, conf.issuer(request)))
    password = text(members, "password", MAX_PASSWORD, required=True)
    code = text(members, "code", second_step.MAX_CODE)
    completion.require_good(password, found)
    if found.enrolled:
        if not code:
            refused = LoginRefused("the user has a second factor, and no code was sent")
            refused.members = {"reason": "second_factor_required"}
            raise refused
        second_step.require_code(request, found.user, code, purpose=second_step.RECOVERY)
    completion.set_password(found, password)
    return DONE


def _require_served(request: HttpRequest, token: str = "") -> None:
    unwrap(reject_plain_http(request, one_time_token=token))
    if not conf.current().recovery_url:
        raise NotFound("BEARER['RECOVERY_URL'] is not set, so that no link could be mailed")


recovery_view = endpoint(ask_for_link)
new_password_view = endpoint(set_new_password)
