"""One ticket, shown by many threads in several processes at once: exactly one of them redeems it."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from django_bearer import authenticate_token, issue_session, issue_ticket, redeem_ticket
from django_bearer.errors import HTTPRefusal, InvalidTicket

from .conftest import TRIALS
from .processes import Processes, settled
from .threads import Api, ThreadGroup

WORKERS, EACH = 4, 8


def redeem(text: str) -> str:
    try:
        return str(redeem_ticket(text, purpose="download", path="/files/1/").session_id)
    except HTTPRefusal as error:
        return type(error).__name__


def redeem_at_once(setting: tuple[Any, ...], text: str) -> list[str]:
    with settled(*setting), ThreadGroup(EACH) as threads:
        return threads.run([partial(redeem, text)] * EACH)


def test_exactly_one_redeems_a_ticket(processes: Processes, database: str, user: Any, settings: Any) -> None:
    session = issue_session(user)
    principal = authenticate_token(session.access_token)
    for _ in range(max(1, TRIALS // 2)):
        made = issue_ticket(principal, purpose="download", path="/files/1/")
        told = processes.run(WORKERS, redeem_at_once, (database, settings.BEARER, False), made.ticket)
        found = Counter(one for each in told for one in each)
        assert found.pop(str(session.session_id)) == 1
        assert sum(found.values()) == WORKERS * EACH - 1
        assert set(found) <= {InvalidTicket.__name__, "TemporarilyUnavailable"}


def test_exactly_one_request_with_a_ticket_is_let_in(
    api: Api, threads: ThreadGroup, user: Any, settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.endpoints.ticket_urls"
    made = issue_ticket(authenticate_token(issue_session(user).access_token), purpose="download", path="/invoices/7/")
    path = f"/invoices/7/?ticket={made.ticket}"
    statuses = [reply.status for reply in threads.run([partial(api.get, path)] * threads.size)]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 401, 503}
