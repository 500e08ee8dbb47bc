"""A botnet that attacks one account, while its owner logs in."""

from __future__ import annotations

from collections import Counter

from demo.attacks.context import Context, refused, said
from demo.attacks.report import Chapter, Outcome

TITLE = "A botnet against one account"
STEPS = Chapter()
OWNER = {"X-Forwarded-For": "203.0.113.50"}
NEW_DEVICE = {"X-Forwarded-For": "203.0.113.51"}
ADDRESSES, LIMIT = 30, 20


@STEPS.step(
    "30 addresses guess ann's password",
    tried="one wrong password from each of 30 addresses, as ann",
    expected="20 × 401, then 10 × 429: twenty guesses a day in this demo, from all addresses together",
)
def guessing(context: Context) -> Outcome:
    context.keep["ann"] = context.login("ann", headers=OWNER).json()["known_device_token"]
    found = Counter(
        said(context.login("ann", "guess", headers={"X-Forwarded-For": f"198.51.100.{number}"}))
        for number in range(1, ADDRESSES + 1)
    )
    came = ", ".join(f"{number} × {what}" for what, number in found.items())
    return came, found == {"401 invalid_credentials": LIMIT, "429 throttled": ADDRESSES - LIMIT}


@STEPS.step(
    "Ann's own device",
    tried="log in as ann from the device she used before, which sends its known_device_token",
    expected="200: a known device has a limit of its own, whatever others do to the account",
)
def known(context: Context) -> Outcome:
    body = {"username": "ann", "password": context.password, "known_device_token": context.keep["ann"]}
    found = context.http.post("/auth/login/", json=body, headers=OWNER)
    return said(found), found.status_code == 200


@STEPS.step(
    "An unknown device, with the right password",
    tried="log in as ann without a known_device_token",
    expected="429: an attacker who guesses right now does not learn it",
)
def unknown(context: Context) -> Outcome:
    found = context.login("ann", headers=NEW_DEVICE)
    return said(found), refused(found, 429, "throttled")


@STEPS.step(
    "Ann requests an unlock link and uses it",
    tried="issue_login_unlock_token(ann), redeem_login_unlock_token(...); log in with the credential; redeem again",
    expected="200; no credential for a link that was used",
)
def unlock(context: Context) -> Outcome:
    from django.contrib.auth import get_user_model

    from django_bearer import issue_login_unlock_token, redeem_login_unlock_token

    mailed = issue_login_unlock_token(get_user_model().objects.get(username="ann"))
    credential = redeem_login_unlock_token(mailed, "ann")
    body = {"username": "ann", "password": context.password, "known_device_token": credential}
    found, again = (
        context.http.post("/auth/login/", json=body, headers=NEW_DEVICE),
        redeem_login_unlock_token(mailed, "ann"),
    )
    return f"{said(found)}; {again}", found.status_code == 200 and again is None
