"""The project's second factor: `BEARER["SECOND_FACTOR"]` says who has one, and whether a code is right."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from inspect import isawaitable
from typing import Any, Protocol

from django.db import OperationalError
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..database.conflicts import is_lost_race
from ..errors import HTTPRefusal, TemporarilyUnavailable

logger = logging.getLogger("django_bearer.debug")

MULTIPLE = "mfa"
"""Several factors, as `amr` names them (RFC 8176 section 2)."""
REMEMBERED = "remembered"
"""A device on which the second factor was shown before, in place of showing it. It is no factor: nothing is shown."""
FIRST_FACTORS = frozenset({"pwd", "federated"})
"""First steps after which a remembered device may stand for the second: a password, a login at another site."""
_KNOWLEDGE = frozenset({"pwd", "pin", "kba"})
_INHERENCE = frozenset({"face", "fpt", "iris", "retina", "vbm"})
DEVICES = frozenset({"otp", "pop", "hwk", "swk", "sc"})
"""Methods by which the user's own device is shown."""
_SENT = frozenset({"mca", "sms"})
_NO_FACTOR = frozenset({"user", "geo", "rba", "mca", "wia", REMEMBERED})
"""Methods that prove no factor by themselves."""


class SecondFactor(Protocol):
    """What `BEARER["SECOND_FACTOR"]` names: a class without arguments, or an instance of one."""

    def is_enrolled(self, user: Any) -> bool:
        """Tell whether this user has a second factor, and so must show it.

        Args:
            user: A user who has proved a first factor.

        Returns:
            True for a user who has one.
        """

    def verify(self, user: Any, code: str) -> Any:
        """Tell whether `code` is right now, and by which methods.

        It is called after the attempt was counted. Each code that it takes is taken once in ten minutes.

        Args:
            user: The user whose login it is.
            code: What the client sent, at most 1,024 characters.

        Returns:
            A list of methods as `amr` names them (RFC 8176), or anything else that is true for `otp`. Something false
            or a str means that the code is wrong.
        """


class FingerprintedFactor(SecondFactor, Protocol):
    """A second factor beside which devices may be remembered: `REMEMBERED_DEVICE_LIFETIME`."""

    def factors_fingerprint(self, user: Any) -> str:
        """Return a str that changes whenever a factor of this user is added, replaced or removed.

        Args:
            user: A user who has proved a first factor.

        Returns:
            The str, of any length. With an empty one no device is remembered.
        """


class EnrollableFactor(SecondFactor, Protocol):
    """A second factor that can be enrolled at `login/enrol/`, where `MFA_REQUIRED` leaves no more time."""

    def verified_email(self, user: Any) -> str:
        """Return the address that this user has verified before.

        Args:
            user: A user who has proved a first factor.

        Returns:
            The address, or an empty str where there is none. Only an administrator's code helps then.
        """

    def begin_enrolment(self, user: Any) -> tuple[Mapping[str, Any], str]:
        """Begin, and store nothing.

        Args:
            user: A user who has shown a mailed code, or an administrator's.

        Returns:
            A mapping for the client, and the secret as a str, which is kept encrypted until the first code is right.
        """

    def complete_enrolment(self, user: Any, secret: str, code: str) -> Mapping[str, Any] | None:
        """Check the first code, and store the factor.

        Args:
            user: The user.
            secret: What `begin_enrolment` returned.
            code: What the client sent, at most 1,024 characters.

        Returns:
            A mapping that the client is shown once, such as recovery codes; None for a wrong code.
        """

    def remove_factors(self, user: Any) -> None:
        """Remove every factor of this user, for `complete_factor_reset`.

        Args:
            user: The user.
        """


def proves_several(methods: frozenset[str]) -> bool:
    """Whether these methods are of several kinds: known, had, or of the body (NIST 800-63B-4 section 2.2). Pure.

    A method that the standard does not name is one that somebody has.
    """
    kinds = {
        "known" if method in _KNOWLEDGE else "body" if method in _INHERENCE else "had"
        for method in methods - _NO_FACTOR
    }
    return MULTIPLE in methods or len(kinds) > 1


def was_shown(methods: frozenset[str]) -> bool:
    """Whether a login by these methods showed the user's own device after something else. Pure.

    That is what a user with a second factor is asked for. After a code by mail or telephone it is no proof of several
    kinds.
    """
    return proves_several(methods) or bool(methods & DEVICES and methods & _SENT)


def together(before: frozenset[str], shown: frozenset[str]) -> frozenset[str]:
    """The methods of a login whose second step showed these. Pure.

    A second factor makes several out of any first one, but not out of methods that prove none, such as a mailed code.
    """
    every = (before - {REMEMBERED} if shown else before) | shown
    alone = bool(before) and before <= _NO_FACTOR and not proves_several(every - {MULTIPLE})
    return every - {MULTIPLE} if alone else every


def configured() -> bool:
    """Whether the project names its second factor."""
    return conf.current().second_factor is not None


def is_enrolled(user: Any) -> bool | None:
    """Whether the user has a second factor; None where the project names none.

    Raises `TemporarilyUnavailable` where the project's code fails: nothing is decided then.
    """
    factor: SecondFactor | None = conf.current().second_factor
    return None if factor is None else bool(asked(lambda: factor.is_enrolled(user), "is_enrolled"))


def fingerprint(user: Any) -> str:
    """A digest of what the user's factors are now; empty where the factor does not say. Raises as `is_enrolled`."""
    read = getattr(conf.current().second_factor, "factors_fingerprint", None)
    found = asked(lambda: read(user), "factors_fingerprint") if callable(read) else ""
    return hashlib.sha256(found.encode()).hexdigest() if isinstance(found, str) and found else ""


@sensitive_variables()
def verify(user: Any, code: str) -> frozenset[str]:
    """The methods that this code proves now, with `mfa`; empty for a wrong one. Raises as `is_enrolled` does."""
    factor: SecondFactor | None = conf.current().second_factor
    found = asked(lambda: factor.verify(user, code), "verify") if factor is not None else False
    if not found or isinstance(found, str | bytes):  # a text may be what is wrong with the code
        return frozenset()
    methods = map(str, found) if isinstance(found, list | tuple | set | frozenset) else ("otp",)
    return frozenset({MULTIPLE, *methods})


@sensitive_variables()
def asked(ask: Any, name: str) -> Any:
    """What the project's factor answers. Raises `TemporarilyUnavailable` where its code fails."""
    try:
        found = ask()
        if isawaitable(found):
            found.close()  # type: ignore[attr-defined]  # a coroutine, which nobody will wait for
            raise TypeError(f"{name} is async: it must be a plain function")
        return found
    except HTTPRefusal:
        raise  # the project's factor says itself what the caller is told
    except Exception as error:
        if isinstance(error, OperationalError) and is_lost_race(error):
            raise
        logger.exception('BEARER["SECOND_FACTOR"]: %s raised %s.', name, type(error).__name__)
        raise TemporarilyUnavailable(f"{name} of SECOND_FACTOR raised; its traceback is in the log") from error
