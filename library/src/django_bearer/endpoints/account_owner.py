"""Who may change an account: one rule for every endpoint that does, ours and those of integrations."""

from __future__ import annotations

from django.contrib.auth.hashers import is_password_usable
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts import second_factor
from ..accounts.account_changes import Change, ChangeFacts, Lacking, lacking
from ..accounts.login_strength import LoginRequirement, StepUpFailure
from ..accounts.principal import Principal
from ..conf import clients
from ..errors import (
    Failure,
    HTTPRefusal,
    InsufficientScope,
    PasswordRequired,
    ReauthenticationRequired,
    StrongerLoginRequired,
)
from ..http import password_login
from ..models import Session
from ..tokens.refresh_token import TokenDelivery


@sensitive_variables()
def require_proof(
    request: HttpRequest, principal: Principal, change: Change, password: str = "", shown: str = ""
) -> None:
    """Refuse a change of the account that this principal, whose login is recent, may not make by its token alone.

    `password` is what the request carries as the account's, counted as at a login; `shown` its known-device token.
    Raises `InsufficientScope`, `StrongerLoginRequired`, `PasswordRequired`, `ReauthenticationRequired` and
    `RateLimited`.
    """
    missing = lacking(change, _facts(principal, change))
    if missing is Lacking.PASSWORD:
        password_login.require_password(request, principal.user, password, shown)
    elif missing is not None:
        raise _refusal(missing)


def require_whole_scope(principal: Principal) -> None:
    """Raise `InsufficientScope` unless the token has every scope that a login of its client gets."""
    if not has_whole_scope(principal):
        raise _refusal(Lacking.SCOPE)


def has_whole_scope(principal: Principal) -> bool:
    """Whether the token has every scope that a login of its client gets. A client that is gone gets none."""
    config = conf.current()
    client = clients.find(config.clients, principal.client_id)
    if isinstance(client, Failure):
        return False
    most = clients.scope(client, config.scopes, None)
    return not isinstance(most, Failure) and most <= principal.scopes


def was_stepped_up(session: Session) -> bool:
    """Whether the session's user has proved once more, since it began, who they are. Pure."""
    return session.authenticated_at > session.created_at


def _facts(principal: Principal, change: Change) -> ChangeFacts:
    session, user = principal.session(), principal.user
    methods = frozenset(() if principal.claims is None else principal.claims.amr)
    return ChangeFacts(
        from_page=session.delivery == TokenDelivery.COOKIE,
        whole_scope=has_whole_scope(principal),
        stepped_up=was_stepped_up(session),
        has_password=is_password_usable(str(getattr(user, "password", ""))),
        enrolled=None if change is Change.LASTING else second_factor.is_enrolled(user),
        factor_shown=second_factor.was_shown(methods),
    )


def _refusal(missing: Lacking) -> HTTPRefusal:
    required = LoginRequirement(conf.current().step_up_max_age)
    if missing is Lacking.SCOPE:
        return InsufficientScope("a token with fewer scopes than a login of its client changes no account")
    if missing is Lacking.SECOND_FACTOR:
        reason = "the login behind the token did not show the second factor: step up with its code"
        return StepUpFailure(StrongerLoginRequired, reason, required).exception()
    if missing is Lacking.STEP_UP:
        reason = "the account has no password to send: step up since the session began"
        return StepUpFailure(ReauthenticationRequired, reason, required).exception()
    return PasswordRequired("the request carries no password")
