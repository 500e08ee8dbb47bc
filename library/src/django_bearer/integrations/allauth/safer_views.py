"""Views of allauth that take the place of its own, where those fail or ask for less than our own endpoints do."""

from __future__ import annotations

from typing import Any

from allauth.headless.mfa.views import SignupWebAuthnView
from django.http import HttpRequest


class PasskeySignupView(SignupWebAuthnView):  # type: ignore[misc]
    """A passkey at sign-up. Without a sign-up under way it is refused before its body is read."""

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The answer; a conflict where the flow has no sign-up that waits for a passkey."""
        refused = self._require_stage() if request.method == "PUT" else None
        return refused or super().handle(request, *args, **kwargs)


SAFER: dict[str, Any] = {"signup_webauthn": PasskeySignupView}
"""The views by the names of their routes."""
