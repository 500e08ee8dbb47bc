"""What confirming an address changes, by who may have made the account, and who may be confirming: pure.

An account can have been signed up with an address by somebody who does not own it. Whoever then confirms that
address is not whoever chose the password. But the owner of an account may confirm late, too, and without the password
at hand. So nothing ends that may be the owner's, and no factor is ever removed: it is asked for after the address.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of the account.

    `KEEP`: the address is confirmed, and nothing else changes. `TAKE_BACK`: the password ends as well, and every
    session. `REFUSE`: nothing is confirmed, and nobody is logged in.
    """

    KEEP = "keep"
    TAKE_BACK = "take_back"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is known when an address is confirmed.

    Attributes:
        shown: Whether who confirms has shown the password or a session of the account, or signs up with it just now.
        proved_before: Whether another address of the account was confirmed before.
        by_link: Whether a mailed link was opened, outside any login. It may be whoever signed up, on another device.
        by_reset: Whether a new password is being set, which ends all that was there by itself.
        has_factor: Whether the account has a second factor, which the next step asks for.
        signed_up: Whether the account was signed up with this address. One that an administrator, an import or code
            of the project has made gets its address later.
    """

    shown: bool
    proved_before: bool
    by_link: bool = False
    by_reset: bool = False
    has_factor: bool = False
    signed_up: bool = False


def decide(facts: Confirmation) -> Outcome:
    """What becomes of the account. First match wins."""
    if facts.shown:
        return Outcome.KEEP
    if facts.proved_before:
        return Outcome.REFUSE  # else whoever added another person's address would share the account
    if facts.by_link or facts.by_reset or facts.has_factor or not facts.signed_up:
        return Outcome.KEEP
    return Outcome.TAKE_BACK
