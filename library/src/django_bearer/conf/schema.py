"""The `BEARER` settings: one table, read at use, checked early.

Each row of `TABLE` is documented in docs/reference/settings.md, and a test compares the two.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.conf import settings as django_settings

from ..errors import ConfigurationError, MalformedToken, UnknownIssuer
from ..keys.algorithms import SIGNING
from ..primitives.redaction import redact_locals
from ..tokens import handover_code
from . import client_readers, combinations, key_encryption_keys, readers, secret_key, webhooks
from .clients import Client
from .django_settings import remembered
from .mfa_rule import MfaRule, mfa_rule
from .secret_key import under_test_runner as under_test_runner
from .webhooks import Webhook

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
logger = logging.getLogger("django_bearer.debug")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, read and checked. Durations are whole seconds; see docs/reference/settings.md."""

    issuer: str | Callable[..., str]
    audience: str | Callable[..., str]
    issuers: frozenset[str] | Callable[[str], object] | None
    access_token_lifetime: int
    session_idle_lifetime: int
    session_lifetime: int
    leeway: int
    signing_algorithm: str
    key_storage: str
    key_encryption_keys: tuple[bytes, ...] = field(repr=False)
    user_id_field: str
    extra_claims: Callable[..., Mapping[str, Any]] | None
    login_claims: Callable[..., Mapping[str, Any]] | None
    login_fields: tuple[str, ...]
    login_user_data: Callable[..., Mapping[str, Any]] | None
    scopes: frozenset[str]
    clients: Mapping[str, Client]
    api_token_lifetime: int
    api_token_limit: int
    revocation: str
    revocation_delay: int
    revocation_push: str = field(repr=False)
    on_concurrent_refresh: str
    on_context_change: Any
    introspection_scope: str
    login_policy: Callable[..., object] | None
    request_policy: Callable[..., object] | None
    acr_values: Mapping[str, tuple[frozenset[str], ...]]
    step_up_max_age: int
    impersonation_lifetime: int
    second_factor: Any
    mfa_required: MfaRule | None
    mfa_enrolment_time: int
    remembered_device_lifetime: int
    limited_token_lifetime: int
    recovery_url: str
    email_undo_url: str
    factor_reset_delay: int
    login_rate_limits: Mapping[str, str]
    code_rate_limits: Mapping[str, str]
    rate_limit_storage: str = field(repr=False)
    ratelimit_headers: bool
    refresh_rate_limits: Mapping[str, str]
    token_rate_limits: Mapping[str, str]
    trusted_proxies: tuple[readers.Network, ...]
    token_header: str
    error_body: Callable[..., object] | None
    public_paths: tuple[str, ...]
    anonymous_allowed: bool
    event_retention: int
    webhooks: Mapping[str, Webhook]
    on_token_reuse: Callable[..., object] | None
    http_allowed_from: tuple[readers.Network, ...]

    @property
    def outlived_by(self) -> int:
        """Seconds by which what an access token has made may outlive it, and must end with its revocation: a token of
        staff who act for a user, or the code of a handover."""
        hands_over = any(client.handover_to for client in self.clients.values())
        return max(self.impersonation_lifetime, handover_code.LIFETIME if hands_over else 0)


def current() -> Config:
    """The settings as they are now. Raises `ConfigurationError` with every fault found.

    The result is kept for as long as `settings.BEARER` and the Django settings it leans on are the same objects, so
    `override_settings` takes effect at once and a request pays one tuple comparison.
    """
    if _kept is not None and (_is_cached(_kept[0]) or _is_unchanged(_kept[0])):
        return _kept[1]
    return _read_anew()


def _is_cached(before: tuple[Any, ...]) -> bool:
    """Whether nothing has changed, as far as Django's settings object remembers.

    A function of its own, since the frame of `current` must hold no key when a fault is shown.
    """
    found = remembered.get
    return (
        found("BEARER") is before[0]
        and found("SECRET_KEY") == before[1]
        and tuple(found("SECRET_KEY_FALLBACKS", _ABSENT)) == before[2]
        and found("DEBUG", _ABSENT) == before[3]
    )


_ABSENT = (object(),)


def _is_unchanged(before: tuple[Any, ...]) -> bool:
    """The same, and it makes Django remember."""
    found = _inputs()
    return found[0] is before[0] and found[1:] == before[1:]


def _inputs() -> tuple[Any, ...]:
    """What the result depends on, out of Django's settings."""
    return (
        getattr(django_settings, "BEARER", None),
        django_settings.SECRET_KEY,
        tuple(django_settings.SECRET_KEY_FALLBACKS),
        django_settings.DEBUG,
    )


@redact_locals
def _read_anew() -> Config:
    global _kept
    inputs = _inputs()
    try:
        _kept = (inputs, _read(inputs[0]))
    except ConfigurationError as error:
        # Django tells a request's exceptions to nobody while DEBUG is off; this one is for the operator.
        logger.error("no token can be issued or accepted: %s", error)
        raise
    return _kept[1]


_kept: tuple[tuple[Any, ...], Config] | None = None


def issuer(request: Any = None) -> str:
    """The issuer for a request (or for none): `ISSUER`, called with the request where it is a callable.

    Raises `UnknownIssuer` for one that `ISSUERS` does not know: the Host header names any host its sender likes.
    """
    value = current().issuer
    if isinstance(value, str):
        return value
    found = _called("ISSUER", readers.issuer_url, value(request))
    if not _is_known(found):
        raise UnknownIssuer(f"{found} is not one of BEARER['ISSUERS']")
    return found


NAME_ISSUERS = "Name those there are in BEARER['ISSUERS']: a list of URLs, or a callable(issuer)."


def issuer_without_request() -> str:
    """The issuer where there is no request; empty where only a request could tell."""
    try:
        return issuer()
    except Exception:  # a callable of the project's may look into its request, and there is none
        return ""


def _is_known(name: str) -> bool:
    """Whether this issuer exists. Where `ISSUERS` does not say, its keys decide: see `database.issuer_limit`."""
    known = current().issuers
    if callable(known):
        return bool(known(name))
    return known is None or name in known


def audience(request: Any = None) -> str:
    """The audience that tokens for a request's API must name: `AUDIENCE`, called where it is a callable."""
    value = current().audience
    return value if isinstance(value, str) else _called("AUDIENCE", readers.audience_name, value(request))


def audiences(request: Any = None) -> frozenset[str]:
    """Every audience that access tokens of this server may name for a request: its own, and those of its clients."""
    named = (name for client in current().clients.values() for name in client.audiences)
    return frozenset((audience(request), *named))


def _called(name: str, reader: Callable[[Any], Any], value: Any) -> str:
    """What a callable returned, held to what a constant is held to."""
    if not isinstance(value, str):
        raise ConfigurationError(f'BEARER["{name}"]: its callable returned {type(value).__name__}, not a text.')
    try:
        return str(reader(value))
    except ConfigurationError as error:
        raise ConfigurationError(f'BEARER["{name}"]: its callable returned what is not allowed: {error}') from None


def faults() -> list[str]:
    """Every fault of the settings, in words, each with its hint; empty when they can be used."""
    try:
        _read(getattr(django_settings, "BEARER", None))
    except ConfigurationError as error:
        return str(error).split("\n")
    return []


def _read(given: Any) -> Config:
    if not isinstance(given, Mapping):
        raise ConfigurationError('settings.BEARER is missing. Add BEARER = {"ISSUER": "https://…", "AUDIENCE": "…"}.')
    found: list[str] = secret_key.faults() + [_unknown(name) for name in given if name not in TABLE]
    values: dict[str, Any] = {}
    for name, reader in TABLE.items():
        try:
            values[_FIELD.get(name, name.lower())] = reader(given.get(name))
        except (ConfigurationError, MalformedToken) as error:
            found.append(f'BEARER["{name}"]: {error}')
    found = found or combinations.faults(values)
    if not found:
        try:
            values["clients"] = client_readers.complete(values["clients"], values)
        except ConfigurationError as error:
            found.append(f'BEARER["CLIENTS"]: {error}')
    if found:
        raise ConfigurationError("\n".join(found))
    return Config(**values)


def _unknown(name: object) -> str:
    return f'BEARER["{name}"]: no such setting. Those that exist: {", ".join(TABLE)}.'


def _key_storage(value: Any) -> str:
    storage = readers.one_of("database", "database", "memory")(value)
    if storage == "memory" and not under_test_runner():
        raise readers.refuse("memory is for tests: each process would have keys of its own, and lose them.")
    return storage


def _http_allowed_from(value: Any) -> tuple[readers.Network, ...]:
    if value is None:
        return LOOPBACK if django_settings.DEBUG or under_test_runner() else ()
    return readers.networks(value)


DAY = 86_400

TABLE: dict[str, Callable[[Any], Any]] = {
    "ISSUER": readers.issuer_url,
    "AUDIENCE": readers.audience_name,
    "ISSUERS": readers.issuer_urls,
    "ACCESS_TOKEN_LIFETIME": readers.seconds(300, 30, 3600),
    "SESSION_IDLE_LIFETIME": readers.seconds(14 * DAY, 60, 90 * DAY),
    "SESSION_LIFETIME": readers.seconds(30 * DAY, 60, 400 * DAY),
    "LEEWAY": readers.seconds(0, 0, 60),
    "SIGNING_ALGORITHM": readers.one_of("ES256", *SIGNING),
    "KEY_STORAGE": _key_storage,
    "KEY_ENCRYPTION_KEYS": key_encryption_keys.read,
    "USER_ID_FIELD": readers.text("pk"),
    "EXTRA_CLAIMS": readers.called("user, session_id"),
    "LOGIN_CLAIMS": readers.called("attempt"),
    "LOGIN_FIELDS": readers.login_fields,
    "LOGIN_USER_DATA": readers.called("user"),
    "SCOPES": readers.scopes,
    "CLIENTS": client_readers.read,
    "API_TOKEN_LIFETIME": readers.seconds(365 * DAY, 3600, 800 * DAY),
    "API_TOKEN_LIMIT": readers.count(50, 1, 10_000),
    "REVOCATION": readers.one_of("exact", "exact", readers.FEED),
    "REVOCATION_DELAY": readers.seconds(1, 1, 60),
    "REVOCATION_PUSH": readers.revocation_push,
    "ON_CONCURRENT_REFRESH": readers.one_of("event", "event", "revoke"),
    "ON_CONTEXT_CHANGE": readers.context_change,
    "INTROSPECTION_SCOPE": readers.scope_or_none,
    "LOGIN_POLICY": readers.called("attempt"),
    "REQUEST_POLICY": readers.called("attempt"),
    "ACR_VALUES": readers.acr_values,
    "STEP_UP_MAX_AGE": readers.seconds(300, 30, 3600),
    "IMPERSONATION_LIFETIME": readers.seconds(0, 0, 3600),
    "SECOND_FACTOR": readers.second_factor,
    "MFA_REQUIRED": mfa_rule,
    "MFA_ENROLMENT_TIME": readers.seconds(14 * DAY, 0, 90 * DAY),
    "REMEMBERED_DEVICE_LIFETIME": readers.seconds(0, 0, 90 * DAY),
    "LIMITED_TOKEN_LIFETIME": readers.seconds(600, 60, 1800),
    "RECOVERY_URL": readers.recovery_url,
    "EMAIL_UNDO_URL": readers.recovery_url,
    "FACTOR_RESET_DELAY": readers.seconds(3 * DAY, DAY, 30 * DAY),
    "LOGIN_RATE_LIMITS": readers.rate_limits(
        address="60/minute;600/hour",
        network="300/minute;3000/hour",
        address_account="10/hour",
        account="100/day",
        device="20/hour",
        devices="100/day",
        alert="1000/hour",
    ),
    "CODE_RATE_LIMITS": readers.rate_limits(address="60/hour", account="5/minute;20/hour"),
    "RATE_LIMIT_STORAGE": readers.rate_limit_storage,
    "RATELIMIT_HEADERS": readers.yes_or_no,
    "REFRESH_RATE_LIMITS": readers.rate_limits(address="600/minute", session="60/minute"),
    "TOKEN_RATE_LIMITS": readers.rate_limits(
        verify="600/minute", revoke="120/minute", introspect="6000/minute", report="60/minute", ticket="120/minute"
    ),
    "TRUSTED_PROXIES": readers.networks,
    "TOKEN_HEADER": readers.token_header,
    "ERROR_BODY": readers.called("request, members, status"),
    "PUBLIC_PATHS": readers.public_paths,
    "EVENT_RETENTION": readers.seconds(180 * DAY, DAY, 800 * DAY),
    "WEBHOOKS": webhooks.read,
    "ON_TOKEN_REUSE": readers.called("event, user"),
    "DANGEROUSLY_ALLOW_HTTP_FROM": _http_allowed_from,
    "DANGEROUSLY_ALLOW_ANONYMOUS": readers.yes_or_no,
}
"""Every setting and the function that reads, defaults and checks it. Everything not in it is refused."""

_FIELD = {"DANGEROUSLY_ALLOW_HTTP_FROM": "http_allowed_from", "DANGEROUSLY_ALLOW_ANONYMOUS": "anonymous_allowed"}

if {_FIELD.get(name, name.lower()) for name in TABLE} != {field.name for field in fields(Config)}:
    raise AssertionError("the table of settings and Config have drifted apart")
