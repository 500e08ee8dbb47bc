"""Views of allauth that take the place of its own, where those fail or ask for less than our own endpoints do."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.headless.mfa.response import AuthenticatorResponse
from allauth.headless.mfa.views import AuthenticateView, ManageTOTPView, ManageWebAuthnView, SignupWebAuthnView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.flows import activate_totp
from allauth.mfa.webauthn.internal.flows import add_authenticator
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from .codes import CodeInput, FirstCodeInput
from .resets import PasswordResetView, ResetRequestView


class PasskeySignupView(SignupWebAuthnView):  # type: ignore[misc]
    """A passkey at sign-up. Without a sign-up under way it is refused before its body is read."""

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The answer; a conflict where the flow has no sign-up that waits for a passkey."""
        refused = self._require_stage() if request.method == "PUT" else None
        return refused or super().handle(request, *args, **kwargs)


class SecondFactorView(AuthenticateView):  # type: ignore[misc]
    """The code of a second factor, which any of the user's factors takes that can be read."""

    input_class = CodeInput


def shown_once(codes: Authenticator | None) -> dict[str, list[str]]:
    """The recovery codes that were made with a first factor, for its answer: the session that asks ends with it."""
    if codes is None:
        return {}
    made = codes.wrap()
    made.mark_as_viewed()
    return {"recovery_codes": list(made.get_unused_codes())}


class TOTPView(ManageTOTPView):  # type: ignore[misc]
    """A TOTP device, whose first code is no code of a login any more."""

    input_class: ClassVar = {"POST": FirstCodeInput}

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Store it. The answer shows the recovery codes, if it is the user's first factor."""
        added, codes = activate_totp(request, self.input)
        return AuthenticatorResponse(request, added, meta=shown_once(codes))


class PasskeyView(ManageWebAuthnView):  # type: ignore[misc]
    """Passkeys of an account."""

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Store one. The answer shows the recovery codes, if it is the user's first factor."""
        given = self.input.cleaned_data
        added, codes = add_authenticator(request, name=given["name"], credential=given["credential"])
        meta = {"recovery_codes_generated": codes is not None, **shown_once(codes)}
        return AuthenticatorResponse(request, added, meta=meta)


SAFER: dict[str, Any] = {
    "signup_webauthn": PasskeySignupView,
    "request_password_reset": ResetRequestView,
    "reset_password": PasswordResetView,
    "authenticate": SecondFactorView,
    "manage_totp": TOTPView,
    "manage_webauthn": PasskeyView,
}
"""The views by the names of their routes."""
