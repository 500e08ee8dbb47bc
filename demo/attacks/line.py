"""The line: plain HTTP, and tokens in places where they get written down."""

from __future__ import annotations

from demo.attacks.board import Chapter, Outcome
from demo.attacks.stage import Stage, bearer, refused, said

TITLE = "The line"
STEPS = Chapter()
PROXY = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http"}


@STEPS.step("Plain HTTP without a token", tried="GET http://…/status/", expected="301 to https")
def redirected(stage: Stage) -> Outcome:
    with stage.client(stage.server.plain) as plain:
        answer = plain.get("/status/")
    target = answer.headers.get("location", "")
    return f"{said(answer)} to {target}", answer.status_code == 301 and target == f"{stage.server.url}/status/"


@STEPS.step(
    "Plain HTTP with a token",
    tried="GET http://…/notes/ with an access token; then the same token over HTTPS",
    expected="400 transport_unknown; 200: from loopback it cannot be told who spoke in clear, so nothing is revoked",
)
def unsure(stage: Stage) -> Outcome:
    access = stage.usual().access
    with stage.client(stage.server.plain) as plain:
        clear = plain.get("/notes/", headers=bearer(access))
    after = stage.notes(access)
    good = refused(clear, 400, "transport_unknown") and after.status_code == 200
    return f"{said(clear)}; {said(after)}", good


@STEPS.step(
    "Plain HTTP beyond doubt",
    tried="the same, where the trusted proxy says that the client itself used http",
    expected="400 insecure_transport; 401: that access token was overheard, and is revoked; the session goes on",
)
def sure(stage: Stage) -> Outcome:
    device = stage.device("ann")
    with stage.client(stage.server.plain) as plain:
        clear = plain.get("/notes/", headers={**bearer(device.access), **PROXY})
    after, again = stage.notes(device.access), stage.refresh(device.refresh)
    good = refused(clear, 400, "insecure_transport") and refused(after) and again.status_code == 200
    return f"{said(clear)}; {said(after)}; refresh {said(again)}", good


@STEPS.step(
    "A refresh token over plain HTTP, beyond doubt",
    tried="POST http://…/auth/refresh/ through that proxy; then the same over HTTPS, and the access token",
    expected="400 insecure_transport; 401 session_ended; 401: the whole session is ended",
)
def session(stage: Stage) -> Outcome:
    device = stage.device("ann")
    with stage.client(stage.server.plain) as plain:
        clear = plain.post("/auth/refresh/", json={"refresh_token": device.refresh}, headers=PROXY)
    again, after = stage.refresh(device.refresh), stage.notes(device.access)
    good = refused(clear, 400, "insecure_transport") and refused(again, code="session_ended") and refused(after)
    return f"{said(clear)}; {said(again)}; {said(after)}", good


@STEPS.step(
    "A password over plain HTTP",
    tried="POST http://…/auth/login/ with the right password",
    expected="400 transport_unknown, and no tokens",
)
def password(stage: Stage) -> Outcome:
    with stage.client(stage.server.plain) as plain:
        answer = plain.post("/auth/login/", json={"username": "ann", "password": stage.password})
    return said(answer), refused(answer, 400, "transport_unknown") and "access_token" not in answer.json()


@STEPS.step(
    "A token in the URL",
    tried="GET /notes/?access_token=… without a header, then with the same token in the header too",
    expected="401 not_authenticated: it is not read; 400 multiple_credentials",
)
def url(stage: Stage) -> Outcome:
    access = stage.usual().access
    alone = stage.http.get("/notes/", params={"access_token": access})
    both = stage.notes(access, params={"access_token": access})
    return f"{said(alone)}; {said(both)}", alone.status_code == 401 and refused(both, 400, "multiple_credentials")
