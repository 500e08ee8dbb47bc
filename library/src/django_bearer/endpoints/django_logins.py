"""Django's own pages that ask for a password, on SQLite: outside ATOMIC_REQUESTS, where no attempt can be counted."""

from __future__ import annotations

from django.apps import apps
from django.db import connections

from ..database import aliases
from .base import outside_transactions


def connect() -> None:
    """Exempt the pages to log in and to change a password from ATOMIC_REQUESTS, where sessions live in SQLite.

    SQLite has one writer at a time, so what is counted inside a transaction is refused (503): nobody could log in.
    Other databases count beside the transaction, and nothing changes there.
    """
    if connections[aliases.sessions_alias()].vendor != "sqlite":
        return
    from django.contrib.auth.views import LoginView, PasswordChangeView

    outside_transactions(LoginView.dispatch)
    outside_transactions(PasswordChangeView.dispatch)
    if apps.is_installed("django.contrib.admin"):
        from django.contrib.admin.sites import AdminSite

        outside_transactions(AdminSite.login)
        outside_transactions(AdminSite.password_change)
