"""Whatever ends a session while seven threads refresh it: afterwards nothing of it refreshes or authenticates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from django_bearer import IssuedTokens, issue_session, revoke_all_issuer_tokens, revoke_session, revoke_user
from django_bearer.models import Session

from .conftest import TRIALS
from .threads import SIZE, Api, Reply, ThreadGroup

Ending = Callable[[Api, Any, IssuedTokens], object]


def logout(api: Api, user: Any, issued: IssuedTokens) -> Reply:
    return api.post("/auth/logout/", {"refresh_token": issued.refresh_token})


def logout_by_access_token(api: Api, user: Any, issued: IssuedTokens) -> Reply:
    return api.post("/drf-auth/logout/", token=issued.access_token)


def logout_everywhere(api: Api, user: Any, issued: IssuedTokens) -> Reply:
    return api.post("/auth/logout-everywhere/", token=issued.access_token)


def revoke_one(api: Api, user: Any, issued: IssuedTokens) -> bool:
    return revoke_session(issued.session_id)


def revoke_all(api: Api, user: Any, issued: IssuedTokens) -> int:
    return revoke_user(user)


def end_epoch(api: Api, user: Any, issued: IssuedTokens) -> int:
    return revoke_all_issuer_tokens()


def change_password(api: Api, user: Any, issued: IssuedTokens) -> None:
    user.set_password("another one")
    user.save()


def change_password_without_a_signal(api: Api, user: Any, issued: IssuedTokens) -> None:
    get_user_model().objects.filter(pk=user.pk).update(password=make_password("another one"))


def deactivate(api: Api, user: Any, issued: IssuedTokens) -> None:
    user.is_active = False
    user.save()


def deactivate_without_a_signal(api: Api, user: Any, issued: IssuedTokens) -> None:
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def delete(api: Api, user: Any, issued: IssuedTokens) -> None:
    get_user_model().objects.get(pk=user.pk).delete()


REQUESTS = [logout, logout_by_access_token, logout_everywhere]
FUNCTIONS = [revoke_one, revoke_all, end_epoch]
CHANGES = [change_password, change_password_without_a_signal, deactivate, deactivate_without_a_signal, delete]


@pytest.mark.parametrize("end", REQUESTS)
def test_nothing_lives_on_after_a_logout(api: Api, threads: ThreadGroup, end: Ending) -> None:
    nothing_lives_on(api, threads, end)


@pytest.mark.parametrize("atomic_requests", [False], indirect=True, ids=["plain"])
@pytest.mark.parametrize("end", [*FUNCTIONS, *CHANGES])
def test_nothing_lives_on_after_a_change(api: Api, threads: ThreadGroup, end: Ending) -> None:
    nothing_lives_on(api, threads, end)


def nothing_lives_on(api: Api, threads: ThreadGroup, end: Ending) -> None:
    for trial in range(TRIALS):
        user = get_user_model().objects.create_user(f"ann-{trial}")
        issued = issue_session(user)
        refreshes = [partial(api.refresh, issued.refresh_token or "")] * (SIZE - 1)
        *replies, _ = threads.run([*refreshes, partial(end, api, user, issued)])
        assert {reply.status for reply in replies} <= {200, 401}
        bodies = [reply.body for reply in replies if reply.status == 200]
        successors = {body["refresh_token"] for body in bodies if "refresh_token" in body}
        assert len(successors) <= 1
        assert {api.refresh(token).status for token in [issued.refresh_token or "", *successors]} == {401}
        access = [issued.access_token, *(body["access_token"] for body in bodies)]
        assert {api.get("/drf/", token).status for token in access} == {401}


def test_a_login_under_way_ends_with_logout_everywhere(api: Api, threads: ThreadGroup, user: Any) -> None:
    for _ in range(TRIALS):
        logins = [partial(issue_session, user)] * (SIZE - 1)
        *issued, _ = threads.run([*logins, partial(revoke_user, user)])
        epoch = Session.objects.get(pk=issue_session(user).session_id).user_epoch
        for tokens in issued:
            older = Session.objects.get(pk=tokens.session_id).user_epoch < epoch
            assert api.refresh(tokens.refresh_token or "").status == (401 if older else 200)
        Session.objects.all().delete()
