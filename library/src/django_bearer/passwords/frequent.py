"""Passwords that many people chose: refused whole, as they are tried first."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ..errors import ConfigurationError
from .spelling import folded

INSTALL = 'Install it with: pip install "django-bearer[passwords]"'


class CommonPasswordsValidator:
    """Refuse the 30,000 most common passwords of zxcvbn (MIT), and the 20,000 of Django.

    A password is compared whole, in its NFKC form and without case.

    Raises:
        ConfigurationError: zxcvbn is not installed.

    Source:
        NIST SP 800-63B-4 section 3.1.1.2 (OWASP ASVS 6.2.4, 6.2.12).
    """

    def __init__(self) -> None:
        self._known = known()

    @sensitive_variables()
    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` for a common password, and say that this is why."""
        if folded(password).strip() in self._known:
            said = _("Many people use this password, so it is tried first.")
            raise ValidationError(said, code="password_too_common")

    def get_help_text(self) -> str:
        return _("Your password must not be one that many people use.")


@cache
def known() -> frozenset[str]:
    """The list. Raises `ConfigurationError` where the package that has it is missing."""
    try:
        lists = import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS
    except ImportError:
        raise ConfigurationError(f"The list of common passwords is in zxcvbn. {INSTALL}") from None
    of_django = CommonPasswordValidator().passwords
    return frozenset(map(folded, (*lists["passwords"], *of_django)))
