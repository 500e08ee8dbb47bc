"""Transport: plain HTTP, and tokens in a URL."""

from __future__ import annotations

from demo.attacks.context import Context, bearer, refused, said
from demo.attacks.report import Chapter, Outcome

TITLE = "Transport"
STEPS = Chapter()
PROXY = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http"}


@STEPS.step("Plain HTTP without a token", tried="GET http://…/status/", expected="301 to https")
def redirected(context: Context) -> Outcome:
    with context.client(context.server.plain) as plain:
        answer = plain.get("/status/")
    target = answer.headers.get("location", "")
    return f"{said(answer)} to {target}", answer.status_code == 301 and target == f"{context.server.url}/status/"


@STEPS.step(
    "Plain HTTP with a token",
    tried="GET http://…/notes/ with an access token; then the same token over HTTPS",
    expected="400 transport_unknown; 200: a proxy on loopback may have used HTTPS, so nothing is revoked",
)
def unconfirmed(context: Context) -> Outcome:
    access = context.default_device().access
    with context.client(context.server.plain) as plain:
        clear = plain.get("/notes/", headers=bearer(access))
    after = context.notes(access)
    good = refused(clear, 400, "transport_unknown") and after.status_code == 200
    return f"{said(clear)}; {said(after)}", good


@STEPS.step(
    "Plain HTTP, confirmed by the proxy",
    tried="the same, where the trusted proxy says that the client itself used http",
    expected="400 insecure_transport; 401: the access token was exposed, so it is revoked; the session goes on",
)
def confirmed(context: Context) -> Outcome:
    device = context.device("ann")
    with context.client(context.server.plain) as plain:
        clear = plain.get("/notes/", headers={**bearer(device.access), **PROXY})
    after, again = context.notes(device.access), context.refresh(device.refresh)
    good = refused(clear, 400, "insecure_transport") and refused(after) and again.status_code == 200
    return f"{said(clear)}; {said(after)}; refresh {said(again)}", good


@STEPS.step(
    "A refresh token over plain HTTP, confirmed by the proxy",
    tried="POST http://…/auth/refresh/ through that proxy; then the same over HTTPS, and the access token",
    expected="400 insecure_transport; 401 session_ended; 401: the whole session is ended",
)
def session(context: Context) -> Outcome:
    device = context.device("ann")
    with context.client(context.server.plain) as plain:
        clear = plain.post("/auth/refresh/", json={"refresh_token": device.refresh}, headers=PROXY)
    again, after = context.refresh(device.refresh), context.notes(device.access)
    good = refused(clear, 400, "insecure_transport") and refused(again, code="session_ended") and refused(after)
    return f"{said(clear)}; {said(again)}; {said(after)}", good


@STEPS.step(
    "A password over plain HTTP",
    tried="POST http://…/auth/login/ with the right password",
    expected="400 transport_unknown, and no tokens",
)
def password(context: Context) -> Outcome:
    with context.client(context.server.plain) as plain:
        answer = plain.post("/auth/login/", json={"username": "ann", "password": context.password})
    return said(answer), refused(answer, 400, "transport_unknown") and "access_token" not in answer.json()


@STEPS.step(
    "A token in the URL",
    tried="GET /notes/?access_token=… without a header, then with the same token in the header too",
    expected="401 not_authenticated: it is not read; 400 multiple_credentials",
)
def url(context: Context) -> Outcome:
    access = context.default_device().access
    alone = context.http.get("/notes/", params={"access_token": access})
    both = context.notes(access, params={"access_token": access})
    return f"{said(alone)}; {said(both)}", alone.status_code == 401 and refused(both, 400, "multiple_credentials")
