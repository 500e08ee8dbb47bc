"""Races of API tokens: what was revoked is never let in again, no limit is passed, no use is waited for."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, transaction

from django_bearer import ApiToken, errors, issue_api_token, revoke_api_token
from django_bearer.api_tokens import issue_and_revoke
from django_bearer.database import aliases as where
from django_bearer.models import SecurityEventRecord
from django_bearer.primitives.clock import SECOND

from .conftest import TRIALS
from .threads import SIZE, Api, Reply, ThreadGroup

LIMIT = 3


def issue(owner: Any) -> Any:
    return issue_api_token(owner, name="nightly", expires_in=3600, scope=["notes:read"])


def owner_of(trial: int) -> Any:
    """An owner for one trial: whoever owns the tokens of all of them would meet the limit of tokens."""
    return get_user_model().objects.create_user(f"owner-{trial}")


def uses(api: Api, token: str, times: int = 4) -> list[Reply]:
    return [api.get("/drf/", token) for _ in range(times)]


def test_revoked_while_it_is_used(api: Api, threads: ThreadGroup, place: str) -> None:
    for trial in range(TRIALS):
        made = issue(owner_of(trial))
        used: list[Any] = [partial(uses, api, made.token)] * (SIZE - 1)
        *replies, ended = threads.run([*used, partial(revoke_api_token, made.id)])
        assert ended is True
        for row in replies:
            statuses = [reply.status for reply in row]
            assert statuses == sorted(statuses), "once refused, always refused"
            assert set(statuses) <= {200, 401}
        assert api.get("/drf/", made.token).status == 401


def test_revoked_by_all_at_once_it_ends_once(api: Api, threads: ThreadGroup, place: str) -> None:
    for trial in range(TRIALS):
        made = issue(owner_of(trial))
        before = SecurityEventRecord.objects.filter(kind="authn_api_token_revoked").count()
        ended = threads.run([partial(revoke_api_token, made.id)] * SIZE)
        assert sorted(ended) == [False] * (SIZE - 1) + [True]
        assert SecurityEventRecord.objects.filter(kind="authn_api_token_revoked").count() == before + 1


def make(owner: Any) -> bool:
    try:
        return bool(issue(owner))
    except errors.InvalidRequest:
        return False


def test_many_at_once_make_no_more_than_the_limit(
    api: Api, threads: ThreadGroup, place: str, user: Any, settings: Any
) -> None:
    settings.BEARER = {**settings.BEARER, "API_TOKEN_LIMIT": LIMIT}
    for trial in range(TRIALS):
        service = issue_and_revoke.service_account(f"backup {trial}", create=True)
        owner = get_user_model().objects.create_user(f"bob-{trial}") if trial % 2 else service
        made = threads.run([partial(make, owner)] * SIZE)
        alive = owner.bearer_api_tokens.count()
        assert sum(made) == alive, "whoever was shown a token has one"
        assert alive <= LIMIT


def test_a_first_use_by_all_at_once_is_noted_once_and_refuses_nobody(
    api: Api, threads: ThreadGroup, place: str
) -> None:
    for trial in range(TRIALS):
        made = issue(owner_of(trial))
        assert {reply.status for reply in threads.run([partial(api.get, "/drf/", made.token)] * SIZE)} == {200}
        row = ApiToken.objects.get(pk=made.id)
        assert row.last_used_at is not None
        assert 0 <= row.last_used_at - row.created_at < 60 * SECOND


def test_a_locked_row_keeps_no_request_waiting(api: Api, threads: ThreadGroup, place: str, user: Any) -> None:
    """Nobody lets go before the request is answered: did it wait, this would never end."""
    if not connections[place].features.has_select_for_update_skip_locked:
        return
    made = issue(user)
    with transaction.atomic(using=where.sessions_alias()):
        ApiToken.objects.using(where.sessions_alias()).filter(pk=made.id).update(name="held")
        [reply] = threads.run([partial(api.get, "/drf/", made.token)])
    assert reply.status == 200
