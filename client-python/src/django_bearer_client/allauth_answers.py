"""What the answers of django-allauth's endpoints say when they carry no tokens. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import AccountsError, ClientError
from .server_errors import LoginIncomplete

STEPS = {"mfa_authenticate": "second_factor"}
"""The steps of a login that have another name at ours."""
REFUSES = frozenset({400, 401, 403, 409})


def failure(status: int, members: Mapping[str, object]) -> ClientError | None:
    """The error that an answer stands for: a step that the login lacks, or a refusal. None for any other answer."""
    if status not in REFUSES:
        return None
    if flow := _first(_at(members, "data").get("flows"), "is_pending"):
        return _lacking(status, flow, _at(members, "meta"))
    if said := _first(members.get("errors"), "code"):
        refused = AccountsError(f"{said.get('message') or 'The server refused.'} ({said['code']}, status {status})")
        refused.reason = str(said["code"])
        return refused
    return None


def _lacking(status: int, flow: Mapping[str, object], meta: Mapping[str, object]) -> LoginIncomplete:
    named = str(flow.get("id", ""))
    lacking = LoginIncomplete(f"The login lacks a step: {named}. (login_incomplete, status {status})")
    lacking.members = {"step": STEPS.get(named, named), "types": flow.get("types", [])}
    if isinstance(token := meta.get("session_token"), str):
        lacking.members = {**lacking.members, "session_token": token}
    return lacking


def _at(members: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = members.get(name)
    return found if isinstance(found, Mapping) else {}


def _first(found: object, member: str) -> Mapping[str, object]:
    """The first mapping of a list in which this member is set; an empty one where there is none."""
    rows = found if isinstance(found, list) else []
    return next((one for one in rows if isinstance(one, Mapping) and one.get(member)), {})
