"""Whose flow it is: the state of a flow is bound to the account's password and epochs from when its user is known."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.flows.password_reset_by_code import PASSWORD_RESET_VERIFICATION_SESSION_KEY
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.internal.userkit import str_to_user_id
from allauth.account.utils import url_str_to_user_pk
from django.contrib.sessions.backends.base import SessionBase

from ...accounts import known_devices, lookup

_TIE = "django_bearer_account"
_KEPT = (EMAIL_VERIFICATION_CODE_SESSION_KEY, PASSWORD_RESET_VERIFICATION_SESSION_KEY)


def user_of(state: Mapping[str, Any]) -> Any:
    """The user whose login, address or password the flow is about; None where it is about nobody yet."""
    login = state.get(LOGIN_SESSION_KEY)
    kept = [one["user_id"] for name in _KEPT if isinstance(one := state.get(name), dict) and one.get("user_id")]
    try:
        if isinstance(login, dict) and login.get("user_pk"):
            return lookup.user_of_key(str(url_str_to_user_pk(login["user_pk"])))
        return lookup.user_of_key(str(str_to_user_id(kept[0]))) if kept else None
    except ValueError:
        return None


def tie(session: SessionBase, issuer: str) -> None:
    """Bind the state to its user as the account is now, unless it is bound to that user already."""
    user = user_of(session)
    if user is None:
        session.pop(_TIE, None)
    elif not _is_tied_to(session, user):
        session[_TIE] = [str(user.pk), known_devices.account_fingerprint(issuer, user)]


def untie(session: SessionBase) -> None:
    """Bind it anew when it is stored: the flow itself has changed the account."""
    session.pop(_TIE, None)


def is_over(session: SessionBase, issuer: str) -> bool:
    """Whether the password was changed, or the user logged out everywhere or was deactivated, since it was bound."""
    user, found = user_of(session), session.get(_TIE)
    if user is None and found is None:
        return False
    if user is None or found is None or not getattr(user, "is_active", True) or not _is_tied_to(session, user):
        return True
    return not hmac.compare_digest(str(found[1]), known_devices.account_fingerprint(issuer, user))


def _is_tied_to(session: SessionBase, user: Any) -> bool:
    found = session.get(_TIE)
    return found is not None and found[0] == str(user.pk)


def name_of(state: Mapping[str, Any]) -> str:
    """What the flow's account is counted as: its user name, or the address that was typed and has no account."""
    user = user_of(state)
    if user is not None:
        return str(user.get_username())
    kept = [one for name in (LOGIN_SESSION_KEY, *_KEPT) if isinstance(one := state.get(name), dict)]
    return next((str(one[name]) for one in kept for name in ("email", "phone") if one.get(name)), "")
