"""My API tokens: a user makes one for a machine, sees which there are, and ends what is no longer needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..accounts.account_changes import Change
from ..accounts.principal import Principal
from ..api_tokens import issue_and_revoke
from ..database import issuers
from ..errors import InvalidRequest, InvalidScope, NotFound
from ..http import authentication, password_login
from ..http.challenge import NO_STORE, Answer
from ..http.public_views import checks_credentials
from ..models import ApiToken
from ..primitives.clock import SECOND
from ..tokens import known_device
from .account_owner import require_proof
from .base import endpoint, endpoints, no_body, scope, text, unwrap
from .recent_login import require_recent_login, require_user_themselves

MAX_NAME = 100
CAUSE = "ended_by_user"


@sensitive_variables()
def create_api_token(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """Make a token of the user's own, shown this once; its scope is at most that of the access token that asks.

    It takes a recent login or step-up, so that a stolen session yields no lasting token. From a browser session it
    takes the account's password as well, counted as a login is: script in a page has the access token, and must not
    take away what outlives it.
    """
    principal = require_recent_login(request)
    password = text(members, "password", password_login.MAX_PASSWORD)
    shown = text(members, "known_device_token", known_device.MAX_LENGTH)
    wanted = scope(members) or frozenset()
    if not wanted <= principal.scopes:
        raise InvalidScope("an API token may do no more than the access token that asks for it")
    lifetime = members.get("expires_in")
    if isinstance(lifetime, bool) or not isinstance(lifetime, int):
        raise InvalidRequest("expires_in is missing, or not a whole number of seconds")
    name = text(members, "name", MAX_NAME, required=True)
    require_proof(request, principal, Change.LASTING, password, shown)
    made = issue_and_revoke.issue_api_token(
        principal.user,
        name=name,
        expires_in=lifetime,
        scope=wanted,
        amr=principal.claims.amr if principal.claims is not None else (),
        made_by_session=principal.session_id,
        request=request,
    )
    members = {"id": str(made.id), "name": made.name, "token": made.token, "expires_at": made.expires_at}
    return Answer(201, {**members, "scope": " ".join(sorted(made.scope))}, NO_STORE)


def list_api_tokens(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """The user's tokens that are good, the newest first; never the tokens themselves."""
    principal: Principal = unwrap(authentication.require_session(request))
    rows = _live(request, principal).order_by("-created_at")
    return Answer(200, {"api_tokens": [_described(row) for row in rows]}, NO_STORE)


def revoke_api_token(request: HttpRequest, members: Mapping[str, Any]) -> Answer:
    """End one token of this user; 404 for any other. Staff who acts for the user ends none."""
    principal = require_user_themselves(request)
    token_id = members["token_id"]
    if not _live(request, principal).filter(pk=token_id).exists():
        raise NotFound("no API token of this user has that id")
    issue_and_revoke.revoke_api_token(token_id, CAUSE)
    return Answer(204, None, NO_STORE)


def _live(request: HttpRequest, principal: Principal) -> Any:
    issuer = conf.issuer(request)
    return issue_and_revoke.live(principal.user, issuer, issuers.state(issuer, principal.user.pk))


def _described(row: ApiToken) -> dict[str, Any]:
    """One token. Timestamps are seconds since 1970; `exposed` says that it came over plain HTTP: make another one."""
    return {
        "id": str(row.pk),
        "name": row.name,
        "scope": row.scope,
        "created_at": row.created_at // SECOND,
        "expires_at": row.expires_at // SECOND,
        "last_used_at": None if row.last_used_at is None else row.last_used_at // SECOND,
        "last_used_from": row.last_used_from,
        "exposed": row.exposed_at is not None,
    }


api_tokens_view = checks_credentials(
    endpoints(GET=endpoint(list_api_tokens, no_body, "GET"), POST=endpoint(create_api_token))
)
api_token_view = checks_credentials(endpoint(revoke_api_token, no_body, "DELETE"))
