"""The demo's settings: those of a project in production, and BEARER."""

from __future__ import annotations

import os

from demo import setup

_setup = setup.current()
URL = os.environ.get("DEMO_URL", "https://localhost:8443")
ELSEWHERE = URL.replace("localhost", "127.0.0.1")
"""The same server by another name, which to a browser is another site: the attacker's page is there."""
BACK = f"{URL}/back/"
"""The page to which a login at another site comes back."""
GO_ON = f"{URL}/go-on/"
"""The page at which another device takes a login that is handed over."""

SECRET_KEY = _setup.secret_key
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "demo.urls"
ASGI_APPLICATION = "demo.asgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "demo.front",  # the first, so that its texts go before those of packages
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.headless",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "django_bearer",
    "demo.notes",
]
MIDDLEWARE = [
    "demo.front.seen.SeenMiddleware",
    "django_bearer.BearerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
EMAIL_BACKEND = "demo.front.mailbox.Backend"
DEFAULT_FROM_EMAIL = "notes@example.com"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
# Logins of allauth end in our sessions.
HEADLESS_TOKEN_STRATEGY = "django_bearer.integrations.allauth.strategy.BearerTokenStrategy"
ACCOUNT_ADAPTER = "django_bearer.integrations.allauth.account_hooks.BearerAccounts"
SOCIALACCOUNT_ADAPTER = "django_bearer.integrations.allauth.social_hooks.BearerSocialAccounts"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "company",
                "name": "Company",
                "client_id": "notes",
                "secret": os.environ.get("DEMO_COMPANY_SECRET", ""),
                # The demo's own provider, which its server starts: demo/company.py.
                "settings": {"server_url": os.environ.get("DEMO_COMPANY", "http://127.0.0.1:9")},
            }
        ]
    }
}
MFA_ADAPTER = "demo.front.factors.Factors"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{URL}/sign-up/#{{key}}",
    "account_reset_password_from_key": f"{URL}/recover/",
    "account_reset_password": f"{URL}/recover/",
    "account_signup": f"{URL}/sign-up/",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_TOLERANCE = 1  # a code that was typed late, or by a clock half a minute off (RFC 6238 section 5.2)
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _setup.database,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=wal;",
        },
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["django_bearer.integrations.drf.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["django_bearer.integrations.drf.IsAuthenticatedUnlessPublic"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
INVOICES = f"{URL}/invoices/"
BEARER = {
    "ISSUER": URL,
    "AUDIENCE": f"{URL}/",
    "SCOPES": ["notes:read", "notes:write"],
    "CLIENTS": {
        "first-party": {
            "kind": ["browser", "native"],
            "audiences": [f"{URL}/", INVOICES],
            "handover_to": ["first-party"],
            "handover_url": GO_ON,
        },
        "billing": {
            "kind": "machine",
            "audiences": [INVOICES],
            "secret_digest": _setup.billing_secret.digest,
        },
    },
    # A hundred by default. A password takes a third of a second to hash, and the attack demo has to reach the limit.
    "LOGIN_RATE_LIMITS": {"account": "20/day"},
    "REMEMBERED_DEVICE_LIFETIME": 30 * 86_400,
    "LOGIN_POLICY": "demo.front.policy.policy",
    "SECOND_FACTOR": "demo.front.factors.WithPicture",
    "MFA_REQUIRED": "group:board",
    "MFA_ENROLMENT_TIME": 0,
    "RECOVERY_URL": f"{URL}/recover/#{{token}}",
    "EMAIL_UNDO_URL": f"{URL}/undo/#{{token}}",
    "ON_TOKEN_REUSE": "django_bearer.notifications.mail_user",
    # The attack demo acts as a TLS proxy on the same machine.
    "TRUSTED_PROXIES": ["127.0.0.1/32"],
}
SECURE_SSL_REDIRECT = True
SECURE_SSL_HOST = URL.removeprefix("https://")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django_bearer.passwords.length.LengthByPolicyValidator"},
    {"NAME": "django_bearer.passwords.frequent.CommonPasswordsValidator"},
    {"NAME": "django_bearer.passwords.context.ContextWordsValidator", "OPTIONS": {"words": ["notes"]}},
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "file": {"class": "logging.FileHandler", "filename": _setup.folder / "server.log"},
        "seen": {"class": "demo.front.seen.Handler"},
    },
    "root": {"handlers": ["file"], "level": "INFO"},
    "loggers": {"django_bearer.debug": {"level": "DEBUG", "handlers": ["seen"]}},
}
