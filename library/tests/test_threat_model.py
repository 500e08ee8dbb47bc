"""What an attacker with exfiltrated data can do, as SECURITY.md says: the database, SECRET_KEY, both, or a backup."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from django_bearer import IssuedTokens, decode_token, issue_session, refresh_session, revoke_all_issuer_tokens
from django_bearer.database import signing_keys
from django_bearer.errors import KeyDecryptionFailed, SessionEnded, TemporarilyUnavailable
from django_bearer.keys.encryption import decrypt, derive, encrypt
from django_bearer.keys.key import Key
from django_bearer.keys.keyring import RefreshKeys
from django_bearer.models import Session, SigningKey
from django_bearer.primitives import clock, randomness
from django_bearer.primitives.encoding import base64url_encode
from django_bearer.sessions.rotation_rules import MIN_ROTATION_INTERVAL
from django_bearer.tokens.jws import sign
from django_bearer.tokens.refresh_token import RefreshToken, read
from tests.feed_everywhere import exact_mode

pytestmark = pytest.mark.django_db
DUE = MIN_ROTATION_INTERVAL / clock.SECOND + 1
ISSUER = "https://api.example.com"


@pytest.fixture
def issued(ann: Any) -> IssuedTokens:
    """A session that has refreshed once, so that its row has a digest and a salt."""
    return refresh_session(issue_session(ann).refresh_token or "")


def stolen() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours."""
    return {
        model.__name__: list(model._default_manager.values())
        for model in apps.get_app_config("django_bearer").get_models()
    }


def values(dump: dict[str, list[dict[str, Any]]]) -> Iterator[bytes]:
    """Every stored value as bytes."""
    for table in dump.values():
        for found in table:
            for value in found.values():
                yield bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()


def refresh(token: str) -> int:
    body = {"refresh_token": token}
    return Client().post("/auth/refresh/", body, content_type="application/json").status_code


def call(token: str) -> int:
    return Client().get("/drf/", headers={"Authorization": f"Bearer {token}"}).status_code


def claims_of(issued: IssuedTokens) -> dict[str, Any]:
    return {**decode_token(issued.access_token).payload(), "jti": randomness.token_id()}


def about(row: SigningKey) -> bytes:
    """The additional data of an encrypted key: the columns of its row, in the order of the format."""
    return json.dumps(
        [row.kid, row.issuer, row.use, row.serial, row.alg, row.state, row.public], sort_keys=True
    ).encode()


# -- who reads the database ----------------------------------------------------------------------------------------


def test_no_table_contains_a_token_or_its_secret(issued: IssuedTokens) -> None:
    token = read(issued.refresh_token or "").token
    secrets = [(issued.refresh_token or "").encode(), issued.access_token.encode(), token.secret]
    secrets += [secrets[1].rsplit(b".")[-1], base64url_encode(token.secret).encode(), token.secret.hex().encode()]
    stored = b"\n".join(values(stolen()))
    assert token.digest() in stored, "the search looks at the right place"
    assert not [secret for secret in secrets if secret in stored]


def test_no_stored_value_makes_a_refresh_token(issued: IssuedTokens) -> None:
    """Every stored value is tried as the secret, and as the key behind the MAC."""
    live = read(issued.refresh_token or "").token
    found = sorted({value for value in values(stolen()) if len(value) >= 8})
    for value in found:
        guess = RefreshKeys(live.key_id, mac=value, derivation=value)
        row = Session.objects.get()
        for secret in (value[:32].ljust(32, b"\0"), bytes(row.current_digest), bytes(row.salt)):
            forged = RefreshToken(live.key_id, live.session_id, live.generation, live.delivery, secret)
            for token in (forged, forged.successor(guess, bytes(row.salt))):
                assert refresh(token.encode(guess)) == 401
                assert refresh(token.encode(RefreshKeys.from_master(value))) == 401
    assert Session.objects.get().revoked_at is None, "not even the session ends: the MAC is asked first"


def test_no_stored_value_decrypts_a_key(issued: IssuedTokens) -> None:
    guesses = [value[:32].ljust(32, b"\0") for value in values(stolen())]
    guesses += [derive(value, "key-encryption") for value in values(stolen())]
    for row in SigningKey.objects.all():
        with pytest.raises(KeyDecryptionFailed):
            decrypt(bytes(row.encrypted_private_key), about(row), guesses)


def test_own_key_under_a_stored_name_signs_nothing(issued: IssuedTokens) -> None:
    forged = Key.generate("ES256")
    for row in SigningKey.objects.all():
        named = Key(kid=row.kid, algorithm=forged.algorithm, public=forged.public, private=forged.private)
        assert call(sign(claims_of(issued), named, "at+jwt")) == 401


# -- who may also write it -----------------------------------------------------------------------------------------

EDITS = {
    "kid": "stolen",
    "alg": "EdDSA",
    "state": "retired",
    "use": "refresh",
    "serial": 7,
    "public": {"kty": "EC"},
    "encrypted_private_key": b"\x01" + bytes(100),
}


@pytest.mark.parametrize("column", EDITS)
@pytest.mark.parametrize("use", ["sig", "refresh"])
def test_key_edited_in_sql_is_no_key(issued: IssuedTokens, column: str, use: str) -> None:
    row = SigningKey.objects.get(use=use)
    value = "sig" if (column, use) == ("use", "refresh") else EDITS[column]
    assert getattr(row, column) != value
    if column == "use":
        SigningKey.objects.exclude(pk=row.pk).delete()  # so that the copy can replace it
    SigningKey.objects.filter(pk=row.pk).update(**{column: value})
    signing_keys.clear_cache()
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring(ISSUER)


def test_key_of_another_issuer_is_not_taken_over(issued: IssuedTokens) -> None:
    SigningKey.objects.filter(use="sig").update(issuer="https://other.example.com")
    signing_keys.clear_cache()
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring("https://other.example.com")


def test_key_slipped_in_stops_the_ring_and_does_not_join_it(issued: IssuedTokens) -> None:
    forged = Key.generate("ES256")
    row = SigningKey.objects.get(use="sig")
    row.pk, row.serial, row.kid, row.public = None, 2, forged.kid, forged.public_jwk()
    row.encrypted_private_key = encrypt(forged.private_der(), about(row), bytes(32))
    row.save()
    signing_keys.clear_cache()
    with pytest.raises(TemporarilyUnavailable, match="cannot be used"):
        signing_keys.ring(ISSUER)


def test_emptied_ring_forgives_nothing(issued: IssuedTokens) -> None:
    """A new ring is begun only where there is no key at all, and under it no older token is good."""
    SigningKey.objects.all().delete()
    signing_keys.clear_cache()
    assert refresh(issued.refresh_token or "") == 401
    assert call(issued.access_token) == 401


# -- who reads SECRET_KEY ------------------------------------------------------------------------------------------


def test_secret_key_alone_makes_no_token(issued: IssuedTokens) -> None:
    secret = django_settings.SECRET_KEY.encode()
    live = read(issued.refresh_token or "").token
    for label in ("key-encryption", "refresh-mac", "refresh-derivation", "throttle", ""):
        made = derive(secret, label)
        assert refresh(live.encode(RefreshKeys(live.key_id, mac=made, derivation=made))) == 401
        for key in (made, secret):
            for kid in (next(iter(signing_keys.ring(ISSUER).signing)), None):
                headers = {"typ": "at+jwt", "kid": kid} if kid else {"typ": "at+jwt"}
                assert call(jwt.encode(claims_of(issued), key, "HS256", headers=headers)) == 401


# -- who reads both ------------------------------------------------------------------------------------------------


def opened(use: str) -> tuple[SigningKey, bytes]:
    row = SigningKey.objects.get(use=use)
    return row, decrypt(
        bytes(row.encrypted_private_key), about(row), [derive(django_settings.SECRET_KEY.encode(), "key-encryption")]
    )


def test_database_and_secret_key_together_forge_access_tokens(issued: IssuedTokens) -> None:
    """No promise is broken here: this is what the two together are worth, and why KEY_ENCRYPTION_KEYS exists."""
    row, der = opened("sig")
    key = Key.from_der(row.alg, der)
    assert call(sign(claims_of(issued), key, "at+jwt")) == 200
    # A session that is not there cannot be invented.
    assert call(sign({**claims_of(issued), "sid": str(uuid.uuid4())}, key, "at+jwt")) == 401


def test_database_and_secret_key_together_make_no_refresh_token(issued: IssuedTokens) -> None:
    _, master = opened("refresh")
    secrets = RefreshKeys.from_master(master)
    live, row = read(issued.refresh_token or "").token, Session.objects.get()
    for secret in (bytes(row.current_digest), bytes(row.salt), bytes(32)):
        for generation in (live.generation, live.generation - 1):
            forged = RefreshToken(live.key_id, live.session_id, generation, live.delivery, secret)
            assert refresh(forged.encode(secrets)) == 401


def test_keys_encrypted_apart_from_secret_key_cannot_be_decrypted_with_it(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "KEY_ENCRYPTION_KEYS": [base64url_encode(randomness.secret())]}
    issued = issue_session(ann)
    assert call(issued.access_token) == 200
    for use in ("sig", "refresh"):
        with pytest.raises(KeyDecryptionFailed):
            opened(use)


# -- who restores a backup -----------------------------------------------------------------------------------------


def restore(backup: list[dict[str, Any]]) -> None:
    for row in backup:
        Session.objects.filter(pk=row["id"]).update(**row)


def test_token_newer_than_the_backup_ends_its_session(issued: IssuedTokens) -> None:
    backup = stolen()["Session"]
    clock.advance(DUE)
    newer = refresh_session(issued.refresh_token or "")
    restore(backup)
    with pytest.raises(SessionEnded, match="ahead"):
        refresh_session(newer.refresh_token or "")
    assert refresh(issued.refresh_token or "") == 401


def test_raised_epoch_ends_what_a_backup_brought_back(issued: IssuedTokens) -> None:
    backup = stolen()["Session"]
    Session.objects.update(revoked_at=1, revoked_cause="logout")
    restore(backup)
    assert call(issued.access_token) == 200, "the logout is undone by the restore"
    revoke_all_issuer_tokens()
    assert call(issued.access_token) == 401
    assert refresh(issued.refresh_token or "") == 401


@exact_mode("the tables of the feed belong to no model; they hold identifiers and digests")
def test_the_dump_is_of_every_table(db: Any) -> None:
    ours = {name for name in connection.introspection.table_names() if name.startswith("django_bearer_")}
    assert {model._meta.db_table for model in apps.get_app_config("django_bearer").get_models()} == ours
