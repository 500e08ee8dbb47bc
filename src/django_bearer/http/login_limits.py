"""One attempt at an account's password, counted before any password is hashed, whichever code looks at it next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..errors import Throttled
from ..sessions import account, devices
from ..storage.contention import insist
from ..storage.counters import Level
from ..throttling import limiter, policy
from ..tokens.device import Device
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
    buckets: policy.Attempt = field(repr=False)
    known: Device | None = field(repr=False)
    levels: tuple[Level, ...] = field(repr=False)

    def succeeded(self, user: Any) -> None:
        """The password was right and `user` logs in: forget the attempts at this account.

        Those of an account that is not this user's stay, whatever name was typed.
        """
        if self.account.is_of(user):
            limiter.forgive(self.buckets)

    def failed(self) -> None:
        """Publish a failure, and raise the alarm when there are too many of them all over."""
        tell_failure(self.address, self.client_id, policy.canonical(self.account.name))

    def device_credential(self, user: Any) -> str:
        """What makes this device known from now on, for a user who is logged in; empty for another user."""
        if not self.account.is_of(user):
            return ""
        return devices.hand_out(self.issuer, self.account.known_as, self.known)

    def headers(self) -> Mapping[str, str]:
        """How much is left, as headers, where the settings want them."""
        if not conf.current().ratelimit_headers:
            return {}
        return ratelimit.headers(self.levels[: len(self.buckets.counted[0].windows)])


@sensitive_variables()
def count(request: Any, name: str, shown: str = "", client_id: str = "") -> CountedAttempt:
    """Count an attempt at the account that `name` finds. Raises `Throttled`.

    `shown` is the device credential that came in a body; a browser's is in its cookie. Without a request the attempt
    is counted by the account alone.
    """
    plain = http_request(request)
    issuer, found = conf.issuer(plain), insist(lambda: account.find(name))
    counted_as = policy.canonical(found.name)
    known, address = None, ""
    if plain is None:
        buckets = policy.login_without_source(name, counted_as)
    else:
        known = devices.recognise(shown or cookies.take(plain).get(cookies.DEVICE, ""), issuer, found.known_as)
        asker = source.client(plain.META, conf.current().trusted_proxies)
        address = source.prefix(asker)
        device_name = known.id.hex() if known else ""
        buckets = policy.login(address, name, counted_as, device_name, source.network(asker))
    levels = limiter.measure(buckets.counted)
    wait = limiter.wait_of(levels)
    if wait:
        events.sample(events.Kind.LOGIN_THROTTLED, client_id=client_id, source=address)
        raise Throttled("a login bucket is full", retry_after=wait)
    return CountedAttempt(issuer, address, client_id, found, buckets, known, tuple(levels))


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
