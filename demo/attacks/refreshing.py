"""Refresh tokens: concurrent refreshes, a lost answer, a stolen token."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from demo.attacks.context import Context, refused, said
from demo.attacks.report import Chapter, Outcome

TITLE = "Refreshing"
STEPS = Chapter()
AT_ONCE = 8


@STEPS.step(
    "Eight refreshes of one token at once",
    tried=f"{AT_ONCE} × POST /auth/refresh/ at the same time, all with the same refresh token",
    expected=f"{AT_ONCE} × 200, and all have the same successor",
)
def race(context: Context) -> Outcome:
    token, start = context.device("ann").refresh, Barrier(AT_ONCE)

    def ask(_: int) -> httpx.Response:
        with context.client(context.server.url) as mine:
            mine.get("/status/")
            start.wait(120)
            return mine.post("/auth/refresh/", json={"refresh_token": token})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(AT_ONCE)))
    received = [answer.json().get("refresh_token") for answer in answers]
    successors = set(received) - {None, token}
    came = f"{', '.join(said(answer) for answer in answers)}; {len(successors)} successor in {len(received)} answers"
    return came, all(answer.status_code == 200 for answer in answers) and set(received) == successors and len(
        successors
    ) == 1


@STEPS.step(
    "A lost answer, requested again",
    tried="refresh with a retry_key, lose the answer, ask again 11 s later with the same retry_key",
    expected="200 both times, and the same successor",
)
def lost(context: Context) -> Outcome:
    device = context.device("ann")
    first = context.refresh(device.refresh, retry_key="kept-before-sending")
    context.later(11)
    again = context.refresh(device.refresh, retry_key="kept-before-sending")
    same = first.json()["refresh_token"] == again.json().get("refresh_token")
    return f"{said(first)}, {said(again)}, {'the same' if same else 'another'} successor", same


@STEPS.step(
    "A stolen token, used after the grace period",
    tried="refresh on the phone; 11 s later an attacker sends its previous token",
    expected="401 session_ended; the phone's session has ended, its access token too; the laptop's goes on",
)
def stolen(context: Context) -> Outcome:
    phone, laptop = context.device("ann"), context.device("ann")
    fresh = context.refresh(phone.refresh).json()
    context.later(11)
    attacker = context.refresh(phone.refresh)
    successor, access, other = (
        context.refresh(fresh["refresh_token"]),
        context.notes(fresh["access_token"]),
        context.notes(laptop.access),
    )
    came = f"attacker {said(attacker)}; phone {said(successor)}, {said(access)}; laptop {said(other)}"
    ended = all(refused(answer, code="session_ended") for answer in (attacker, successor))
    return came, ended and refused(access) and other.status_code == 200
