"""The Django app: registers what accepts old tokens."""

from __future__ import annotations

from django.apps import AppConfig


class DjangoBearerMigrateConfig(AppConfig):
    """`"django_bearer_migrate"` in INSTALLED_APPS, below `"django_bearer"`."""

    name = "django_bearer_migrate"
    label = "django_bearer_migrate"
    verbose_name = "Move to django-bearer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect everything."""
        from django_bearer import register_legacy_authenticators, register_refresh_check

        from . import bridge, checks, receivers, traded_sessions

        register_legacy_authenticators(bridge.authenticators)
        register_refresh_check(traded_sessions.refusal)
        receivers.connect()
        checks.connect()
