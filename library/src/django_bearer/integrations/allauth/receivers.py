"""What allauth tells us: changes of factors and of the e-mail address end sessions that began before them."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth import app_settings
from allauth.account.models import EmailAddress
from allauth.account.signals import (
    email_added,
    email_changed,
    email_confirmed,
    email_removed,
    password_changed,
    password_reset,
    password_set,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.db.models.signals import pre_save

from ... import conf, events
from ...events import EventKind
from ...recovery import addresses, email_change
from ...sessions.revocation import revoke_user
from . import confirmations, exchange, flow_owner, owner_mails


def connect() -> None:
    """Listen to allauth's signals."""
    for signal, kind in (
        (authenticator_added, EventKind.FACTOR_ADDED),
        (authenticator_removed, EventKind.FACTOR_REMOVED),
        (authenticator_reset, EventKind.FACTOR_ADDED),
    ):
        told = partial(_factors_changed, kind)
        signal.connect(told, weak=False, dispatch_uid="django_bearer.allauth_factors")
    email_added.connect(_email_added, dispatch_uid="django_bearer.allauth_email_added")
    email_changed.connect(_email_changed, dispatch_uid="django_bearer.allauth_email")
    email_removed.connect(_email_removed, dispatch_uid="django_bearer.allauth_email_removed")
    for signal in (password_changed, password_set):
        signal.connect(_password_changed, dispatch_uid="django_bearer.allauth_password")
    if _store_address not in addresses.address_stores:
        addresses.address_stores.append(_store_address)
    password_reset.connect(_password_reset, dispatch_uid="django_bearer.allauth_password_reset")
    if app_settings.SOCIALACCOUNT_ENABLED:
        from . import social_receivers

        social_receivers.connect()
    pre_save.connect(confirmations.note_before, sender=EmailAddress, dispatch_uid="django_bearer.allauth_before")
    email_confirmed.connect(_email_confirmed, dispatch_uid="django_bearer.allauth_confirmed")


def _factors_changed(
    kind: EventKind, sender: Any, request: Any, user: Any, authenticator: Any, signal: Any = None, **_: Any
) -> None:
    current = exchange.find(request) if request is not None else None
    if current is not None and current.principal is None and authenticator.type == Authenticator.Type.WEBAUTHN:
        current.made_passkey_of = user.pk
        flow_owner.untie(request.session)
    revoke_user(user, "factors_changed")
    events.publish(kind, user_id=str(user.pk), details={"factor": str(authenticator.type)})
    if authenticator.type != Authenticator.Type.RECOVERY_CODES or signal is authenticator_reset:  # not beside another
        owner_mails.tell_of(kind, user)


def _email_changed(
    sender: Any, request: Any, user: Any, from_email_address: Any = None, to_email_address: Any = None, **_: Any
) -> None:
    old = "" if from_email_address is None else str(from_email_address.email)
    if request is not None:
        flow_owner.untie(request.session)
    email_change.changed(user, conf.issuer(request), old, str(to_email_address.email))


def _store_address(user: Any, address: str) -> None:
    """Follow an address that we have set: it is the only one from now on, and verified."""
    EmailAddress.objects.filter(user_id=user.pk).exclude(email__iexact=address).delete()
    found = {"email": address, "verified": True, "primary": True}
    EmailAddress.objects.update_or_create(user_id=user.pk, email__iexact=address, defaults=found)


def _email_added(sender: Any, user: Any, email_address: Any, **_: Any) -> None:
    owner_mails.tell_added(user, str(email_address.email))


def _email_removed(sender: Any, user: Any, email_address: Any, **_: Any) -> None:
    revoke_user(user, "email_changed")
    owner_mails.tell_removed(user, str(email_address.email), bool(email_address.verified))


def _password_changed(sender: Any, user: Any, **_: Any) -> None:
    owner_mails.tell_password(user)


def _password_reset(sender: Any, user: Any, **_: Any) -> None:
    revoke_user(user, "password_recovered")
    events.publish(EventKind.PASSWORD_RECOVERED, user_id=str(user.pk))
    owner_mails.tell_of(EventKind.PASSWORD_RECOVERED, user)


def _email_confirmed(sender: Any, request: Any, email_address: Any, **_: Any) -> None:
    confirmations.follow(request, email_address)
