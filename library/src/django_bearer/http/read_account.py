"""Django's own backend for a login whose account was read already: it asks the password of that user.

The attempt was counted by the account that one read found. Reading the user once more, as `ModelBackend` does, would
find the same one: a password or state that changed in between ends the session all the same, since it is compared
with what was read here. Every other backend, and one of a project's derived from it, is asked as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.views.decorators.debug import sensitive_variables

from ..accounts.lookup import Account

_DJANGOS = ModelBackend.authenticate
_given: ContextVar[list[Account] | None] = ContextVar("django_bearer_read_account", default=None)
"""The account of the attempt, until it has been used: a login that is run again reads it anew."""


@contextmanager
def given(account: Account) -> Iterator[None]:
    """Within it, the next login by Django's own backend is at this account."""
    token = _given.set([account] if account.as_django else [])
    try:
        yield
    finally:
        _given.reset(token)


def instead_of(backend: Any) -> Any:
    """What is asked in the place of a backend: itself, unless it is Django's own and the account is given."""
    accounts = _given.get()
    usual = type(backend) is ModelBackend and ModelBackend.authenticate is _DJANGOS
    return _AtAccount(backend, accounts.pop()) if accounts and usual else backend


class _AtAccount:
    """`ModelBackend.authenticate`, after its read. One that finds nobody hashes, too, so that both take as long."""

    def __init__(self, backend: ModelBackend, account: Account) -> None:
        self._backend = backend
        self._user = account.user

    @sensitive_variables()
    def authenticate(self, request: Any, password: str | None = None, **name: Any) -> Any:
        user = self._user
        if password is None:
            return None
        if user is None:
            get_user_model()().set_password(password)
            return None
        return user if user.check_password(password) and self._backend.user_can_authenticate(user) else None
