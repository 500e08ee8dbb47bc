"""Machines: API tokens of a service account and of a user, what they open, and what ends them."""

from __future__ import annotations

from io import StringIO
from typing import Any

import httpx

from demo.attacks.board import Chapter, Outcome
from demo.attacks.line import PROXY
from demo.attacks.stage import Stage, bearer, refused, said

TITLE = "Machines"
STEPS = Chapter()
MONTH = 30 * 86_400


def make(stage: Stage, access: str, **changes: Any) -> httpx.Response:
    """Ask for an API token of one's own."""
    body = {"name": "nightly export", "expires_in": MONTH, "scope": "notes:read", **changes}
    return stage.http.post("/auth/api-tokens/", json=body, headers=bearer(access))


def made(stage: Stage) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers of a fresh session of bob's, and a new API token of his."""
    access = stage.device("bob").access
    token: dict[str, Any] = make(stage, access).raise_for_status().json()
    return bearer(access), token


@STEPS.step(
    "A token for a script of one's own",
    tried="POST /auth/api-tokens/ after a login; read notes with what comes, add one, and list the tokens",
    expected="201; 200; 403 insufficient_scope: it was made to read; listed with its last use, never shown again",
)
def own(stage: Stage) -> Outcome:
    headers, new = made(stage)
    reads = stage.notes(new["token"])
    writes = stage.http.post("/notes/", json={"text": "x"}, headers=bearer(new["token"]))
    listed = stage.http.get("/auth/api-tokens/", headers=headers)
    [row] = [row for row in listed.json()["api_tokens"] if row["id"] == new["id"]]
    good = reads.status_code == 200 and refused(writes, 403, "insufficient_scope")
    hidden = new["token"] not in listed.text
    came = f"201; {said(reads)}; {said(writes)}; last used from {row['last_used_from']}"
    return came, good and hidden and row["last_used_from"] == "127.0.0.1"


@STEPS.step(
    "A token for a service, by the operator",
    tried="manage.py bearer_api_token create --service backup; GET /whoami/; disable the service, and enable it",
    expected="it is nobody's user: service: backup; 401 on the next request; 200 again",
)
def service(stage: Stage) -> Outcome:
    token = _manage("create", "--service", "backup", "--name", "nightly", "--days", "90", "--scope", "notes:read")
    first = stage.http.get("/whoami/", headers=bearer(token))
    _manage("disable", "--service", "backup")
    dead = stage.http.get("/whoami/", headers=bearer(token))
    _manage("enable", "--service", "backup")
    again = stage.http.get("/whoami/", headers=bearer(token))
    who = first.json()["user"]
    came = f"{who}; {said(dead)}; {said(again)}"
    return came, who == "service: backup" and refused(dead) and again.status_code == 200


@STEPS.step(
    "More than it was made for",
    tried="refresh with it, log out with it, list sessions, make another token with it",
    expected="401 session_ended; 403 session_required, three times",
)
def more(stage: Stage) -> Outcome:
    _, new = made(stage)
    headers = bearer(new["token"])
    answers = [
        stage.http.post("/auth/logout/", headers=headers),
        stage.http.get("/auth/sessions/", headers=headers),
        make(stage, new["token"]),
    ]
    refresh = stage.refresh(new["token"])
    came = "; ".join(said(answer) for answer in (refresh, *answers))
    held = all(refused(answer, 403, "session_required") for answer in answers)
    return came, refused(refresh, code="session_ended") and held


@STEPS.step(
    "A stolen session wants a lasting key",
    tried="16 minutes after the login refresh, and ask for an API token",
    expected="401 login_too_old: log in again",
)
def late(stage: Stage) -> Outcome:
    device = stage.device("bob")
    stage.later(16 * 60)
    access = stage.refresh(device.refresh).raise_for_status().json()["access_token"]
    answer = make(stage, access)
    return said(answer), refused(answer, code="login_too_old")


@STEPS.step(
    "A token in somebody's cron over plain HTTP",
    tried="GET http://…/notes/ with it, through the proxy; list the tokens; call over HTTPS",
    expected="400 insecure_transport; marked as exposed; 200: a machine cannot log in again, so a person decides",
)
def exposed(stage: Stage) -> Outcome:
    headers, new = made(stage)
    with stage.client(stage.server.plain) as plain:
        clear = plain.get("/notes/", headers={**bearer(new["token"]), **PROXY})
    rows = stage.http.get("/auth/api-tokens/", headers=headers).json()["api_tokens"]
    [marked] = [row["exposed"] for row in rows if row["id"] == new["id"]]
    after = stage.notes(new["token"])
    came = f"{said(clear)}; exposed: {str(marked).lower()}; {said(after)}"
    return came, refused(clear, 400, "insecure_transport") and marked is True and after.status_code == 200


@STEPS.step(
    "Revoked by its owner",
    tried="DELETE it, call with it; with eve's session DELETE another of bob's, and call with that",
    expected="204, then 401; 404 not_found, then 200",
)
def revoked(stage: Stage) -> Outcome:
    headers, new = made(stage)
    _, other = made(stage)
    ended = stage.http.delete(f"/auth/api-tokens/{new['id']}/", headers=headers)
    dead = stage.notes(new["token"])
    foreign = stage.http.delete(f"/auth/api-tokens/{other['id']}/", headers=bearer(stage.device("eve").access))
    alive = stage.notes(other["token"])
    came = f"{said(ended)}, then {said(dead)}; {said(foreign)}, then {said(alive)}"
    good = ended.status_code == 204 and refused(dead) and refused(foreign, 404, "not_found")
    return came, good and alive.status_code == 200


@STEPS.step(
    "Logged out everywhere",
    tried="POST /auth/logout-everywhere/; call with the API token of that user, and with the service's",
    expected="204; 401: whoever had the account may have made it; a service's token lives on",
)
def everywhere(stage: Stage) -> Outcome:
    headers, new = made(stage)
    of_service = _manage("create", "--service", "backup", "--name", "hourly", "--days", "1")
    out = stage.http.post("/auth/logout-everywhere/", headers=headers)
    dead = stage.notes(new["token"])
    alive = stage.http.get("/whoami/", headers=bearer(of_service))
    came = f"{said(out)}; {said(dead)}; {said(alive)}"
    return came, out.status_code == 204 and refused(dead) and alive.status_code == 200


def _manage(*arguments: str) -> str:
    """What `manage.py bearer_api_token` prints: a token alone, where it made one."""
    from django.core.management import call_command

    events_of = StringIO()
    call_command("bearer_api_token", *arguments, stdout=events_of, stderr=StringIO())
    return events_of.getvalue().strip()
