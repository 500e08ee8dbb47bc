"""What is counted where: the buckets of each endpoint, the address before the account.

No bucket is named by the issuer: where `ISSUER` is a callable, anybody may choose it by the Host header. An address
is counted over all issuers, and an account in its table of users, which the database alias and schema name.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass

from limits import RateLimitItem, parse_many

from .. import conf
from ..database import aliases
from ..database.rate_limit_counters import Window, name

MAX_ACCOUNT = 320
UNLOCK_TOKENS = "5/hour"
"""Unlock tokens made for one account. Whatever the order they are asked in, the next is made within 72 minutes."""
IMPERSONATIONS = "60/hour"
"""Tokens to act for users that one member of staff gets: fewer live ones than a list of sessions shows."""
HANDOVERS = "20/hour"
"""Logins of one user that are handed over: each may guess a receiver's number three times."""
_FOLDED = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe"})
"""Letters that some collations take for others, though Unicode does not take them apart."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One thing that is counted, in all its windows."""

    name: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class LoginBuckets:
    """What one login attempt is counted in.

    Where a bucket of `counted` is full, the answer says so. Where only one of `quiet` is, it must be the answer to a
    wrong password: it is full by attempts under other names, and would tell that those are the account's too.
    A success of the account's own user takes `own` out of `shared`, pair by pair, and itself out of `once`. A right
    password to which a step is lacking takes itself out of `everywhere`: what counts attempts from all addresses.
    """

    counted: tuple[Bucket, ...]
    own: tuple[Bucket, ...]
    shared: tuple[Bucket, ...]
    quiet: tuple[Bucket, ...] = ()
    once: tuple[Bucket, ...] = ()
    everywhere: tuple[Bucket, ...] = ()

    @property
    def by_address(self) -> tuple[Bucket, ...]:
        """Those of `counted` that go by the address alone, whatever account is tried."""
        return tuple(one for one in self.counted if one.name in ("login-address", "login-network"))

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """Everything it is counted in."""
        return (*self.counted, *self.quiet)


def login(address: str, typed: str, account: str = "", network: str = "") -> LoginBuckets:
    """The buckets of a login attempt from a device that nobody knows.

    It is counted by its address (and for IPv6 by the network around it), by the name as it was typed, in all its
    spellings, and by the account that the name finds: each from that address and from everywhere, which
    bounds a botnet. What the account from that address under that name had is counted once more: a success takes that
    back, so that a namesake's owner buys no guesses.

    `address` and `network` are addresses or networks as text, `typed` what was typed as the user's name, `account` a
    text that no other account has, empty where the name finds nobody.
    """
    rates = conf.current().login_rate_limits
    name = canonical(typed)
    whose = account or f"name {name}"  # as many windows for a name that finds nobody, and as much to do
    around = (bucket("login-network", rates["network"], network),) if network else ()
    named = (
        _of_account("login-address-account", rates["address_account"], address, name),
        _of_account("login-account", rates["account"], name),
    )
    quiet = (
        _of_account("login-address-user", rates["address_account"], address, whose),
        _of_account("login-user", rates["account"], whose),
    )
    own = (
        _of_account("login-address-own", rates["address_account"], address, whose, name),
        _of_account("login-own", rates["account"], address, whose, name),
    )
    counted = (bucket("login-address", rates["address"], address), *around, *named, *own)
    return LoginBuckets(counted, own * 2, named + quiet, quiet, everywhere=(named[1], quiet[1], own[1]))


def known_device(address: str, device: str, group: str, network: str = "") -> LoginBuckets:
    """The buckets of a login attempt from a device that is known for the account.

    It is counted by the device, by all known devices of the account together, and by its address among attempts from
    known devices only: whoever fills the buckets of `login` delays nobody here.

    `device` is the device's name, `group` what all devices of the account have in common.
    """
    rates = conf.current().login_rate_limits
    around = (bucket("login-device-network", rates["network"], network),) if network else ()
    mine = bucket("login-device", rates["device"], device)
    own = _of_account("login-device-own", rates["devices"], device)
    everyones = of_known_devices(group)
    there = (bucket("login-device-address", rates["address"], address), *around)
    return LoginBuckets((mine, everyones, own, *there), (mine, own), (mine, everyones), once=there)


def login_without_source(typed: str, account: str = "") -> LoginBuckets:
    """The buckets of an attempt that came with no request: the name's and the account's, from everywhere."""
    rate, name = conf.current().login_rate_limits["account"], canonical(typed)
    whose = account or f"name {name}"
    named, quiet = _of_account("login-account", rate, name), _of_account("login-user", rate, whose)
    own = _of_account("login-own", rate, "", whose, name)
    return LoginBuckets((named, own), (own, own), (named, quiet), (quiet,))


def of_known_devices(group: str) -> Bucket:
    """What the attempts from all known devices of an account are counted in together; `group` as above."""
    return _of_account("login-devices", conf.current().login_rate_limits["devices"], group)


def failed_logins() -> Bucket:
    """All failed logins: when it is full, somebody should look."""
    return bucket("login-alarm", conf.current().login_rate_limits["alert"])


def code_attempt(address: str, purpose: str, account: str) -> tuple[Bucket, ...]:
    """The buckets of an attempt at a code, a recovery or another secret that can be guessed.

    `account` is a text that no other account has, or the canonical form of what was typed.
    """
    rates = conf.current().code_rate_limits
    return (
        bucket(f"code-address-{purpose}", rates["address"], address),
        _of_account(f"code-account-{purpose}", rates["account"], account),
    )


def code_attempt_of_device(device: str, purpose: str, group: str) -> tuple[Bucket, ...]:
    """The buckets of an attempt at a code from a device that is known for the account.

    It is counted by the device and by all known devices of the account, and not by what others have filled.
    """
    rate = conf.current().code_rate_limits["account"]
    mine = bucket(f"code-device-{purpose}", rate, device)
    return (mine, _of_account(f"code-devices-{purpose}", rate, group)) if group else (mine,)


def mail_request(address: str, purpose: str, account: str) -> tuple[Bucket, ...]:
    """The buckets of a request for a mail: by address, and by the account from there."""
    rates = conf.current().code_rate_limits
    return (
        bucket(f"mail-address-{purpose}", rates["address"], address),
        _of_account(f"mail-account-{purpose}", rates["account"], address, canonical(account)),
    )


def mail_request_of_device(device: str, purpose: str, group: str) -> tuple[Bucket, ...]:
    """The buckets of a request for a mail from a device that is known for the account: by the device, and by all
    known devices of the account. Whoever fills the limits of an address keeps its owner there from no mail."""
    rate = conf.current().code_rate_limits["account"]
    mine = bucket(f"mail-device-{purpose}", rate, device)
    return (mine, _of_account(f"mail-devices-{purpose}", rate, group))


def unlock_tokens(group: str) -> tuple[Bucket, ...]:
    """The bucket of unlock tokens made for one account: few enough to be mailed, and renewed before they end."""
    return (_of_account("device-passes", UNLOCK_TOKENS, group),)


def refresh(address: str, session: str) -> tuple[Bucket, ...]:
    """The buckets of a refresh that rotates nothing, counted only for a token whose MAC is valid.

    `address` is empty where no request says where it came from.
    """
    rates = conf.current().refresh_rate_limits
    from_there = (bucket("refresh-address", rates["address"], address),) if address else ()
    return (*from_there, bucket("refresh-session", rates["session"], session))


def verification(address: str) -> tuple[Bucket, ...]:
    """The bucket of whoever asks whether a token is good, by address."""
    return (bucket("verify-address", conf.current().token_rate_limits["verify"], address),)


def revocation(address: str) -> tuple[Bucket, ...]:
    """The bucket of revocations, by address (RFC 7009 section 5)."""
    return (bucket("revoke-address", conf.current().token_rate_limits["revoke"], address),)


def tickets(session: str) -> tuple[Bucket, ...]:
    """The bucket of the tickets that one session asks for."""
    return (bucket("ticket-session", conf.current().token_rate_limits["ticket"], session),)


def impersonations(actor: str) -> tuple[Bucket, ...]:
    """The bucket of the tokens that one member of staff asks for to act for users."""
    return (_of_account("impersonations", IMPERSONATIONS, actor),)


def handovers(user: str) -> tuple[Bucket, ...]:
    """The bucket of the handovers of one user's logins."""
    return (_of_account("handovers", HANDOVERS, user),)


def introspection(client_id: str) -> tuple[Bucket, ...]:
    """The bucket of introspections, by the client that has proved itself (RFC 7662 section 4)."""
    return (bucket("introspect-client", conf.current().token_rate_limits["introspect"], client_id),)


def bucket(name: str, rates: str, *about: str) -> Bucket:
    """A bucket for rates such as `"100/day;10/hour"`."""
    key = json.dumps([name, *about])  # so that no string that somebody typed runs on into another
    return Bucket(name, tuple(Window(key, item.amount, _seconds(item)) for item in parse_many(rates)))


def _of_account(name: str, rates: str, *about: str) -> Bucket:
    return bucket(name, rates, aliases.accounts(), *about)


def canonical(account: str) -> str:
    """One string for all spellings of an account: width, case, spaces and plus-addresses do not start a new count.

    Nor do accents and characters that cannot be seen, which MySQL's and MariaDB's usual collations pass over.
    """
    spelled = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", account[:MAX_ACCOUNT]).casefold())
    text = "".join(letter for letter in spelled if unicodedata.category(letter)[0] not in "MCZ").translate(_FOLDED)
    local, at, domain = text.rpartition("@")
    return f"{local.split('+')[0]}@{domain}" if at else text


def csp_reports(address: str) -> tuple[Bucket, ...]:
    """The bucket of reports about a content security policy, which any page's script can cause."""
    return (bucket("csp-report", conf.current().token_rate_limits["report"], address),)


def account_digest(account: str) -> str:
    """A keyed hash of an account's name, for the log: people type passwords into name fields."""
    return name(Window(f"account|{canonical(account)}", 0, 0)).hex()[:16]


def _seconds(item: RateLimitItem) -> int:
    return item.get_expiry()
