"""The token strategy: allauth's logins answer our tokens, and its session token opens a flow and nothing else."""

from __future__ import annotations

from typing import Any

from allauth.headless.tokens.strategies.base import AbstractTokenStrategy
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ... import conf
from ...accounts.principal import Principal
from . import exchange, limits, logins, pending
from .records import written
from .state_store import FlowStore

_BY_SESSION = "session"
"""Stands for the token where the request carries an access token of ours."""


class BearerTokenStrategy(AbstractTokenStrategy):  # type: ignore[misc]
    """What the setting of allauth for its token strategy names.

    Who is logged in is told by our access token alone. The session token of allauth carries a flow on until its
    login, never longer: no login is ever stored under it.
    """

    def get_session_token(self, request: HttpRequest) -> str | None:
        """Tell which flow this request goes on with.

        Args:
            request: The request.

        Returns:
            The token of the flow, or None.
        """
        current = exchange.require(request)
        self._principal, self._request = current.principal, request
        if self._principal is not None:
            return _BY_SESSION
        if not isinstance(request.session, FlowStore):
            request.session = pending.fresh()  # in the place of one that is not encrypted
        return current.flow or str(request.headers.get("x-session-token") or "") or None

    @sensitive_variables()
    def create_session_token(self, request: HttpRequest) -> str:
        """Store the state of the flow.

        Args:
            request: The request, with the state in `request.session`.

        Returns:
            The token that finds it again, which the flow's first answer carries.
        """
        found = self.get_session_token(request)
        if found == _BY_SESSION:
            request.session.save()
            return found
        token = found or pending.new_token()
        logins.note_password(request, exchange.require(request).right)
        pending.keep(request.session, token, conf.issuer(request))
        return token

    @sensitive_variables()
    def lookup_session(self, session_token: str) -> SessionBase | None:
        """Find the state of a flow, or the state that belongs to the session of the access token.

        Args:
            session_token: The token of the flow.

        Returns:
            The state, or None where there is none.

        Raises:
            UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
        """
        uses = limits.looks_at_a_code(self._request)
        if self._principal is not None:
            return pending.of_session(str(self._principal.session_id), _login_of(self._principal), uses)
        return (pending.take if uses else pending.find)(session_token, conf.issuer(self._request))

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any] | None:
        """Hand out the tokens of the session in which this login ended.

        Args:
            request: The request.

        Returns:
            A mapping of the members of the answer's `meta`, or None before the login is done.
        """
        answer = exchange.require(request).answer
        return None if answer is None else dict(answer.body or {})


def _login_of(principal: Principal) -> dict[str, Any]:
    """What Django and allauth ask of a login, for the user of an access token."""
    user = principal.user
    return {
        SESSION_KEY: user._meta.pk.value_to_string(user),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        **written(principal),
    }
