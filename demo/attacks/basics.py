"""Login, calls, scopes and verification: ordinary use of an access token."""

from __future__ import annotations

import jwt

from demo.attacks.context import Context, bearer, said
from demo.attacks.report import Chapter, Outcome

TITLE = "Ordinary use"
STEPS = Chapter()


@STEPS.step("A page for everybody", tried="GET /status/ without a token", expected="200")
def status(context: Context) -> Outcome:
    answer = context.http.get("/status/")
    return said(answer), answer.status_code == 200


@STEPS.step("The API without a token", tried="GET /notes/", expected="401 not_authenticated, and how to authenticate")
def nobody(context: Context) -> Outcome:
    answer = context.http.get("/notes/")
    told = answer.headers.get("www-authenticate", "")
    return f"{said(answer)}, WWW-Authenticate: {told}", answer.status_code == 401 and told.startswith("Bearer ")


@STEPS.step(
    "Login",
    tried="POST /auth/login/ with the right password",
    expected="200, an access token for 300 s, a refresh token, and Cache-Control: no-store",
)
def login(context: Context) -> Outcome:
    answer = context.login("ann")
    body, cache = answer.json(), answer.headers.get("cache-control")
    good = answer.status_code == 200 and body["expires_in"] == 300 and "refresh_token" in body and cache == "no-store"
    return f"{said(answer)} with {', '.join(body)}; {cache}", good


@STEPS.step(
    "Call", tried="POST /notes/ and GET /notes/ with the access token", expected="201, then 200 with the note"
)
def call(context: Context) -> Outcome:
    access = context.default_device().access
    written = context.http.post("/notes/", headers=bearer(access), json={"text": "milk"})
    read = context.notes(access)
    good = written.status_code == 201 and "milk" in [note["text"] for note in read.json()]
    return f"{said(written)}, then {said(read)} with {read.json()}", good


@STEPS.step("A plain Django view", tried="GET /whoami/ with the access token", expected="200 and the user's name")
def plain(context: Context) -> Outcome:
    answer = context.http.get("/whoami/", headers=bearer(context.default_device().access))
    return f"{said(answer)} with {answer.json()}", answer.json().get("user") == "ann"


@STEPS.step(
    "A narrower token",
    tried="refresh for the scope notes:read alone; GET /notes/ and POST /notes/ with what comes",
    expected="200 and 403 insufficient_scope",
)
def scope(context: Context) -> Outcome:
    answer = context.refresh(context.device("ann").refresh, scope="notes:read").raise_for_status()
    access = answer.json()["access_token"]
    read = context.notes(access)
    written = context.http.post("/notes/", headers=bearer(access), json={"text": "more"})
    return f"{said(read)} and {said(written)}", read.status_code == 200 and written.status_code == 403


@STEPS.step(
    "Verified by somebody else",
    tried="PyJWT's own PyJWKClient on /.well-known/jwks.json, then jwt.decode with issuer and audience",
    expected="the claims of the token",
)
def foreign(context: Context) -> Outcome:
    url = context.server.url
    device = context.default_device()
    client = jwt.PyJWKClient(f"{url}/.well-known/jwks.json", ssl_context=context.server.setup.trust())
    key = client.get_signing_key_from_jwt(device.access)
    claims = jwt.decode(device.access, key, algorithms=["ES256"], audience=f"{url}/", issuer=url)
    return f"sub {claims['sub']}, scope {claims['scope']}", claims["sid"] == device.session
