"""Another e-mail address for an account: ask with a recent login, confirm by a mailed code, undo by a mailed link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts import lookup
from ..accounts.account_changes import Change
from ..accounts.principal import Principal
from ..database import aliases
from ..errors import InvalidRequest, LoginRefused, NotFound, RateLimited
from ..http import client_address, password_login, second_step
from ..http.authentication import reject_plain_http
from ..http.challenge import NO_STORE, Answer
from ..http.public_views import checks_credentials
from ..rate_limits import limiter, rules
from ..recovery import email_change, email_undo
from ..recovery.undo_rules import Undo
from ..tokens import known_device
from .account_owner import require_proof, require_whole_scope
from .base import check_limits, endpoint, text, unwrap
from .recent_login import require_recent_login

PURPOSE = "email change"
MAX_ADDRESS = 254
DONE = Answer(204, None, NO_STORE)


@sensitive_variables()
def ask_for_change(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Mail a code to the new address. Wants a recent login (ASVS 7.5.1), all scopes, and the password or a step-up.

    Whoever has the mailbox of the account recovers its password, so no access token suffices. The answer is the same
    where another account has the address, and comes before anything is looked up.
    """
    principal = _principal(request)
    address = text(members, "email", MAX_ADDRESS, required=True)
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidRequest("email is no e-mail address") from None
    password = text(members, "password", password_login.MAX_PASSWORD)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    require_proof(request, principal, Change.ACCOUNT, password, shown)
    user, issuer, session = principal.user, conf.issuer(request), str(principal.session_id)
    check_limits(rules.mail_request(client_address.of(request), PURPOSE, lookup.key_of(user)))
    return replace(DONE, after=aliases.bound(lambda: email_change.ask(user, issuer, session, address)))


@sensitive_variables()
def confirm_change(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Set the new address by its code, in the session that asked for it. Every session of the account ends.

    The code was mailed after the proof that the account is the user's. Counted before it is looked at, by account.
    """
    principal = _principal(request)
    require_whole_scope(principal)
    code = text(members, "code", second_step.MAX_CODE, required=True)
    counted = rules.code_attempt(client_address.of(request), PURPOSE, lookup.key_of(principal.user))
    wait = limiter.admit(counted)
    if wait:
        raise RateLimited("too many codes", retry_after=wait)
    email_change.confirm(principal.user, conf.issuer(request), str(principal.session_id), code)
    return DONE


@sensitive_variables()
def undo_change(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Set the earlier address again, by the link that was mailed to it. Nobody is logged in.

    Where the account had a second factor long enough before the change, its code goes along: whoever reads an old
    mailbox must not end an honest change by it.
    """
    token = text(members, "undo_token", 100, required=True)
    unwrap(reject_plain_http(request, one_time_token=token))
    _require_served()
    code = text(members, "code", second_step.MAX_CODE)
    found = email_undo.find(conf.issuer(request), token)
    if found.need is Undo.CODE:
        if not code:
            refused = LoginRefused("the user has a second factor, and no code was sent")
            refused.members = {"reason": "second_factor_required"}
            raise refused
        second_step.require_code(request, found.user, code, purpose=second_step.UNDO)
    email_undo.undo(found)
    return DONE


def _principal(request: HttpRequest) -> Principal:
    unwrap(reject_plain_http(request))
    _require_served()
    return require_recent_login(request)


def _require_served() -> None:
    if not conf.current().email_undo_url:
        raise NotFound("BEARER['EMAIL_UNDO_URL'] is not set, so that no owner could undo a change")


email_view = checks_credentials(endpoint(ask_for_change))
email_confirm_view = checks_credentials(endpoint(confirm_change))
email_undo_view = endpoint(undo_change)
