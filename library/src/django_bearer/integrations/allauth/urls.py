"""The routes of allauth's headless logins, for apps and pages.

Left out: allauth's own refresh, its reauthentication (`step-up/` is ours), and logins by social providers. Added: a
step-up by passkey.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.headless.constants import Client
from allauth.headless.urls import build_urlpatterns
from allauth.mfa import app_settings as mfa_settings
from django.urls import URLPattern, URLResolver, path

from .step_up import StepUpByPasskeyView
from .views import wrapped

LEFT_OUT = frozenset(
    {
        "refresh",
        "reauthenticate",
        "reauthenticate_webauthn",
        "request_reauthentication_code",
        "confirm_reauthentication_code",
        "resend_reauthentication_code",
        "redirect_to_provider",
        "provider_token",
        "provider_signup",
        "manage_providers",
        "trust",
        "sessions",
    }
)
"""Names of routes that would begin, prolong or strengthen a login beside ours."""


def behind_our_rules(patterns: list[Any]) -> Iterator[Any]:
    """The same routes, each with its view wrapped, without those that are left out."""
    for found in patterns:
        if isinstance(found, URLResolver):
            inner = list(behind_our_rules(found.url_patterns))
            yield URLResolver(found.pattern, inner, found.default_kwargs, found.app_name, found.namespace)
        elif isinstance(found, URLPattern) and found.name not in LEFT_OUT:
            view = wrapped(found.callback, str(found.name))
            yield URLPattern(found.pattern, view, found.default_args, found.name)


app_name = "django_bearer_allauth"
urlpatterns: list[Any] = list(behind_our_rules(build_urlpatterns(Client.APP)))
if "webauthn" in mfa_settings.SUPPORTED_TYPES:
    stepping_up = StepUpByPasskeyView.as_api_view(client=Client.APP)
    urlpatterns.append(path("v1/auth/webauthn/step-up", wrapped(stepping_up, "step_up"), name="step-up-passkey"))
