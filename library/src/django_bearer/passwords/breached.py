"""Passwords of earlier breaches, asked for without telling them (k-anonymity): no network unless you give one."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ..errors import ConfigurationError
from .spelling import normal

logger = logging.getLogger("django_bearer.debug")
PREFIX = 5
Lookup = Callable[[str], Iterable[str]]
"""Given the first five hexadecimal digits of a SHA-1, in capitals, the other 35 of every breached password's."""


class BreachedPasswordValidator:
    """Refuse a password that a breach has made known.

    Only the first five hexadecimal digits of its SHA-1 are handed out, as services and files of breached passwords
    are ordered. This package has no lookup of its own and opens no connection.

    Args:
        lookup: A callable(prefix), or its dotted path. It returns the other 35 digits of every SHA-1 that begins so;
            whatever follows a colon is not read.

    Raises:
        ConfigurationError: `lookup` is no callable.

    Source:
        NIST SP 800-63B-4 section 3.1.1.2 (OWASP ASVS 6.2.12).
    """

    def __init__(self, lookup: Lookup | str) -> None:
        try:
            found = import_string(lookup) if isinstance(lookup, str) else lookup
        except ImportError:
            found = None
        if not callable(found):
            raise ConfigurationError("lookup is a callable(prefix) or the dotted path of one.")
        self._lookup = found

    @sensitive_variables()
    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` for a breached password, and where it could not be asked for."""
        digest = hashlib.sha1(normal(password).encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()
        try:
            known = {str(line).partition(":")[0].strip().upper() for line in self._lookup(digest[:PREFIX])}
        except Exception as error:
            logger.exception("the lookup of breached passwords raised %s", type(error).__name__)
            raise ValidationError(
                _("This password could not be checked just now. Try again in a moment."), code="password_unchecked"
            ) from None
        if digest[PREFIX:] in known:
            raise ValidationError(_("This password was made known by a data breach."), code="password_breached")

    def get_help_text(self) -> str:
        return _("Your password must not be known from a data breach.")
