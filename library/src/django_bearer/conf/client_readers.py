"""`CLIENTS`: from what a project wrote to clients within their bounds, or a refusal with a hint."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError, MalformedToken
from ..primitives import clock, same_site
from ..primitives.encoding import base64url_decode
from . import readers
from .clients import DEFAULT_CLIENT, DIGEST_PREFIX, Client, ClientKind

DAY = 86_400
MAX_DAYS = 400
"""Days that the end of a legacy browser may be away."""
API_TOKENS = "api-token"
_APP_ORIGIN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{0,40})://[a-z0-9._~-]{1,100}(:[0-9]{1,5})?", re.ASCII)
_PAGES = frozenset({"http", "https", "ws", "wss", "file", "ftp", "data", "blob", "about", "javascript"})
"""Schemes of what a browser shows as a page."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,99}", re.ASCII)
"""Characters that mean themselves in a URL, a header and a log line (RFC 6749 appendix A.1, RFC 3986 section 2.3)."""


def read(value: Any) -> Mapping[str, Mapping[str, Any]]:
    """`CLIENTS`, every value checked, absent ones None. Raises `ConfigurationError` for the first fault."""
    given = {DEFAULT_CLIENT: {"kind": [ClientKind.BROWSER, ClientKind.NATIVE]}} if value is None else value
    if not isinstance(given, Mapping) or not given:
        raise readers.refuse("a mapping of client id to a mapping, with one client at least.")
    return {_id(name): _draft(name, members) for name, members in given.items()}


def complete(drafts: Mapping[str, Mapping[str, Any]], policy: Mapping[str, Any]) -> Mapping[str, Client]:
    """The clients, with the settings for all where a client names none of its own.

    `policy` has `scopes`, `introspection_scope` and the three lifetimes. The scope that lets its bearer ask about
    other people's tokens is had by those clients only that name it. Raises `ConfigurationError` where the two do not
    fit.
    """
    for name, draft in drafts.items():
        if unknown := sorted(set(draft["handover_to"]) - set(drafts)):
            raise readers.refuse(f"{name}: handover_to names {unknown[0]!r}, and CLIENTS has no such client.")
    return {name: _client(name, draft, policy) for name, draft in drafts.items()}


def _client(name: str, draft: Mapping[str, Any], policy: Mapping[str, Any]) -> Client:
    usual = {**policy, "scopes": policy["scopes"] - {policy["introspection_scope"]}}
    members: dict[str, Any] = {key: usual.get(key) if value is None else value for key, value in draft.items()}
    if not members["scopes"] <= policy["scopes"]:
        raise readers.refuse(f"{name}: scopes names one that SCOPES does not.")
    if members["session_idle_lifetime"] > members["session_lifetime"]:
        if draft["session_idle_lifetime"] is not None:
            raise readers.refuse(f"{name}: session_idle_lifetime is longer than its session_lifetime; shorten it.")
        members["session_idle_lifetime"] = members["session_lifetime"]
    shorter = members["unremembered_lifetime"]
    if shorter is not None and shorter > members["session_lifetime"]:
        raise readers.refuse(f"{name}: unremembered_lifetime is longer than its session_lifetime; shorten it.")
    return Client(id=name, **members)


def _draft(name: str, members: Any) -> Mapping[str, Any]:
    if not isinstance(members, Mapping):
        raise readers.refuse(f"{name}: a mapping with the key kind.")
    for key in members:
        if key not in KEYS:
            raise readers.refuse(f"{name}: no such key {key!r}. Those that exist: {', '.join(KEYS)}.")
    read = {}
    for key, (member, reader) in KEYS.items():
        try:
            read[member] = reader(members.get(key))
        except ConfigurationError as error:
            raise readers.refuse(f"{name}: {key}: {error}") from None
    _fit(name, read)
    return read


def _fit(name: str, draft: Mapping[str, Any]) -> None:
    """What no client may be, whatever its settings say."""
    kinds, secrets = draft["kinds"], draft["secret_digests"]
    if ClientKind.BROWSER in kinds and secrets:
        raise readers.refuse(f"{name}: a browser keeps no secret; take secret_digest or the kind browser away.")
    if ClientKind.MACHINE in kinds and len(kinds) > 1:
        raise readers.refuse(f"{name}: a machine has no user in front of it; make it a client of its own.")
    if ClientKind.MACHINE in kinds and not secrets:
        raise readers.refuse(f"{name}: a machine proves itself; make a secret with manage.py bearer_client_secret.")
    if ClientKind.MACHINE in kinds and (draft["handover_to"] or draft["handover_url"]):
        raise readers.refuse(f"{name}: no login is handed over by or to a machine, behind which nobody logs in.")
    if draft["origins"] and not kinds & {ClientKind.BROWSER, ClientKind.LEGACY_BROWSER}:
        raise readers.refuse(f"{name}: origins are for the kind browser.")
    if (ClientKind.WEBVIEW in kinds) != bool(draft["app_origins"]):
        raise readers.refuse(f"{name}: app_origins, one at least, belong to the kind webview, which needs them.")
    if ClientKind.WEBVIEW in kinds and (secrets or not kinds <= {ClientKind.WEBVIEW, ClientKind.NATIVE}):
        raise readers.refuse(f"{name}: a webview may be native beside it and nothing else, and keeps no secret.")
    _fit_legacy(name, draft)


def _fit_legacy(name: str, draft: Mapping[str, Any]) -> None:
    """A page whose refresh token script can read: nothing else beside it, from named pages, until a date."""
    kinds = draft["kinds"]
    if (ClientKind.LEGACY_BROWSER in kinds) != (draft["until"] is not None):
        raise readers.refuse(f"{name}: until, a date, belongs to the kind legacy-browser, which needs it.")
    if ClientKind.LEGACY_BROWSER not in kinds:
        return
    if len(kinds) > 1 or draft["secret_digests"]:
        raise readers.refuse(f"{name}: a legacy-browser is nothing else, and keeps no secret.")
    if not draft["origins"]:
        raise readers.refuse(f"{name}: a legacy-browser names the origins of its pages.")


def _id(name: Any) -> str:
    if name == API_TOKENS:
        raise readers.refuse(f"{API_TOKENS} stands for API tokens; choose another id.")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise readers.refuse("a client id is 1 to 100 letters, digits and . _ ~ -, a letter or digit first.")
    return name


def _kinds(value: Any) -> frozenset[ClientKind]:
    names = [value] if isinstance(value, str) else value
    known = isinstance(names, (list, tuple, set, frozenset)) and all(name in tuple(ClientKind) for name in names)
    if not known or not names:
        raise readers.refuse(f"one of {', '.join(ClientKind)}, or a list of them.")
    return frozenset(ClientKind(name) for name in names)


def _or_none(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Reads what is given and leaves what is not to the setting for all clients."""
    return lambda value: None if value is None else reader(value)


def _audiences(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    names = tuple(readers.texts(value))
    if not names or any(not name or len(name) > 512 or set(name) & set(" \t\r\n") for name in names):
        raise readers.refuse("a list of names without spaces, one at least; leave it out for AUDIENCE.")
    return tuple(dict.fromkeys(names))


def _origins(value: Any) -> tuple[str, ...]:
    """Origins as browsers spell them: scheme, host in lower case, a port that is not the scheme's own."""
    names = tuple(readers.texts(value if value is not None else ()))
    for name in names:
        if not _is_origin(name):
            raise readers.refuse(f"exact origins such as https://app.example.com, and {name!r} is none.")
    return names


def _app_origins(value: Any) -> tuple[str, ...]:
    """Origins that no web page can have: of another scheme than those of the web."""
    names = tuple(readers.texts(value if value is not None else ()))
    for name in names:
        found = _APP_ORIGIN.fullmatch(name)
        if found is None or found["scheme"] in _PAGES:
            raise readers.refuse(f"exact origins such as capacitor://localhost, none of http or https: {name!r}.")
    return names


def _is_origin(name: str) -> bool:
    """Whether a browser would spell an origin so (RFC 6454 section 6.2). Plain http is for this machine only."""
    try:
        parts = urlsplit(name)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    local = host in ("localhost", "127.0.0.1", "::1")
    as_sent = f"{parts.scheme}://{parts.netloc}" == name == name.lower() and name.isascii()
    return bool(
        as_sent
        and host
        and not set(name) & set("@* \t\r\n")
        and not name.endswith(":")
        and usual not in (None, port)
        and (parts.scheme == "https" or local)
    )


def _handover_to(value: Any) -> tuple[str, ...]:
    """Ids of clients. Whether there are such clients is asked once all are read."""
    return tuple(dict.fromkeys(_id(name) for name in readers.texts(value if value is not None else ())))


def _handover_url(value: Any) -> str:
    """Where a client takes a handover. The code comes behind it as a fragment, which no server and no log sees.

    An app takes a link that the platform lets it claim (RFC 8252 section 7.2): any app may answer to a scheme.
    """
    if value is None:
        return ""
    parts = urlsplit(value) if isinstance(value, str) else None
    plain = parts is not None and _is_origin(f"{parts.scheme}://{parts.netloc}") and value.isascii()
    if not plain or parts is None or parts.fragment or "#" in value or not parts.path.startswith("/"):
        raise readers.refuse("an https URL with a path and without a fragment, such as https://app.example.com/in/.")
    if set(value) & set(" \t\r\n\\\"'<>"):
        raise readers.refuse("an https URL without spaces, quotes and backslashes.")
    return str(value)


def _until(value: Any) -> int | None:
    """When a day begins, UTC, in seconds since 1970: `2027-03-01` has the last session on the 28th of February."""
    if value is None:
        return None
    day = value
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
    if not isinstance(day, date) or isinstance(day, datetime):
        raise readers.refuse("a date, such as '2027-03-01'.")
    found = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    if found > clock.seconds() + MAX_DAYS * DAY:
        raise readers.refuse(f"a date at most {MAX_DAYS} days away.")
    return found


def _digests(value: Any) -> tuple[bytes, ...]:
    """SHA-256 digests of secrets. A secret itself has another form, so it cannot be put here by mistake."""
    given = [value] if isinstance(value, str) else value if value is not None else ()
    return tuple(_digest(text) for text in readers.texts(given))


def _digest(text: str) -> bytes:
    try:
        digest = base64url_decode(text.removeprefix(DIGEST_PREFIX))
    except MalformedToken:
        digest = b""
    if not text.startswith(DIGEST_PREFIX) or len(digest) != 32:
        raise readers.refuse(f"{DIGEST_PREFIX} and 43 characters, as manage.py bearer_client_secret prints it.")
    return digest


KEYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "kind": ("kinds", _kinds),
    "origins": ("origins", _origins),
    "app_origins": ("app_origins", _app_origins),
    "audiences": ("audiences", _audiences),
    "scopes": ("scopes", _or_none(readers.scopes)),
    "access_token_lifetime": ("access_token_lifetime", _or_none(readers.seconds(300, 30, 3600))),
    "session_idle_lifetime": ("session_idle_lifetime", _or_none(readers.seconds(14 * DAY, 60, 90 * DAY))),
    "session_lifetime": ("session_lifetime", _or_none(readers.seconds(30 * DAY, 60, 400 * DAY))),
    "session_limit": ("session_limit", _or_none(readers.whole(1, 10_000))),
    "unremembered_lifetime": ("unremembered_lifetime", _or_none(readers.seconds(DAY, 60, 90 * DAY))),
    "secret_digest": ("secret_digests", _digests),
    "until": ("until", _until),
    "handover_to": ("handover_to", _handover_to),
    "handover_url": ("handover_url", _handover_url),
}
"""Every key of a client, the member of `Client` it becomes, and what reads it."""


def handover_faults(clients: Mapping[str, Client], own: str) -> list[str]:
    """Clients that a login is meant to be handed over to, and whose settings do not say where; in words.

    `own` is the API's origin, empty where it depends on the request: the code must reach pages of the client alone.
    """
    wanted = sorted({to for client in clients.values() for to in client.handover_to})
    found = []
    for client in (clients[name] for name in wanted):
        pages = {*client.origins, own}
        if not client.handover_url:
            found.append(f"{client.id}: handover_url is missing, so no login is handed over to it.")
        elif own and client.kinds == {ClientKind.BROWSER} and same_site.origin_of(client.handover_url) not in pages:
            found.append(f"{client.id}: handover_url is no page of its: name its origin in origins.")
    return found


def origins_elsewhere(values: Mapping[str, Any]) -> list[str]:
    """Pages on another site than the API: no browser sends them the cookie (SameSite=Strict)."""
    if not isinstance(values["issuer"], str):
        return []
    own = same_site.origin_of(values["issuer"])
    return [
        f'BEARER["CLIENTS"]: {draft_id}: origin {origin} is of another site than ISSUER. Proxy /api through its host.'
        for draft_id, draft in values["clients"].items()
        if ClientKind.BROWSER in draft["kinds"]
        for origin in draft["origins"]
        if not (same_site.same_site(origin, own) or same_site.is_loopback(origin))
    ]
