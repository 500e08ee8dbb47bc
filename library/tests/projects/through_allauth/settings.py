"""Settings of a project that logs in through django-allauth."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import BEARER as _BEARER
from tests.settings import INSTALLED_APPS as _APPS
from tests.settings import MIDDLEWARE as _MIDDLEWARE

_PLACE = "django_bearer.integrations.allauth"
ROOT_URLCONF = "tests.projects.through_allauth.urls"
INSTALLED_APPS = [*_APPS, "allauth", "allauth.account", "allauth.mfa", "allauth.headless"]
MIDDLEWARE = [*_MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
BEARER = {
    **_BEARER,
    "SECOND_FACTOR": f"{_PLACE}.mfa_hooks.AllauthFactor",
    "CLIENTS": {
        **_BEARER["CLIENTS"],  # type: ignore[dict-item]
        "first-party": {"kind": ["browser", "native"], "origins": ["https://app.example.com"]},
    },
}
globals()["ACCOUNT_ADAPTER"] = f"{_PLACE}.account_hooks.BearerAccounts"
globals()["MFA_ADAPTER"] = f"{_PLACE}.mfa_hooks.BearerFactors"
HEADLESS_TOKEN_STRATEGY = f"{_PLACE}.strategy.BearerTokenStrategy"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": "https://app.example.com/verify/{key}",
    "account_reset_password_from_key": "https://app.example.com/reset/{key}",
    "account_signup": "https://app.example.com/signup",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
