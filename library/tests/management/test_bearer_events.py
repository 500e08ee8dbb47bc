"""What is kept of a person can be handed over, and forgotten."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_bearer import (
    events,
    issue_api_token,
    issue_session,
    revoke_api_token,
    revoke_session,
    revoke_token,
    revoke_user,
)
from django_bearer.events import EventKind
from django_bearer.models import SecurityEventRecord


def run(*words: str, notes: StringIO | None = None) -> list[str]:
    out = StringIO()
    call_command("bearer_events", *words, stdout=out, stderr=notes or StringIO())
    return out.getvalue().splitlines()


def told(*words: str) -> str:
    """What is said on standard error."""
    notes = StringIO()
    run(*words, notes=notes)
    return notes.getvalue()


def test_export_of_one_user_is_that_users(ann: Any) -> None:
    issue_session(ann)
    revoke_user(ann)
    events.publish(EventKind.LOGIN_SUCCESS, user_id="other")
    [line] = [json.loads(line) for line in run("export", "--user", str(ann.pk))]
    assert (line["kind"], line["user"], line["count"]) == ("authn_logout_everywhere", str(ann.pk), 1)


def test_export_from_a_day_on(db: None) -> None:
    events.publish(EventKind.KEY_CREATED)
    SecurityEventRecord.objects.update(first_at=0, last_at=1_699_999_999_000_000)  # 2023-11-14 22:13:19 UTC
    assert len(run("export", "--since", "2023-11-14")) == 1
    assert run("export", "--since", "2023-11-15") == []


def test_erase_takes_the_person_out_and_leaves_what_happened(ann: Any) -> None:
    events.publish(
        EventKind.LOGIN_SUCCESS, user_id=str(ann.pk), session_id="s", address="203.0.113.9", details={"cause": "x"}
    )
    assert run("erase", "--user", str(ann.pk)) == ["1 rows are about nobody now."]
    assert run("export", "--user", str(ann.pk)) == []
    [line] = [json.loads(line) for line in run("export")]
    assert line["kind"] == "authn_login_success"
    assert {line[name] for name in ("user", "session", "address")} == {""}
    assert line["details"] == {}


def test_erase_finds_what_was_revoked_of_a_user(ann: Any) -> None:
    """Ids of sessions and tokens are about the person, whoever revoked them."""
    session, other = issue_session(ann), issue_session(ann)
    revoke_session(session.session_id)
    revoke_token(other.access_token)
    issued = issue_api_token(ann, name="nightly", expires_in=86_400)
    revoke_api_token(issued.id)
    run("erase", "--user", str(ann.pk))
    rows = [json.loads(line) for line in run("export")]
    kinds = {EventKind.SESSION_REVOKED.value, EventKind.TOKEN_REVOKED.value, EventKind.API_TOKEN_REVOKED.value}
    assert kinds <= {row["kind"] for row in rows}
    assert all(row["session"] == "" and row["details"] == {} for row in rows if row["kind"] in kinds)


def test_a_user_name_is_as_good_as_the_key(ann: Any) -> None:
    revoke_user(ann)
    by_key, by_name = run("export", "--user", str(ann.pk)), run("export", "--user", ann.get_username())
    assert len(by_key) == 1
    assert by_name == by_key
    assert told("export", "--user", ann.get_username()) == f"This is the user ann@example.com ({ann.pk}).\n"
    assert told("export", "--user", str(ann.pk)) == ""
    assert run("erase", "--user", ann.get_username()) == ["1 rows are about nobody now."]
    assert run("export", "--user", ann.get_username()) == []


def test_times_are_readable_too(db: None) -> None:
    events.publish(EventKind.KEY_CREATED)
    SecurityEventRecord.objects.update(first_at=0, last_at=1_699_999_999_000_001)
    [line] = [json.loads(line) for line in run("export")]
    assert (line["first_at"], line["first_at_iso"]) == (0, "1970-01-01T00:00:00.000000Z")
    assert (line["last_at"], line["last_at_iso"]) == (1_699_999_999_000_001, "2023-11-14T22:13:19.000001Z")


def test_the_key_of_one_is_never_the_name_of_another(ann: Any, django_user_model: Any) -> None:
    """Who takes another's key for a name hides nothing of theirs, and what is erased is what was before."""
    other = django_user_model.objects.create_user(str(ann.pk))
    for user in (ann, other):
        revoke_user(user)
    [line] = [json.loads(line) for line in run("export", "--user", str(ann.pk))]
    assert line["user"] == str(ann.pk)
    assert f"--user {other.pk}" in told("export", "--user", str(ann.pk))
    assert run("erase", "--user", str(ann.pk)) == ["1 rows are about nobody now."]
    assert len(run("export", "--user", str(other.pk))) == 1


@pytest.mark.parametrize("step", ["export", "erase"])
def test_nobody_is_told(step: str, db: None) -> None:
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        run(step, "--user", "nobody")


def test_a_user_who_is_gone_is_named_by_the_key(ann: Any) -> None:
    revoke_user(ann)
    key = str(ann.pk)
    ann.delete()
    assert run("export", "--user", key)
    assert int(run("erase", "--user", key)[0].split()[0]) > 0
    assert run("erase", "--user", key) == ["0 rows are about nobody now."]
    assert run("export", "--user", key) == []
    assert told("export", "--user", key) == "No such event is kept.\n"


def test_a_key_that_only_events_have_is_found_whatever_it_looks_like(db: None) -> None:
    events.publish(EventKind.LOGIN_SUCCESS, user_id="service-7")
    assert len(run("export", "--user", "service-7")) == 1


@pytest.mark.parametrize("words", [["erase"], ["export", "--since", "yesterday"]])
def test_what_it_does_not_understand_it_says(words: list[str], db: None) -> None:
    with pytest.raises(CommandError):
        run(*words)
