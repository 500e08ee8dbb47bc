"""The demo's settings: those of a project in production, and BEARER."""

from __future__ import annotations

import os

from demo import setup

_setup = setup.current()
URL = os.environ.get("DEMO_URL", "https://127.0.0.1:8443")
ELSEWHERE = URL.replace("127.0.0.1", "localhost")
"""The same server by another name, which to a browser is another site: the attacker's page is there."""

SECRET_KEY = _setup.secret_key
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "demo.urls"
ASGI_APPLICATION = "demo.asgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "django_bearer",
    "demo.notes",
]
MIDDLEWARE = [
    "django_bearer.BearerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
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
        "first-party": {"kind": ["browser", "native"], "audiences": [f"{URL}/", INVOICES]},
        "billing": {
            "kind": "machine",
            "audiences": [INVOICES],
            "secret_digest": _setup.billing_secret.digest,
        },
    },
    # A hundred by default. A password takes a third of a second to hash, and the attack demo has to reach the limit.
    "LOGIN_RATE_LIMITS": {"account": "20/day"},
    # The attack demo acts as a TLS proxy on the same machine.
    "TRUSTED_PROXIES": ["127.0.0.1/32"],
}
SECURE_SSL_REDIRECT = True
SECURE_SSL_HOST = URL.removeprefix("https://")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
CSRF_COOKIE_SECURE = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"file": {"class": "logging.FileHandler", "filename": _setup.folder / "server.log"}},
    "root": {"handlers": ["file"], "level": "INFO"},
    "loggers": {"django_bearer.debug": {"level": "DEBUG"}},
}
