"""Changes of keys: what is refused, what one change does, and by whose time it is reckoned (JK-05)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_bearer import authenticate_token, issue_session, refresh_session, revoke_key
from django_bearer.database import issuers, signing_keys
from django_bearer.errors import InvalidKey
from django_bearer.events import EventKind
from django_bearer.keys.keyring import KeyState
from django_bearer.models import Issuer, SecurityEventRecord, SigningKey
from django_bearer.primitives import clock, randomness
from django_bearer.primitives.clock import SECOND
from django_bearer.sessions import key_rotation
from django_bearer.sessions.verification import clear_signature_cache

ISSUER = "https://api.example.com"
HOUR = 3600 * SECOND
pytestmark = pytest.mark.django_db


@pytest.fixture
def first(ann: Any) -> str:
    issue_session(ann)
    return signing_keys.active(ISSUER)[0]


def states() -> dict[str, str]:
    return {key.kid: key.state.value for key in signing_keys.stored(ISSUER)}


def version() -> int:
    return Issuer.objects.get(name=ISSUER).ring_version


def test_activating_one_key_retires_those_that_signed(first: str) -> None:
    new = key_rotation.publish(ISSUER)
    key_rotation.activate(ISSUER, new)
    assert states() == {first: "retired", new: "active"}


@pytest.mark.parametrize(
    "step", [key_rotation.remove, lambda issuer, kid: key_rotation.move(issuer, kid, KeyState.RETIRED)]
)
def test_the_only_key_that_signs_stays_whatever_a_copy_in_memory_says(first: str, step: Any) -> None:
    """Another process retired the second key; this one's ring still has two that sign."""
    second = key_rotation.publish(ISSUER, KeyState.ACTIVE)
    assert signing_keys.active(ISSUER) == [first, second]
    kept = signing_keys._rings.copy()
    key_rotation.move(ISSUER, second, KeyState.RETIRED)
    signing_keys._rings.update(kept)
    with pytest.raises(InvalidKey, match="only key that signs"):
        step(ISSUER, first)
    assert states()[first] == "active"


@pytest.mark.parametrize("step", [key_rotation.activate, key_rotation.remove])
def test_a_key_that_is_gone_is_said_to_be_gone(first: str, step: Any) -> None:
    with pytest.raises(InvalidKey, match="named 'x' any more"):
        step(ISSUER, "x")
    assert states() == {first: "active"}


def test_what_fails_leaves_nothing_behind(first: str) -> None:
    """The second half of an activation fails: the first half did not happen."""
    new = key_rotation.publish(ISSUER)
    SigningKey.objects.filter(kid=first).update(encrypted_private_key=b"\x01damaged")
    before = version()
    with pytest.raises(Exception, match="stored key"):
        key_rotation.activate(ISSUER, new)
    assert states() == {first: "active", new: "published"}
    assert version() == before


def test_revoking_the_only_key_puts_another_in_its_place(first: str, ann: Any) -> None:
    revoke_key(first)
    (new,) = signing_keys.active(ISSUER)
    assert first not in states()
    revoke_key(first)
    assert states() == {new: "active"}, "a second time changes nothing"


def test_revoking_heals_a_ring_in_which_no_key_signs(first: str) -> None:
    SigningKey.objects.filter(kid=first).delete()
    published = [key_rotation.publish(ISSUER) for _ in range(2)]
    revoke_key(published[0])
    assert states()[published[1]] == "published"
    assert len(signing_keys.active(ISSUER)) == 1


@pytest.mark.parametrize("apart", [-HOUR, HOUR])
def test_a_host_whose_clock_is_wrong_changes_keys_at_the_right_time(
    apart: int, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ends of a subtraction are read from the database's clock."""
    right = clock.now
    monkeypatch.setattr(clock, "now", lambda: right() + apart)
    new = key_rotation.publish(ISSUER)
    key_rotation.activate(ISSUER, new)
    now = issuers.now()
    for row in SigningKey.objects.filter(kid__in=[first, new]):
        assert abs(row.changed_at - now) < HOUR / 2
    assert abs(SigningKey.objects.get(kid=new).created_at - now) < HOUR / 2
    done, coming = key_rotation.rotate(ISSUER, 90 * 86_400, 300)
    assert done == []
    assert all(due.at > now for due in coming)


def test_a_change_that_changes_nothing_lets_nobody_read_the_ring_again(first: str) -> None:
    before = version()
    assert key_rotation.rotate(ISSUER, 90 * 86_400, 300)[0] == []
    assert version() == before
    key_rotation.publish(ISSUER)
    assert version() > before


def test_each_change_is_an_event_and_none_is_told_of_what_failed(first: str) -> None:
    new = key_rotation.publish(ISSUER)
    key_rotation.activate(ISSUER, new)
    with pytest.raises(InvalidKey):
        key_rotation.remove(ISSUER, new)
    told = SecurityEventRecord.objects.filter(
        kind__in=[EventKind.KEY_CREATED, EventKind.KEY_CHANGED], details__has_key="kid"
    )
    assert [(row.kind, row.details["kid"], row.details["state"]) for row in told.order_by("pk")] == [
        ("sys_key_created", new, "published"),
        ("sys_key_changed", new, "active"),
        ("sys_key_changed", first, "retired"),
    ]


def make_anew() -> None:
    """As when a schema is dropped and made again, or a dump is loaded: by others, while this process runs."""
    SigningKey.objects.all().delete()
    Issuer.objects.all().delete()


@pytest.mark.parametrize("others_were_first", [False, True])
def test_keys_of_a_database_that_was_made_anew_are_its_own(first: str, ann: Any, others_were_first: bool) -> None:
    """What this process remembers of the database of before is neither signed with nor made tokens with."""
    kept = signing_keys._rings.copy()
    make_anew()
    if others_were_first:
        signing_keys.clear_cache()
        issue_session(ann)
        signing_keys._rings.clear()
        signing_keys._rings.update(kept)
    issued = issue_session(ann)
    signing_keys.clear_cache()  # a process that has seen nothing of before
    clear_signature_cache()
    assert authenticate_token(issued.access_token).user == ann
    assert refresh_session(issued.refresh_token or "").access_token


def test_no_other_change_comes_to_a_version_that_was(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup is restored, and a change is made that is not the one which the backup does not have."""
    began, versions = version(), []
    for draw in (0.1, 0.7):
        monkeypatch.setattr(randomness, "fraction", lambda draw=draw: draw)
        Issuer.objects.update(ring_version=began)
        key_rotation.publish(ISSUER)
        versions.append(version())
    assert began < versions[0] < versions[1]


def test_the_keys_are_read_under_the_lock(first: str) -> None:
    """The first statement on key rows comes after the write that takes the issuer's row."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        key_rotation.move(ISSUER, key_rotation.publish(ISSUER), KeyState.PUBLISHED)
    said = [query["sql"] for query in queries]
    begun = max(
        n for n, sql in enumerate(said) if sql.startswith("UPDATE") and "ring_version" in sql and "+" not in sql
    )
    ended = max(n for n, sql in enumerate(said) if sql.startswith("UPDATE") and "ring_version" in sql)
    assert any("bearer_signingkey" in sql and sql.startswith("SELECT") for sql in said[begun:ended])


def test_refresh_goes_on_with_the_new_key(first: str, ann: Any) -> None:
    issued = issue_session(ann)
    revoke_key(first)
    assert refresh_session(issued.refresh_token or "").access_token
