"""Audiences, introspection, revocation, and the sessions of a user."""

from __future__ import annotations

import httpx
import jwt

from demo.attacks.context import Context, bearer, refused, said
from demo.attacks.report import Chapter, Outcome

TITLE = "Services and sessions"
STEPS = Chapter()
SIGNED = "application/token-introspection+jwt"


def for_invoices(context: Context) -> str:
    """An access token of ann's for the invoices."""
    answer = context.refresh(context.device("ann").refresh, resource=f"{context.server.url}/invoices/")
    token: str = answer.raise_for_status().json()["access_token"]
    return token


def introspect(context: Context, token: str, **more: str) -> httpx.Response:
    """Ask about a token as the billing service, with its client id and secret."""
    credentials = ("billing", context.server.setup.billing_secret.text)
    return context.http.post("/auth/introspect/", data={"token": token}, auth=credentials, headers=more)


@STEPS.step(
    "A token for another API",
    tried="refresh with resource = the invoices; GET /invoices/ and GET /notes/ with what comes",
    expected="200; 401 invalid_token: it is for the invoices alone",
)
def elsewhere(context: Context) -> Outcome:
    token = for_invoices(context)
    there, here = context.http.get("/invoices/", headers=bearer(token)), context.notes(token)
    return f"{said(there)}; {said(here)}", there.status_code == 200 and refused(here)


@STEPS.step("The wrong audience", tried="GET /invoices/ with a token for the notes", expected="401 invalid_token")
def around(context: Context) -> Outcome:
    answer = context.http.get("/invoices/", headers=bearer(context.default_device().access))
    return said(answer), refused(answer)


@STEPS.step(
    "An unknown audience",
    tried="refresh with resource = https://elsewhere.example/, then without",
    expected="400 invalid_target, and 200: nothing of the session was lost",
)
def unknown(context: Context) -> Outcome:
    device = context.device("ann")
    wide = context.refresh(device.refresh, resource="https://elsewhere.example/")
    plain = context.refresh(device.refresh)
    good = refused(wide, 400, "invalid_target") and plain.status_code == 200
    return f"{said(wide)}, and {said(plain)}", good


@STEPS.step(
    "The billing service asks",
    tried="POST /auth/introspect/ as billing: about a token for the invoices, one for the notes, and noise",
    expected="active, with its user; not active, and nothing else; the same",
)
def asks(context: Context) -> Outcome:
    own, other, noise = (
        introspect(context, token).json()
        for token in (for_invoices(context), context.default_device().access, "noise")
    )
    shown = {name: own.get(name) for name in ("active", "sub", "client_id", "scope")}
    return f"{shown}; {other}; {noise}", own["active"] and bool(own["sub"]) and other == noise == {"active": False}


@STEPS.step(
    "The answer signed",
    tried="the same with Accept: token-introspection+jwt; PyJWT checks it; GET /notes/ with it as a token",
    expected="the answer, signed for billing; 401: it is no access token",
)
def signed(context: Context) -> Outcome:
    text = introspect(context, for_invoices(context), Accept=SIGNED).text
    keys = jwt.PyJWKClient(f"{context.server.url}/.well-known/jwks.json", ssl_context=context.server.setup.trust())
    key = keys.get_signing_key_from_jwt(text)
    claims = jwt.decode(text, key, algorithms=["ES256"], audience="billing", issuer=context.server.url)
    misused = context.notes(text)
    came = f"{', '.join(claims)}; {said(misused)}"
    return came, claims["token_introspection"]["active"] and refused(misused)


@STEPS.step(
    "Introspection without credentials",
    tried="POST /auth/introspect/ without a secret, with a wrong one, and with a user's token",
    expected="3 × 401 invalid_client",
)
def anonymous(context: Context) -> Outcome:
    token = for_invoices(context)
    answers = [
        context.http.post("/auth/introspect/", data={"token": token}),
        context.http.post("/auth/introspect/", data={"token": token}, auth=("billing", context.password)),
        context.http.post("/auth/introspect/", data={"token": token}, headers=bearer(token)),
    ]
    return ", ".join(said(answer) for answer in answers), all(
        refused(answer, code="invalid_client") for answer in answers
    )


@STEPS.step(
    "A revoked access token",
    tried="POST /auth/verify/, POST /auth/revoke/ as a form, verify again, GET /notes/, and refresh",
    expected="200; 200 and empty; 401; 401; 200: the session goes on",
)
def revoked(context: Context) -> Outcome:
    device = context.device("ann")
    body = {"token": device.access}
    answers = [
        context.http.post("/auth/verify/", json=body),
        context.http.post("/auth/revoke/", data=body),
        context.http.post("/auth/verify/", json=body),
        context.notes(device.access),
        context.refresh(device.refresh),
    ]
    codes = [answer.status_code for answer in answers]
    came = "; ".join(said(answer) for answer in answers)
    return came, codes == [200, 200, 401, 401, 200] and answers[1].content == b""


@STEPS.step(
    "My sessions",
    tried="log in as bob on phone and laptop; on the laptop GET /auth/sessions/ and DELETE the phone's; call from it",
    expected="both with device and network, the laptop's the current one; 204; 401",
)
def sessions(context: Context) -> Outcome:
    agent = {"User-Agent": "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"}
    phone, laptop = context.login("bob", headers=agent).raise_for_status().json(), context.device("bob")
    rows = context.http.get("/auth/sessions/", headers=bearer(laptop.access)).json()["sessions"]
    shown = {row["id"]: (row["device"], row["where"], row["current"]) for row in rows}
    ended = context.http.delete(f"/auth/sessions/{phone['session_id']}/", headers=bearer(laptop.access))
    after = context.notes(phone["access_token"])
    there, here = shown[phone["session_id"]], shown[laptop.session]
    good = here[2] and not there[2] and "Android" in there[0]
    came = f"{there}, {here}; {said(ended)}; {said(after)}"
    return came, good and ended.status_code == 204 and refused(after)


@STEPS.step(
    "Somebody else's session",
    tried="DELETE a session of ann's with bob's token; call from it",
    expected="404 not_found, as for one that never was; 200",
)
def foreign(context: Context) -> Outcome:
    mine, theirs = context.device("bob"), context.default_device()
    answer = context.http.delete(f"/auth/sessions/{theirs.session}/", headers=bearer(mine.access))
    after = context.notes(theirs.access)
    return f"{said(answer)}; {said(after)}", refused(answer, 404, "not_found") and after.status_code == 200
