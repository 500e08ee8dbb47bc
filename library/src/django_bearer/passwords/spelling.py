"""One spelling for all forms of a password: a person types the same one on every keyboard (NIST SP 800-63B-4)."""

from __future__ import annotations

import unicodedata

from django.views.decorators.debug import sensitive_variables


@sensitive_variables()
def normal(password: str) -> str:
    """The password in Unicode's form NFKC, whole: nothing is cut off and no case is changed (ASVS 6.2.8)."""
    return unicodedata.normalize("NFKC", password)


@sensitive_variables()
def folded(password: str) -> str:
    """The same without case, for comparing with lists of words."""
    return normal(password).casefold()
