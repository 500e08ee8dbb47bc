"""Refresh tokens: raced, lost, stolen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from demo.attacks.board import Chapter, Outcome
from demo.attacks.stage import Stage, refused, said

TITLE = "Refreshing"
STEPS = Chapter()
AT_ONCE = 8


@STEPS.step(
    "Eight refreshes of one token at once",
    tried=f"{AT_ONCE} × POST /auth/refresh/ at one moment, all with the same refresh token",
    expected=f"{AT_ONCE} × 200, one successor, and all hold it",
)
def race(stage: Stage) -> Outcome:
    token, start = stage.device("ann").refresh, Barrier(AT_ONCE)

    def ask(_: int) -> httpx.Response:
        with stage.client(stage.server.url) as mine:
            mine.get("/status/")
            start.wait(20)
            return mine.post("/auth/refresh/", json={"refresh_token": token})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(AT_ONCE)))
    held = [answer.json().get("refresh_token") for answer in answers]
    successors = set(held) - {None, token}
    came = f"{', '.join(said(answer) for answer in answers)}; {len(successors)} successor, held by {len(held)}"
    return came, all(answer.status_code == 200 for answer in answers) and set(held) == successors and len(
        successors
    ) == 1


@STEPS.step(
    "A lost answer, asked for again",
    tried="refresh with a retry_key, lose the answer, ask again 11 s later with the same retry_key",
    expected="200 both times, and the same successor",
)
def lost(stage: Stage) -> Outcome:
    device = stage.device("ann")
    first = stage.refresh(device.refresh, retry_key="kept-before-sending")
    stage.later(11)
    again = stage.refresh(device.refresh, retry_key="kept-before-sending")
    same = first.json()["refresh_token"] == again.json().get("refresh_token")
    return f"{said(first)}, {said(again)}, {'the same' if same else 'another'} successor", same


@STEPS.step(
    "A stolen token, used after the window",
    tried="refresh on the phone; 11 s later a thief sends the token it had before",
    expected="401 session_ended; the phone's session is dead, access token included; the laptop is not touched",
)
def stolen(stage: Stage) -> Outcome:
    phone, laptop = stage.device("ann"), stage.device("ann")
    fresh = stage.refresh(phone.refresh).json()
    stage.later(11)
    thief = stage.refresh(phone.refresh)
    child, access, other = (
        stage.refresh(fresh["refresh_token"]),
        stage.notes(fresh["access_token"]),
        stage.notes(laptop.access),
    )
    came = f"thief {said(thief)}; phone {said(child)}, {said(access)}; laptop {said(other)}"
    ended = all(refused(answer, code="session_ended") for answer in (thief, child))
    return came, ended and refused(access) and other.status_code == 200
