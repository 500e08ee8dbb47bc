"""The steps of an app's login as docs/guide/mobile.md prints them, against a served project."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import requests
from django.core import mail
from django.test import override_settings

from tests.projects.through_allauth.flows import PASSWORD, ann, fresh, mailed_code, totp
from tests.projects.through_allauth.over_http import BEARER, codes, project
from tests.projects.through_allauth.provider import CLIENT, Provider
from tests.projects.through_allauth.social import connected, provider
from tools.support.new_project import ROOT, blocks

__all__ = ["ann", "codes", "fresh", "project", "provider"]
pytestmark = pytest.mark.django_db(transaction=True)
GUIDE = ROOT / "docs" / "guide" / "mobile.md"
PHONE = {**BEARER, "CLIENTS": {**BEARER["CLIENTS"], "phone": {"kind": "native"}}}
REQUIRED = {**PHONE, "MFA_REQUIRED": "user:ann", "MFA_ENROLMENT_TIME": 0}
LOGIN = {"username": "ann", "password": PASSWORD}


@pytest.fixture
def printed(served: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The files of the guide. This project has our own login at `rest/`, beside allauth's."""
    found = {}
    for block in blocks(GUIDE):
        if block.path and block.path.endswith(".py") and "/" not in block.path:
            name = block.path.removesuffix(".py")
            module = found[name] = ModuleType(name)
            monkeypatch.setitem(sys.modules, name, module)
            code = block.code.replace("https://api.example.com", served).replace("/auth/login/", "/rest/login/")
            exec(code, module.__dict__)
    assert set(found) == {"app", "login_steps", "other_site"}
    with override_settings(BEARER=PHONE):
        yield found


def lacking(session: Any) -> Any:
    with pytest.raises(requests.HTTPError) as caught:
        session.log_in(**LOGIN)
    assert caught.value.response.status_code == 403
    return caught.value.response.json()


def asked(*given: Callable[[], str]) -> tuple[Callable[[str], str], list[str]]:
    """What the user types, and what they are asked."""
    said: list[str] = []
    left = list(given)

    def ask(text: str) -> str:
        said.append(text)
        return left.pop(0)()

    return ask, said


def mailed() -> str:
    [found] = re.findall(r"The code: (\S+)", str(mail.outbox[-1].body))
    return str(found)


def amr(session: Any) -> set[str]:
    return set(session.get("/api/whoami/").json()["amr"])


def test_a_factor_is_enrolled_and_asked_for_then(printed: dict[str, ModuleType], ann: Any, codes: Any) -> None:
    session, steps = printed["app"].Session({}), printed["login_steps"]
    said: list[str] = []

    def first() -> str:
        [secret] = re.findall(r"secret=(\w+)", said[-1])
        return str(codes(secret))

    with override_settings(BEARER=REQUIRED):
        answer = lacking(session)
        assert answer["step"] == "enrol"
        ask, said = asked(mailed, first)
        [spare, *_] = steps.enrol(session, answer, ask)
        assert "mail" in said[0]
        assert amr(session) == {"pwd", "otp", "mfa"}
        answer = lacking(session)
        assert answer["step"] == "second_factor"
        steps.second_factor(session, answer, asked(lambda: spare)[0])
        assert amr(session) == {"pwd", "otp", "mfa"}


def test_a_login_at_another_site_with_its_steps(
    printed: dict[str, ModuleType], ann: Any, provider: Provider, codes: Any
) -> None:
    log_in_at = printed["other_site"].log_in_at
    connected(ann)
    secret = totp(ann)
    session = printed["app"].Session({})
    ask, said = asked(lambda: "000000", lambda: codes(secret))
    log_in_at(session, "company", CLIENT, provider.id_token(jti="one"), ask)
    assert (amr(session), len(said)) == ({"federated", "otp", "mfa"}, 2)
    with pytest.raises(requests.HTTPError):
        log_in_at(session, "company", CLIENT, provider.id_token(jti="one"), ask)
    provider.person = {"sub": "2002", "email": "new@example.com", "email_verified": False}
    log_in_at(session, "company", CLIENT, provider.id_token(jti="two"), asked(lambda: "AAA-AAA", mailed_code)[0])
    assert amr(session) == {"federated"}
