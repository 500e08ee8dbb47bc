"""Operators change keys at the same time, each in a process: a key ring that signs is never left without a
key that does, whatever each of them had in memory (JK-05)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from django_bearer import issue_session, refresh_session, revoke_key
from django_bearer.database import signing_keys
from django_bearer.errors import BearerError
from django_bearer.keys.keyring import KeyState
from django_bearer.sessions import key_rotation

from .conftest import TRIALS, leave_what_signs
from .processes import Processes, settled
from .threads import SIZE, Api, ThreadGroup

ISSUER = "https://api.example.com"
pytestmark = pytest.mark.parametrize("atomic_requests", [False], indirect=True, ids=["plain"])
OPERATORS = 3


def act(setting: tuple[Any, ...], step: str, kid: str) -> str:
    with settled(*setting):
        try:
            if step == "activate":
                key_rotation.activate(ISSUER, kid)
            elif step == "retire":
                key_rotation.move(ISSUER, kid, KeyState.RETIRED)
            elif step == "remove":
                key_rotation.remove(ISSUER, kid)
            elif step == "rotate":
                key_rotation.rotate(ISSUER, 0, 0)
            else:
                revoke_key(kid)
        except BearerError as error:
            return type(error).__name__
        return ""


def warm(setting: tuple[Any, ...]) -> int:
    """Each process has the ring in memory, as a server has."""
    with settled(*setting):
        return len(signing_keys.ring(ISSUER).signing)


def states() -> dict[str, str]:
    signing_keys.clear_cache()
    return {key.kid: key.state.value for key in signing_keys.stored(ISSUER)}


def signing() -> list[str]:
    return [kid for kid, state in states().items() if state == "active"]


@pytest.fixture
def operators(processes: Processes, place: str, settings: Any, user: Any) -> Callable[[str, list[str]], list[str]]:
    """What each of them is told, all acting at once, the ring in the memory of each."""
    issue_session(user)
    setting = (place, settings.BEARER, False)

    def at_once(step: str, kids: list[str]) -> list[str]:
        processes.run(len(kids), warm, setting)
        return processes.run_each([partial(act, setting, step, kid) for kid in kids])

    return at_once


def test_each_activates_another_key(operators: Any) -> None:
    for _ in range(TRIALS):
        new = [key_rotation.publish(ISSUER) for _ in range(OPERATORS)]
        assert operators("activate", new) == [""] * OPERATORS
        (last,) = signing()
        assert last in new
        leave_what_signs()


@pytest.mark.parametrize("step", ["retire", "remove"])
def test_each_takes_another_key_away(operators: Any, step: str) -> None:
    for _ in range(TRIALS):
        for _ in range(OPERATORS - len(signing())):
            key_rotation.publish(ISSUER, KeyState.ACTIVE)
        said = operators(step, signing())
        assert sorted(said) == ["", "", "InvalidKey"]
        assert len(signing()) == 1
        leave_what_signs()


def test_each_revokes_another_key(operators: Any) -> None:
    for _ in range(TRIALS):
        for _ in range(OPERATORS - len(signing())):
            key_rotation.publish(ISSUER, KeyState.ACTIVE)
        before = signing()
        assert operators("revoke", before) == [""] * OPERATORS
        (new,) = signing()
        assert new not in before
        leave_what_signs()


def test_all_revoke_the_same_key(operators: Any) -> None:
    for _ in range(TRIALS):
        (before,) = signing()
        assert operators("revoke", [before] * OPERATORS) == [""] * OPERATORS
        (new,) = signing()
        assert new != before
        leave_what_signs()


def test_daily_jobs_of_several_machines(operators: Any) -> None:
    """Each run does what is due and nothing twice: at most one published key, always one that signs."""
    for _ in range(2 * TRIALS):
        assert operators("rotate", [""] * OPERATORS) == [""] * OPERATORS
        found = list(states().values())
        assert found.count("active") == 1
        assert found.count("published") <= 1


def test_nobody_is_refused_while_an_only_key_is_revoked(
    api: Api, threads: ThreadGroup, operators: Any, place: str, user: Any
) -> None:
    """Logins and refreshes beside it: each is answered, with a key that signs; a lost race is asked again."""
    for _ in range(TRIALS):
        token = issue_session(user).refresh_token or ""

        def ask(token: str = token) -> set[int]:
            found = {api.login(user.username, "correct horse battery staple").status}
            return found | {api.refresh(token).status}

        def change() -> set[int]:
            revoke_key(signing()[0])
            return set()

        statuses = set().union(*threads.run([*[ask] * (SIZE - 1), change]))
        assert statuses <= ({200, 503} if place == "postgres_strict" else {200})
        assert len(signing()) == 1
        assert refresh_session(issue_session(user).refresh_token or "")
        leave_what_signs()
