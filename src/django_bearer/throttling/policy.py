"""What is counted where: the buckets of each endpoint, the source before the account."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from limits import RateLimitItem, parse_many

from .. import conf
from ..storage.counters import Window

MAX_ACCOUNT = 320


@dataclass(frozen=True, slots=True)
class Bucket:
    """One thing that is counted, in all its windows."""

    name: str
    windows: tuple[Window, ...]


def login(issuer: str, source: str, account: str) -> tuple[Bucket, ...]:
    """The buckets of one login attempt: everything from a source, one account from that source in all its spellings,
    and in the spelling at hand, which is what a success is forgiven by.

    `source` is an address or network as text, `account` what was typed as the user's name.
    """
    rates = conf.current().login_throttle
    return (
        bucket("login-source", rates["source"], issuer, source),
        bucket("login-source-account", rates["source_account"], issuer, source, canonical(account)),
        bucket("login-source-spelling", rates["source_account"], issuer, source, account[:MAX_ACCOUNT]),
    )


def refresh(issuer: str, source: str, session: str) -> tuple[Bucket, ...]:
    """The buckets of a refresh that rotated nothing, counted only for a token whose MAC holds."""
    rates = conf.current().refresh_throttle
    return (
        bucket("refresh-source", rates["source"], issuer, source),
        bucket("refresh-session", rates["session"], issuer, session),
    )


def verification(issuer: str, source: str) -> tuple[Bucket, ...]:
    """The bucket of whoever asks whether a token is good, by source."""
    return (bucket("verify-source", conf.current().token_throttle["verify"], issuer, source),)


def revocation(issuer: str, source: str) -> tuple[Bucket, ...]:
    """The bucket of revocations, by source (RV-08)."""
    return (bucket("revoke-source", conf.current().token_throttle["revoke"], issuer, source),)


def introspection(issuer: str, client_id: str) -> tuple[Bucket, ...]:
    """The bucket of introspections, by the client that has proved itself (IN-05)."""
    return (bucket("introspect-client", conf.current().token_throttle["introspect"], issuer, client_id),)


def bucket(name: str, rates: str, *about: str) -> Bucket:
    """A bucket for rates such as `"100/day;10/hour"`."""
    key = "|".join([name, *about])
    return Bucket(name, tuple(Window(key, item.amount, _seconds(item)) for item in parse_many(rates)))


def canonical(account: str) -> str:
    """One text for all spellings of an account: width, case, spaces and plus-addresses do not start a new count.

    Nor do accents and characters that cannot be seen, which MySQL's and MariaDB's usual collations pass over.
    """
    spelled = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", account[:MAX_ACCOUNT]).casefold())
    text = "".join(letter for letter in spelled if unicodedata.category(letter)[0] not in "MCZ")
    local, at, domain = text.rpartition("@")
    return f"{local.split('+')[0]}@{domain}" if at else text


def _seconds(item: RateLimitItem) -> int:
    return item.get_expiry()
