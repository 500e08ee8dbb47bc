"""The setting `BEARER_MIGRATE`, read strictly: one entry for each old package, each with an end date."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import ENVIRONMENT_VARIABLE, settings
from django.core.signals import setting_changed

from . import clock, private_keys, published_files
from .jwt_format import Format
from .verifying_keys import ASYMMETRIC, key_fault, public_form

NAME = "BEARER_MIGRATE"
SIMPLEJWT, KNOX, AUTHTOKEN, DOT = "simplejwt", "knox", "authtoken", "dot"
KEYS = {
    SIMPLEJWT: frozenset({"UNTIL", "SCOPES", "CLIENT", "TRADE"}),
    KNOX: frozenset({"UNTIL", "SCOPES", "SCHEMES", "CLIENT"}),
    AUTHTOKEN: frozenset({"UNTIL", "SCOPES", "SCHEMES", "CLIENT"}),
    DOT: frozenset({"UNTIL", "SCOPES", "CLIENT", "CLIENTS", "TRADE"}),
}
MAX_DAYS = 400
DAY = 86_400
MAX_LEEWAY = 60
"""Seconds of `LEEWAY` that are applied, as many as `BEARER["LEEWAY"]` may have."""
MAX_SOURCE = 1_000_000
OF_OTHERS = frozenset({"basic", "digest", "dpop", "negotiate", "ntlm"})
"""Schemes of the Authorization header that carry something else, such as a client's secret."""
HASHES = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_512"})
_MAY_HOLD_SETTINGS = re.compile("settings|conf")


@dataclass(frozen=True, slots=True)
class Entry:
    """One old package: until when it is accepted (seconds since 1970) and with which scopes; whether refresh tokens
    become sessions, and of which client; and the schemes of its tokens."""

    name: str
    ends_at: int
    scopes: frozenset[str]
    client_id: str
    schemes: frozenset[str]
    trades: bool = False


@dataclass(frozen=True, slots=True)
class SimpleJwt:
    """What `SIMPLE_JWT` says of the tokens that were issued. `signing_key` is None where only the public one is."""

    entry: Entry
    made: Format
    signing_key: str | bytes | None
    schemes: frozenset[str]
    user_field: str
    password_claim: str | None
    access_seconds: int


@dataclass(frozen=True, slots=True)
class Knox:
    """What `REST_KNOX` says of its tokens. Lifetimes are in seconds; without `renewed_seconds` a use extends none.

    A new login's token lives for `token_seconds`, None where it has no end. A user may have `token_limit` of them.
    """

    entry: Entry
    hash_name: str
    renewed_seconds: int | None
    most_seconds: int | None
    token_seconds: int | None = None
    token_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """What the settings say of django-oauth-toolkit's tokens.

    `clients` names the client of ours that stands for each of its clients. There are the audiences that a token may
    be bound to, and for how many seconds a refresh token outlives its access token, None for ever.
    """

    entry: Entry
    clients: Mapping[str, str]
    audiences: frozenset[str]
    refresh_seconds: int | None

    def client_of(self, client_id: str) -> str:
        """The client of `BEARER["CLIENTS"]` that stands for one of django-oauth-toolkit."""
        return self.clients.get(client_id, self.entry.client_id)


@dataclass(frozen=True, slots=True)
class Bridge:
    """What is accepted, and what is wrong with the settings. A package with a fault is not accepted. `unread` are
    files with a private key that is encrypted, so that nobody can say whether it is the one that signs old tokens."""

    simplejwt: SimpleJwt | None = None
    knox: Knox | None = None
    authtoken: Entry | None = None
    dot: Dot | None = None
    faults: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def entries(self) -> tuple[Entry, ...]:
        """The packages that are accepted."""
        found = [each.entry for each in (self.simplejwt, self.knox, self.dot) if each is not None]
        return tuple(found if self.authtoken is None else [*found, self.authtoken])


def api_token_seconds() -> int:
    """The longest lifetime of an API token, as `BEARER["API_TOKEN_LIFETIME"]` has it."""
    given = getattr(settings, "BEARER", {}).get("API_TOKEN_LIFETIME", 365 * DAY)
    return int(given.total_seconds() if isinstance(given, timedelta) else given)


def refresh_token_seconds() -> int:
    """`REFRESH_TOKEN_LIFETIME` of `SIMPLE_JWT`."""
    found: timedelta = getattr(settings, "SIMPLE_JWT", {}).get("REFRESH_TOKEN_LIFETIME", timedelta(days=1))
    return int(found.total_seconds())


def current() -> Bridge:
    """The settings as they are. They are read once, and again after `override_settings`."""
    return _read()


@lru_cache(maxsize=1)
def _read() -> Bridge:
    given = getattr(settings, NAME, None)
    if not isinstance(given, Mapping) or not given:
        return Bridge(faults=(f"{NAME} is missing: name the packages whose tokens are accepted, each with UNTIL",))
    faults = [f"{NAME} knows no package {name!r}" for name in given if name not in KEYS]
    if callable(getattr(settings, "BEARER", {}).get("ISSUER")):
        faults.append("ISSUER is a callable: old tokens name no tenant, so none could be told apart")
        return Bridge(faults=tuple(faults))
    found: dict[str, Any] = {}
    for name in KEYS:
        if name in given:
            try:
                entry = _entry(name, given[name])
                found[name] = _dot(entry, given[name].get("CLIENTS")) if name == DOT else _BUILDERS[name](entry)
            except (ValueError, TypeError, AttributeError) as error:
                faults.append(f"{NAME}[{name!r}]: {error}")
    return Bridge(**found, faults=tuple(faults), unread=_unread(found.get(SIMPLEJWT)))


def _entry(name: str, given: Any) -> Entry:
    if not isinstance(given, Mapping) or not {"UNTIL", "SCOPES"} <= set(given) <= KEYS[name]:
        raise ValueError(f"it is a dict with UNTIL and SCOPES, and of keys only {', '.join(sorted(KEYS[name]))}")
    scopes, client = given["SCOPES"], given.get("CLIENT", "first-party")
    if not isinstance(scopes, list | tuple | set | frozenset) or not all(isinstance(one, str) for one in scopes):
        raise ValueError("SCOPES is a list of scopes; an empty one gives old tokens none")
    allowed = set(getattr(settings, "BEARER", {}).get("SCOPES", ()))
    if not set(scopes) <= allowed:
        raise ValueError(f"SCOPES has {sorted(set(scopes) - allowed)}, which BEARER['SCOPES'] does not have")
    if not isinstance(client, str) or not client:
        raise ValueError("CLIENT is a key of BEARER['CLIENTS']")
    trades = given.get("TRADE", False)
    if not isinstance(trades, bool):
        raise ValueError("TRADE is True or False")
    own = name == KNOX and "SCHEMES" not in given  # the one that REST_KNOX names, and no other
    schemes = frozenset() if own else _schemes(given.get("SCHEMES", ["Token"]))
    return Entry(name, end_of(given["UNTIL"]), frozenset(scopes), client, schemes, trades)


def _schemes(given: Any) -> frozenset[str]:
    if not isinstance(given, list | tuple) or not given or not all(isinstance(each, str) and each for each in given):
        raise ValueError("SCHEMES is a list of what clients send before the token, such as ['Token']")
    found = frozenset(each.lower() for each in given)
    if found & OF_OTHERS or not all(each.isascii() and each.isalpha() for each in found):
        raise ValueError(f"{', '.join(sorted(found))} does not stand before an old token")
    return found


def end_of(given: Any) -> int:
    """When a date begins, UTC, in seconds since 1970: `2027-03-01` accepts the last token on the 28th of February.

    Raises `ValueError` for what is no date, or is too far away.
    """
    day = given
    if isinstance(given, str):
        try:
            day = date.fromisoformat(given)
        except ValueError:
            day = None
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError("UNTIL is a date, such as '2027-03-01'")
    ends_at = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    if ends_at > clock.seconds() + MAX_DAYS * DAY:
        raise ValueError(f"UNTIL is more than {MAX_DAYS} days away")
    return ends_at


def _simplejwt(entry: Entry) -> SimpleJwt:
    old = getattr(settings, "SIMPLE_JWT", {})
    if old.get("JWK_URL"):
        raise ValueError("SIMPLE_JWT has JWK_URL: tokens of another server are not moved")
    algorithm = old.get("ALGORITHM", "HS256")
    signing = old.get("SIGNING_KEY", settings.SECRET_KEY) or None
    key = old.get("VERIFYING_KEY") if algorithm in ASYMMETRIC else signing
    fault = key_fault(str(algorithm), key if isinstance(key, str | bytes) else "", _settings_source())
    fault = fault or _published(str(algorithm), key or "")
    if fault:
        raise ValueError(f"{fault}. Old tokens stay refused; choose a new key, and let users log in again")
    leeway, access = old.get("LEEWAY", 0), old.get("ACCESS_TOKEN_LIFETIME", timedelta(minutes=5))
    audience = old.get("AUDIENCE")
    made = Format(
        algorithm=str(algorithm),
        key=key or "",
        issuer=old.get("ISSUER"),
        audience=tuple(audience) if isinstance(audience, list | tuple) else audience,
        leeway=min(int(leeway.total_seconds() if isinstance(leeway, timedelta) else leeway), MAX_LEEWAY),
        type_claim=old.get("TOKEN_TYPE_CLAIM", "token_type") or "token_type",
        id_claim=old.get("JTI_CLAIM", "jti") or "jti",
        user_claim=old.get("USER_ID_CLAIM", "user_id"),
    )
    schemes = old.get("AUTH_HEADER_TYPES", ("Bearer",))
    return SimpleJwt(
        entry=entry,
        made=made,
        signing_key=signing if isinstance(signing, str | bytes) else None,
        schemes=_schemes([schemes] if isinstance(schemes, str) else schemes),
        user_field=old.get("USER_ID_FIELD", "id"),
        password_claim=old.get("REVOKE_TOKEN_CLAIM", "hash_password") if old.get("CHECK_REVOKE_TOKEN") else None,
        access_seconds=min(int(access.total_seconds()), 300),
    )


def _knox(entry: Entry) -> Knox:
    old = getattr(settings, "REST_KNOX", {})
    module, _, name = str(old.get("SECURE_HASH_ALGORITHM", "hashlib.sha512")).rpartition(".")
    if module != "hashlib" or name not in HASHES:
        raise ValueError(f"REST_KNOX has a SECURE_HASH_ALGORITHM other than {', '.join(sorted(HASHES))} of hashlib")
    if getattr(settings, "KNOX_TOKEN_MODEL", old.get("TOKEN_MODEL", "knox.AuthToken")) != "knox.AuthToken":
        raise ValueError("a TOKEN_MODEL of your own is not supported")
    most = old.get("AUTO_REFRESH_MAX_TTL")
    renewed = old.get("TOKEN_TTL", timedelta(hours=10)) if old.get("AUTO_REFRESH") else None
    entry = replace(entry, schemes=entry.schemes | _schemes([old.get("AUTH_HEADER_PREFIX", "Token")]))
    limit = old.get("TOKEN_LIMIT_PER_USER")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int)):
        raise ValueError("REST_KNOX has a TOKEN_LIMIT_PER_USER that is no number")
    return Knox(entry, name, _whole(renewed), _whole(most), _whole(old.get("TOKEN_TTL", timedelta(hours=10))), limit)


def _dot(entry: Entry, clients: Any = None) -> Dot:
    for kind in ("ACCESS_TOKEN", "REFRESH_TOKEN", "APPLICATION"):
        named = getattr(settings, f"OAUTH2_PROVIDER_{kind}_MODEL", "oauth2_provider.")
        if not named.startswith("oauth2_provider."):
            raise ValueError(f"an OAUTH2_PROVIDER_{kind}_MODEL of your own is not supported")
    clients = {} if clients is None else clients
    if not isinstance(clients, Mapping) or not all(isinstance(one, str) for pair in clients.items() for one in pair):
        raise ValueError("CLIENTS says for each of its client ids which key of BEARER['CLIENTS'] stands for it")
    unknown = {entry.client_id, *clients.values()} - set(
        getattr(settings, "BEARER", {}).get("CLIENTS", ["first-party"])
    )
    if unknown:
        raise ValueError(f"BEARER['CLIENTS'] has no {', '.join(sorted(unknown))}")
    lives = getattr(settings, "OAUTH2_PROVIDER", {}).get("REFRESH_TOKEN_EXPIRE_SECONDS")
    own = getattr(settings, "BEARER", {}).get("AUDIENCE")
    audiences = frozenset({own, own.rstrip("/")}) if isinstance(own, str) else frozenset()
    return Dot(entry, dict(clients), audiences, _whole(lives) if isinstance(lives, timedelta) else lives)


def _whole(given: timedelta | None) -> int | None:
    return None if given is None else int(given.total_seconds())


_BUILDERS: dict[str, Callable[[Entry], Any]] = {SIMPLEJWT: _simplejwt, KNOX: _knox, AUTHTOKEN: lambda entry: entry}


def _settings_source() -> str:
    """The text of the project's settings files, in which no key may lie."""
    name = getattr(settings, "SETTINGS_MODULE", None) or os.environ.get(ENVIRONMENT_VARIABLE, "")
    beside = name.rpartition(".")[0]
    modules = [name, *(each for each in list(sys.modules) if beside and each.startswith(f"{beside}."))]
    own, *others = (getattr(sys.modules.get(each), "__file__", None) for each in modules)
    files = {file for file in others if file and _MAY_HOLD_SETTINGS.search(file)} | ({own} if own else set())
    return "\n".join(_text(Path(file)) for file in sorted(files))


def _published(algorithm: str, key: str | bytes) -> str | None:
    """Where else a key that signs lies for others to read."""
    if algorithm in ASYMMETRIC:
        kind, found = "private key", published_files.holds_private(_folder(), public_form(key))
    else:
        kind, found = "key", published_files.holds(_folder(), key.encode() if isinstance(key, str) else key)
    if found is None:
        return None
    fault = f"the {kind} lies in clear in {found.name}, so that whoever reads the repository can sign tokens"
    if published_files.repository(_folder()) is None:
        fault += " (nothing says here which files are tracked: keep a key outside the project's folder, or in .env)"
    return fault


def _unread(given: SimpleJwt | None) -> tuple[str, ...]:
    """Files whose private key could not be compared with the one that signs old tokens."""
    if given is None or given.made.algorithm not in ASYMMETRIC:
        return ()
    found = [path.name for path in published_files.encrypted(_folder())]
    if private_keys.is_encrypted(_settings_source().encode()):
        found.append("the settings files")
    return tuple(found)


def _folder() -> Path:
    """The folder of the settings module."""
    name = getattr(settings, "SETTINGS_MODULE", None) or os.environ.get(ENVIRONMENT_VARIABLE, "")
    file = getattr(sys.modules.get(name), "__file__", None)
    return Path(file).resolve().parent if file else Path.cwd()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:MAX_SOURCE] if path.suffix == ".py" else ""
    except OSError:
        return ""


def forget(**_: Any) -> None:
    """Read the settings anew. For tests."""
    _read.cache_clear()


setting_changed.connect(forget, dispatch_uid="django_bearer_migrate.settings")
