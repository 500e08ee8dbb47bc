"""The public functions for async code do what the others do, and a task that is cancelled loses nothing."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections

import django_bearer
from django_bearer import async_functions, errors, functions
from django_bearer.sessions import rotation
from tools.support.timeouts import HANG

pytestmark = pytest.mark.django_db(transaction=True)
BESIDE = {"audit_user", "impersonate", "principal_from_reference"}
"""Public functions of other modules that ask a database."""
WITHOUT_IO = {
    *("accepts_ticket", "error_response", "principal_reference", "public", "set_session_cookie", "require_page"),
    *("register_legacy_authenticators", "register_refresh_check"),
}


def test_every_public_function_that_asks_a_database_has_its_async_form() -> None:
    public = {name for name in django_bearer.__all__ if inspect.isfunction(getattr(django_bearer, name))}
    plain = {name for name in public if not inspect.iscoroutinefunction(getattr(django_bearer, name))}
    assert {name for name in plain if f"a{name}" not in public} == WITHOUT_IO


@pytest.mark.parametrize("name", sorted({*functions.__all__, *BESIDE}))
def test_every_function_has_its_async_form(name: str) -> None:
    found = getattr(django_bearer, f"a{name}")
    assert inspect.iscoroutinefunction(found)
    assert found.__name__ == f"a{name}"
    assert inspect.signature(found) == inspect.signature(getattr(django_bearer, name))


def test_there_are_no_others() -> None:
    assert {f"a{name}" for name in {*functions.__all__, *BESIDE}} == set(async_functions.__all__)


def test_from_the_first_token_to_the_last(ann: Any) -> None:
    async def live() -> None:
        issued = await django_bearer.aissue_session(ann)
        principal = await django_bearer.aauthenticate_token(issued.access_token)
        assert principal.user == ann
        renewed = await django_bearer.arefresh_session(issued.refresh_token)
        assert renewed.session_id == issued.session_id
        assert (await django_bearer.adecode_token(renewed.access_token)).sub == str(ann.pk)
        assert not await django_bearer.ais_token_revoked(renewed.access_token)
        await django_bearer.arevoke_session(issued.session_id)
        assert await django_bearer.ais_token_revoked(renewed.access_token)
        with pytest.raises(errors.InvalidToken):
            await django_bearer.aauthenticate_token(renewed.access_token)

    async_to_sync(live)()


def frames(error: BaseException) -> Iterator[dict[str, Any]]:
    found = error.__traceback__
    while found is not None:
        yield found.tb_frame.f_locals
        found = found.tb_next


def test_no_exception_shows_the_token() -> None:
    secret = "a-token-that-is-a-secret"

    async def ask() -> list[dict[str, Any]]:
        try:
            await django_bearer.aauthenticate_token(secret)
        except errors.InvalidToken as error:
            return list(frames(error))[1:]  # the first frame is this one
        raise AssertionError("it was accepted")

    held = async_to_sync(ask)()
    assert len(held) > 2
    assert secret not in str(held)


def test_a_task_that_is_cancelled_in_the_middle_of_a_refresh_loses_nothing(
    ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exchange is stored, its answer is lost, and the same token gets the same successor."""
    issued = django_bearer.issue_session(ann)
    stored, go_on = threading.Event(), threading.Event()
    rotate = functions.rotate

    def slowly(*args: Any, **kwargs: Any) -> Any:
        outcome = rotate(*args, **kwargs)
        stored.set()
        assert go_on.wait(HANG)
        connections.close_all()
        return outcome

    assert rotation.rotate is rotate

    async def live() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(functions, "rotate", slowly)
            task = asyncio.create_task(django_bearer.arefresh_session(issued.refresh_token))
            await asyncio.to_thread(stored.wait, HANG)
            task.cancel()
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await task

    async_to_sync(live)()
    assert stored.is_set()
    renewed = django_bearer.refresh_session(issued.refresh_token)
    assert renewed.session_id == issued.session_id
    assert django_bearer.authenticate_token(renewed.access_token).user == ann
    again = django_bearer.refresh_session(issued.refresh_token)
    assert again.refresh_token == renewed.refresh_token, "the successor is one"
