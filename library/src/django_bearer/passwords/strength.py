"""How strong a password is, in words for the person who chooses it. It advises; the validators decide."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.views.decorators.debug import sensitive_variables

from ..errors import ConfigurationError
from .context import words_of
from .frequent import INSTALL
from .spelling import normal

READ = 72
"""Characters that the estimator reads."""


@dataclass(frozen=True, slots=True)
class PasswordStrength:
    """An estimate.

    Attributes:
        score: A number from 0 (guessed at once) to 4 (out of reach).
        warning: What makes it weak, in English, or empty.
        suggestions: What would make it stronger, in English.
    """

    score: int
    warning: str
    suggestions: tuple[str, ...]


@sensitive_variables()
def password_strength(password: str, user: Any = None) -> PasswordStrength:
    """Estimate how hard a password is to guess, for a meter beside the field.

    Ask it where the password is chosen, and limit the rate: an estimate takes milliseconds.

    Args:
        password: The password. The first 72 characters are read.
        user: The user, whose name and address make a password weaker.

    Returns:
        The estimate, by zxcvbn.

    Raises:
        ConfigurationError: zxcvbn is not installed.

    Source:
        NIST SP 800-63B-4 section 3.1.1.2 (guidance for the user).
    """
    try:
        zxcvbn = import_module("zxcvbn").zxcvbn
    except ImportError:
        raise ConfigurationError(f"The estimator is zxcvbn. {INSTALL}") from None
    plain = normal(password)[:READ]
    if not plain:
        return PasswordStrength(0, "", ())
    found = zxcvbn(plain, user_inputs=sorted(words_of(user)))
    feedback = found["feedback"]
    return PasswordStrength(int(found["score"]), str(feedback["warning"]), tuple(map(str, feedback["suggestions"])))
