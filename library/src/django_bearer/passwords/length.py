"""How long a password must be: 15 characters where it is all there is, 8 beside a second factor."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ..accounts import second_factor
from ..errors import ConfigurationError, TemporarilyUnavailable
from .spelling import normal

ALONE = 15
"""Characters of a password that is the only factor."""
WITH_SECOND_FACTOR = 8
"""Characters of a password whose user always shows a second factor, too."""
MOST = 4096
"""Characters that a login reads. It is far above the 64 that must be allowed."""


@sensitive_variables()
def counted(password: str) -> int:
    """How many characters of a password are counted. Pure.

    A character that stands for many in the NFKC form is one. Characters that cannot be seen are none, and spaces next
    to each other are one.
    """
    forms = (password, normal(password))
    return min(len(" ".join("".join(filter(_is_seen, form)).split())) for form in forms)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) != "Cf"


class LengthByPolicyValidator:
    """Require 15 characters of a password, or 8 where its user has a second factor.

    Characters are code points of the NFKC form, or of the password as it was typed where those are fewer. Spaces in a
    row are one, and characters that cannot be seen are none. There are no rules of composition; nothing is cut off.

    Args:
        alone: Characters of a password that is the only factor: 15 or more.
        with_second_factor: Characters of one whose user has a second factor by `BEARER["SECOND_FACTOR"]`: 8 or more.

    Raises:
        ConfigurationError: A number is below these.

    Source:
        NIST SP 800-63B-4 section 3.1.1.2 (OWASP ASVS 6.2.1, 6.2.5, 6.2.9).
    """

    def __init__(self, alone: int = ALONE, with_second_factor: int = WITH_SECOND_FACTOR) -> None:
        if not ALONE <= alone <= MOST or not WITH_SECOND_FACTOR <= with_second_factor <= alone:
            said = f"at least {ALONE} characters, or {WITH_SECOND_FACTOR} beside a second factor, at most {MOST}"
            raise ConfigurationError(said)
        self.alone, self.with_second_factor = alone, with_second_factor

    @sensitive_variables()
    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` for a password that is too short, or longer than a login reads."""
        least, length = self._least(user), counted(password)
        if length < least:
            said = _("This password is too short. It must have at least %(least)d characters.")
            raise ValidationError(said, code="password_too_short", params={"least": least})
        if len(password) > MOST:
            said = _("This password is too long. It may have at most %(most)d characters.")
            raise ValidationError(said, code="password_too_long", params={"most": MOST})

    def _least(self, user: Any) -> int:
        """A user who is not stored yet has no factor; where it cannot be told, nobody has."""
        if user is None or getattr(user, "pk", None) is None:
            return self.alone
        try:
            return self.with_second_factor if second_factor.is_enrolled(user) else self.alone
        except TemporarilyUnavailable:
            return self.alone

    def get_help_text(self) -> str:
        return _("Your password must have at least %(least)d characters.") % {"least": self.alone}
