"""The first second factor of a user whose time to enrol is over: what has to be shown before, and the enrolment.

A password alone enrols nobody: a code goes to an address that was verified before, or an administrator hands one
over. Otherwise whoever has the password would enrol a factor of their own (NIST 800-63B-4 section 4.1.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.views.decorators.debug import sensitive_variables

from .. import conf, events
from ..keys.encryption import decrypt, encrypt
from ..primitives import randomness
from ..primitives.encoding import base64url_decode, base64url_encode
from . import account_tokens
from .credential_owner import require_user
from .second_factor import FIRST_FACTORS, asked

MAILED, HANDED_OVER = "enrol_mail", "enrol_admin"
MAILED_LETTERS, HANDED_LETTERS = 10, 16
MAILED_LIFETIME, HANDED_LIFETIME = 600, 86_400
"""Seconds; a code that an administrator hands over may take a day to arrive."""
_ABOUT = b"second factor being enrolled"


@dataclass(frozen=True, slots=True)
class Begun:
    """An enrolment that waits for its first code: what the person is shown, and the encrypted secret to keep."""

    shown: Mapping[str, Any] = field(repr=False)
    secret: str = field(repr=False)


def is_offered() -> bool:
    """Whether the project's factor can be enrolled through our endpoints."""
    factor = conf.current().second_factor
    return all(callable(getattr(factor, name, None)) for name in ("begin_enrolment", "complete_enrolment"))


def verified_address(user: Any) -> str:
    """The address that this user has verified before; empty where the factor knows none."""
    read = getattr(conf.current().second_factor, "verified_email", None)
    found = asked(lambda: read(user), "verified_email") if callable(read) else ""
    return found if isinstance(found, str) else ""


@sensitive_variables()
def mailed_code(user: Any, issuer: str, attempt: bytes) -> str:
    """A code for this login attempt and no other, to be mailed to the verified address."""
    code = randomness.code(MAILED_LETTERS)
    account_tokens.make(user, issuer, MAILED, code, lifetime=MAILED_LIFETIME, bound_to=attempt.hex())
    return code


@sensitive_variables()
def issue_code(user: Any, issuer: str) -> str:
    """A code that an administrator hands over to a user whom they know. It ends the codes of before."""
    require_user(user)
    code = randomness.code(HANDED_LETTERS)
    account_tokens.end(user, HANDED_OVER)
    account_tokens.make(user, issuer, HANDED_OVER, code, lifetime=HANDED_LIFETIME)
    events.publish(events.EventKind.ENROLMENT_CODE_CREATED, user_id=str(user.pk))
    return code


def may_be_mailed(methods: frozenset[str], has_password: bool) -> bool:
    """Whether a code by mail is a second thing beside what a login has shown (methods of RFC 8176). Pure.

    A login by a mailed link or code shows the mailbox, and a code that goes there shows it again. Somebody without a
    password has nothing else to show.
    """
    return not has_password or bool(methods & FIRST_FACTORS)


@sensitive_variables()
def is_right(user: Any, issuer: str, attempt: bytes, code: str) -> bool:
    """What `take_code` would say, without taking the code."""
    mailed = account_tokens.look(user, issuer, MAILED, code, bound_to=attempt.hex())
    return mailed is not None or account_tokens.look(user, issuer, HANDED_OVER, code) is not None


@sensitive_variables()
def take_code(user: Any, issuer: str, attempt: bytes, code: str) -> bool:
    """Whether this is the code that was mailed for this attempt, or the one that was handed over; taken once."""
    mailed = account_tokens.take(user, issuer, MAILED, code, bound_to=attempt.hex())
    return mailed is not None or account_tokens.take(user, issuer, HANDED_OVER, code) is not None


@sensitive_variables()
def begin(user: Any) -> Begun:
    """Have the project's factor begin. Its secret is kept encrypted until the first code is right."""
    factor = conf.current().second_factor
    shown, secret = asked(lambda: factor.begin_enrolment(user), "begin_enrolment")
    kept = encrypt(str(secret).encode(), _ABOUT, conf.current().key_encryption_keys[0])
    return Begun(dict(shown), base64url_encode(kept))


@sensitive_variables()
def complete(user: Any, kept: str, code: str) -> Mapping[str, Any] | None:
    """Have the project's factor check the first code and store the factor; None for a wrong code.

    The mapping is what the person is shown once, such as recovery codes.
    """
    factor = conf.current().second_factor
    secret = decrypt(base64url_decode(kept), _ABOUT, conf.current().key_encryption_keys).decode()
    found = asked(lambda: factor.complete_enrolment(user, secret, code), "complete_enrolment")
    return dict(found) if isinstance(found, Mapping) else None
