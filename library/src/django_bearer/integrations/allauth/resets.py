"""A new password by mail through allauth, under the rules of our recovery: same links, same accounts, same factor.

A link is one of ours: single use, a quarter of an hour, and over with another password, address or factor, and with a
logout everywhere. A code is bound to the account in the same way by the state of its flow.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.headless.account.inputs import RequestPasswordResetInput, ResetPasswordInput
from allauth.headless.account.response import PasswordResetKeyResponse
from allauth.headless.account.views import RequestPasswordResetView, ResetPasswordView
from allauth.headless.base.response import ConflictResponse
from allauth.headless.internal.restkit.response import ErrorResponse
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ... import conf
from ...accounts import second_factor
from ...endpoints.base import text
from ...errors import Failure, InvalidCode, LoginRefused
from ...http import second_step
from ...recovery import links
from ...recovery.links import Recovery
from . import confirmations, exchange

_TIE = "django_bearer_reset"
WITHOUT_PASSWORD, UNKNOWN = "without_password", "account/email/unknown_account"


class ResetRequestInput(RequestPasswordResetInput):  # type: ignore[misc]
    """The address of an account. One without a password gets none by mail: that would be a weaker way in."""

    users: list[Any]

    def clean_email(self) -> str:
        """The address; `users` are those whose password may be set by mail to it."""
        email = str(super().clean_email())
        found = list(self.users)
        self.users = [one for one in found if links.may_recover(one) and confirmations.may_receive(one, email)]
        current = exchange.require(get_adapter().request)
        current.has_no_password = bool(found) and not any(map(links.may_recover, found))
        return email


class ResetRequestView(RequestPasswordResetView):  # type: ignore[misc]
    """Mail a link or a code. The answer is the same whether there is an account."""

    input_class = ResetRequestInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The answer. The flow of a code is bound to the address and the factors of its account as they are now."""
        if self.input.users:
            request.session[_TIE] = tie_of(self.input.users[0])
        return super().post(request, *args, **kwargs)


class ResetInput(ResetPasswordInput):  # type: ignore[misc]
    """The key of a link or a code, and the new password."""

    @sensitive_variables()
    def _clean_key_link(self) -> str:
        key = str(self.cleaned_data["key"])
        found = links.find(key, conf.issuer(get_adapter().request))
        if isinstance(found, Failure):
            raise get_adapter().validation_error("invalid_password_reset")
        self.found, self.user = found, found.user
        return key


class PasswordResetView(ResetPasswordView):  # type: ignore[misc]
    """A new password by mail. As at our own recovery, a second factor goes with it if there is one (ASVS 6.4.3)."""

    input_class = ResetInput

    @sensitive_variables()
    def handle_input(self, data: Any) -> Any:
        """The refusal of a code whose account is not as it was when the code was mailed; else of what was sent."""
        if self.process is not None and self._is_over(self.process.user):
            return ConflictResponse(self.request)
        return super().handle_input(data)

    @sensitive_variables()
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Whose password it is. Opening a link consumes nothing: mail scanners open links."""
        if self.process is not None:
            return ConflictResponse(request) if self._is_over(self.process.user) else super().get(request)
        found = links.find(str(request.headers.get("X-Password-Reset-Key") or ""), conf.issuer(request))
        if isinstance(found, Failure):
            refused = get_adapter().validation_error("invalid_password_reset")
            return ErrorResponse(request, exception=refused)
        return PasswordResetKeyResponse(request, found.user)

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Set it. The key and the new password were looked at before, and are good."""
        user = self.input.user
        if not links.may_recover(user):
            raise LoginRefused("the user has no password or address by now")
        if self.process is not None and not confirmations.may_receive(user, str(self.process.state["email"])):
            raise confirmations.refusal()
        if second_factor.is_enrolled(user):
            code = text(self.data, "code", second_step.MAX_CODE)
            if not code:
                refused = LoginRefused("the user has a second factor, and no code was sent")
                refused.members = {"reason": "second_factor_required"}
                raise refused
            asker = exchange.require(request).client.id
            second_step.require_code(request, user, code, asker, purpose=second_step.RECOVERY)
        if self.process is None:
            use_up(self.input.found)
        return super().post(request, *args, **kwargs)

    def _is_over(self, user: Any) -> bool:
        kept = str(self.request.session.get(_TIE) or "")
        return user is not None and not hmac.compare_digest(kept, tie_of(user))


@sensitive_variables()
def link_for(user: Any, request: HttpRequest) -> str | None:
    """The key of a link for this user, in the place of allauth's own; None where none is to be mailed."""
    return links.make(user, conf.issuer(request)) if links.may_recover(user) else None


@sensitive_variables()
def use_up(found: Recovery) -> None:
    """Use a link up, whose account is still as it was when the link was made. Raises `InvalidCode` otherwise."""
    if isinstance(links.look(found.digest, found.issuer), Failure) or not links.take(found):
        raise InvalidCode("the link was used meanwhile, or the account was changed")


def tie_of(user: Any) -> str:
    """A digest of the address and the second factors of a user as they are now."""
    about = "|".join((str(user.pk), links.address_of(user), second_factor.fingerprint(user)))
    return hashlib.sha256(about.encode()).hexdigest()
