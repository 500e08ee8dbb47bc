"""What a change of an account takes beside a recent login: every row of the table."""

from __future__ import annotations

from itertools import product

import pytest

from django_bearer.accounts.account_changes import Change, ChangeFacts, Lacking, lacking

PAGE, APP = True, False


@pytest.mark.parametrize(
    ("change", "facts", "expected"),
    [
        (Change.LASTING, ChangeFacts(APP), None),
        (Change.LASTING, ChangeFacts(PAGE), Lacking.PASSWORD),
        (Change.LASTING, ChangeFacts(PAGE, stepped_up=True), Lacking.PASSWORD),
        (Change.BEGIN, ChangeFacts(APP), None),
        (Change.BEGIN, ChangeFacts(PAGE), Lacking.PASSWORD),
        (Change.BEGIN, ChangeFacts(PAGE, stepped_up=True), None),
        (Change.ACCOUNT, ChangeFacts(APP), Lacking.PASSWORD),
        (Change.ACCOUNT, ChangeFacts(PAGE), Lacking.PASSWORD),
        (Change.ACCOUNT, ChangeFacts(APP, stepped_up=True), None),
        (Change.ACCOUNT, ChangeFacts(PAGE, stepped_up=True), None),
        (Change.ACCOUNT, ChangeFacts(PAGE, stepped_up=True, enrolled=True), Lacking.SECOND_FACTOR),
        (Change.ACCOUNT, ChangeFacts(PAGE, stepped_up=True, enrolled=True, factor_shown=True), None),
        (Change.ACCOUNT, ChangeFacts(PAGE, enrolled=True, factor_shown=True), Lacking.PASSWORD),
        (Change.ACCOUNT, ChangeFacts(PAGE, has_password=False), Lacking.STEP_UP),
        (
            Change.ACCOUNT,
            ChangeFacts(APP, has_password=False, enrolled=True, factor_shown=True),
            Lacking.STEP_UP,
        ),
        (Change.ACCOUNT, ChangeFacts(APP, has_password=False), None),
        (Change.PASSWORD, ChangeFacts(PAGE, stepped_up=True), Lacking.PASSWORD),
        (Change.PASSWORD, ChangeFacts(APP), Lacking.PASSWORD),
        (Change.PASSWORD, ChangeFacts(PAGE, has_password=False, stepped_up=True), None),
        (Change.PASSWORD, ChangeFacts(PAGE, has_password=False), Lacking.STEP_UP),
    ],
)
def test_the_table(change: Change, facts: ChangeFacts, expected: Lacking | None) -> None:
    assert lacking(change, facts) is expected


@pytest.mark.parametrize("change", [one for one in Change if one is not Change.LASTING])
def test_fewer_scopes_change_no_account_whatever_else_is_shown(change: Change) -> None:
    for page, stepped, password, enrolled in product((True, False), repeat=4):
        facts = ChangeFacts(page, False, stepped, password, enrolled, factor_shown=True)
        assert lacking(change, facts) is Lacking.SCOPE


def test_no_access_token_of_a_login_alone_changes_how_somebody_with_a_password_gets_in() -> None:
    for change, page, enrolled, shown in product((Change.ACCOUNT, Change.PASSWORD), *[(True, False)] * 3):
        assert lacking(change, ChangeFacts(page, enrolled=enrolled, factor_shown=shown)) is not None
