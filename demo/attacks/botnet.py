"""A botnet at one account, and its owner beside it."""

from __future__ import annotations

from collections import Counter

from demo.attacks.board import Chapter, Outcome
from demo.attacks.stage import Stage, refused, said

TITLE = "A botnet, and an owner undisturbed"
STEPS = Chapter()
OWNER = {"X-Forwarded-For": "203.0.113.50"}
NEW_DEVICE = {"X-Forwarded-For": "203.0.113.51"}
ADDRESSES, LIMIT = 30, 20


@STEPS.step(
    "30 addresses guess ann's password",
    tried="one wrong password from each of 30 addresses, as ann",
    expected="20 × 401, then 10 × 429: twenty guesses a day in this demo, from wherever they come",
)
def guessing(stage: Stage) -> Outcome:
    stage.keep["ann"] = stage.login("ann", headers=OWNER).json()["known_device_token"]
    found = Counter(
        said(stage.login("ann", "guess", headers={"X-Forwarded-For": f"198.51.100.{number}"}))
        for number in range(1, ADDRESSES + 1)
    )
    came = ", ".join(f"{number} × {what}" for what, number in found.items())
    return came, found == {"401 invalid_credentials": LIMIT, "429 throttled": ADDRESSES - LIMIT}


@STEPS.step(
    "Ann's own device",
    tried="log in as ann from the device she used before, which sends its known_device_token",
    expected="200: it is counted by itself, whatever others do to the account",
)
def known(stage: Stage) -> Outcome:
    body = {"username": "ann", "password": stage.password, "known_device_token": stage.keep["ann"]}
    found = stage.http.post("/auth/login/", json=body, headers=OWNER)
    return said(found), found.status_code == 200


@STEPS.step(
    "A device nobody knows, with the right password",
    tried="log in as ann without a known_device_token",
    expected="429: whoever guesses right after all the wrong ones does not learn it either",
)
def unknown(stage: Stage) -> Outcome:
    found = stage.login("ann", headers=NEW_DEVICE)
    return said(found), refused(found, 429, "throttled")


@STEPS.step(
    "Ann asks for a mail, and uses the pass in it",
    tried="issue_login_unlock_link(ann), redeem_login_unlock_link(...); log in with it; use the pass once more",
    expected="200; and no credential for a pass that is used",
)
def escape(stage: Stage) -> Outcome:
    from django.contrib.auth import get_user_model

    from django_bearer import issue_login_unlock_link, redeem_login_unlock_link

    mailed = issue_login_unlock_link(get_user_model().objects.get(username="ann"))
    credential = redeem_login_unlock_link(mailed, "ann")
    body = {"username": "ann", "password": stage.password, "known_device_token": credential}
    found, again = (
        stage.http.post("/auth/login/", json=body, headers=NEW_DEVICE),
        redeem_login_unlock_link(mailed, "ann"),
    )
    return f"{said(found)}; {again}", found.status_code == 200 and again is None
