"""The gate in front of every signature: what a token says about how to check it is never obeyed."""

from __future__ import annotations

import hashlib
import hmac
import json
import string
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_bearer import errors, issue_session
from django_bearer.database import signing_keys
from django_bearer.errors import InvalidKey, InvalidSignature, MalformedToken
from django_bearer.http import authentication
from django_bearer.keys.algorithms import SIGNING
from django_bearer.keys.key import Key
from django_bearer.primitives.encoding import base64url_encode
from django_bearer.tokens.jws import MAX_LENGTH, REFUSED_HEADERS, Header, sign, take_apart, verify
from tests.examples import examples

KEYS = {name: Key.generate(name) for name in SIGNING}
ES, RS = KEYS["ES256"], KEYS["RS256"]
TOKENS = {name: sign({"a": 1}, key, "at+jwt") for name, key in KEYS.items()}
ALPHABET = string.ascii_letters + string.digits + "-_"


def ring(header: Header) -> Key | None:
    return next((key for key in KEYS.values() if key.kid == header.kid and header.alg == key.algorithm.name), None)


def only(key: Key) -> Any:
    return lambda header: key


def made(header: Any, payload: bytes = b"{}", secret: bytes | None = None, key: Key | None = None) -> str:
    """A token of any header, signed with a secret, with a key, or not at all."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    message = f"{base64url_encode(head)}.{base64url_encode(payload)}"
    tail = b"x"
    if secret is not None:
        tail = hmac.digest(secret, message.encode(), hashlib.sha256)
    if key is not None:
        tail = key.algorithm.sign(message.encode(), key.private)
    return f"{message}.{base64url_encode(tail)}"


@pytest.mark.parametrize("name", SIGNING)
def test_round_trip(name: str) -> None:
    assert json.loads(verify(TOKENS[name], only(KEYS[name]), "at+jwt")) == {"a": 1}


@pytest.mark.parametrize("name", ["ES256", "EdDSA", "PS256"])
@settings(deadline=None, max_examples=examples(60, 1000))
@given(data=st.data())
def test_any_flipped_character_is_refused(name: str, data: Any) -> None:
    """JB-05, JB-21."""
    token = TOKENS[name]
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(ALPHABET + ".= é").filter(lambda character: character != token[at]))
    with pytest.raises((MalformedToken, InvalidSignature)):
        verify(token[:at] + other + token[at + 1 :], only(KEYS[name]))


@given(st.text(max_size=80) | st.text(ALPHABET + ".", max_size=200))
def test_verify_raises_nothing_but_its_two_refusals(text: str) -> None:
    with pytest.raises((MalformedToken, InvalidSignature)):
        verify(text, ring)


@pytest.mark.parametrize("signer", SIGNING)
@pytest.mark.parametrize("holder", SIGNING)
def test_key_verifies_its_own_algorithm_only(signer: str, holder: str) -> None:
    """JB-02: RS256 and PS256, EdDSA and Ed25519 share a key type, and still no key."""
    if signer == holder:
        return
    with pytest.raises(InvalidSignature, match="alg is not that of the key"):
        verify(TOKENS[signer], only(KEYS[holder]))


def public_spellings(key: Key) -> list[bytes]:
    """A public key in every form somebody ever took for an HMAC secret."""
    forms = [(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)]
    found = [key.public.public_bytes(*form) for form in [*forms, (Encoding.OpenSSH, PublicFormat.OpenSSH)]]
    jwk = key.public_jwk()
    return [*found, found[0].strip(), json.dumps(jwk).encode(), json.dumps(jwk, separators=(",", ":")).encode(), b""]


@pytest.mark.parametrize("form", range(7))
@pytest.mark.parametrize("key", [ES, RS, KEYS["EdDSA"]], ids=["ES256", "RS256", "EdDSA"])
def test_public_key_is_no_shared_secret(key: Key, form: int) -> None:
    """JB-02, JB-03: the algorithm confusion of CVE-2015-9235 and CVE-2022-29217."""
    token = made({"alg": "HS256", "kid": key.kid, "typ": "at+jwt"}, secret=public_spellings(key)[form])
    with pytest.raises(InvalidSignature, match="alg is not that of the key"):
        verify(token, only(key))


@pytest.mark.parametrize("form", range(7))
def test_public_key_is_no_shared_secret_for_authentication(form: int, ann: Any) -> None:
    issued = issue_session(ann)
    key = signing_keys.ring("https://api.example.com").signer()
    _, body, _ = issued.access_token.split(".")
    payload = take_apart(issued.access_token).payload
    token = made({"alg": "HS256", "kid": key.kid, "typ": "at+jwt"}, payload, public_spellings(key)[form])
    assert token.split(".")[1] == body
    assert isinstance(authentication.verify_token(token), errors.Failure)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", "es256", "ES256 ", "ES384", "ES256K", "HS256"])
def test_other_algorithm_in_the_header_is_refused(alg: str) -> None:
    """JB-01, JB-04."""
    for token in (made({"alg": alg, "kid": ES.kid}, key=ES), made({"alg": alg}) + ""):
        with pytest.raises(InvalidSignature):
            verify(token, only(ES))


@pytest.mark.parametrize("member", sorted(REFUSED_HEADERS))
def test_header_that_asks_for_other_keys_or_rules_is_refused(member: str) -> None:
    """JB-08, JB-13, JB-17, JB-19."""
    for value in (None, True, [], {}, "https://a"):
        token = made({"alg": "ES256", "kid": ES.kid, member: value}, key=ES)
        with pytest.raises(InvalidSignature, match=member):
            verify(token, only(ES))


@pytest.mark.parametrize("member", ["alg", "kid", "typ"])
@pytest.mark.parametrize("value", [None, 1, True, [], {}, ["ES256"]])
def test_header_member_that_is_no_text_is_malformed(member: str, value: Any) -> None:
    with pytest.raises(MalformedToken):
        verify(made({"alg": "ES256", "kid": ES.kid, member: value}, key=ES), only(ES))


@pytest.mark.parametrize(
    "head",
    [b"", b"null", b"[]", b'{"alg":"ES256","alg":"ES256"}', b'{"alg":NaN}', b"\xff", b'{"alg":"ES256"} ', b"{"],
)
def test_header_that_is_no_strict_json_is_refused(head: bytes) -> None:
    """JB-09."""
    token = made(head, key=ES)
    if head.endswith(b"} "):
        assert verify(token, only(ES)) == b"{}"  # white space is JSON
        return
    with pytest.raises((MalformedToken, InvalidSignature)):
        verify(token, only(ES))


@pytest.mark.parametrize(
    "spoil",
    [
        *(
            "{} ",
            " {}",
            "{}\n",
            "{}=",
            "{}.",
            ".{}",
            "{}.e30",
            "{}.e30.e30",
            '"{}"',
            "Bearer {}",
            "{}\x00",
            "\ufeff{}",
        ),
        *('{{"payload":"{}"}}', "[{}]"),
    ],
)
def test_only_three_parts_and_two_dots_are_a_token(spoil: str) -> None:
    """JB-18, JB-05: five parts are a JWE."""
    with pytest.raises(MalformedToken):
        verify(spoil.format(TOKENS["ES256"]), only(ES))


def test_length_is_capped_before_anything_is_read() -> None:
    """JB-08."""
    with pytest.raises(MalformedToken, match="longer"):
        take_apart("a" * (MAX_LENGTH + 1))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"])
def test_type_in_any_spelling_the_rfc_allows(typ: str) -> None:
    """AT-01, JB-15."""
    assert verify(sign({}, ES, typ), only(ES), "at+jwt") == b"{}"


@pytest.mark.parametrize(
    "typ", ["JWT", "", "at+jwt ", "jwt", "dpop+jwt", "application/application/at+jwt", "x/at+jwt"]
)
def test_other_type_is_refused(typ: str) -> None:
    """AT-01, JB-15."""
    with pytest.raises(InvalidSignature):
        verify(sign({}, ES, typ), only(ES), "at+jwt")
    with pytest.raises(InvalidSignature):
        verify(made({"alg": "ES256", "kid": ES.kid}, key=ES), only(ES), "at+jwt")


def test_unknown_kid_is_refused_and_never_more_than_a_name() -> None:
    """JB-12."""
    for kid in ("../../../dev/null", "' OR 1=1", "http://127.0.0.1/", "", ES.kid + " "):
        with pytest.raises(InvalidSignature, match="no configured key"):
            verify(made({"alg": "ES256", "kid": kid}, key=ES), ring)


def test_refusal_of_a_key_is_a_refusal_of_the_token() -> None:
    def refuse(header: Header) -> Key | None:
        raise InvalidKey("off its curve")

    with pytest.raises(InvalidSignature):
        verify(TOKENS["ES256"], refuse)


def test_verifying_key_and_shared_secret_do_not_sign() -> None:
    """JB-03."""
    shared = Key.from_jwk({"kty": "oct", "alg": "HS256", "k": base64url_encode(b"s" * 32)})
    for key in (Key.from_jwk(ES.public_jwk()), shared):
        with pytest.raises(InvalidKey):
            sign({}, key, "at+jwt")


@settings(
    deadline=None,
    max_examples=examples(40, 500),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_flipped_access_token_is_refused_by_authentication(data: Any, ann: Any) -> None:
    token = issue_session(ann).access_token
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(ALPHABET + ".").filter(lambda character: character != token[at]))
    assert isinstance(authentication.verify_token(token[:at] + other + token[at + 1 :]), errors.Failure)
