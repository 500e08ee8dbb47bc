"""The hooks of accounts: where allauth would log in to Django's session, a session of ours begins."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.core import context as allauth_context
from allauth.core.internal.httpkit import get_frontend_url
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from ... import conf
from ...accounts.login_strength import LoginRequirement, unmet
from ...endpoints.base import unwrap
from ...http import client_address
from ...sessions import revocation
from . import confirmations, exchange, logins, owner_mails, remembered, resets
from .methods import methods_of

logger = logging.getLogger("django_bearer.security")


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
        current, records = exchange.require(request), get_authentication_records(request, user)
        confirmations.require_mailbox(user, records)
        methods = methods_of(records) | logins.by_new_passkey(current, user)
        logins.note_password(request, current.right)
        counted = logins.counted_password(request)
        request.session.flush()
        logins.log_in(request, current, user, methods, counted)
        request.user = user

    def get_login_stages(self) -> list[str]:
        """Return the stages of a login, that of the second factor with our remembered devices.

        Returns:
            A list of dotted names of classes.
        """
        return [remembered.STAGE if one == remembered.ALLAUTH_STAGE else one for one in super().get_login_stages()]

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Tell whether what changes factors, addresses or a first password must wait for another login.

        allauth asks it before each of these. The age of the login is that of the access token's `auth_time`, and
        `BEARER["STEP_UP_MAX_AGE"]` says how old it may be, whatever the settings of allauth say.

        Args:
            app: Which of allauth's apps asks.
            **kwargs: What allauth may say beside it.

        Returns:
            True where no session asks; else False.

        Raises:
            ReauthenticationRequired: The login is older. The client steps up, and asks again.
            SessionRequired: It is an API token, behind which no person logs in.
            ImpersonationRefused: Staff acts for the user.
        """
        current = exchange.find(allauth_context.request)
        if current is None or current.principal is None:
            return True
        unwrap(unmet(LoginRequirement(conf.current().step_up_max_age), current.principal))
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing: every attempt at a password is counted by our own limits of logins.

        Args:
            request: The request.
            **credentials: What was typed.
        """

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Confirm an address by a mailed code or link.

        Args:
            request: The request.
            email_address: The address of an account.

        Returns:
            Whether it is confirmed now.

        Raises:
            LoginRefused: The account has another verified address, and who asks has shown neither its password nor
                a session of it.
        """
        confirmations.require_confirmable(request, email_address)
        return bool(super().confirm_email(request, email_address))

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Mail a link for a new password, to an address that may open the account; else what an unknown one gets.

        Args:
            user: Whose password it is.
            email: The address that was typed.
            context: A mapping of what the template shows.

        Raises:
            UnknownIssuer: The callable `ISSUER` names an issuer that `ISSUERS` does not know.
            TemporarilyUnavailable: `SECOND_FACTOR` failed, or the database was busy.
        """
        if not confirmations.may_receive(user, email):
            send_unknown_account_mail(self.request, email)
            return
        key = resets.link_for(user, self.request)
        if key is not None:  # else those that were mailed are good
            url = self.get_reset_password_from_key_url(key)
            super().send_password_reset_mail(user, email, {**context, "key": key, "password_reset_url": url})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail what a template says; to an account that has no password, that it has none to be set anew.

        Args:
            template_prefix: The name of the template, without its end.
            email: The address.
            context: A mapping of what the template shows.
        """
        current = exchange.find(allauth_context.request)
        if template_prefix == resets.UNKNOWN and current is not None and current.has_no_password:
            owner_mails.tell_no_password(email)
        else:
            super().send_mail(template_prefix, email, context)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Tell the owner of an address that somebody signed up with it again; nobody else learns of it.

        Args:
            email: The address.
        """
        try:
            super().send_account_already_exists_mail(email)
        except ImproperlyConfigured as error:  # an answer of another kind would tell that there is an account
            logger.error("set HEADLESS_FRONTEND_URLS, so that mails name the page for a new password: %s", error)
            page = get_frontend_url(allauth_context.request, "account_signup") or ""
            pages = {"signup_url": page, "password_reset_url": page}
            self.send_mail("account/email/account_already_exists", email, pages)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of the client, by `BEARER["TRUSTED_PROXIES"]` as everywhere.

        Args:
            request: The request.

        Returns:
            The address, or an empty str.
        """
        return client_address.of(request)

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
