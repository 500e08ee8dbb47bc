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
from ..errors import HTTPRefusal, InvalidCode, InvalidLimitedToken, NotFound, RateLimited, TemporarilyUnavailable
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
MAILED_FROM_THERE, MAILED = "3/15 minute", "10/hour"
"""Codes mailed to one account, from one address and from all: who has the password leaves mails for the owner."""
_OURS = frozenset({"error", "error_description", "code", "detail", "access_token", "refresh_token"})
"""Members of an answer that no factor names."""
WRONG = "it is neither the code mailed for this login nor one that an administrator made"
KEPT = "enrolment"
"""The member of a limited login that holds the encrypted secret. Without it nothing but the password was proved."""


@sensitive_variables()
def mail_code(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Mail a code to the address that the user verified before; `sent` says whether there is one.

    Who asks has shown the password, so the answer tells nothing that a login would not.
    """
    _client, pending = _pending(request, members)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    asking, counted = _mail_buckets(request, pending.user, shown)
    check_limits(asking)
    may = enrolment.may_be_mailed(pending.methods, pending.user.has_usable_password())
    address = enrolment.verified_address(pending.user) if may else ""
    if address:
        check_limits(counted)
        code = enrolment.mailed_code(pending.user, conf.issuer(request), pending.digest)
        try:
            send_mail(_("Your code for a second factor"), _mail_text(code), None, [address])
        except Exception as error:
            limiter.uncount_code(counted)
            raise TemporarilyUnavailable(f"the code was not mailed: {type(error).__name__}") from None
    return Answer(200, {"sent": bool(address)}, NO_STORE)


@sensitive_variables()
def _mail_buckets(
    request: HttpRequest, user: Any, shown: str
) -> tuple[tuple[rules.Bucket, ...], tuple[rules.Bucket, ...]]:
    """What a request for a mail is counted in, and what the mail itself is.

    A device that is known for the account has buckets of its own: whoever has the password, and many addresses, keeps
    the owner there from no mail.
    """
    known = second_step.known_device_of(request, user, shown)
    if known is not None:
        device = known.id.hex()
        asking = rules.mail_request_of_device(device, PURPOSE, known.group)
        return asking, (rules.bucket("enrolment-codes-of-device", MAILED_FROM_THERE, device),)
    account, source = lookup.key_of(user), client_address.of(request)
    return rules.mail_request(source, PURPOSE, account), (
        rules.bucket("enrolment-codes-from", MAILED_FROM_THERE, account, source),
        rules.bucket("enrolment-codes", MAILED, account),
    )


@sensitive_variables()
def _mail_text(code: str) -> str:
    body = _("Somebody who knows your password wants to add a second factor to your account.\n\nThe code: %(code)s")
    warning = _("If that was not you, change your password. Give the code to nobody.")
    return f"{body % {'code': code}}\n\n{warning}"


@sensitive_variables()
def begin(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """A new limited token and what the factor shows, for the mailed code or the one that an administrator made.

    Counted before it is looked at, by account over all its logins. The limited token of before ends: whoever had a
    copy of it enrols nothing.
    """
    _client, pending = _pending(request, members)
    code = text(members, "code", second_step.MAX_CODE, required=True)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    issuer = conf.issuer(request)
    counted = _count(request, pending.user, shown)
    if not enrolment.is_right(pending.user, issuer, pending.digest, code):
        raise InvalidCode(WRONG)
    begun = enrolment.begin(pending.user)  # before the code is used up: the project's own code may fail
    if not enrolment.take_code(pending.user, issuer, pending.digest, code):
        raise InvalidCode(WRONG)
    limiter.uncount_code(counted)
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
    """Tokens for the first right code of the new factor, which is stored now. Everything of before it ends.

    Each code is counted before it is looked at. Of two requests at once one enrols, the other is refused.
    """
    client, pending = _pending(request, members)
    code = text(members, "code", second_step.MAX_CODE, required=True)
    device = text(members, "known_device_token", known_device.MAX_LENGTH)
    kept = pending.asked.get(KEPT)
    if not isinstance(kept, str):
        raise InvalidLimitedToken("the password alone enrols nobody: send the mailed code to login/enrol/ first")
    user = pending.user
    counted = _count(request, user, device)
    claimed = limited_logins.claim(pending)
    if claimed is None:
        raise InvalidLimitedToken("the attempt was completed or ended meanwhile")
    shown = _enrol(claimed, pending, kept, code)
    limiter.uncount_code(counted)
    limited_logins.take_code(user, account_tokens.plain(code), pending.state.now)  # so that it logs nobody in again
    revoke_user(user, "factors_changed")
    events.publish(events.EventKind.FACTOR_ADDED, user_id=str(user.pk), client_id=pending.client_id)
    try:
        enrolled = replace(claimed, state=pending.state.raised_once())
        prepared = second_step.prepare(request, enrolled, ("otp", second_factor.MULTIPLE), device)
        answer = finish(request, client, prepared)
    except HTTPRefusal as refused:  # the factor is stored, so what it shows once is shown whatever the login lacks
        refused.members = {**_once(shown), **refused.members}
        raise
    return replace(answer, body={**_once(shown), **(answer.body or {})})


def _once(shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the factor shows once, without what only we say."""
    return {name: said for name, said in shown.items() if name not in _OURS}


@sensitive_variables()
def _enrol(claimed: PendingLogin, pending: PendingLogin, kept: str, code: str) -> Mapping[str, Any]:
    """What the new factor shows once. The attempt may be tried again where the factor does not take the code."""
    shown = None
    try:
        if second_factor.is_enrolled(pending.user):
            raise InvalidLimitedToken("the user has enrolled a factor meanwhile; log in with it")
        shown = enrolment.complete(pending.user, kept, code)
        if shown is None:
            raise InvalidCode("complete_enrolment does not take the code")
        return shown
    finally:
        if shown is None:
            limited_logins.release(claimed, pending)


def _count(request: HttpRequest, user: Any, shown: str) -> tuple[rules.Bucket, ...]:
    """The buckets of an attempt at a code, which is counted by account over all its logins, and by address; that of a
    device which is known for the account by the device. `shown` is the known-device token of the body.

    Raises `RateLimited` where there were too many.
    """
    counted = second_step.counted_in(request, user, PURPOSE, shown)
    wait = limiter.admit(counted)
    if wait:
        raise RateLimited("too many codes", retry_after=wait)
    return counted


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
