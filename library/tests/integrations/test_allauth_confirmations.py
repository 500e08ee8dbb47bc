"""What confirming an address changes: every combination of what is known."""

from __future__ import annotations

from itertools import product

import pytest

from django_bearer.integrations.allauth.confirmation_rules import Confirmation, Outcome, decide

FACTS = ("shown", "proved_before", "by_link", "by_reset", "has_factor", "signed_up")
KEEP, TAKE_BACK, REFUSE = Outcome.KEEP, Outcome.TAKE_BACK, Outcome.REFUSE
TABLE = [
    ({"shown"}, KEEP),  # the owner of the password or session, whatever else
    ({"shown", "proved_before", "has_factor"}, KEEP),
    ({"proved_before"}, REFUSE),  # another person's address on an account that somebody has proved an address of
    ({"proved_before", "by_link"}, REFUSE),
    ({"proved_before", "by_reset", "has_factor", "signed_up"}, REFUSE),
    ({"signed_up"}, TAKE_BACK),  # signed up by somebody who did not show the password when the address was proved
    ({"signed_up", "by_link"}, KEEP),  # the link of the sign-up, opened on the telephone
    ({"signed_up", "by_reset"}, KEEP),  # the new password is that of whoever proved the address
    ({"signed_up", "has_factor"}, KEEP),  # the factor is asked for next, and may be the owner's
    (set(), KEEP),  # made by an administrator, an import or the project's own code
    ({"has_factor"}, KEEP),
]


@pytest.mark.parametrize(("known", "outcome"), TABLE)
def test_what_becomes_of_the_account(known: set[str], outcome: Outcome) -> None:
    assert decide(Confirmation(**{name: name in known for name in FACTS})) is outcome


def test_only_one_case_ends_a_password() -> None:
    cases = [Confirmation(*values) for values in product((False, True), repeat=len(FACTS))]
    ended = [facts for facts in cases if decide(facts) is TAKE_BACK]
    assert ended == [Confirmation(shown=False, proved_before=False, signed_up=True)]
