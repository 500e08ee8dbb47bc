"""Settings of a project that moves from simplejwt. Its key comes from the environment, as a project's should."""

from __future__ import annotations

import os
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))  # for the type checker, which asks for these settings, too

from library.tests.databases import databases

SECRET_KEY = os.environ.setdefault("BEARER_MIGRATE_TEST_KEY", secrets.token_urlsafe(48))
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "rest_framework",
    "rest_framework.authtoken",
    "rest_framework_simplejwt.token_blacklist",
    "knox",
    "oauth2_provider",
    "django_bearer",
    "django_bearer_migrate",
]
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
DATABASE_ROUTERS = ["library.tests.databases.Router"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["django_bearer.integrations.drf.BearerAuthentication"]}
BEARER = {
    "ISSUER": "https://api.example.com",
    "AUDIENCE": "https://api.example.com/",
    "SCOPES": ["notes:read", "notes:write"],
    "CLIENTS": {"first-party": {"kind": ["browser", "native"]}},
}
SIMPLE_JWT = {"AUTH_HEADER_TYPES": ("Bearer", "JWT"), "SIGNING_KEY": SECRET_KEY}
BEARER_MIGRATE = {
    "simplejwt": {
        "UNTIL": (datetime.now(UTC).date() + timedelta(days=90)).isoformat(),
        "SCOPES": ["notes:read"],
    }
}
