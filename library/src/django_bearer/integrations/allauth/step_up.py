"""Step-up by passkey: the user of a session uses one again, and gets new tokens of the same session (RFC 9470)."""

from __future__ import annotations

from typing import Any

from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.mfa.inputs import AuthenticateWebAuthnInput
from allauth.headless.mfa.response import WebAuthnRequestOptionsResponse
from allauth.mfa.webauthn.internal import auth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.debug import sensitive_variables
from fido2.webauthn import UserVerificationRequirement

from ...endpoints.base import unwrap
from ...endpoints.step_up import delivered
from ...errors import SessionRequired
from ...http.request_device import request_device
from ...sessions.step_up import step_up
from . import exchange
from .logins import PASSKEY


class StepUpByPasskeyView(AuthenticatedAPIView):  # type: ignore[misc]
    """`GET`: a challenge, which is kept with the session. `POST {credential}`: new tokens of the session.

    The passkey must verify its user, which makes it two factors. One that was added in this session does not count: a
    change of factors ends every session.
    """

    input_class = {"POST": AuthenticateWebAuthnInput}

    def get_input_kwargs(self) -> dict[str, Any]:
        """Whose passkeys count: those of the user of the access token."""
        return {"user": self.request.user}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The options that the page hands to the browser."""
        options, state = auth.get_server().authenticate_begin(
            credentials=auth.get_credentials(request.user), user_verification=UserVerificationRequirement.REQUIRED
        )
        auth.set_state(state)
        return WebAuthnRequestOptionsResponse(request, dict(options))

    @sensitive_variables()
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """New tokens, as `step-up/` answers them. The credential was checked with the challenge, which is used up."""
        current = exchange.require(request)
        if current.principal is None:
            raise SessionRequired("there is no session to step up")
        self.input.cleaned_data["credential"].record_usage()
        issued = unwrap(
            step_up(
                current.principal,
                amr=sorted(PASSKEY),
                delivery=current.delivery,
                seen=request_device(request),
                request=request,
            )
        )
        current.answer = delivered(current.client, current.delivery, issued)
        return JsonResponse(dict(current.answer.body or {}))
