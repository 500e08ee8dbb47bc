"""The Django app: connects receivers and checks when the project has loaded."""

from __future__ import annotations

from django.apps import AppConfig


class DjangoBearerConfig(AppConfig):
    """`"django_bearer"` in INSTALLED_APPS."""

    name = "django_bearer"
    label = "django_bearer"
    verbose_name = "Bearer tokens"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks, notices, receivers

        checks.connect()
        receivers.connect()
        notices.connect()
