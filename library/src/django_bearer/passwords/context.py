"""Words that an attacker tries for this user and this site: a password must be more than they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from .. import conf
from .spelling import folded

LEAST = 4
"""Characters of a word that counts."""
REST = 8
"""Characters that a password must have beside these words."""
ATTRIBUTES = ("username", "email", "first_name", "last_name")


class ContextWordsValidator:
    """Refuse a password that is little more than the user's name, the e-mail address or the name of the site.

    These words are taken out of the password, without case; at least 8 characters must be left.

    Args:
        words: A list of further words, such as the name of the product.

    Source:
        NIST SP 800-63B-4 section 3.1.1.2 (OWASP ASVS 6.1.2, 6.2.11).
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._words = frozenset(_parts(words))

    @sensitive_variables()
    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` for a password that says little beside these words."""
        plain = rest = folded(password)
        words, before = sorted(self._words | words_of(user), key=len, reverse=True), ""
        while rest != before:  # what is left may be such a word again
            before = rest
            for word in words:
                rest = rest.replace(word, "")
        if rest != plain and len(rest) < REST:
            said = _("This password is too close to your name or to the name of this site.")
            raise ValidationError(said, code="password_too_similar")

    def get_help_text(self) -> str:
        return _("Your password must not be made of your name or of the name of this site.")


def words_of(user: Any = None) -> frozenset[str]:
    """The words of the site, and of this user."""
    return frozenset((*_of_site(), *_of_user(user)))


def _of_user(user: Any) -> Iterator[str]:
    if user is not None:
        named = {*ATTRIBUTES, str(getattr(type(user), "USERNAME_FIELD", "username"))}
        yield from _parts(str(getattr(user, name, None) or "") for name in sorted(named))


def _of_site() -> Iterator[str]:
    """The issuer's host, and its labels but the last one."""
    host = str(urlsplit(conf.issuer_without_request()).hostname or "")
    yield from _parts((host, host.partition(".")[2], *host.split(".")[:-1]))


def _parts(texts: Iterable[str]) -> Iterator[str]:
    """Each text whole, and the words it is made of, where they are long enough to count."""
    for text in texts:
        for part in (folded(text), *re.split(r"[\W_]+", folded(text))):
            if len(part) >= LEAST:
                yield part
