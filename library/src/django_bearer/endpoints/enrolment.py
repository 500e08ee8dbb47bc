"""The first second factor at a login that requires one: prove more than the password, then enrol, then log in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.mail import send_mail
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import account_tokens, enrolment, lookup, second_factor
from ..accounts.login_policy import Step
from ..conf.clients import Client
from ..errors import InvalidCode, InvalidLimitedToken, NotFound, RateLimited
from ..http import client_address, second_step
from ..http.authentication import reject_plain_http
from ..http.challenge import NO_STORE, Answer
from ..rate_limits import limiter, rules
from ..sessions import limited_logins
from ..sessions.limited_logins import PendingLogin
from ..sessions.revocation import revoke_user
from ..tokens import known_device, limited_token
from .base import check_limits, endpoint, text, unwrap
from .calling_client import caller
from .login import finish
from .second_factor import check_place

PURPOSE = "enrolment"
MAILED = "3/15 minute"
"""Codes mailed to one account. They last about as long, so that whoever is refused one has three."""
KEPT = "enrolment"
"""The member of a limited login that holds the encrypted secret. Without it nothing but the password was proved."""


@sensitive_variables()
def mail_code(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Mail a code to the address that the user verified before; `sent` says whether there is one.

    Who asks has shown the password, so the answer tells nothing that a login would not.
    """
    _client, pending = _pending(request, members)
    check_limits(rules.mail_request(client_address.of(request), PURPOSE, lookup.key_of(pending.user)))
    address = enrolment.verified_address(pending.user)
    if address:
        check_limits((rules.bucket("enrolment-codes", MAILED, lookup.key_of(pending.user)),))
        code = enrolment.mailed_code(pending.user, conf.issuer(request), pending.digest)
        body = _(
            "Somebody who knows your password wants to add a second factor to your account.\n\nThe code: %(code)s"
        )
        warning = _("If that was not you, change your password. Give the code to nobody.")
        send_mail(_("Your code for a second factor"), f"{body % {'code': code}}\n\n{warning}", None, [address])
    return Answer(200, {"sent": bool(address)}, NO_STORE)


@sensitive_variables()
def begin(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """A new limited token and what the factor shows, for the mailed code or the one that an administrator made.

    Counted before it is looked at, by account over all its logins. The limited token of before ends: whoever had a
    copy of it enrols nothing.
    """
    _client, pending = _pending(request, members)
    code = text(members, "code", second_step.MAX_CODE, required=True)
    issuer = conf.issuer(request)
    counted = rules.code_attempt(client_address.of(request), PURPOSE, lookup.key_of(pending.user))
    wait = limiter.admit(counted)
    if wait:
        raise RateLimited("too many codes", retry_after=wait)
    if not enrolment.take_code(pending.user, issuer, pending.digest, code):
        raise InvalidCode("it is neither the code mailed for this login nor one that an administrator made")
    limiter.uncount_code(counted)
    begun = enrolment.begin(pending.user)
    if not limited_logins.take(pending):
        raise InvalidLimitedToken("the attempt was completed or ended meanwhile")
    incomplete = limited_logins.begin(
        pending.user,
        Step.ENROL,
        issuer=issuer,
        state=pending.state,
        client_id=pending.client_id,
        delivery=pending.delivery,
        purpose=pending.purpose,
        asked={**pending.asked, KEPT: begun.secret},
    )
    return Answer(200, {**begun.shown, **incomplete.members}, NO_STORE)


@sensitive_variables()
def complete(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Tokens for the first right code of the new factor, which is stored now. Everything of before it ends."""
    client, pending = _pending(request, members)
    code = text(members, "code", second_step.MAX_CODE, required=True)
    kept = pending.asked.get(KEPT)
    if not isinstance(kept, str):
        raise InvalidLimitedToken("the password alone enrols nobody: send the mailed code to login/enrol/ first")
    user = pending.user
    if second_factor.is_enrolled(user):
        raise InvalidLimitedToken("the user has enrolled a factor meanwhile; log in with it")
    shown = enrolment.complete(user, kept, code)
    if shown is None:
        raise InvalidCode("complete_enrolment does not take the code")
    limited_logins.take_code(user, account_tokens.plain(code), pending.state.now)  # so that it logs nobody in again
    revoke_user(user, "factors_changed")
    events.publish(events.EventKind.FACTOR_ADDED, user_id=str(user.pk), client_id=pending.client_id)
    methods = ("otp", second_factor.MULTIPLE)
    device = text(members, "known_device_token", known_device.MAX_LENGTH)
    answer = finish(request, client, second_step.prepare(request, pending, methods, device))
    return replace(answer, body={**shown, **(answer.body or {})})


@sensitive_variables()
def _pending(request: HttpRequest, members: Mapping[str, Any]) -> tuple[Client, PendingLogin]:
    """The login that lacks a factor, and the client that began it and asks now."""
    unwrap(reject_plain_http(request, one_time_token=str(members.get("limited_token"))))
    if not enrolment.is_offered():
        raise NotFound("BEARER['SECOND_FACTOR'] has no begin_enrolment and complete_enrolment")
    client = caller(request, members)
    token = text(members, "limited_token", limited_token.MAX_LENGTH, required=True)
    pending = second_step.pending(request, token, Step.ENROL)
    check_place(request, client, pending)
    return client, pending


mail_code_view = endpoint(mail_code)
enrol_view = endpoint(begin)
factor_view = endpoint(complete)
