"""The `BEARER` settings: one table, read at use, checked early.

Each row of `TABLE` is documented in docs/reference/settings.md, and a test compares the two.
"""

from __future__ import annotations

import ipaddress
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from .encoding import base64url_decode
from .errors import ConfigurationError, Malformed
from .keys.algorithms import SIGNING
from .keys.sealing import derive
from .veil import veiled

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
MIN_SECRET_KEY_LENGTH = 50
MIN_SECRET_KEY_CHARACTERS = 5
INSECURE_PREFIX = "django-insecure-"
logger = logging.getLogger("django_bearer.debug")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, read and checked. Durations are whole seconds; see docs/reference/settings.md."""

    issuer: str | Callable[..., str]
    audience: str | Callable[..., str]
    access_token_lifetime: int
    session_idle_lifetime: int
    session_lifetime: int
    leeway: int
    signing_algorithm: str
    key_source: str
    key_encryption_keys: tuple[bytes, ...] = field(repr=False)
    user_id_field: str
    claims: Callable[..., Mapping[str, Any]] | None
    scopes: frozenset[str]
    contested_refresh: str
    login_throttle: Mapping[str, str]
    refresh_throttle: Mapping[str, str]
    trusted_proxies: tuple[Network, ...]
    plain_http_from: tuple[Network, ...]


@veiled
def current() -> Config:
    """The settings as they are now. Raises `ConfigurationError` with every fault found.

    The result is kept for as long as `settings.BEARER` and the Django settings it leans on are the same objects, so
    `override_settings` takes effect at once and a request pays one tuple comparison.
    """
    global _kept
    inputs = (
        getattr(django_settings, "BEARER", None),
        django_settings.SECRET_KEY,
        tuple(django_settings.SECRET_KEY_FALLBACKS),
        django_settings.DEBUG,
    )
    if _kept is None or _kept[0][0] is not inputs[0] or _kept[0][1:] != inputs[1:]:
        try:
            _kept = (inputs, _read(inputs[0]))
        except ConfigurationError as error:
            # Django tells a request's exceptions to nobody while DEBUG is off; this one is for whoever deploys.
            logger.error("no token can be made or believed: %s", error)
            raise
    return _kept[1]


_kept: tuple[tuple[Any, ...], Config] | None = None


def issuer(request: Any = None) -> str:
    """The issuer for a request (or for none): `ISSUER`, called with the request where it is a callable."""
    value = current().issuer
    return value if isinstance(value, str) else str(value(request))


def audience(request: Any = None) -> str:
    """The audience that tokens for a request's API must name: `AUDIENCE`, called where it is a callable."""
    value = current().audience
    return value if isinstance(value, str) else str(value(request))


def faults() -> list[str]:
    """Every fault of the settings, in words, each with its mend; empty when they can be used."""
    try:
        _read(getattr(django_settings, "BEARER", None))
    except ConfigurationError as error:
        return str(error).split("\n")
    return []


def under_test_runner() -> bool:
    """Whether Django's own test environment is set up in this process.

    `setup_test_environment()` keeps the saved settings there; nothing that arrives over a network can.
    """
    module = sys.modules.get("django.test.utils")
    return hasattr(getattr(module, "_TestState", None), "saved_data")


def _read(given: Any) -> Config:
    if not isinstance(given, Mapping):
        raise ConfigurationError('settings.BEARER is missing. Add BEARER = {"ISSUER": "https://…", "AUDIENCE": "…"}.')
    found: list[str] = _secret_key_faults() + [_unknown(name) for name in given if name not in TABLE]
    values: dict[str, Any] = {}
    for name, reader in TABLE.items():
        try:
            values[_FIELD.get(name, name.lower())] = reader(given.get(name))
        except (ConfigurationError, Malformed) as error:
            found.append(f'BEARER["{name}"]: {error}')
    if not found and values["session_idle_lifetime"] > values["session_lifetime"]:
        found.append('BEARER["SESSION_IDLE_LIFETIME"]: longer than SESSION_LIFETIME; shorten it.')
    if found:
        raise ConfigurationError("\n".join(found))
    return Config(**values)


def _unknown(name: object) -> str:
    return f'BEARER["{name}"]: no such setting. Those that exist: {", ".join(TABLE)}.'


def _secret_key_faults() -> list[str]:
    key = _bytes(django_settings.SECRET_KEY).decode("latin-1")
    if django_settings.DEBUG or under_test_runner():
        return []
    weak = len(key) < MIN_SECRET_KEY_LENGTH or len(set(key)) < MIN_SECRET_KEY_CHARACTERS
    if weak or key.startswith(INSECURE_PREFIX):
        return [
            "settings.SECRET_KEY is short or generated for development, and DEBUG is off. Set one of 50 random"
            " characters or more from the environment, and keep it out of the repository."
        ]
    return []


def _refuse(message: str) -> ConfigurationError:
    return ConfigurationError(message)


def _issuer(value: Any) -> Any:
    if callable(value):
        return value
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
        raise _refuse(
            "required: this server's public https URL without query or fragment (RFC 8414 section 2)."
            " In development too: nothing is fetched from it."
        )
    return value


def _audience(value: Any) -> Any:
    if callable(value) or (isinstance(value, str) and value):
        return value
    raise _refuse("required: the name of this API, such as its URL (RFC 9068 section 2.2).")


def _seconds(default: int, least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if value is None:
            return default
        number = value.total_seconds() if isinstance(value, timedelta) else value
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not least <= number <= most:
            raise _refuse(f"a timedelta or seconds between {least} and {most}.")
        return int(number)

    return read


def _one_of(default: str, *choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value is None:
            return default
        if value not in choices:
            raise _refuse(f"one of {', '.join(choices)}.")
        return str(value)

    return read


def _text(default: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value is None:
            return default
        if not isinstance(value, str) or not value:
            raise _refuse("a text that is not empty.")
        return value

    return read


def _key_source(value: Any) -> str:
    source = _one_of("database", "database", "memory")(value)
    if source == "memory" and not under_test_runner():
        raise _refuse("memory is for tests: each process would have keys of its own, and lose them.")
    return source


def _key_encryption_keys(value: Any) -> tuple[bytes, ...]:
    if value is None:
        secrets = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
        return tuple(derive(_bytes(secret), "key-encryption") for secret in secrets)
    keys = tuple(base64url_decode(key) for key in _texts(value))
    if not keys or any(len(key) != 32 for key in keys):
        raise _refuse("a list of 32-byte keys in base64url, the newest first.")
    return keys


def _bytes(secret: str | bytes) -> bytes:
    return secret if isinstance(secret, bytes) else secret.encode()


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(v, str) for v in value):
        raise _refuse("a list of texts.")
    return value


def _claims(value: Any) -> Any:
    if value is None or callable(value):
        return value
    try:
        return import_string(value)
    except (ImportError, TypeError, AttributeError):
        raise _refuse("a callable(user, session) or the dotted path of one.") from None


def _scopes(value: Any) -> frozenset[str]:
    names = frozenset(_texts(value if value is not None else ()))
    if any(not name or set(name) & set(' "\\') or not name.isascii() or not name.isprintable() for name in names):
        raise _refuse("scope names are printable ASCII without space, quote or backslash (RFC 6749 section 3.3).")
    return names


def _networks(value: Any) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(text) for text in _texts(value if value is not None else ()))
    except ValueError as error:
        raise _refuse(f"a list of exact networks such as 10.0.0.0/24: {error}.") from None


def _plain_http_from(value: Any) -> tuple[Network, ...]:
    if value is None:
        return LOOPBACK if django_settings.DEBUG or under_test_runner() else ()
    return _networks(value)


def _throttle(**defaults: str) -> Callable[[Any], Mapping[str, str]]:
    def read(value: Any) -> Mapping[str, str]:
        given = value if value is not None else {}
        if not isinstance(given, Mapping) or not set(given) <= set(defaults):
            raise _refuse(f"a mapping with keys among {', '.join(defaults)}.")
        rates = {**defaults, **given}
        for name, rate in rates.items():
            _check_rate(name, rate)
        return rates

    return read


def _check_rate(name: str, rate: Any) -> None:
    from limits import parse_many  # here, not above: most processes never need to know a rate is well formed twice

    try:
        items = parse_many(rate)
    except (ValueError, TypeError):
        raise _refuse(f'{name}: rates such as "100/day;10/hour".') from None
    if any(item.amount < 1 for item in items):
        raise _refuse(f"{name}: a rate of at least 1.")


DAY = 86_400

TABLE: dict[str, Callable[[Any], Any]] = {
    "ISSUER": _issuer,
    "AUDIENCE": _audience,
    "ACCESS_TOKEN_LIFETIME": _seconds(300, 30, 3600),
    "SESSION_IDLE_LIFETIME": _seconds(14 * DAY, 60, 90 * DAY),
    "SESSION_LIFETIME": _seconds(30 * DAY, 60, 400 * DAY),
    "LEEWAY": _seconds(0, 0, 60),
    "SIGNING_ALGORITHM": _one_of("ES256", *SIGNING),
    "KEY_SOURCE": _key_source,
    "KEY_ENCRYPTION_KEYS": _key_encryption_keys,
    "USER_ID_FIELD": _text("pk"),
    "CLAIMS": _claims,
    "SCOPES": _scopes,
    "CONTESTED_REFRESH": _one_of("event", "event", "revoke"),
    "LOGIN_THROTTLE": _throttle(source="60/minute;600/hour", source_account="10/hour"),
    "REFRESH_THROTTLE": _throttle(source="600/minute", session="60/minute"),
    "TRUSTED_PROXIES": _networks,
    "DANGEROUSLY_PLAIN_HTTP_FROM": _plain_http_from,
}
"""Every setting and the function that reads, defaults and checks it. Everything not in it is refused."""

_FIELD = {"DANGEROUSLY_PLAIN_HTTP_FROM": "plain_http_from"}

if {_FIELD.get(name, name.lower()) for name in TABLE} != {field.name for field in fields(Config)}:
    raise AssertionError("the table of settings and Config have drifted apart")
