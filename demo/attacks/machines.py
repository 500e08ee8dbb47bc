"""Machines: API tokens of a service account and of a user, what they allow, and what ends them."""

from __future__ import annotations

from typing import Any

import httpx

from demo.attacks.commands import manage
from demo.attacks.context import Context, bearer, refused, said
from demo.attacks.report import Chapter, Outcome
from demo.attacks.transport import PROXY

TITLE = "Machines"
STEPS = Chapter()
MONTH = 30 * 86_400


def make(context: Context, access: str, **changes: Any) -> httpx.Response:
    """Request an API token for the caller."""
    body = {"name": "nightly export", "expires_in": MONTH, "scope": "notes:read", **changes}
    return context.http.post("/auth/api-tokens/", json=body, headers=bearer(access))


def made(context: Context) -> tuple[dict[str, str], dict[str, Any]]:
    """The headers of a new session of bob, and a new API token of his."""
    access = context.device("bob").access
    token: dict[str, Any] = make(context, access).raise_for_status().json()
    return bearer(access), token


@STEPS.step(
    "A user's token for a script",
    tried="POST /auth/api-tokens/ after a login; read notes with what comes, add one, and list the tokens",
    expected="201; 200; 403 insufficient_scope: its scope is reading; listed with its last use, without the token",
)
def own(context: Context) -> Outcome:
    headers, new = made(context)
    reads = context.notes(new["token"])
    writes = context.http.post("/notes/", json={"text": "x"}, headers=bearer(new["token"]))
    listed = context.http.get("/auth/api-tokens/", headers=headers)
    [row] = [row for row in listed.json()["api_tokens"] if row["id"] == new["id"]]
    good = reads.status_code == 200 and refused(writes, 403, "insufficient_scope")
    hidden = new["token"] not in listed.text
    came = f"201; {said(reads)}; {said(writes)}; last used from {row['last_used_from']}"
    return came, good and hidden and row["last_used_from"] == "127.0.0.1"


@STEPS.step(
    "A token for a service, by the operator",
    tried="manage.py bearer_api_token create --service backup; GET /whoami/; disable the service, and enable it",
    expected="its principal is service: backup, no user; 401 on the next request; 200 again",
)
def service(context: Context) -> Outcome:
    token = manage(
        "bearer_api_token",
        "create",
        "--service",
        "backup",
        "--name",
        "nightly",
        "--days",
        "90",
        "--scope",
        "notes:read",
    )
    first = context.http.get("/whoami/", headers=bearer(token))
    manage("bearer_api_token", "disable", "--service", "backup")
    rejected_call = context.http.get("/whoami/", headers=bearer(token))
    manage("bearer_api_token", "enable", "--service", "backup")
    again = context.http.get("/whoami/", headers=bearer(token))
    who = first.json()["user"]
    came = f"{who}; {said(rejected_call)}; {said(again)}"
    return came, who == "service: backup" and refused(rejected_call) and again.status_code == 200


@STEPS.step(
    "An API token at the session endpoints",
    tried="refresh with it, log out with it, list sessions, make another token with it",
    expected="401 session_ended; 403 session_required, three times",
)
def more(context: Context) -> Outcome:
    _, new = made(context)
    headers = bearer(new["token"])
    answers = [
        context.http.post("/auth/logout/", headers=headers),
        context.http.get("/auth/sessions/", headers=headers),
        make(context, new["token"]),
    ]
    refresh = context.refresh(new["token"])
    came = "; ".join(said(answer) for answer in (refresh, *answers))
    rejected = all(refused(answer, 403, "session_required") for answer in answers)
    return came, refused(refresh, code="session_ended") and rejected


@STEPS.step(
    "An API token from a stolen session",
    tried="16 minutes after the login refresh, and ask for an API token",
    expected="401 login_too_old: log in again",
)
def late(context: Context) -> Outcome:
    device = context.device("bob")
    context.later(16 * 60)
    access = context.refresh(device.refresh).raise_for_status().json()["access_token"]
    answer = make(context, access)
    return said(answer), refused(answer, code="login_too_old")


@STEPS.step(
    "An API token over plain HTTP",
    tried="GET http://…/notes/ with it, through the proxy; list the tokens; call over HTTPS",
    expected="400 insecure_transport; listed as exposed; 200: a machine cannot log in again, so its owner decides",
)
def exposed(context: Context) -> Outcome:
    headers, new = made(context)
    with context.client(context.server.plain) as plain:
        clear = plain.get("/notes/", headers={**bearer(new["token"]), **PROXY})
    rows = context.http.get("/auth/api-tokens/", headers=headers).json()["api_tokens"]
    [exposed_now] = [row["exposed"] for row in rows if row["id"] == new["id"]]
    after = context.notes(new["token"])
    came = f"{said(clear)}; exposed: {str(exposed_now).lower()}; {said(after)}"
    return came, refused(clear, 400, "insecure_transport") and exposed_now is True and after.status_code == 200


@STEPS.step(
    "Revoked by its owner",
    tried="DELETE it, call with it; with eve's session DELETE another of bob's, and call with that",
    expected="204, then 401; 404 not_found, then 200",
)
def revoked(context: Context) -> Outcome:
    headers, new = made(context)
    _, other = made(context)
    ended = context.http.delete(f"/auth/api-tokens/{new['id']}/", headers=headers)
    rejected_call = context.notes(new["token"])
    foreign = context.http.delete(f"/auth/api-tokens/{other['id']}/", headers=bearer(context.device("eve").access))
    accepted = context.notes(other["token"])
    came = f"{said(ended)}, then {said(rejected_call)}; {said(foreign)}, then {said(accepted)}"
    good = ended.status_code == 204 and refused(rejected_call) and refused(foreign, 404, "not_found")
    return came, good and accepted.status_code == 200


@STEPS.step(
    "Logged out everywhere",
    tried="POST /auth/logout-everywhere/; call with the API token of that user, and with the service's",
    expected="204; 401: an attacker may have made it; 200: the service's token stays valid",
)
def everywhere(context: Context) -> Outcome:
    headers, new = made(context)
    of_service = manage("bearer_api_token", "create", "--service", "backup", "--name", "hourly", "--days", "1")
    out = context.http.post("/auth/logout-everywhere/", headers=headers)
    rejected_call = context.notes(new["token"])
    accepted = context.http.get("/whoami/", headers=bearer(of_service))
    came = f"{said(out)}; {said(rejected_call)}; {said(accepted)}"
    return came, out.status_code == 204 and refused(rejected_call) and accepted.status_code == 200
