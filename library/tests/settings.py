"""Settings of the project the tests run in. The databases beside SQLite are added by tests/databases.py."""

from __future__ import annotations

import os
from typing import Any

from .databases import databases

SECRET_KEY = "t3sts-0nly!" * 6
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = os.environ.get("BEARER_TEST_USER", "auth.User")
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "rest_framework",
    "django_bearer",
    "tests.emptying",
]
if AUTH_USER_MODEL == "auth.User":
    INSTALLED_APPS += ["django.contrib.admin", "django.contrib.messages"]
else:
    INSTALLED_APPS.append(f"tests.usermodels.{AUTH_USER_MODEL.split('.')[0]}")
MIDDLEWARE = [
    "django_bearer.BearerMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
DATABASES = databases()
DATABASE_ROUTERS = ["tests.usermodels.elsewhere.router.Router" if "users" in DATABASES else "tests.databases.Router"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "tests.hashers.QuickPBKDF2PasswordHasher",
]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["django_bearer.integrations.drf.BearerAuthentication"]}
BEARER: dict[str, Any] = {
    "ISSUER": "https://api.example.com",
    "AUDIENCE": "https://api.example.com/",
    "SCOPES": ["notes:read", "notes:write"],
    "CLIENTS": {"first-party": {"kind": ["browser", "native"]}, "other-client": {"kind": "native"}},
    "USER_ID_FIELD": "public_id" if AUTH_USER_MODEL == "publicid.User" else "pk",
}
if os.environ.get("BEARER_TEST_REVOCATION") == "feed":
    INSTALLED_APPS.append("tests.feed_project")
    # Each request of a test polls, so only a loaded machine needs the time.
    BEARER["REVOCATION"] = "feed"
    BEARER["REVOCATION_DELAY"] = 60
