"""What people call a token, and what only sounds like one."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SURE = frozenset({"token", "tokens", "jwt", "jwts", "bearer", "accesstoken", "refreshtoken", "authtoken", "apikey"})
_PAIRS = (("api", "key"), ("access", "key"), ("auth", "key"), ("session", "key"), ("id", "token"))
# A token of these kinds opens nothing by itself, or is made to be seen by the page.
_OTHER = frozenset([
    "csrf", "xsrf", "csrfmiddlewaretoken", "csrftoken", "push", "fcm", "device", "expo", "notification",
    "captcha", "recaptcha", "turnstile", "css", "design", "syntax", "mapbox", "stripe", "pusher",
    "firebase", "cancel", "abort", "color", "colour", "theme", "page", "next", "cursor", "pagination",
    "word", "prompt", "completion", "crypto", "coin", "nft", "contract",
])  # fmt: skip
# What is said about a token is no token: `token_expiry`, `tokenType`, `hasToken`.
_ABOUT = frozenset([
    "expiry", "expires", "expire", "exp", "expiration", "expired", "type", "count", "counts", "limit",
    "usage", "length", "name", "names", "url", "path", "error", "status", "time", "timestamp", "valid",
    "validity", "loading", "has", "is", "iat", "issued", "at", "placeholder", "label", "endpoint",
    "message", "timer", "interval", "lifetime", "duration", "flag", "checked",
])  # fmt: skip
_WEAK = frozenset({"access", "refresh", "auth", "authentication", "authorization", "credentials"})
_RECORDS = frozenset([
    "user", "users", "currentuser", "userinfo", "userdata", "auth", "session", "account", "profile",
    "login", "credentials", "authuser", "authdata", "loggeduser", "loggedinuser",
])  # fmt: skip


def words(name: str) -> list[str]:
    """`accessToken`, `access_token` and `ACCESS-TOKEN` are the same two words."""
    return [part.lower() for part in _PART.findall(name)]


@lru_cache(4096)  # a front end says the same few names all the time
def is_token(name: str) -> bool:
    """Whether a name can hardly mean anything but a credential."""
    said = words(name)
    if _OTHER & set(said) or _ABOUT & set(said):
        return False
    pairs = set(pairwise(said))
    return bool(_SURE & set(said)) or any(pair in pairs for pair in _PAIRS)


def may_be_token(name: str) -> bool:
    """`access`, `refresh`, `auth`: a token when what is stored says so too."""
    said = words(name)
    return bool(said) and set(said) <= _WEAK | _SURE


def is_record(name: str) -> bool:
    """`user`, `auth`, `session`: often the whole answer of the login, token included."""
    said = words(name)
    return bool(said) and ("".join(said) in _RECORDS or set(said) <= _RECORDS | {"data", "info", "state", "store"})


def last_name(expression: str) -> str:
    """The name an expression ends in: `res.data.access` → `access`, `JSON.stringify(tokens)` → `tokens`."""
    inner = re.sub(
        r"^(?:JSON\.stringify|String|btoa|encodeURIComponent)\((.*?)(?:,[^()]*)?\)$",
        r"\1",
        expression.strip(),
        flags=re.S,
    )
    found: list[str] = re.findall(r"[A-Za-z_$][\w$]*", re.sub(r"\?\.", ".", re.split(r"\s*(?:\|\||\?\?)", inner)[0]))
    return found[-1] if found else ""
