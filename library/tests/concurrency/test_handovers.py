"""One handover, redeemed by many threads in several processes at once: exactly one gets a session."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest

from django_bearer import (
    approve_handover,
    authenticate_token,
    begin_handover,
    create_handover,
    issue_session,
    redeem_handover,
)
from django_bearer.errors import HTTPRefusal, InvalidHandover, WrongHandoverNumber
from django_bearer.models import LoginHandover, Session
from django_bearer.sessions import handovers
from django_bearer.tokens import code_verifier

from .conftest import TRIALS
from .processes import Processes, settled
from .threads import ThreadGroup

WORKERS, EACH = 4, 8
VERIFIER = "v" * 43
CHALLENGE = code_verifier.challenge_of(VERIFIER)
CLIENTS = {
    "first-party": {"kind": ["browser", "native"], "handover_to": ["phone"]},
    "phone": {"kind": "native", "handover_url": "https://app.example.com/phone/"},
}


def told(work: Any) -> str:
    try:
        return "done" if work() is None else "issued"
    except HTTPRefusal as error:
        return type(error).__name__


def redeem_at_once(setting: tuple[Any, ...], code: str) -> list[str]:
    with settled(*setting), ThreadGroup(EACH) as threads:
        return threads.run([partial(told, partial(redeem_handover, code, VERIFIER, client_id="phone"))] * EACH)


@pytest.mark.hard
def test_exactly_one_redeems_a_handover(
    processes: Processes, place: str, django_user_model: Any, settings: Any
) -> None:
    settings.BEARER = {**settings.BEARER, "CLIENTS": CLIENTS}
    for trial in range(max(1, TRIALS // 2)):
        # A user each time: one user's handovers are limited.
        user = django_user_model.objects.create_user(f"user{trial}@example.com")
        principal = authenticate_token(issue_session(user).access_token)
        made = create_handover(principal, "phone", code_challenge=CHALLENGE)
        before = Session.objects.filter(client_id="phone").count()
        answers = processes.run(WORKERS, redeem_at_once, (place, settings.BEARER, False), made.code)
        found = Counter(one for each in answers for one in each)
        assert found.pop("issued") == 1
        assert set(found) <= {InvalidHandover.__name__, "TemporarilyUnavailable"}
        assert Session.objects.filter(client_id="phone").count() == before + 1
        assert not LoginHandover.objects.exists()


def test_exactly_one_thread_redeems(database: str, user: Any, settings: Any, threads: ThreadGroup) -> None:
    settings.BEARER = {**settings.BEARER, "CLIENTS": CLIENTS}
    principal = authenticate_token(issue_session(user).access_token)
    code = create_handover(principal, "phone", code_challenge=CHALLENGE).code
    redeem = partial(redeem_handover, code, VERIFIER, client_id="phone")
    answers = Counter(threads.run([partial(told, redeem)] * threads.size))
    assert answers.pop("issued") == 1
    assert set(answers) <= {InvalidHandover.__name__, "TemporarilyUnavailable"}
    assert Session.objects.filter(client_id="phone").count() == 1


def test_exactly_one_receiver_begins(database: str, user: Any, settings: Any, threads: ThreadGroup) -> None:
    settings.BEARER = {**settings.BEARER, "CLIENTS": CLIENTS}
    principal = authenticate_token(issue_session(user).access_token)
    code = create_handover(principal, "phone").code
    answers = Counter(
        threads.run([partial(told, partial(begin_handover, code, CHALLENGE, client_id="phone"))] * threads.size)
    )
    assert answers.pop("issued") == 1
    assert set(answers) <= {InvalidHandover.__name__, "TemporarilyUnavailable"}


def test_no_more_numbers_than_three_are_looked_at(
    database: str, user: Any, settings: Any, threads: ThreadGroup
) -> None:
    settings.BEARER = {**settings.BEARER, "CLIENTS": CLIENTS}
    principal = authenticate_token(issue_session(user).access_token)
    code = create_handover(principal, "phone").code
    begin_handover(code, CHALLENGE, client_id="phone")
    answers = Counter(threads.run([partial(told, partial(approve_handover, principal, code, "x"))] * threads.size))
    assert answers[WrongHandoverNumber.__name__] == handovers.ATTEMPTS
    assert set(answers) <= {WrongHandoverNumber.__name__, InvalidHandover.__name__, "TemporarilyUnavailable"}
