"""Settings for tests that look at the library beside its documents; each test starts the servers that it needs."""

from __future__ import annotations

SECRET_KEY = "t3sts-0nly!" * 6
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "django_bearer"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
BEARER = {"ISSUER": "https://api.example.com", "AUDIENCE": "https://api.example.com/"}
