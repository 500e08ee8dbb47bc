"""The same project, where all tenants share the users and our tables; each has its own notes only."""

from __future__ import annotations

from tests.tenants.settings import *  # noqa: F403
from tests.tenants.settings import INSTALLED_APPS

SHARED_APPS = [
    *("django_tenants", "tests.tenants.customers", "django.contrib.contenttypes"),
    *("django.contrib.auth", "django.contrib.sessions", "django_bearer"),
]
TENANT_APPS = ["rest_framework"]
INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in (*SHARED_APPS, *TENANT_APPS)]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS, *INSTALLED_APPS]
