"""What ends a session. Each change takes effect on the next request, also if another process made it."""

from __future__ import annotations

from demo.attacks.context import Context, bearer, refused, said
from demo.attacks.report import Chapter, Outcome

TITLE = "Revocation"
STEPS = Chapter()


@STEPS.step(
    "Logout with a stale token",
    tried="refresh twice, log out with the first token of the three, call with the newest access token",
    expected="204, and 401 on the next request",
)
def stale(context: Context) -> Outcome:
    device = context.device("ann")
    second = context.refresh(device.refresh).json()
    context.later(31)
    third = context.refresh(second["refresh_token"]).json()
    out = context.http.post("/auth/logout/", json={"refresh_token": device.refresh})
    after = context.notes(third["access_token"])
    rotated = third.get("refresh_token") not in (None, second["refresh_token"])
    return f"{said(out)}, then {said(after)}", rotated and out.status_code == 204 and refused(after)


@STEPS.step(
    "Logout everywhere",
    tried="POST /auth/logout-everywhere/ on the phone, call on phone and laptop",
    expected="204, then 401 on both",
)
def everywhere(context: Context) -> Outcome:
    phone, laptop = context.device("ann"), context.device("ann")
    out = context.http.post("/auth/logout-everywhere/", headers=bearer(phone.access))
    after = [context.notes(device.access) for device in (phone, laptop)]
    came = f"{said(out)}, then {' and '.join(said(answer) for answer in after)}"
    return came, out.status_code == 204 and all(refused(answer) for answer in after)


@STEPS.step(
    "A deactivated user",
    tried="QuerySet.update(is_active=False) in another process (no signal is sent); call, refresh, log in",
    expected="401 each time",
)
def deactivated(context: Context) -> Outcome:
    from django.contrib.auth.models import User

    device = context.device("bob")
    before = context.notes(device.access)
    User.objects.filter(username="bob").update(is_active=False)
    after = [context.notes(device.access), context.refresh(device.refresh), context.login("bob")]
    User.objects.filter(username="bob").update(is_active=True)
    came = f"{said(before)} before; {', '.join(said(answer) for answer in after)}"
    return came, before.status_code == 200 and all(answer.status_code == 401 for answer in after)


@STEPS.step(
    "A changed password",
    tried="user.set_password(…); user.save() in another process; call, refresh",
    expected="401 and 401 session_ended",
)
def password(context: Context) -> Outcome:
    from django.contrib.auth.models import User

    device, user = context.device("bob"), User.objects.get(username="bob")
    before = context.notes(device.access)
    user.set_password("an entirely different horse")
    user.save()
    call, again = context.notes(device.access), context.refresh(device.refresh)
    good = before.status_code == 200 and refused(call) and refused(again, code="session_ended")
    return f"{said(before)} before; {said(call)}, {said(again)}", good
