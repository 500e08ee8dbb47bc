"""The routes of allauth's headless logins, for apps and pages.

Served are the routes of a login that are named here, and all under `account/`, each behind the rules of an account.
Left out: allauth's own refresh and sessions, its reauthentication (`step-up/` is ours), logins at other sites where
their hooks are not ours, telephone numbers where the project has no hooks for them, and what a later release of
allauth may add to a login. Added: a step-up by passkey, and the end of a redirect to another site.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth import app_settings as allauth_settings
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.headless.constants import Client
from allauth.headless.urls import build_urlpatterns
from allauth.mfa import app_settings as mfa_settings
from django.urls import URLPattern, URLResolver, path

from .safer_views import SAFER
from .step_up import StepUpByPasskeyView
from .views import wrapped

OF_A_LOGIN = frozenset(
    {
        "config",
        "current_session",
        "login",
        "signup",
        "verify_email",
        "resend_email_verification_code",
        "request_login_code",
        "resend_login_code",
        "confirm_login_code",
        "request_password_reset",
        "reset_password",
        "authenticate",
        "authenticate_webauthn",
        "login_webauthn",
        "signup_webauthn",
    }
)
"""Names of the routes of logins that are served. Any other would begin, prolong or strengthen one beside ours."""
OF_PHONES = frozenset({"manage_phone", "verify_phone", "resend_phone_verification_code"})
OF_PROVIDERS = frozenset({"manage_providers", "provider_signup", "provider_token", "redirect_to_provider"})
PHONE_HOOKS = ("send_verification_code_sms", "set_phone", "get_phone", "set_phone_verified", "get_user_by_phone")


def keeps_phones() -> bool:
    """Whether the project has every hook of telephone numbers: those of allauth itself raise."""
    kind = type(get_adapter())
    return all(getattr(kind, hook) is not getattr(DefaultAccountAdapter, hook) for hook in PHONE_HOOKS)


def joins_by_our_rules() -> bool:
    """Whether the project logs in at other sites by hooks of ours."""
    if not allauth_settings.SOCIALACCOUNT_ENABLED:
        return False
    from allauth.socialaccount.adapter import get_adapter as hooks

    from .social_hooks import BearerSocialAccounts

    return isinstance(hooks(), BearerSocialAccounts)


def served(name: str, manages: bool) -> bool:
    """Whether the route of this name is served; `manages` says that it is under `account/`."""
    if name in OF_PHONES:
        return keeps_phones()
    if name in OF_PROVIDERS:
        return joins_by_our_rules()
    return manages or name in OF_A_LOGIN


def _of_providers() -> dict[str, Any]:
    """The views of logins at other sites that take the place of allauth's own."""
    from . import social

    return {"redirect_to_provider": social.RedirectView, "provider_token": social.TokenView}


def behind_our_rules(patterns: list[Any], before: str = "") -> Iterator[Any]:
    """The same routes, each with its view wrapped, without those that are left out."""
    for found in patterns:
        place = before + str(found.pattern)
        manages = "account" in place.split("/")
        if isinstance(found, URLResolver):
            inner = list(behind_our_rules(found.url_patterns, place))
            yield URLResolver(found.pattern, inner, found.default_kwargs, found.app_name, found.namespace)
        elif isinstance(found, URLPattern) and served(str(found.name), manages):
            name = str(found.name)
            safer = _of_providers().get(name) if name in OF_PROVIDERS else SAFER.get(name)
            view = found.callback if safer is None else safer.as_api_view(client=Client.APP)
            yield URLPattern(found.pattern, wrapped(view, name, manages), found.default_args, found.name)


app_name = "django_bearer_allauth"
urlpatterns: list[Any] = list(behind_our_rules(build_urlpatterns(Client.APP)))
if "webauthn" in mfa_settings.SUPPORTED_TYPES:
    stepping_up = StepUpByPasskeyView.as_api_view(client=Client.APP)
    urlpatterns.append(path("v1/auth/webauthn/step-up", wrapped(stepping_up, "step_up"), name="step-up-passkey"))
if joins_by_our_rules():
    from .social import CallbackView

    ending = CallbackView.as_api_view(client=Client.APP)
    back = wrapped(ending, "provider_callback")
    urlpatterns.append(path("v1/auth/provider/callback", back, name="provider-callback"))
