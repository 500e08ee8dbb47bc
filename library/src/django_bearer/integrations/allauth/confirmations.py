"""Confirming an address: the decision is asked, and what it says is done."""

from __future__ import annotations

from typing import Any

from allauth import app_settings as allauth_settings
from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from ...errors import LoginRefused
from ...sessions.revocation import revoke_user
from . import exchange, flow_owner
from .confirmation_rules import Confirmation, Outcome, decide

_BEFORE = "_django_bearer_primary_before"
RESETS = frozenset({"reset_password"})
LINKS = frozenset({"verify_email"})


def note_before(sender: Any, instance: Any, using: str | None = None, **_: Any) -> None:
    """Remember, before an address is stored as confirmed, whether the account was signed up with it."""
    if instance.pk is not None and instance.verified and _BEFORE not in vars(instance):
        row = EmailAddress.objects.using(using).filter(pk=instance.pk, verified=False)
        vars(instance)[_BEFORE] = bool(row.values_list("primary", flat=True).first())


def require_confirmable(request: HttpRequest, address: EmailAddress) -> None:
    """Raise `LoginRefused` where this address is not to be confirmed by whoever asks; nothing was changed yet."""
    if decide(facts_of(request, address, bool(address.primary))) is Outcome.REFUSE:
        request.session.flush()
        raise refusal()


def follow(request: HttpRequest, address: EmailAddress) -> None:
    """Do what the decision says of an address that allauth has just stored as confirmed.

    One that must not be confirmed leaves the account: a mailed code was right, so its owner is not the account's.
    """
    facts = facts_of(request, address, bool(vars(address).get(_BEFORE)))
    outcome, user = decide(facts), address.user
    if outcome is Outcome.REFUSE:
        _remove(address, user)
        request.session.flush()
        raise refusal()
    if outcome is Outcome.TAKE_BACK:
        if user.has_usable_password():
            user.set_unusable_password()
            user.save(update_fields=["password"])
        revoke_user(user, "account_taken_back")
        flow_owner.untie(request.session)
    if outcome is Outcome.TAKE_BACK or (facts.by_reset and not facts.shown and not facts.proved_before):
        _forget_logins_elsewhere(user)
    if not facts.proved_before:  # what was named before and never proved may be anybody's
        for other in EmailAddress.objects.filter(user_id=user.pk, verified=False).exclude(pk=address.pk):
            _remove(other, user)
        if not EmailAddress.objects.filter(user_id=user.pk, primary=True).exists():
            address.set_as_primary()


def refusal() -> LoginRefused:
    """The refusal of an address that somebody else has added to an account of theirs."""
    refused = LoginRefused("the account has another verified address: log in to it, and confirm this one from there")
    refused.members = {"reason": "address_not_confirmed"}
    return refused


def may_receive(user: Any, email: str) -> bool:
    """Whether mail to this address may open the account: it is verified, or no address of the account is."""
    verified = EmailAddress.objects.filter(user_id=user.pk, verified=True)
    return bool(verified.filter(email__iexact=email).exists() or not verified.exists())


def require_mailbox(user: Any, records: list[dict[str, Any]]) -> None:
    """Raise `LoginRefused` for a login by a mailed code whose address opens this account no more."""
    mailed = [str(one["email"]) for one in records if one.get("method") == "code" and one.get("email")]
    if not all(may_receive(user, email) for email in mailed):
        raise refusal()


def facts_of(request: HttpRequest, address: EmailAddress, signed_up: bool) -> Confirmation:
    """What is known of this confirmation."""
    user_id = address.user_id
    others = EmailAddress.objects.filter(user_id=user_id, verified=True).exclude(pk=address.pk)
    current = exchange.find(request)
    route = "" if current is None else current.route
    return Confirmation(
        shown=current is not None and _has_shown(request, current, address.user),
        proved_before=others.exists(),
        by_link=route in LINKS and not app_settings.EMAIL_VERIFICATION_BY_CODE_ENABLED,
        by_reset=route in RESETS,
        has_factor=Authenticator.objects.filter(user_id=user_id).exists(),
        signed_up=signed_up,
    )


def _has_shown(request: HttpRequest, current: exchange.Exchange, user: Any) -> bool:
    if current.principal is not None:
        return bool(current.principal.user.pk == user.pk)
    if any(record.get("method") == "password" for record in get_authentication_records(request, user)):
        return True
    login = unstash_login(request, peek=True)
    return login is not None and login.signup and login.user is not None and login.user.pk == user.pk


def _remove(address: EmailAddress, user: Any) -> None:
    """Take the address from the account; a verified one is its primary one then, if there is any."""
    address.remove()
    left = EmailAddress.objects.filter(user_id=user.pk)
    first = left.filter(verified=True).first()
    if first is not None and not left.filter(primary=True).exists():
        first.set_as_primary()


def _forget_logins_elsewhere(user: Any) -> None:
    """Take the accounts at other sites from the user: whoever signed up with the address has connected them."""
    if allauth_settings.SOCIALACCOUNT_ENABLED:
        from .social_receivers import forget

        forget(user)
