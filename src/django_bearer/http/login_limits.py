"""One attempt at an account's password, counted before any password is hashed, whichever code looks at it next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..errors import InvalidCredentials, Throttled
from ..sessions import account, devices
from ..sessions.devices import KnownDevice
from ..storage.contention import insist
from ..storage.counters import Level
from ..throttling import limiter, policy
from . import cookies, ratelimit, source


class LoginThrottled(Throttled, ValidationError):  # type: ignore[misc]
    """Too many attempts, told through Django's `authenticate()`.

    A form or serializer that authenticates while it validates shows it as an error of its own; a view that does not
    catch it answers 429.
    """

    def __init__(self, reason: str = "", retry_after: int = 1) -> None:
        ValidationError.__init__(self, gettext_lazy(Throttled.description), code=Throttled.code)
        self.reason = reason
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.reason or self.description


@dataclass(frozen=True, slots=True)
class CountedAttempt:
    """An attempt that has been counted and may go on. Say what became of it."""

    issuer: str
    address: str
    client_id: str
    account: account.Account
    typed: str = field(repr=False)
    buckets: policy.Attempt = field(repr=False)
    known: KnownDevice | None = field(repr=False)
    levels: tuple[Level, ...] = field(repr=False)

    def succeeded(self, user: Any) -> None:
        """The password was right and `user` logs in: forget the attempts at this account.

        Those of an account that is not this user's stay, whatever name was typed: its password may have been looked
        at, too. Of a name that finds nobody only this attempt is forgotten: those before it may have been at somebody
        else of that name.
        """
        if self.account.is_of(user):
            limiter.forgive(self.buckets)
        elif self.account.is_unknown():
            limiter.uncount(self.buckets)

    def checked(self, user: Any) -> None:
        """The password was right and nothing of ours is issued for it, as HTTP Basic asks at each request: an address
        that is right every time is not held back, however often it asks."""
        self.succeeded(user)
        limiter.uncount_source(self.buckets)

    def failed(self) -> None:
        """Publish a failure, and raise the alarm when there are too many of them all over."""
        tell_failure(self.address, self.client_id, policy.canonical(self.account.name))

    @sensitive_variables()
    def device_credential(self, user: Any) -> str:
        """What makes this device known from now on, for a user who is logged in; empty where it cannot be."""
        return devices.hand_out(self.issuer, user, self.account, self.typed, self.known)

    def headers(self) -> Mapping[str, str]:
        """How much is left, as headers, where the settings want them."""
        if not conf.current().ratelimit_headers:
            return {}
        return ratelimit.headers(self.levels[: len(self.buckets.counted[0].windows)])


@sensitive_variables()
def count(request: Any, name: str, shown: str = "", client_id: str = "") -> CountedAttempt:
    """The same as `admit`, which publishes the failure where it raises `InvalidCredentials`."""
    try:
        return admit(request, name, shown, client_id)
    except InvalidCredentials:
        plain = http_request(request)
        tell_failure(source.of(plain) if plain is not None else "", client_id, policy.canonical(name))
        raise


@sensitive_variables()
def admit(request: Any, name: str, shown: str = "", client_id: str = "") -> CountedAttempt:
    """Count an attempt at the account that `name` finds.

    `shown` is the device credential that came in a body; a browser's are in its cookie. Without a request the attempt
    is counted by the account alone.

    Raises `Throttled` where a limit is reached, and `InvalidCredentials` where saying so would tell that the account
    exists: attempts under other names alone have filled its limits. That takes as long as hashing a password.
    """
    plain = http_request(request)
    issuer, found = conf.issuer(plain), insist(lambda: account.find(name))
    known, address = None, ""
    if plain is None:
        buckets = policy.login_without_source(name, found.key)
    else:
        known = devices.recognise([shown, *cookies.known_devices(plain)], issuer, found, name)
        asker = source.client(plain.META, conf.current().trusted_proxies)
        address, network = source.prefix(asker), source.network(asker)
        if known is None:
            buckets = policy.login(address, name, found.key, network)
        else:
            group = known.group or f"name {policy.canonical(name)}"
            buckets = policy.known_device(address, known.id.hex(), group, network)
    admission = limiter.admit_login(buckets)
    if admission.wait:
        events.sample(events.Kind.LOGIN_THROTTLED, client_id=client_id, source=address)
    if admission.quiet:
        make_password(name)  # as long as Django takes for a name that finds nobody
        raise InvalidCredentials(
            f"the account's limit is full for {admission.wait} s, by other names too: no password was looked at"
        )
    if admission.wait:
        raise Throttled("a login bucket is full", retry_after=admission.wait)
    return CountedAttempt(issuer, address, client_id, found, name, buckets, known, tuple(admission.levels))


@sensitive_variables()
def with_others(request: HttpRequest, user: Any, credential: str) -> list[str]:
    """What a browser's cookie holds after a login of `user`: this credential, and those of other accounts.

    Empty where the device is not made known, so that the cookie stays as it is.
    """
    if not credential:
        return []
    return [credential, *devices.kept(cookies.known_devices(request), conf.issuer(request), user)]


def tell_failure(address: str, client_id: str, counted_as: str) -> None:
    """Publish a failed login of whoever `counted_as` stands for, and raise the alarm when there are too many."""
    details = {"account": policy.account_digest(counted_as)}
    events.publish(events.Kind.LOGIN_FAILED, client_id=client_id, source=address, details=details)
    if limiter.admit([policy.failures()]):
        events.sample(events.Kind.LOGIN_ALARM, details={"rate": conf.current().login_throttle["alarm"]})


def http_request(request: Any) -> HttpRequest | None:
    """Django's request, also out of REST framework's; None for anything else."""
    inner = getattr(request, "_request", request)
    return inner if isinstance(inner, HttpRequest) else None
