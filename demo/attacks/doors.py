"""The door: guessing passwords, and who is not served."""

from __future__ import annotations

from collections import Counter

from demo.attacks.board import Chapter, Outcome
from demo.attacks.stage import Stage, refused, said

TITLE = "The door"
STEPS = Chapter()
ELSEWHERE = {"X-Forwarded-For": "203.0.113.20"}


@STEPS.step(
    "Unknown user or wrong password",
    tried="log in as nobody, and as eve with a wrong password",
    expected="401 invalid_credentials, word for word the same",
)
def alike(stage: Stage) -> Outcome:
    unknown, wrong = stage.login("nobody", "guess"), stage.login("eve", "guess")
    same = unknown.content == wrong.content
    return f"{said(unknown)}, {said(wrong)}, {'the same' if same else 'other'} words", same and refused(
        wrong, code="invalid_credentials"
    )


@STEPS.step(
    "20 wrong passwords",
    tried="20 × POST /auth/login/ as eve with a wrong password, after the one above",
    expected="9 × 401, then 11 × 429 with Retry-After; the limit is 10 in an hour",
)
def guessing(stage: Stage) -> Outcome:
    answers = [stage.login("eve", f"guess {number}") for number in range(20)]
    last, counted = answers[-1], Counter(said(answer) for answer in answers)
    waits = [int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429]
    came = f"{', '.join(f'{number} × {what}' for what, number in counted.items())}; Retry-After: {waits[-1]}"
    return came, counted == {"401 invalid_credentials": 9, "429 throttled": 11} and refused(last, 429, "throttled")


@STEPS.step(
    "The right password after that",
    tried="log in as eve with the right password, from the same address and from another",
    expected="429: whoever guesses does not learn that the last guess was right; 200: eve is not locked out",
)
def owner(stage: Stage) -> Outcome:
    here, elsewhere = stage.login("eve"), stage.login("eve", headers=ELSEWHERE)
    return f"{said(here)}; {said(elsewhere)}", here.status_code == 429 and elsewhere.status_code == 200


@STEPS.step(
    "A page in a browser",
    tried="log in as a page does; refresh with the cookie alone; the same with the Origin of another site",
    expected="200, no refresh token in the body, a cookie no script can read; 200; 403 origin_refused",
)
def browser(stage: Stage) -> Outcome:
    own = {"Origin": stage.server.url, "Sec-Fetch-Site": "same-origin", "X-Bearer-Client": "first-party"}
    with stage.client(stage.server.url) as page:
        body = {"username": "ann", "password": stage.password}
        first = page.post("/auth/login/", json=body, headers=own)
        cookie = first.headers.get("set-cookie", "")
        guarded = all(word in cookie for word in ("__Host-bearer-", "HttpOnly", "Secure", "SameSite=Strict"))
        again = page.post("/auth/refresh/", json={}, headers=own)
        foreign = {**own, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        forged = page.post("/auth/refresh/", json={}, headers=foreign)
    hidden = first.status_code == 200 and "refresh_token" not in first.text
    shown = f"{'no ' if hidden else ''}refresh token in the body, {'a guarded' if guarded else 'no'} cookie"
    return (
        f"{said(first)}, {shown}; {said(again)}; {said(forged)}",
        hidden and guarded and again.status_code == 200 and refused(forged, 403, "origin_refused"),
    )
