"""What allauth tells of accounts at other sites: a connection is a way in, so its changes end what was before."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.signals import social_account_added, social_account_removed

from ... import events
from ...events import EventKind
from ...recovery import addresses
from ...sessions.revocation import revoke_user
from . import owner_mails

CAUSE = "logins_changed"


def connect() -> None:
    """Listen to allauth's signals."""
    social_account_added.connect(_added, dispatch_uid="django_bearer.allauth_social_added")
    social_account_removed.connect(_removed, dispatch_uid="django_bearer.allauth_social_removed")
    if forget not in addresses.undone:
        addresses.undone.append(forget)


def forget(user: Any) -> None:
    """Take every account at another site from a user: whoever had the account before may have connected it."""
    rows = SocialAccount.objects.filter(user_id=user.pk)
    names = list(rows.values_list("provider", flat=True))
    rows.delete()
    for name in names:
        _publish(EventKind.SOCIAL_ACCOUNT_REMOVED, user, name)


def _added(sender: Any, sociallogin: Any, **_: Any) -> None:
    user, provider = sociallogin.user, str(sociallogin.account.provider)
    revoke_user(user, CAUSE)
    _publish(EventKind.SOCIAL_ACCOUNT_ADDED, user, provider)
    owner_mails.tell_connected(user, provider)


def _removed(sender: Any, socialaccount: Any, **_: Any) -> None:
    user, provider = socialaccount.user, str(socialaccount.provider)
    revoke_user(user, CAUSE)
    _publish(EventKind.SOCIAL_ACCOUNT_REMOVED, user, provider)
    owner_mails.tell_disconnected(user, provider)


def _publish(kind: EventKind, user: Any, provider: str) -> None:
    events.publish(kind, user_id=str(user.pk), details={"provider": provider})
