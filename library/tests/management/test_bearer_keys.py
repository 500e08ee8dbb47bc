"""Keys by command: a planned change keeps every token good, an emergency ends what the key signed (JK-05)."""

from __future__ import annotations

from io import StringIO
from typing import Any

import jwt
import pytest
from django.core.management import CommandError, call_command

from django_bearer import decode_token, is_token_revoked, issue_session, refresh_session
from django_bearer.database import signing_keys
from django_bearer.primitives import clock

ISSUER = "https://api.example.com"


def run(*words: str) -> str:
    out = StringIO()
    call_command("bearer_keys", *words, stdout=out)
    return out.getvalue()


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_a_planned_change_keeps_every_token_good(ann: Any) -> None:
    before = issue_session(ann)
    old, new = kid_of(before.access_token), run("publish").split()[1]
    assert kid_of(issue_session(ann).access_token) == old
    run("activate", new)
    after = issue_session(ann)
    assert kid_of(after.access_token) == new
    assert decode_token(before.access_token)
    assert decode_token(after.access_token)
    listed = run("list")
    assert f"{old}  ES256    retired " in listed
    assert f"{new}  ES256    active " in listed
    run("remove", old)
    assert is_token_revoked(before.access_token)
    assert decode_token(after.access_token)


def test_an_emergency_ends_what_the_key_signed_and_no_session(ann: Any) -> None:
    issued = issue_session(ann)
    leaked = kid_of(issued.access_token)
    run("revoke", leaked)
    assert is_token_revoked(issued.access_token)
    again = refresh_session(issued.refresh_token or "")
    assert kid_of(again.access_token) != leaked
    assert decode_token(again.access_token)
    assert leaked not in signing_keys.ring(ISSUER).signing


@pytest.mark.parametrize("name", ["-" + "a" * 42, "--" + "a" * 41])
def test_a_name_that_begins_with_a_dash_is_no_option(name: str, ann: Any) -> None:
    issue_session(ann)
    for words in ([name], [name, "--issuer", ISSUER], ["--issuer", ISSUER, name], ["--every", "1", name]):
        with pytest.raises(CommandError, match="No key of"):
            run("retire", *words)


@pytest.mark.parametrize("step", ["retire", "remove"])
def test_the_last_signing_key_stays(step: str, ann: Any) -> None:
    kid = kid_of(issue_session(ann).access_token)
    with pytest.raises(CommandError, match="only key that signs"):
        run(step, kid)


def test_an_unknown_name_is_said_to_be_one(db: Any) -> None:
    with pytest.raises(CommandError, match="bearer_keys list"):
        run("revoke", "nonsense")


def test_reencrypt_after_a_new_secret_key(ann: Any, settings: Any) -> None:
    issued = issue_session(ann)
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-key-" * 5, [old]
    signing_keys.clear_cache()
    assert decode_token(issued.access_token)
    assert run("reencrypt").startswith("2 keys")
    settings.SECRET_KEY_FALLBACKS = []
    signing_keys.clear_cache()
    assert decode_token(issued.access_token)
    assert refresh_session(issued.refresh_token or "").refresh_token


def test_a_lost_secret_key_is_an_error_and_never_a_new_ring(ann: Any, settings: Any) -> None:
    from django_bearer.errors import TemporarilyUnavailable
    from django_bearer.models import SigningKey

    issue_session(ann)
    settings.SECRET_KEY = "another-secret-key-" * 5
    signing_keys.clear_cache()
    with pytest.raises(TemporarilyUnavailable, match="SECRET_KEY"):
        issue_session(ann)
    assert SigningKey.objects.count() == 2


def test_help_teaches_the_steps(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        call_command("bearer_keys", "--help")
    assert "  1. manage.py bearer_keys publish" in capsys.readouterr().out


def test_rotate_says_what_it_did_and_what_comes_next(ann: Any) -> None:
    old = kid_of(issue_session(ann).access_token)
    said = run("rotate")
    assert said.startswith("Nothing was due.\nNext: a new key is due, from ")
    said = run("rotate", "--every", "0")
    assert said.startswith("published ")
    new = said.split()[1].rstrip(":")
    assert f"Next: {new} may sign, from " in said
    clock.advance(300)
    assert run("rotate").startswith(f"{new} signs from now on")
    assert f"{old}  ES256    retired   for 0 h 0 min" in run("list")
    clock.advance(2 * 3600)
    assert run("rotate").startswith(f"{old} is gone")


def test_a_key_that_verifiers_may_not_know_yet_signs_with_a_warning(ann: Any) -> None:
    """JK-05: whoever keeps the public set for its `max-age` refuses what such a key signs."""
    issue_session(ann)

    def activated(seconds: int) -> str:
        new, err = run("publish").split()[1], StringIO()
        clock.advance(seconds)
        call_command("bearer_keys", "activate", new, stdout=StringIO(), stderr=err)
        assert kid_of(issue_session(ann).access_token) == new
        return err.getvalue()

    said = activated(12)
    assert "published only 12 seconds ago" in said
    assert "for up to 288 seconds more" in said
    assert activated(300) == ""
    [before, *_] = [key.kid for key in signing_keys.stored(ISSUER) if key.state.value == "retired"]
    err = StringIO()
    call_command("bearer_keys", "activate", before, stdout=StringIO(), stderr=err)
    assert err.getvalue() == "", "it has signed before: verifiers know it"


def test_every_listing_names_the_refresh_key_alike(ann: Any, settings: Any) -> None:
    issue_session(ann)
    names = [line.split()[0] for line in run("list").splitlines() if "refresh" in line]
    settings.SECRET_KEY = "another " * 10
    signing_keys.clear_cache()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("bearer_keys", "list", stdout=out)
    assert [line.split()[0] for line in out.getvalue().splitlines() if "refresh" in line] == names
    assert names[0].startswith("r-")


@pytest.mark.parametrize("step", ["list", "rotate", "publish"])
def test_keys_that_cannot_be_used_are_told_once(
    step: str, ann: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    issue_session(ann)
    settings.SECRET_KEY = "another " * 10
    signing_keys.clear_cache()
    with pytest.raises(CommandError) as told:
        run(step)
    assert str(told.value).count("dangerously-discard") == 1
    assert "sys_keys_unusable" not in caplog.text
