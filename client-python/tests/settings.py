"""Settings of the project that the client logs in to."""

from __future__ import annotations

import os

SECRET_KEY = "t3sts-0nly!" * 6
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.staticfiles", "django_bearer"]
STATIC_URL = "/static/"
MIDDLEWARE = ["django_bearer.BearerMiddleware"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("CLIENT_TEST_DATABASE", ":memory:"),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 60},
    }
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
BEARER = {
    "ISSUER": "https://api.example.com",
    "AUDIENCE": "https://api.example.com/",
    "DANGEROUSLY_ALLOW_HTTP_FROM": ["127.0.0.1"],
    "SCOPES": ["notes:read", "notes:write"],
    "CLIENTS": {
        "first-party": {"kind": ["browser", "native"]},
        "robot": {"kind": "native"},
    },
}
