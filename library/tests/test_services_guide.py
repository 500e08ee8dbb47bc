"""The code in docs/guide/services.md, run as it stands against a server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests

from django_bearer import revoke_token
from tests.token_clients import BILLING, SECRET, ask, basic, configured, issue
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "services.md"


@pytest.fixture(autouse=True)
def clients() -> Iterator[None]:
    with configured():
        yield


def module(path: str) -> dict[str, Any]:
    [code] = [block.code for block in blocks(GUIDE) if block.path == path]
    names: dict[str, Any] = {}
    exec(code, names)
    return names


def test_by_the_public_keys(served: str, ann: Any) -> None:
    names = module("billing/claims.py")
    names["KEYS"] = jwt.PyJWKClient(f"{served}/.well-known/jwks.json")
    good = issue(ann, "phone", BILLING).access_token
    assert names["claims_of"](good)["client_id"] == "phone"
    with pytest.raises(jwt.InvalidAudienceError):
        names["claims_of"](issue(ann, "phone").access_token)
    answer = ask(
        "/auth/introspect/",
        {"token": good},
        **basic("billing", SECRET.text),
        Accept="application/token-introspection+jwt",
    )
    for text in (answer.content.decode(), good[:-4] + "AAAA", "noise"):
        with pytest.raises(jwt.PyJWTError):
            names["claims_of"](text)


def test_by_asking(served: str, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_SECRET", SECRET.text)
    monkeypatch.setenv("NO_PROXY", "*")
    names = module("billing/asking.py")
    names["URL"] = f"{served}/auth/introspect/"
    token = issue(ann, "phone", BILLING).access_token
    assert names["described"](token)["aud"] == BILLING
    assert names["described"](issue(ann, "phone").access_token) is None
    revoke_token(token)
    assert names["described"](token) is None
    monkeypatch.setenv("BILLING_SECRET", "wrong")
    with pytest.raises(requests.HTTPError):
        names["described"](token)


def test_the_settings_shown_are_good_ones() -> None:
    page = GUIDE.read_text()
    shown = page.split("```python\n")[1].split("```")[0].replace("sha256:…", SECRET.digest)
    from django_bearer import conf

    with configured(**eval("{" + shown + "}")):
        assert conf.faults() == []
