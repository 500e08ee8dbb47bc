"""The hooks of accounts: where allauth would log in to Django's session, a session of ours begins."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest

from ...sessions import revocation
from . import exchange, logins
from .methods import methods_of


class BearerAccounts(DefaultAccountAdapter):  # type: ignore[misc]
    """What the setting of allauth for accounts names: its login and its logout are ours.

    A project that has hooks of its own derives it from this class, and leaves `login` and `logout` alone.
    """

    def login(self, request: HttpRequest, user: Any) -> None:
        """Begin a session of ours. allauth calls it once all stages of its login are done.

        What `BEARER["LOGIN_POLICY"]` refuses with is raised before any effect of the login.

        Args:
            request: The request.
            user: Who logs in.
        """
        current = exchange.require(request)
        methods = methods_of(get_authentication_records(request, user)) | logins.by_new_passkey(current, user)
        request.session.flush()
        logins.log_in(request, current, user, methods)
        request.user = user

    def logout(self, request: HttpRequest) -> None:
        """End the session of the access token that this request carries, and the state of its flow.

        Args:
            request: The request.
        """
        current = exchange.require(request)
        if current.principal is not None and current.principal.session_id is not None:
            owner = str(current.principal.user.pk)
            revocation.end_session(current.principal.session_id, "logout", owner)
        super().logout(request)
