"""Vectors that nobody in this project wrote: passkeys (W3C) and one-time codes (RFC 4226, RFC 6238), at our routes.

The files lie outside of the repository, as those of `tests/conformance` do.
"""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator as Stored
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from fido2.server import Fido2Server

from django_bearer.integrations.allauth.mfa_hooks import AllauthFactor, BearerFactors
from django_bearer.primitives.encoding import base64url_encode
from tests.projects.through_allauth.flows import App, ann, fresh

__all__ = ["ann", "fresh"]
FOLDER = Path(os.environ.get("BEARER_VECTORS", Path(__file__).parents[5] / "shared" / "vectors"))
pytestmark = pytest.mark.django_db(transaction=True)
NOT_OFFERED = {"webauthn-packed-ed448"}
"""No Ed448 is among the algorithms that a new passkey is asked for."""
FRAMED = {"webauthn-none-es256-topOrigin"}
"""Made in a frame of another site, which nobody here expects."""


def cases(name: str) -> list[Any]:
    """The cases of a file; none, with a line that says so, where it is missing. CI must not pass without it."""
    file = FOLDER / name
    if file.is_file():
        found: list[Any] = json.loads(file.read_text(encoding="utf-8"))["cases"]
        return found
    if os.environ.get("CI") == "true":
        raise FileNotFoundError(f"{file} is missing, and CI must not pass without it")
    missing = pytest.mark.skip(f"{file} is missing; set BEARER_VECTORS to the folder of vectors")
    return [pytest.param(None, id=name, marks=missing)]


def id_of(case: Any) -> str:
    return str(case["id"])


@pytest.mark.parametrize("case", cases("otp.json"), ids=id_of)
def test_a_code_is_right_at_its_time(case: Any, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes by SHA-1 are taken, by way of `SECOND_FACTOR`; the others are of a kind that is not offered."""
    TOTP.activate(ann, base64.b32encode(bytes.fromhex(case["seed_hex"])).decode())
    at = case.get("time", case.get("counter", 0) * 30)
    with override_settings(MFA_TOTP_DIGITS=case["digits"], MFA_TOTP_PERIOD=30):
        for moved, right in ((0, True), (90, False)):
            cache.clear()
            monkeypatch.setattr(time, "time", lambda moved=moved: float(at + moved))
            wanted = right and case["alg"] == "SHA1"
            assert bool(AllauthFactor().verify(ann, case["otp"])) is wanted, moved


class Example(BearerFactors):
    rp_id = "example.org"


ORG = override_settings(
    MFA_ADAPTER=f"{__name__}.Example",
    BEARER={
        **settings.BEARER,
        "ISSUER": "https://example.org",
        "CLIENTS": {"first-party": {"kind": "native"}},
    },
)


def encoded(text: str) -> str:
    return base64url_encode(bytes.fromhex(text))


def credential(case: Any, part: str, **changed: str) -> dict[str, Any]:
    names = ("clientDataJSON", "attestationObject", "authenticatorData", "signature")
    said = {**case[part], **changed}
    raw = encoded(case["registration"]["credential_id"])
    response = {name: encoded(said[name]) for name in names if name in said}
    return {"id": raw, "rawId": raw, "type": "public-key", "response": response, "clientExtensionResults": {}}


@ORG
@pytest.mark.parametrize("case", cases("webauthn.json"), ids=id_of)
def test_a_passkey_is_made_and_used(case: Any, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a second factor, which takes those that did not verify their user, too."""
    challenge = {"now": b""}
    for name in ("register_begin", "authenticate_begin"):
        begin = getattr(Fido2Server, name)
        given = lambda self, *args, begin=begin, **more: begin(self, *args, **{**more, "challenge": challenge["now"]})  # noqa: E731
        monkeypatch.setattr(Fido2Server, name, given)
    app = App()
    app.login()
    challenge["now"] = bytes.fromhex(case["registration"]["challenge"])
    app.send("GET", "account/authenticators/webauthn")
    assert app.last.status_code == 200, app.last.content
    body = {"name": "key", "credential": credential(case, "registration")}
    app.send("POST", "account/authenticators/webauthn", body)
    if case["id"] in NOT_OFFERED | FRAMED:
        assert app.last.status_code in (400, 403), app.last.content
        assert not Stored.objects.exists()
        return
    assert app.last.status_code == 200, app.last.content
    signature = case["authentication"]["signature"]
    damaged = signature[:-2] + f"{int(signature[-2:], 16) ^ 1:02x}"
    other = "00" * 32
    for changed, now, wanted in (
        ({"signature": damaged}, "", 400),
        ({}, other, 400),
        ({}, "", 200),
    ):
        login = App()
        login.login()
        challenge["now"] = bytes.fromhex(now or case["authentication"]["challenge"])
        login.send("GET", "auth/webauthn/authenticate")
        login.send(
            "POST", "auth/webauthn/authenticate", {"credential": credential(case, "authentication", **changed)}
        )
        assert login.last.status_code == wanted, (changed, now, login.last.content)
