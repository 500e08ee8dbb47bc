"""Settings of the tests' project, with django-tenants as its own documentation sets it up."""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES as OF_THE_PROJECT

SHARED_APPS = ["django_tenants", "tests.tenants.customers", "django.contrib.contenttypes"]
TENANT_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django_bearer"]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS), "rest_framework"]
TENANT_MODEL = "customers.Customer"
TENANT_DOMAIN_MODEL = "customers.Domain"
TENANT_LIMIT_SET_CALLS = True
# A copy: a test that imports this module must not change the databases it runs on.
DATABASES = {
    **OF_THE_PROJECT,
    "default": {**OF_THE_PROJECT["default"], "ENGINE": "django_tenants.postgresql_backend"},
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
ROOT_URLCONF = "tests.tenants.urls"
PUBLIC_SCHEMA_URLCONF = "tests.tenants.public_urls"
