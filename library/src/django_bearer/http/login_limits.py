"""One attempt at an account's password, counted before any password is hashed, whichever code looks at it next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..accounts import known_devices, lookup
from ..accounts.known_devices import KnownDevice
from ..database import aliases, rate_limit_counters
from ..database.after_commit import after_commit
from ..database.conflicts import retry_on_conflict
from ..database.durable_writes import in_request
from ..database.rate_limit_corrections import Corrections
from ..database.rate_limit_counters import Level
from ..errors import InvalidCredentials, RateLimited
from ..rate_limits import limiter, rules
from . import client_address, cookies, rate_limit_headers, request_end


class LoginThrottled(RateLimited, ValidationError):  # type: ignore[misc]
    """There were too many attempts, told through Django's `authenticate()`.

    A form or serializer that authenticates while it validates shows it as an error of its own. A view that does not
    catch it answers 429.

    Args:
        reason: Which limit is reached, for the log.
        retry_after: Seconds until it is worth trying again.

    Source:
        RFC 6585 section 4.
    """

    def __init__(self, reason: str = "", retry_after: int = 1) -> None:
        ValidationError.__init__(self, gettext_lazy(RateLimited.description), code=RateLimited.code)
        self.reason = reason
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.reason or self.description


@dataclass(frozen=True, slots=True)
class CountedAttempt:
    """An attempt at a password that has been counted and may go on. Say what became of it.

    Attributes:
        issuer: The issuer that the attempt is at.
        address: The client's address, or empty without a request.
        client_id: The client that asks, or empty.
        account: The account that the typed name finds.
        typed: The name as it was typed.
        buckets: What the attempt was counted in.
        known: The known device that asks, or None.
        levels: How full each limit is.
    """

    issuer: str
    address: str
    client_id: str
    account: lookup.Account
    typed: str = field(repr=False)
    buckets: rules.LoginBuckets = field(repr=False)
    known: KnownDevice | None = field(repr=False)
    levels: tuple[Level, ...] = field(repr=False)

    def is_at(self, user: Any) -> bool:
        """Return whether this attempt may log in `user`.

        What comes from a known device is counted as that device's, and is a guess at its owner's password alone. The
        answer for anybody else must be that to a wrong password.

        Args:
            user: Whose password was right.

        Returns:
            False where a device is known for somebody else by a name that reaches both.
        """
        return self.known is None or self.known.only in ("", lookup.key_of(user))

    def succeeded(self, user: Any) -> None:
        """Say that the password was right and `user` logs in. The attempts at this account are forgotten.

        Those at another account stay, whatever name was typed. Of a name that finds nobody, or may reach several
        accounts, only this attempt is forgotten.

        Args:
            user: Who logs in.

        Raises:
            TemporarilyUnavailable: The counters could not be written.
        """
        if not self.account.sole:
            limiter.uncount(self.buckets)
        elif self.account.is_of(user):
            limiter.forgive(self.buckets)

    def checked(self, user: Any) -> None:
        """Say that the password was right and no session is issued for it, as with HTTP Basic at each request.

        The attempt does not count against the address either, so that a client with the right password is never
        limited.

        Args:
            user: Whose password it was.

        Raises:
            TemporarilyUnavailable: The counters could not be written.
        """
        self.succeeded(user)
        limiter.uncount_source(self.buckets)

    def incomplete(self) -> None:
        """Say that the password was right and the login lacks a step, such as the code of a second factor.

        This one attempt is taken back where all addresses are counted together. Those of before stay: whoever has the
        password alone must neither clear the limits with it nor fill them for the owner.

        Raises:
            TemporarilyUnavailable: The counters could not be written.
        """
        limiter.uncount_everywhere(self.buckets)

    def failed(self) -> None:
        """Say that the password was wrong.

        The failure is published, and an alert when there are too many over all accounts.

        Raises:
            TemporarilyUnavailable: The failure could not be counted.
        """
        tell_failure(self.address, self.client_id, rules.canonical(self.account.name))

    @sensitive_variables()
    def known_device_token(self, user: Any) -> str:
        """Make this device known from now on.

        Args:
            user: A user who has logged in.

        Returns:
            The known-device token for the client to keep; empty where the device cannot be made known.

        Raises:
            UnknownIssuer: The issuer has no keys, and no more issuers may get some.
            TemporarilyUnavailable: No stored key can be used, or the database was busy.
        """
        return known_devices.issue(self.issuer, user, self.account, self.typed, self.known)

    def headers(self) -> Mapping[str, str]:
        """Return how many attempts are left, for the response.

        Returns:
            A mapping of header names to values; empty unless `RATELIMIT_HEADERS` is on.

        Source:
            draft-ietf-httpapi-ratelimit-headers section 3.
        """
        if not conf.current().ratelimit_headers:
            return {}
        return rate_limit_headers.headers(self.levels[: len(self.buckets.counted[0].windows)])


def lacks_a_step(request: Any, attempt: CountedAttempt) -> None:
    """Say that the password was right, and its login lacks a step. It never raises.

    It takes this one attempt back from the limits of the account over all addresses, and forgives none of before.
    That is done at the end of the request, whatever a view makes of the refusal: a right password is to cost no
    statement more than a wrong one before the answer.
    """
    step = partial(limiter.uncount_everywhere, attempt.buckets)
    work = aliases.bound(lambda: after_commit("taking back an attempt", step))
    plain = http_request(request)
    if plain is not None and in_request():
        request_end.when_over(plain, work)
    else:
        work()


def counted_once_in(attempt: CountedAttempt) -> str:
    """What a success takes this one attempt out of, as a keyed hash; empty where there is nothing of the kind."""
    windows = [window for one in attempt.buckets.once for window in one.windows]
    return rate_limit_counters.name(windows[0]).hex() if windows else ""


def corrections(attempt: CountedAttempt, user: Any) -> Corrections | None:
    """What `succeeded` would correct in the database; None where there is nothing to correct there."""
    if not attempt.account.sole:
        return limiter.uncounting(attempt.buckets)
    return limiter.forgiveness(attempt.buckets) if attempt.account.is_of(user) else None


def counted_before(attempt: CountedAttempt, counted_in: str | None, taken_back: bool) -> CountedAttempt:
    """An attempt of an earlier request, without what must not be taken back: twice, or where it was not counted.

    `counted_in` is what `counted_once_in` said then, None where no password was tried.
    `taken_back` says that `lacks_a_step` was done since. Where the attempt was another device's, or came from
    elsewhere, and one alone is to be taken back, nothing is: it was counted in other buckets.
    """
    buckets, here = attempt.buckets, counted_once_in(attempt) == counted_in
    if not here:
        buckets = replace(buckets, once=())
    if not attempt.account.sole:
        gone = buckets.everywhere if taken_back else ()
        own, shared = (
            tuple(one for one in some if here and one not in gone) for some in (buckets.own, buckets.shared)
        )
        buckets = replace(buckets, own=own, shared=shared)
    return replace(attempt, buckets=buckets)


@sensitive_variables()
def count(request: Any, name: str, shown: str = "", client_id: str = "") -> CountedAttempt:
    """The same as `admit`, which publishes the failure where it raises `InvalidCredentials`."""
    try:
        return admit(request, name, shown, client_id)
    except InvalidCredentials:
        plain = http_request(request)
        tell_failure(client_address.of(plain) if plain is not None else "", client_id, rules.canonical(name))
        raise


@sensitive_variables()
def admit(request: Any, name: str, shown: str = "", client_id: str = "") -> CountedAttempt:
    """Count an attempt at the account that `name` finds.

    `shown` is the device credential that came in a body; a browser's are in its cookie. Without a request the attempt
    is counted by the account alone.

    Raises `RateLimited` where a limit is reached, and `InvalidCredentials` where saying so would tell that the
    account exists: attempts under other names alone have filled its limits. That takes as long as hashing a password.
    """
    attempt = identified(request, name, shown, client_id)
    admission = limiter.admit_login(attempt.buckets)
    if admission.wait:
        events.publish_sampled(events.EventKind.LOGIN_RATE_LIMITED, client_id=client_id, address=attempt.address)
    if admission.quiet:
        make_password(name)  # as long as Django takes for a name that finds nobody
        raise InvalidCredentials(
            f"the account's limit is full for {admission.wait} s, by other names too: no password was looked at"
        )
    if admission.wait:
        raise RateLimited("a login bucket is full", retry_after=admission.wait)
    return replace(attempt, levels=tuple(admission.levels))


@sensitive_variables()
def identified(request: Any, name: str, shown: str = "", client_id: str = "") -> CountedAttempt:
    """The attempt at the account that `name` finds, in what it is counted: not counted yet, or counted before."""
    plain = http_request(request)
    issuer = conf.issuer(plain)
    found = retry_on_conflict(lambda: lookup.find(name, issuer))
    known, address = None, ""
    if plain is None:
        buckets = rules.login_without_source(name, found.key)
    else:
        known = known_devices.find_known_device([shown, *cookies.known_devices(plain)], issuer, found, name)
        asker = client_address.client(plain.META, conf.current().trusted_proxies)
        address, network = client_address.prefix(asker), client_address.network(asker)
        if known is None:
            buckets = rules.login(address, name, found.key, network)
        else:
            group = known.group or f"name {rules.canonical(name)}"
            buckets = rules.known_device(address, known.id.hex(), group, network)
    return CountedAttempt(issuer, address, client_id, found, name, buckets, known, ())


@sensitive_variables()
def with_others(request: HttpRequest, user: Any, credential: str) -> list[str]:
    """What a browser's cookie holds after a login of `user`: this credential, and those of other accounts.

    Empty where the device is not made known, so that the cookie stays as it is.
    """
    if not credential:
        return []
    return [credential, *known_devices.tokens_of_others(cookies.known_devices(request), conf.issuer(request), user)]


def tell_failure(address: str, client_id: str, counted_as: str) -> None:
    """Publish a failed login of the account `counted_as`, and an alert when there are too many."""
    details = {"account": rules.account_digest(counted_as)}
    events.publish(events.EventKind.LOGIN_FAILED, client_id=client_id, address=address, details=details)
    if limiter.admit([rules.failed_logins()]):
        events.publish_sampled(
            events.EventKind.LOGIN_ALERT, details={"rate": conf.current().login_rate_limits["alert"]}
        )


def http_request(request: Any) -> HttpRequest | None:
    """Django's request, also out of REST framework's; None for anything else."""
    inner = getattr(request, "_request", request)
    return inner if isinstance(inner, HttpRequest) else None
