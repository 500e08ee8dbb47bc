"""Whether a name is that of a secret: a token, a key, a one-time code, a password."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise


def vocabulary(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_SECRET = vocabulary("""
    token otp totp secret apikey apitoken authtoken accesstoken refreshtoken passcode jwt sessionid sessid
    sessiontoken otpcode senhatemporaria
""")
# A key or a code is a secret only when the word before it says which.
_BEFORE = vocabulary("""
    api access activation activate auth authentication confirm confirmation login magic otp one pin recovery
    recover reset secret security session sms validation verification verify temp temporary invite
    invitation signing email phone mail
""")
_AFTER = vocabulary("""
    key code link pin pass password number num
""")
_PAIRS = frozenset([("session", "id"), ("one", "time"), ("random", "password"), ("new", "password"), ("otp", "n")])
_NUMBERS = frozenset((who, what) for who in ("phone", "mail", "email") for what in ("number", "num"))
"""A phone number is no secret; a phone code is."""
# What the name is about when it is *about* a secret and not the secret itself.
_ABOUT = vocabulary("""
    count type types name names url uri path expiry expires expire expiration expired at length len class
    classes field fields prefix created updated max min limit usage header headers lifetime ttl age timeout
    date time valid is has error errors message format scheme algorithm alg model serializer generator view
    views form response request index page next pagination continuation csrf csrfmiddlewaretoken required
    enabled digits interval issuer audience kind status state map template settings config color position
    endpoint budget cost embedding vocab id ids exists backend manager method version pos bucket buckets
    scope scopes prompt completion cache hash hashed digest encrypted public file filename
""")
_PASSWORD = vocabulary("""
    password passwd pwd pass passwort senha contrasena parola passphrase
""")


@lru_cache(maxsize=8192)
def parts(name: str) -> tuple[str, ...]:
    """`sessionToken`, `session_token` and `SESSION-TOKEN` are the same words."""
    return tuple(part.lower() for part in _PART.findall(name))


@lru_cache(maxsize=8192)
def is_secret(name: str | None) -> bool:
    """A token, a key or a code that opens something, by its name."""
    words = parts(name or "")
    pairs = [pair for pair in pairwise(words) if pair in _PAIRS or (pair[0] in _BEFORE and pair[1] in _AFTER)]
    pairs = [pair for pair in pairs if pair not in _NUMBERS]
    meant = {word for pair in pairs for word in pair} | {word for word in words if word in _SECRET}
    return bool(meant) and not (set(words) - meant) & _ABOUT


@lru_cache(maxsize=8192)
def is_password(name: str | None) -> bool:
    """A password that a person types."""
    words = set(parts(name or ""))
    return bool(words & _PASSWORD) and not words & _ABOUT


def has_word(name: str | None, *wanted: str) -> bool:
    """Whether one of the words of the name is one of these."""
    return bool(set(parts(name or "")) & set(wanted))


_MADE_UP = vocabulary("""
    unittests unittest testcases seed seeds seeder fake faker dummy demo sample
    samples fixtures factory factories populate mock mocks
    example examples benchmark benchmarks testdata generate_data script scripts
""")


def is_made_up(path: str) -> bool:
    """A file that makes data for demonstrations and trials, by its path."""
    return bool(set(parts(path.replace("/", "_"))) & _MADE_UP)
