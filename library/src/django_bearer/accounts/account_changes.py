"""What a change of an account takes beside a recent login, by what is changed: pure, one table for all endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What is asked for.

    `LASTING`: what outlives the session and does no more than it, such as an API token. `HANDOVER`: a session of
    another client or device. `BEGIN`: to see a secret of
    the account, or to begin a change. `ACCOUNT`: how its user gets in, such as the address, a factor or a login at
    another site. `PASSWORD`: another password, which takes the current one.
    """

    LASTING = "lasting"
    HANDOVER = "handover"
    BEGIN = "begin"
    ACCOUNT = "account"
    PASSWORD = "password"


class Lacking(StrEnum):
    """What is lacking.

    `SCOPE`: the token has fewer scopes than a login of its client. `PASSWORD`: the account's, in the request.
    `STEP_UP`: there is no password to send. `SECOND_FACTOR`: the login behind the token did not show it.
    """

    SCOPE = "scope"
    PASSWORD = "password"
    STEP_UP = "step_up"
    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """Who asks: `from_page` says that the session is a browser's, `stepped_up` that its user proved again who they
    are since it began, and `factor_shown` that the login behind the token, or that step-up, showed the second factor.
    `enrolled` says whether there is one; None where the project names none.
    """

    from_page: bool
    whole_scope: bool = True
    stepped_up: bool = False
    has_password: bool = True
    enrolled: bool | None = None
    factor_shown: bool = False


def lacking(change: Change, facts: ChangeFacts) -> Lacking | None:
    """What is lacking for this change beside a recent login; the first of what is lacking. Pure.

    An API token does no more than the access token that asks for it, so its scope is compared there. Script in a page
    has the access token of a login that is minutes old: what outlives that takes the password, which it has not. An
    account without one makes no such thing in a page: after a step-up script has the access token of that, too. What
    opens the account takes the password from everybody, so that no access token suffices, wherever it was stolen. An
    app whose user has neither a password nor a second factor has nothing else to show than its login; an attacker
    who has that token gets no session by it.
    """
    if change is Change.LASTING:
        return Lacking.PASSWORD if facts.from_page else None
    if not facts.whole_scope:
        return Lacking.SCOPE
    if change is Change.HANDOVER and facts.from_page:
        return Lacking.PASSWORD
    if facts.enrolled and not facts.factor_shown:
        return Lacking.SECOND_FACTOR
    if change is Change.PASSWORD and facts.has_password:
        return Lacking.PASSWORD
    if facts.stepped_up or (change is Change.BEGIN and not facts.from_page):
        return None
    if facts.has_password:
        return Lacking.PASSWORD
    return Lacking.STEP_UP if facts.from_page or facts.enrolled or change is Change.HANDOVER else None
