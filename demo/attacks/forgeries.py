"""Forged tokens. Each is a valid token with one change, so only that change can be the reason for the answer."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from demo.attacks.context import Context, refused, said
from demo.attacks.report import Chapter, Outcome
from django_bearer.keys.key import Key
from django_bearer.primitives.encoding import base64url_decode, base64url_encode, compact_json

TITLE = "Forged tokens"
STEPS = Chapter()
Json = dict[str, Any]


@STEPS.step(
    "No change",
    tried="take a good token apart and sign the same claims again with the server's own key",
    expected="200: each token below is rejected for its one change",
)
def unchanged(context: Context) -> Outcome:
    answer = context.notes(_forge(context))
    return said(answer), answer.status_code == 200


@STEPS.step("alg none", tried='the same claims, header alg "none", no signature', expected="401 invalid_token")
def unsigned(context: Context) -> Outcome:
    return _judge(context, _forge(context, header={"alg": "none"}, sign=lambda signed: b"").rstrip("."))


@STEPS.step("alg none, with an empty signature", tried="as before, with the second dot", expected="401 invalid_token")
def empty(context: Context) -> Outcome:
    return _judge(context, _forge(context, header={"alg": "none"}, sign=lambda signed: b""))


@STEPS.step(
    "HS256 with the public key",
    tried="the same claims, HMAC with the published key (PEM) as its secret",
    expected="401 invalid_token",
)
def confused(context: Context) -> Outcome:
    pem = _signer().public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return _judge(
        context, _forge(context, header={"alg": "HS256"}, sign=lambda signed: hmac.digest(pem, signed, "sha256"))
    )


@STEPS.step(
    "Another key",
    tried="the same claims and kid, signed ES256 with the attacker's key",
    expected="401 invalid_token",
)
def other_key(context: Context) -> Outcome:
    mine = Key.generate("ES256")
    return _judge(context, _forge(context, sign=lambda signed: mine.algorithm.sign(signed, mine.private)))


@STEPS.step(
    "A key in the header",
    tried="signed with the attacker's key, which the header carries as jwk",
    expected="401 invalid_token",
)
def carried(context: Context) -> Outcome:
    mine = Key.generate("ES256")
    header = {"jwk": mine.public_jwk()}
    return _judge(
        context, _forge(context, header=header, sign=lambda signed: mine.algorithm.sign(signed, mine.private))
    )


@STEPS.step(
    "Wrong audience",
    tried="the server's own signature over a token for https://other.example/",
    expected="401 invalid_token",
)
def audience(context: Context) -> Outcome:
    return _judge(context, _forge(context, claims={"aud": "https://other.example/"}))


@STEPS.step(
    "Another user",
    tried="the server's own signature, sub changed to another user's",
    expected="401 invalid_token",
)
def subject(context: Context) -> Outcome:
    return _judge(context, _forge(context, claims={"sub": "2"}))


@STEPS.step(
    "Expired",
    tried="a valid token; the same 301 s later; a refresh",
    expected="200 before and 401 after; the session goes on with the next token: 200",
)
def expired(context: Context) -> Outcome:
    device = context.device("ann")
    before = context.notes(device.access)
    context.later(301)
    after, next_tokens = context.notes(device.access), context.refresh(device.refresh).json()
    again = context.notes(next_tokens["access_token"])
    came = f"{said(before)}, {said(after)}, {said(again)}"
    return came, before.status_code == again.status_code == 200 and refused(after)


def _judge(context: Context, token: str) -> Outcome:
    answer = context.notes(token)
    return said(answer), refused(answer)


def _signer() -> Key:
    from django_bearer import conf
    from django_bearer.database import signing_keys

    return signing_keys.ring(conf.issuer()).signer()


def _forge(
    context: Context,
    header: Json | None = None,
    claims: Json | None = None,
    sign: Callable[[bytes], bytes] | None = None,
) -> str:
    """A good token of ann's, with these members changed, signed by `sign` or by the server's own key."""
    good = context.default_device().access.split(".")
    parts = [
        base64url_encode(compact_json({**json.loads(base64url_decode(part)), **(changes or {})}))
        for part, changes in zip(good, (header, claims), strict=False)
    ]
    signed, key = ".".join(parts).encode(), _signer()
    signature = sign(signed) if sign else key.algorithm.sign(signed, key.private)
    return f"{signed.decode()}.{base64url_encode(signature)}"
