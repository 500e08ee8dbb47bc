"""What is counted where: the buckets of each endpoint, the source before the account.

No bucket is named by the issuer: where `ISSUER` is a callable, a stranger may choose it by the Host header. A source
is counted over all issuers, and an account in its table of users, which the database alias and schema name.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass

from limits import RateLimitItem, parse_many

from .. import conf
from ..storage import place
from ..storage.counters import Window, name

MAX_ACCOUNT = 320
_FOLDED = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe"})
"""Letters that some collations take for others, though Unicode does not take them apart."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One thing that is counted, in all its windows."""

    name: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one login attempt is counted in, and what a success takes back: `own` out of `shared`, pair by pair."""

    counted: tuple[Bucket, ...]
    own: tuple[Bucket, ...]
    shared: tuple[Bucket, ...]


def login(source: str, typed: str, account: str, device: str = "", network: str = "") -> Attempt:
    """The buckets of one login attempt.

    A device that is known for this account has a bucket of its own and fills no other. Any other attempt is counted
    by its source (and for IPv6 by the network around it), by the account from that source, and by the account from
    everywhere, which is what bounds a botnet. Accounts count in all their spellings, and once more in the spelling at
    hand: that is what a success takes back, so that a namesake's owner buys no guesses.

    `source` and `network` are addresses or networks as text, `typed` what was typed as the user's name, `account` one
    text for all names of the account, `device` the name of a known device.
    """
    rates = conf.current().login_throttle
    if device:
        mine = bucket("login-device", rates["device"], device)
        return Attempt((mine,), (mine,), (mine,))
    around = (bucket("login-network", rates["network"], network),) if network else ()
    shared = (
        _of_account("login-source-account", rates["source_account"], source, account),
        _of_account("login-account", rates["account"], account),
    )
    own = (
        _of_account("login-source-spelling", rates["source_account"], source, typed),
        _of_account("login-account-spelling", rates["account"], source, typed),
    )
    return Attempt((bucket("login-source", rates["source"], source), *around, *shared, *own), own, shared)


def login_without_source(typed: str, account: str) -> Attempt:
    """The buckets of an attempt that came with no request: the account's, from everywhere."""
    rate = conf.current().login_throttle["account"]
    shared = (_of_account("login-account", rate, account),)
    own = (_of_account("login-account-spelling", rate, "", typed),)
    return Attempt((*shared, *own), own, shared)


def failures() -> Bucket:
    """All failed logins: when it is full, somebody should look."""
    return bucket("login-alarm", conf.current().login_throttle["alarm"])


def code(source: str, purpose: str, account: str) -> tuple[Bucket, ...]:
    """The buckets of an attempt at a code, a recovery or another secret that can be guessed."""
    rates = conf.current().code_throttle
    return (
        bucket(f"code-source-{purpose}", rates["source"], source),
        _of_account(f"code-account-{purpose}", rates["account"], canonical(account)),
    )


def refresh(source: str, session: str) -> tuple[Bucket, ...]:
    """The buckets of a refresh that rotates nothing, counted only for a token whose MAC holds.

    `source` is empty where no request says where it came from.
    """
    rates = conf.current().refresh_throttle
    from_there = (bucket("refresh-source", rates["source"], source),) if source else ()
    return (*from_there, bucket("refresh-session", rates["session"], session))


def verification(source: str) -> tuple[Bucket, ...]:
    """The bucket of whoever asks whether a token is good, by source."""
    return (bucket("verify-source", conf.current().token_throttle["verify"], source),)


def revocation(source: str) -> tuple[Bucket, ...]:
    """The bucket of revocations, by source (RV-08)."""
    return (bucket("revoke-source", conf.current().token_throttle["revoke"], source),)


def introspection(client_id: str) -> tuple[Bucket, ...]:
    """The bucket of introspections, by the client that has proved itself (IN-05)."""
    return (bucket("introspect-client", conf.current().token_throttle["introspect"], client_id),)


def bucket(name: str, rates: str, *about: str) -> Bucket:
    """A bucket for rates such as `"100/day;10/hour"`."""
    key = json.dumps([name, *about])  # so that no text that somebody typed runs on into another
    return Bucket(name, tuple(Window(key, item.amount, _seconds(item)) for item in parse_many(rates)))


def _of_account(name: str, rates: str, *about: str) -> Bucket:
    return bucket(name, rates, place.accounts(), *about)


def canonical(account: str) -> str:
    """One text for all spellings of an account: width, case, spaces and plus-addresses do not start a new count.

    Nor do accents and characters that cannot be seen, which MySQL's and MariaDB's usual collations pass over.
    """
    spelled = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", account[:MAX_ACCOUNT]).casefold())
    text = "".join(letter for letter in spelled if unicodedata.category(letter)[0] not in "MCZ").translate(_FOLDED)
    local, at, domain = text.rpartition("@")
    return f"{local.split('+')[0]}@{domain}" if at else text


def reports(source: str) -> tuple[Bucket, ...]:
    """The bucket of reports about a content security policy, which any page's script can cause."""
    return (bucket("csp-report", conf.current().token_throttle["report"], source),)


def account_digest(account: str) -> str:
    """A keyed hash of an account's name, for the log: people type passwords into name fields."""
    return name(Window(f"account|{canonical(account)}", 0, 0)).hex()[:16]


def _seconds(item: RateLimitItem) -> int:
    return item.get_expiry()
