"""The Django app: connects receivers and checks when the project has loaded."""

from __future__ import annotations

from importlib.metadata import version

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class DjangoBearerConfig(AppConfig):
    """`"django_bearer"` in INSTALLED_APPS."""

    name = "django_bearer"
    label = "django_bearer"
    verbose_name = "Bearer tokens"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks, notifications, receivers
        from .database import after_answers, extra_connections
        from .endpoints import django_logins
        from .http import (
            asgi_connection,
            impersonated_login,
            limited_authenticate,
            page_cache,
            password_change,
            remote_user,
            ticket_texts,
        )

        if apps.is_installed("drf_spectacular"):
            from .integrations.drf import openapi  # noqa: F401 - registers itself

        if apps.is_installed("allauth.headless") and apps.is_installed("allauth.mfa"):
            _connect_allauth()
            if getattr(settings, "HEADLESS_TOKEN_STRATEGY", "") == checks.through_allauth.STRATEGY:
                from .integrations.allauth import limits

                limits.connect()

        from .integrations.webhooks import listening

        listening.connect()
        limited_authenticate.connect()
        impersonated_login.connect()
        password_change.connect()
        asgi_connection.connect()
        ticket_texts.keep_out_of_logs()
        django_logins.connect()
        page_cache.install()
        remote_user.install()
        checks.connect()
        receivers.connect()
        extra_connections.connect()
        after_answers.connect()
        notifications.connect()


def _connect_allauth() -> None:
    """Listen to django-allauth. A version without what is needed stops the start: nothing would end its logins."""
    try:
        from .integrations.allauth import receivers
    except ImportError as error:
        raise ImproperlyConfigured(UNSUPPORTED_ALLAUTH.format(version("django-allauth"), error.name)) from error
    receivers.connect()


UNSUPPORTED_ALLAUTH = (
    "django-allauth {} does not fit this version of django-bearer, which needs more of {}."
    ' Install one that does: pip install "django-bearer[allauth]"'
)
