"""The ordinary day of a token."""

from __future__ import annotations

import jwt

from demo.attacks.board import Chapter, Outcome
from demo.attacks.stage import Stage, bearer, said

TITLE = "The life of a token"
STEPS = Chapter()


@STEPS.step("A page for everybody", tried="GET /status/ without a token", expected="200")
def status(stage: Stage) -> Outcome:
    answer = stage.http.get("/status/")
    return said(answer), answer.status_code == 200


@STEPS.step("The API without a token", tried="GET /notes/", expected="401 not_authenticated, and how to authenticate")
def nobody(stage: Stage) -> Outcome:
    answer = stage.http.get("/notes/")
    told = answer.headers.get("www-authenticate", "")
    return f"{said(answer)}, WWW-Authenticate: {told}", answer.status_code == 401 and told.startswith("Bearer ")


@STEPS.step(
    "Login",
    tried="POST /auth/login/ with the right password",
    expected="200, an access token for 300 s, a refresh token, and Cache-Control: no-store",
)
def login(stage: Stage) -> Outcome:
    answer = stage.login("ann")
    body, cache = answer.json(), answer.headers.get("cache-control")
    good = answer.status_code == 200 and body["expires_in"] == 300 and "refresh_token" in body and cache == "no-store"
    return f"{said(answer)} with {', '.join(body)}; {cache}", good


@STEPS.step(
    "Call", tried="POST /notes/ and GET /notes/ with the access token", expected="201, then 200 with the note"
)
def call(stage: Stage) -> Outcome:
    access = stage.usual().access
    written = stage.http.post("/notes/", headers=bearer(access), json={"text": "milk"})
    read = stage.notes(access)
    good = written.status_code == 201 and "milk" in [note["text"] for note in read.json()]
    return f"{said(written)}, then {said(read)} with {read.json()}", good


@STEPS.step("A plain Django view", tried="GET /whoami/ with the access token", expected="200 and the user's name")
def plain(stage: Stage) -> Outcome:
    answer = stage.http.get("/whoami/", headers=bearer(stage.usual().access))
    return f"{said(answer)} with {answer.json()}", answer.json().get("user") == "ann"


@STEPS.step(
    "A narrower token",
    tried="refresh for the scope notes:read alone; GET /notes/ and POST /notes/ with what comes",
    expected="200 and 403 insufficient_scope",
)
def scope(stage: Stage) -> Outcome:
    answer = stage.refresh(stage.device("ann").refresh, scope="notes:read").raise_for_status()
    access = answer.json()["access_token"]
    read = stage.notes(access)
    written = stage.http.post("/notes/", headers=bearer(access), json={"text": "more"})
    return f"{said(read)} and {said(written)}", read.status_code == 200 and written.status_code == 403


@STEPS.step(
    "Verified by somebody else",
    tried="PyJWT's own PyJWKClient on /.well-known/jwks.json, then jwt.decode with issuer and audience",
    expected="the claims of the token",
)
def foreign(stage: Stage) -> Outcome:
    url = stage.server.url
    device = stage.usual()
    client = jwt.PyJWKClient(f"{url}/.well-known/jwks.json", ssl_context=stage.server.place.trust())
    key = client.get_signing_key_from_jwt(device.access)
    claims = jwt.decode(device.access, key, algorithms=["ES256"], audience=f"{url}/", issuer=url)
    return f"sub {claims['sub']}, scope {claims['scope']}", claims["sid"] == device.session
