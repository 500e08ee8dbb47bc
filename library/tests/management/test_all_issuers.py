"""Commands where `ISSUER` is a function: they act on every issuer there is, and `--issuer` names one."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory

from django_bearer import issue_api_token, issue_session
from django_bearer.database import signing_keys
from django_bearer.models import ApiToken, Issuer, SigningKey
from django_bearer.sessions.verification import clear_signature_cache

pytestmark = pytest.mark.django_db
ONE, TWO = "https://one.example.com", "https://two.example.com"


def by_host(request: Any) -> str:
    return f"https://{request.get_host()}"


@pytest.fixture(autouse=True)
def tenants(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.BEARER = {**settings.BEARER, "ISSUER": by_host}


def on(issuer: str) -> Any:
    return RequestFactory().get("/", headers={"Host": issuer.removeprefix("https://")})


@pytest.fixture
def tokens(ann: Any) -> dict[str, str]:
    return {issuer: issue_session(ann, request=on(issuer)).access_token for issuer in (ONE, TWO)}


def status(token: str, issuer: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Host": issuer.removeprefix("https://")}
    return int(Client().get("/plain/", headers=headers).status_code)


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_restore_ends_everything_of_all(tokens: dict[str, str], ann: Any) -> None:
    made = issue_api_token(ann, name="x", expires_in=3600, request=on("https://no-keys.example.com")).token
    said = run("bearer_invalidate_after_restore", "--yes")
    assert all(f"The epoch of {issuer} is now 1." in said for issuer in (ONE, TWO, "https://no-keys.example.com"))
    assert [status(tokens[issuer], issuer) for issuer in (ONE, TWO)] == [401, 401]
    assert status(made, "https://no-keys.example.com") == 401


def test_restore_of_one(tokens: dict[str, str]) -> None:
    run("bearer_invalidate_after_restore", "--yes", "--issuer", ONE)
    assert (status(tokens[ONE], ONE), status(tokens[TWO], TWO)) == (401, 200)


def test_reencrypt_encrypts_the_keys_of_all_issuers(tokens: dict[str, str], settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-key-" * 5, [settings.SECRET_KEY]
    signing_keys.clear_cache()
    run("bearer_keys", "reencrypt")
    settings.SECRET_KEY_FALLBACKS = []
    signing_keys.clear_cache()
    clear_signature_cache()
    assert [status(tokens[issuer], issuer) for issuer in (ONE, TWO)] == [200, 200]


def test_keys_are_listed_and_changed_for_all(tokens: dict[str, str]) -> None:
    listed = run("bearer_keys", "list")
    assert f"{ONE}, ring version" in listed
    assert f"{TWO}, ring version" in listed
    run("bearer_keys", "rotate", "--every", "0")
    assert SigningKey.objects.filter(state="published").count() == 2
    run("bearer_keys", "publish", "--issuer", ONE)
    assert SigningKey.objects.filter(issuer=ONE, state="published").count() == 2
    assert SigningKey.objects.filter(issuer=TWO, state="published").count() == 1


@pytest.mark.parametrize("more", [[], ["--issuer", TWO]])
def test_a_key_is_found_whosever_it_is(more: list[str], tokens: dict[str, str]) -> None:
    kid = SigningKey.objects.get(issuer=TWO, use="sig").kid
    run("bearer_keys", "revoke", kid, *more)
    assert (status(tokens[ONE], ONE), status(tokens[TWO], TWO)) == (200, 401)
    with pytest.raises(CommandError, match="No key of"):
        run("bearer_keys", "revoke", SigningKey.objects.get(issuer=TWO, use="sig").kid, "--issuer", ONE)


@pytest.mark.parametrize(
    "words",
    [
        ["bearer_keys", "publish"],
        ["bearer_keys", "list"],
        ["bearer_invalidate_after_restore"],
        ["bearer_invalidate_after_restore", "--yes"],
    ],
)
def test_a_mistyped_issuer_is_told_and_begins_nothing(words: list[str], tokens: dict[str, str]) -> None:
    before = (Issuer.objects.count(), SigningKey.objects.count())
    with pytest.raises(CommandError, match="There is no issuer 'https://oen"):
        run(*words, "--issuer", "https://oen.example.com")
    assert (Issuer.objects.count(), SigningKey.objects.count()) == before


def test_no_issuer_at_all_is_told() -> None:
    with pytest.raises(CommandError, match="No issuer has keys yet"):
        run("bearer_keys", "list")


def test_api_tokens_are_made_for_the_issuer_that_is_named(tokens: dict[str, str], ann: Any) -> None:
    create = ["bearer_api_token", "create", "--user", "ann@example.com", "--name", "x", "--days", "1"]
    with pytest.raises(CommandError, match="say which, --issuer"):
        run(*create)
    made = run(*create, "--issuer", ONE).strip()
    assert ApiToken.objects.get().issuer == ONE
    assert (status(made, ONE), status(made, TWO)) == (200, 401)
    assert "user" in run("bearer_api_token", "list")


def test_doctor_looks_at_the_keys_of_all(tokens: dict[str, str]) -> None:
    SigningKey.objects.filter(issuer=TWO, use="sig").update(encrypted_private_key=b"damaged")
    signing_keys.clear_cache()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("bearer_doctor", stdout=out)
    assert f"ok   key ring     {ONE}: can be decrypted" in out.getvalue()
    assert f"FAIL key ring     {TWO}: " in out.getvalue()


def test_purge_and_events_know_no_issuer(tokens: dict[str, str]) -> None:
    assert "rows deleted" in run("bearer_purge")
    kinds = run("bearer_events", "export")
    assert kinds.count("sys_key_created") == 2
