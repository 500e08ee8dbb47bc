"""Readers: from what a project wrote in its settings to a value within its bounds, or a refusal with a hint."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils.module_loading import import_string

from ..errors import ConfigurationError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOCAL = ("localhost", "127.0.0.1", "::1")
MAX_ACR = 100
"""Characters of an `acr`."""


def refuse(message: str) -> ConfigurationError:
    """A refusal that says what the value must be."""
    return ConfigurationError(message)


def issuer_url(value: Any) -> Any:
    """This server's https URL, or a callable that yields it."""
    if callable(value):
        return value
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
        raise refuse(
            "required: this server's public https URL without query or fragment (RFC 8414 section 2)."
            " In development too: nothing is fetched from it."
        )
    return value


def issuer_urls(value: Any) -> Any:
    """Which issuers there are: None, a list of https URLs, or a callable(issuer) that says, or its dotted path."""
    if value is None or callable(value) or isinstance(value, str):
        return called("issuer")(value)
    names = frozenset(texts(value))
    if not names:
        raise refuse("at least one https URL, or a callable(issuer).")
    for name in names:
        issuer_url(name)
    return names


def audience_name(value: Any) -> Any:
    """The name of the API, or a callable that yields it."""
    if callable(value) or (isinstance(value, str) and value):
        return value
    raise refuse("required: the name of this API, such as its URL (RFC 9068 section 2.2).")


def seconds(default: int, least: int, most: int) -> Callable[[Any], int]:
    """Reads a timedelta or a number as whole seconds within bounds."""

    def read(value: Any) -> int:
        if value is None:
            return default
        number = value.total_seconds() if isinstance(value, timedelta) else value
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not least <= number <= most:
            raise refuse(f"a timedelta or seconds between {least} and {most}.")
        return int(number)

    return read


def whole(least: int, most: int) -> Callable[[Any], int]:
    """Reads a whole number within bounds."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise refuse(f"a whole number between {least} and {most}.")
        return value

    return read


def count(default: int, least: int, most: int) -> Callable[[Any], int]:
    """Reads a whole number within bounds."""

    def read(value: Any) -> int:
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise refuse(f"a whole number between {least} and {most}.")
        return value

    return read


def one_of(default: str, *choices: str) -> Callable[[Any], str]:
    """Reads one of a few strings."""

    def read(value: Any) -> str:
        if value is None:
            return default
        if value not in choices:
            raise refuse(f"one of {', '.join(choices)}.")
        return str(value)

    return read


def text(default: str) -> Callable[[Any], str]:
    """Reads a string that is not empty."""

    def read(value: Any) -> str:
        if value is None:
            return default
        if not isinstance(value, str) or not value:
            raise refuse("a str that is not empty.")
        return value

    return read


def texts(value: Any) -> Sequence[str]:
    """A list of strings."""
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(v, str) for v in value):
        raise refuse("a list of str.")
    return value


def called(arguments: str) -> Callable[[Any], Any]:
    """Reads None, a callable that takes these arguments, or the dotted path of one."""

    def read(value: Any) -> Any:
        if value is None or callable(value):
            return value
        try:
            found = import_string(value)
        except (ImportError, TypeError, AttributeError):
            raise refuse(f"a callable({arguments}) or the dotted path of one.") from None
        if not callable(found):
            raise refuse(f"a callable({arguments}); {value} is none.")
        return found

    return read


def scopes(value: Any) -> frozenset[str]:
    """A set of scope names (RFC 6749 section 3.3)."""
    names = frozenset(texts(value if value is not None else ()))
    if any(not name or set(name) & set(' "\\') or not name.isascii() or not name.isprintable() for name in names):
        raise refuse("scope names are printable ASCII without space, quote or backslash (RFC 6749 section 3.3).")
    return names


_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_MEMBERS = frozenset(
    """username email client_id scope resource remember_me remember_device code step client_secret limited_token
    known_device_token remembered_device_token refresh_token retry_key password""".split()  # noqa: SIM905
)
"""Members of the bodies of a login's steps."""
MOST_FIELDS = 10


def login_fields(value: Any) -> tuple[str, ...]:
    """Further members of the body of a login. A secret is none: it would be stored with a login that lacks a step."""
    names = tuple(texts(() if value is None else value))
    if len(names) > MOST_FIELDS:
        raise refuse(f"at most {MOST_FIELDS} names.")
    for name in names:
        if not _FIELD.fullmatch(name) or name in _MEMBERS:
            raise refuse(f"{name!r}: a name of a-z, 0-9 and _ that the body does not have yet.")
        if any(word in name for word in ("password", "secret", "token")):
            raise refuse(f"{name}: a secret is no such field; check it as a step of the login.")
    return names


USUAL_HEADER = "Authorization"
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", re.ASCII)
_TAKEN = frozenset({"authorization", "proxy-authorization", "proxy-authenticate", "www-authenticate"})


def token_header(value: Any) -> str:
    """The header that carries the token. Its name says so: by it, Django hides its value on the page of an error."""
    if value is None:
        return USUAL_HEADER
    named = value.lower() if isinstance(value, str) and _HEADER.fullmatch(value) else ""
    telling = "auth" in named or "token" in named
    if not telling or "csrf" in named or named in _TAKEN or len(named) > 50:
        raise refuse(
            f'another name than {USUAL_HEADER}, with "auth" or "token" in it, such as "X-Api-Authorization":'
            " at most 50 letters, digits and -."
        )
    return str(value)


def acr_name(value: object) -> bool:
    """Whether this can be one of several values in a challenge: printable ASCII without space, quote, backslash."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_ACR
        and value.isascii()
        and value.isprintable()
        and not set(value) & set(' "\\')
    )


def acr_values(value: Any) -> Mapping[str, tuple[frozenset[str], ...]]:
    """Names of strengths, the strongest first, each with the sets of methods (RFC 8176) that reach it."""
    given = value if value is not None else {}
    if not isinstance(given, Mapping) or not all(map(acr_name, given)):
        raise refuse("a mapping of names, without spaces and quotes, to lists of methods.")
    found = {}
    for name, ways in given.items():
        sets = tuple(frozenset(way.split()) for way in texts([ways] if isinstance(ways, str) else ways))
        if not sets or not all(sets):
            raise refuse(f'{name}: methods with spaces between, such as "pwd otp", or a list of such.')
        found[str(name)] = sets
    return found


RECOVERY_TOKEN = "{token}"


CONTEXT_KINDS = ("browser", "native")
CONTEXT_ACTIONS = ("ignore", "event", "step_up", "revoke")


def context_change(value: Any) -> Any:
    """What a refresh from another context does: one action, one for each kind of client, or a callable(change)."""
    if callable(value) or (isinstance(value, str) and "." in value):
        return called("change")(value)
    given = dict.fromkeys(CONTEXT_KINDS, value) if value is None or isinstance(value, str) else value
    if not isinstance(given, Mapping) or not set(given) <= set(CONTEXT_KINDS):
        raise refuse(
            f"one of {', '.join(CONTEXT_ACTIONS)}, a mapping by {' and '.join(CONTEXT_KINDS)}, or a callable."
        )
    read = one_of("event", *CONTEXT_ACTIONS)
    return {kind: read(given.get(kind)) for kind in CONTEXT_KINDS}


def recovery_url(value: Any) -> str:
    """Where a page asks for a new password: an https URL with `{token}` in its fragment, which no server and no log
    sees; empty for none."""
    if value is None:
        return ""
    parts = urlsplit(value) if isinstance(value, str) else None
    secure = parts is not None and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL))
    if parts is None or not secure or not parts.netloc or parts.fragment.count(RECOVERY_TOKEN) != 1:
        raise refuse("an https URL with {token} behind its #, such as https://app.example.com/recover#{token}.")
    if str(value).count(RECOVERY_TOKEN) != 1:
        raise refuse("{token} once, behind the #: elsewhere it would be logged and sent on.")
    return str(value)


def second_factor(value: Any) -> Any:
    """Reads None, or the class (or its dotted path, or an instance) that knows the project's second factor."""
    try:
        found = import_string(value) if isinstance(value, str) else value
    except ImportError:
        raise refuse(f"a class with is_enrolled(user) and verify(user, code); {value} is not there.") from None
    found = found() if isinstance(found, type) else found
    named = [callable(getattr(found, name, None)) for name in ("is_enrolled", "verify")]
    if found is not None and not all(named):
        raise refuse("a class with is_enrolled(user) and verify(user, code), or its dotted path.")
    return found


def scope_or_none(value: Any) -> str:
    """The name of one scope; empty for none."""
    return "" if value is None else next(iter(scopes([text("")(value)])))


def networks(value: Any) -> tuple[Network, ...]:
    """A list of exact networks."""
    try:
        return tuple(ipaddress.ip_network(text) for text in texts(value if value is not None else ()))
    except ValueError as error:
        raise refuse(f"a list of exact networks such as 10.0.0.0/24: {error}.") from None


def public_paths(value: Any) -> tuple[str, ...]:
    """A list of paths: `/health` alone, or `/docs/` and everything below it. None of them opens everything."""
    paths = tuple(texts(value if value is not None else ()))
    for path in paths:
        segments = path.strip("/").split("/")
        plain = path.startswith("/") and all(segment not in ("", ".", "..") for segment in segments)
        if not plain or set(path) & set("%?#*\\ "):
            raise refuse(f"paths such as /health or /docs/, with at least one segment; {path!r} is none.")
    return paths


def yes_or_no(value: Any) -> bool:
    """True or False, False by default."""
    if value is not None and not isinstance(value, bool):
        raise refuse("True or False.")
    return bool(value)


def rate_limits(**defaults: str) -> Callable[[Any], Mapping[str, str]]:
    """Reads rates by bucket over these defaults."""

    def read(value: Any) -> Mapping[str, str]:
        given = value if value is not None else {}
        if not isinstance(given, Mapping) or not set(given) <= set(defaults):
            raise refuse(f"a mapping with keys among {', '.join(defaults)}.")
        rates = {**defaults, **given}
        for name, rate in rates.items():
            check_rate(name, rate)
        return rates

    return read


FEED = "feed"
"""For `REVOCATION`: each process keeps what has changed in memory."""
DATABASE = "database"
SCHEMES = ("redis", "rediss", "unix", "redis+cluster", "redis+sentinel")


def rate_limit_storage(value: Any) -> str:
    """Where attempts are counted: the database, or the URI of a Redis or Valkey server."""
    if value is None or value == DATABASE:
        return DATABASE
    if not isinstance(value, str) or urlsplit(value).scheme not in SCHEMES:
        raise refuse(f"{DATABASE}, or a URI that begins with one of {', '.join(SCHEMES)}.")
    return value


def revocation_push(value: Any) -> str:
    """What pushes news of revocations: the database, or the URI of a Redis or Valkey server; empty for nothing."""
    return "" if value is None else rate_limit_storage(value)


def check_rate(name: str, rate: Any) -> None:
    """Refuse a rate that cannot be counted."""
    from limits import parse_many  # here, not above: most processes never need to know a rate is well formed twice

    try:
        items = parse_many(rate)
    except (ValueError, TypeError):
        raise refuse(f'{name}: rates such as "100/day;10/hour".') from None
    if any(item.amount < 1 for item in items):
        raise refuse(f"{name}: a rate of at least 1.")
