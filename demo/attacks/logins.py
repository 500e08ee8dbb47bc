"""Logins: guessed passwords, rate limits, and logins from a browser."""

from __future__ import annotations

from collections import Counter

from demo.attacks.context import Context, refused, said
from demo.attacks.report import Chapter, Outcome

TITLE = "Logins"
STEPS = Chapter()
ELSEWHERE = {"X-Forwarded-For": "203.0.113.20"}


@STEPS.step(
    "Unknown user or wrong password",
    tried="log in as nobody, and as eve with a wrong password",
    expected="401 invalid_credentials, identical answers",
)
def alike(context: Context) -> Outcome:
    unknown, wrong = context.login("nobody", "guess"), context.login("eve", "guess")
    same = unknown.content == wrong.content
    return f"{said(unknown)}, {said(wrong)}, {'the same' if same else 'other'} words", same and refused(
        wrong, code="invalid_credentials"
    )


@STEPS.step(
    "20 wrong passwords",
    tried="20 × POST /auth/login/ as eve with a wrong password, after the one above",
    expected="9 × 401, then 11 × 429 with Retry-After; the limit is 10 in an hour",
)
def guessing(context: Context) -> Outcome:
    answers = [context.login("eve", f"guess {number}") for number in range(20)]
    last, counted = answers[-1], Counter(said(answer) for answer in answers)
    waits = [int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429]
    came = f"{', '.join(f'{number} × {what}' for what, number in counted.items())}; Retry-After: {waits[-1]}"
    return came, counted == {"401 invalid_credentials": 9, "429 throttled": 11} and refused(last, 429, "throttled")


@STEPS.step(
    "The right password after that",
    tried="log in as eve with the right password, from the same address and from another",
    expected="429: an attacker does not learn that the last guess was right; 200: eve is not locked out",
)
def owner(context: Context) -> Outcome:
    here, elsewhere = context.login("eve"), context.login("eve", headers=ELSEWHERE)
    return f"{said(here)}; {said(elsewhere)}", here.status_code == 429 and elsewhere.status_code == 200


@STEPS.step(
    "A page in a browser",
    tried="log in as a page does; refresh with the cookie alone; the same with the Origin of another site",
    expected="200, no refresh token in the body, a cookie that scripts cannot read; 200; 403 origin_refused",
)
def browser(context: Context) -> Outcome:
    own = {"Origin": context.server.url, "Sec-Fetch-Site": "same-origin", "X-Bearer-Client": "first-party"}
    with context.client(context.server.url) as page:
        body = {"username": "ann", "password": context.password}
        first = page.post("/auth/login/", json=body, headers=own)
        cookie = first.headers.get("set-cookie", "")
        protected = all(word in cookie for word in ("__Host-bearer-", "HttpOnly", "Secure", "SameSite=Strict"))
        again = page.post("/auth/refresh/", json={}, headers=own)
        foreign = {**own, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        forged = page.post("/auth/refresh/", json={}, headers=foreign)
    hidden = first.status_code == 200 and "refresh_token" not in first.text
    shown = f"{'no ' if hidden else ''}refresh token in the body, {'a protected' if protected else 'no'} cookie"
    return (
        f"{said(first)}, {shown}; {said(again)}; {said(forged)}",
        hidden and protected and again.status_code == 200 and refused(forged, 403, "origin_refused"),
    )
