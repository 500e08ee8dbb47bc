"""What is accepted now: an authenticator for each package that `BEARER_MIGRATE` names."""

from __future__ import annotations

from collections.abc import Sequence

from django_bearer import LegacyAuthenticator

from . import settings
from .dot import DotAuthenticator
from .opaque_tokens import AuthTokenAuthenticator, KnoxAuthenticator
from .simplejwt import SimpleJwtAuthenticator


def authenticators() -> Sequence[LegacyAuthenticator]:
    """The authenticators, as `django_bearer.register_legacy_authenticators` asks for them."""
    given = settings.current()
    found: list[LegacyAuthenticator] = []
    if given.simplejwt is not None:
        entry = given.simplejwt.entry
        found.append(SimpleJwtAuthenticator(given.simplejwt, entry.name, given.simplejwt.schemes, entry.ends_at))
    if given.knox is not None:
        entry = given.knox.entry
        found.append(KnoxAuthenticator(entry.name, entry.schemes, entry.ends_at, given.knox))
    if given.authtoken is not None:
        entry = given.authtoken
        found.append(AuthTokenAuthenticator(entry.name, entry.schemes, entry.ends_at, entry))
    if given.dot is not None:
        entry = given.dot.entry
        found.append(DotAuthenticator(entry.name, frozenset({"bearer"}), entry.ends_at, given.dot))
    return found
