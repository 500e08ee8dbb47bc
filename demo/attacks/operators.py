"""Operators: events, the doctor, restored backups and purging, in another process than the server."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from demo.attacks.commands import manage
from demo.attacks.context import Context, Device, refused, said
from demo.attacks.report import Chapter, Outcome

TITLE = "Operators"
STEPS = Chapter()


@STEPS.step(
    "A stolen token is detected",
    tried="refresh with a token twice, 31 s apart, as an attacker would; manage.py bearer_events export --user",
    expected="401 session_ended, and one event that reports it, without a token in it",
)
def stolen(context: Context) -> Outcome:
    device = context.device("ann")
    context.refresh(device.refresh).raise_for_status()
    context.later(31)
    again = context.refresh(device.refresh)
    told = manage("bearer_events", "export", "--user", _key_of("ann"))
    mine = [event for event in map(json.loads, told.splitlines()) if event["session"] == device.session]
    kinds = [event["kind"] for event in mine]
    secret = any(part in told for part in (device.access, device.refresh))
    good = refused(again, code="session_ended") and kinds.count("authn_token_reuse") == 1 and not secret
    return f"{said(again)}; {', '.join(kinds)}", good


@STEPS.step(
    "Failed logins do not fill the table",
    tried="wrong passwords, 20 of them above; the rows of failed logins in manage.py bearer_events export",
    expected="fewer rows than failures: a row counts several",
)
def counted(context: Context) -> Outcome:
    told = map(json.loads, manage("bearer_events", "export").splitlines())
    rows = [event["count"] for event in told if event["kind"] == "authn_login_fail"]
    return f"{sum(rows)} failures in {len(rows)} rows", sum(rows) >= 10 and len(rows) < sum(rows)


@STEPS.step(
    "A user who wants to be forgotten",
    tried="manage.py bearer_events erase --user, then export --user",
    expected="the rows name no user, and none of them names this user; as many rows as before",
)
def erased(context: Context) -> Outcome:
    before = len(manage("bearer_events", "export").splitlines())
    answer = manage("bearer_events", "erase", "--user", _key_of("bob"))
    left = manage("bearer_events", "export", "--user", _key_of("bob"))
    after = len(manage("bearer_events", "export").splitlines())
    return f"{answer} {after} rows of {before}", not left and after == before and not answer.startswith("0 ")


@STEPS.step(
    "The doctor",
    tried="manage.py bearer_doctor for GET /notes/ with a good token, and with one of a session that was logged out",
    expected="every step ok; then the step that fails and why, and no token in either answer",
)
def doctor(context: Context) -> Outcome:
    device = context.device("ann")
    well = _examine(context, device)
    context.http.post("/auth/logout/", json={"refresh_token": device.refresh})
    ill = _examine(context, device)
    fault = next((line for line in ill.splitlines() if line.startswith("FAIL")), "nothing")
    good = "FAIL" not in well and "token" in fault and "logout" in fault
    return f"{well.count('ok  ')} ok; {fault}", good and device.access not in well + ill


@STEPS.step(
    "A backup is restored",
    tried="manage.py bearer_invalidate_after_restore: look, then --yes; call and refresh as before; log in",
    expected="looking changes nothing: 200; then 401 and 401 session_ended; 200",
)
def restored(context: Context) -> Outcome:
    device = context.device("ann")
    manage("bearer_invalidate_after_restore")
    looked = context.notes(device.access)
    manage("bearer_invalidate_after_restore", "--yes")
    call, again, fresh = context.notes(device.access), context.refresh(device.refresh), context.login("ann")
    good = looked.status_code == fresh.status_code == 200
    return (
        f"{said(looked)}; {said(call)}, {said(again)}; {said(fresh)}",
        good and refused(call) and refused(again, code="session_ended"),
    )


@STEPS.step(
    "Purge",
    tried="let a session's absolute end and a day go by in the table; manage.py bearer_purge; log in",
    expected="its row is gone, those of others are not; 200",
)
def purged(context: Context) -> Outcome:
    from django_bearer.models import Session

    gone, kept = context.device("ann"), context.device("ann")
    Session.objects.filter(pk=gone.session).update(ends_at=1, idle_ends_at=1)
    answer = manage("bearer_purge")
    left = {str(key) for key in Session.objects.values_list("pk", flat=True)}
    after = context.login("ann")
    good = gone.session not in left and kept.session in left and after.status_code == 200
    return f"{answer} {said(after)}", good


def _examine(context: Context, device: Device) -> str:
    """What the doctor says of a call to the notes, read from a file as an operator would store it."""
    with tempfile.TemporaryDirectory() as folder:
        headers = Path(folder, "headers.txt")
        headers.write_text(f"Authorization: Bearer {device.access}\n")
        return manage("bearer_doctor", f"{context.server.url}/notes/", "--headers", str(headers))


def _key_of(name: str) -> str:
    from django.contrib.auth.models import User

    found: Any = User.objects.get(username=name)
    return str(found.pk)
