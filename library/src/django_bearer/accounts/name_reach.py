"""Whether a typed name may log in other accounts than the one that it finds, by the rules of a backend.

A backend of the project's may take an e-mail address where somebody else bears that text as a name. An attempt then
is a guess at both passwords, and a success of one of them says nothing about the guesses before it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import load_backend
from django.contrib.auth.backends import BaseBackend, ModelBackend, RemoteUserBackend

Rule = Callable[[str, Any, bool], bool]
"""Called with the name, the user whom it found, and whether Django finds the same; whether it may reach others."""
METHODS = ("authenticate", "aauthenticate")


def never(name: str, user: Any, by_name: bool) -> bool:
    """The rule of a backend that finds users as Django does, or looks at no password."""
    return False


rules: dict[Any, Rule] = {
    getattr(known, method): never
    for known in (ModelBackend, BaseBackend, RemoteUserBackend)
    for method in METHODS
    if hasattr(known, method)
}
"""By the function that authenticates. A backend with another one may reach anybody."""


def may_reach_others(name: str, user: Any, by_name: bool) -> bool:
    """Whether any of the project's backends may log in somebody else than `user`, whom `name` has found."""
    return any(_may(type(load_backend(path)), name, user, by_name) for path in settings.AUTHENTICATION_BACKENDS)


def _may(backend: type[Any], name: str, user: Any, by_name: bool) -> bool:
    found = [rules.get(getattr(backend, method)) for method in METHODS if hasattr(backend, method)]
    return any(rule is None or rule(name, user, by_name) for rule in found)
