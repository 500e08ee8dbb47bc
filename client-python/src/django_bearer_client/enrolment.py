"""A user's first second factor at a login that requires one: a mailed code, what the factor shows, its first code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .failures import failure
from .steps import Flow, post


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An enrolment that waits for the first code of the new factor.

    Attributes:
        limited_token: Goes on with the login. It is good for this step only, and for minutes.
        shown: A mapping of what the server's factor shows the user, such as `secret` and `totp_url`.
    """

    limited_token: str = field(repr=False)
    shown: Mapping[str, object] = field(repr=False)

    @property
    def secret(self) -> str:
        """The secret that an app for codes takes, to type; empty where the factor has none."""
        return str(self.shown.get("secret", ""))

    @property
    def totp_url(self) -> str:
        """The `otpauth:` URL, to show as a QR code; empty where the factor has none."""
        return str(self.shown.get("totp_url", ""))


NOT_SHOWN = frozenset({"limited_token", "step", "expires_in"})


def mail_code(body: Mapping[str, object]) -> Flow[bool]:
    """Have a code mailed to the address that the user verified before; False where there is none."""
    answer = yield from post("login/enrol/code/", body)
    if answer.status != 200 or not isinstance(sent := answer.members.get("sent"), bool):
        raise failure(answer)
    return sent


def begin(body: Mapping[str, object]) -> Flow[Enrolment]:
    """Show that it is the user, and learn what the factor shows."""
    answer = yield from post("login/enrol/", body)
    token = answer.members.get("limited_token")
    if answer.status != 200 or not isinstance(token, str):
        raise failure(answer)
    return Enrolment(token, {name: said for name, said in answer.members.items() if name not in NOT_SHOWN})


def recovery_codes(members: Mapping[str, object]) -> tuple[str, ...]:
    """The codes that an answer shows this once. Pure."""
    found = members.get("recovery_codes")
    return tuple(str(one) for one in found) if isinstance(found, list) else ()
