"""Tokens that look right. Each is a good token with one thing changed, so nothing else can be what refuses it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from demo.attacks.board import Chapter, Outcome
from demo.attacks.stage import Stage, refused, said
from django_bearer.keys.key import Key
from django_bearer.primitives.encoding import base64url_decode, base64url_encode, compact_json

TITLE = "Forgeries"
STEPS = Chapter()
Json = dict[str, Any]


@STEPS.step(
    "The forger's bench",
    tried="take a good token apart and sign the same claims again with the server's own key",
    expected="200: what is refused below is refused for its one change",
)
def unchanged(stage: Stage) -> Outcome:
    answer = stage.notes(_forge(stage))
    return said(answer), answer.status_code == 200


@STEPS.step("alg none", tried='the same claims, header alg "none", no signature', expected="401 invalid_token")
def unsigned(stage: Stage) -> Outcome:
    return _judge(stage, _forge(stage, header={"alg": "none"}, sign=lambda signed: b"").rstrip("."))


@STEPS.step("alg none, with an empty signature", tried="as before, with the second dot", expected="401 invalid_token")
def empty(stage: Stage) -> Outcome:
    return _judge(stage, _forge(stage, header={"alg": "none"}, sign=lambda signed: b""))


@STEPS.step(
    "HS256 with the public key",
    tried="the same claims, HMAC with the published key (PEM) as its secret",
    expected="401 invalid_token",
)
def confused(stage: Stage) -> Outcome:
    pem = _signer().public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return _judge(
        stage, _forge(stage, header={"alg": "HS256"}, sign=lambda signed: hmac.digest(pem, signed, "sha256"))
    )


@STEPS.step(
    "Another key",
    tried="the same claims and kid, signed ES256 with a key of the forger's",
    expected="401 invalid_token",
)
def other_key(stage: Stage) -> Outcome:
    mine = Key.generate("ES256")
    return _judge(stage, _forge(stage, sign=lambda signed: mine.algorithm.sign(signed, mine.private)))


@STEPS.step(
    "A key the token brings along",
    tried="signed with a key of the forger's, which the header carries as jwk",
    expected="401 invalid_token",
)
def carried(stage: Stage) -> Outcome:
    mine = Key.generate("ES256")
    header = {"jwk": mine.public_jwk()}
    return _judge(stage, _forge(stage, header=header, sign=lambda signed: mine.algorithm.sign(signed, mine.private)))


@STEPS.step(
    "Wrong audience",
    tried="the server's own signature over a token for https://other.example/",
    expected="401 invalid_token",
)
def audience(stage: Stage) -> Outcome:
    return _judge(stage, _forge(stage, claims={"aud": "https://other.example/"}))


@STEPS.step(
    "Another user",
    tried="the server's own signature, sub changed to another user's",
    expected="401 invalid_token",
)
def subject(stage: Stage) -> Outcome:
    return _judge(stage, _forge(stage, claims={"sub": "2"}))


@STEPS.step(
    "Expired",
    tried="a token of its own, as it was handed out; 301 s pass; then a refresh",
    expected="200 before and 401 after; the session goes on with the next token: 200",
)
def expired(stage: Stage) -> Outcome:
    device = stage.device("ann")
    before = stage.notes(device.access)
    stage.later(301)
    after, next_tokens = stage.notes(device.access), stage.refresh(device.refresh).json()
    again = stage.notes(next_tokens["access_token"])
    came = f"{said(before)}, {said(after)}, {said(again)}"
    return came, before.status_code == again.status_code == 200 and refused(after)


def _judge(stage: Stage, token: str) -> Outcome:
    answer = stage.notes(token)
    return said(answer), refused(answer)


def _signer() -> Key:
    from django_bearer import conf
    from django_bearer.database import signing_keys

    return signing_keys.ring(conf.issuer()).signer()


def _forge(
    stage: Stage,
    header: Json | None = None,
    claims: Json | None = None,
    sign: Callable[[bytes], bytes] | None = None,
) -> str:
    """A good token of ann's, with these members changed, signed by `sign` or by the server's own key."""
    good = stage.usual().access.split(".")
    parts = [
        base64url_encode(compact_json({**json.loads(base64url_decode(part)), **(changes or {})}))
        for part, changes in zip(good, (header, claims), strict=False)
    ]
    signed, key = ".".join(parts).encode(), _signer()
    signature = sign(signed) if sign else key.algorithm.sign(signed, key.private)
    return f"{signed.decode()}.{base64url_encode(signature)}"
