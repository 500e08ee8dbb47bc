"""The examples of docs/reference/endpoints.md, sent as they are printed; the answers have the printed form."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client, override_settings

from django_bearer import (
    approve_handover,
    authenticate_token,
    begin_handover,
    create_handover,
    issue_api_token,
    issue_enrolment_code,
    issue_session,
)
from django_bearer.models import RememberedDevice
from django_bearer.primitives import clock
from tests.conftest import PASSWORD
from tests.test_statements import MAILERS, REMEMBERING, REQUIRED, SETTINGS, WITH_FACTOR, login, post
from tests.token_clients import OTHER_SECRET, SECRET

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "endpoints.md"
HOST = "https://api.example.com"
IDS = ("0d3a…", "5b1c…")
EXACT = {"expires_in", "refresh_expires_in"}
"""Numbers that are the same in every answer; the others are times."""
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
Given = Callable[[Any], dict[str, str]]
"""From a user to what stands for each shortened word of an example."""
pytestmark = pytest.mark.django_db(transaction=True)


class Enrollable:
    """A second factor that answers as the page prints it."""

    def is_enrolled(self, user: Any) -> bool:
        return False

    def verify(self, user: Any, code: str) -> bool:
        return False

    def verified_email(self, user: Any) -> str:
        return "ann@example.com"

    def begin_enrolment(self, user: Any) -> tuple[dict[str, str], str]:
        return {"secret": "JBSWY3DPEHPK3PXP", "totp_url": "otpauth://totp/mysite"}, "JBSWY3DPEHPK3PXP"

    def complete_enrolment(self, user: Any, secret: str, code: str) -> dict[str, Any]:
        return {"recovery_codes": ["one", "two"]}


def remembered(user: Any) -> dict[str, str]:
    """A user with one remembered device."""
    body = {"limited_token": login()().json()["limited_token"], "code": "123456", "remember_device": True}
    access = post("/auth/login/second-factor/", **body)().json()["access_token"]
    return {"eyJ…": access, "0d3a…": str(RememberedDevice.objects.get().pk)}


FACTOR = {**REQUIRED, "SECOND_FACTOR": f"{__name__}.Enrollable"}


def session(user: Any) -> dict[str, str]:
    """The tokens of a login that is old enough to be refreshed."""
    tokens = login()().json()
    clock.advance(60)
    found = {"eyJ…": "access_token", "djb_rt_…": "refresh_token", "0d3a…": "session_id"}
    return {short: tokens[name] for short, name in found.items()}


def fresh(user: Any) -> dict[str, str]:
    return {"eyJ…": issue_session(user, amr=["pwd"]).access_token}


def staff(user: Any) -> dict[str, str]:
    """Staff who asks, and the key of the user."""
    asking = get_user_model().objects.create_superuser("staff", password="s")
    return {**fresh(asking), '"42"': f'"{user.pk}"'}  # with the quotes: a token may have 42 in it, too


def limited(user: Any) -> dict[str, str]:
    return {"djb_lt_…": login()().json()["limited_token"]}


def enrolment(user: Any) -> dict[str, str]:
    return {**limited(user), "8K3V9QX2TM": issue_enrolment_code(user)}


def begun(user: Any) -> dict[str, str]:
    given = enrolment(user)
    body = {"limited_token": given["djb_lt_…"], "code": given["8K3V9QX2TM"]}
    return {"djb_lt_…": post("/auth/login/enrol/", **body)().json()["limited_token"]}


def mailed(user: Any) -> dict[str, str]:
    get_user_model().objects.filter(pk=user.pk).update(email="ann@example.com")
    post("/auth/recovery/", account="ann")()
    return {"djb_rc_…": re.findall(r"recover#(\S+)", str(mail.outbox[-1].body))[0]}


def new_address(user: Any) -> dict[str, str]:
    get_user_model().objects.filter(pk=user.pk).update(email="ann@old.example")
    given = fresh(user)
    post("/auth/email/", {"Authorization": f"Bearer {given['eyJ…']}"}, email="ann@new.example", password=PASSWORD)()
    return {**given, "8K3V9QX2TM": re.findall(r"minutes: (\S+)", str(mail.outbox[-1].body))[0]}


def undone(user: Any) -> dict[str, str]:
    given = new_address(user)
    post("/auth/email/confirm/", {"Authorization": f"Bearer {given['eyJ…']}"}, code=given["8K3V9QX2TM"])()
    return {"7Q2M…": re.findall(r"undo#(\S+)", "\n".join(str(one.body) for one in mail.outbox))[0]}


def with_api_token(user: Any) -> dict[str, str]:
    made = issue_api_token(user, name="nightly", expires_in=2_592_000, scope=["notes:read"])
    Client().get("/drf/", headers={"Authorization": f"Bearer {made.token}"})
    return {**fresh(user), "5b1c…": str(made.id)}


def backend(user: Any) -> dict[str, str]:
    return {"djb_rt_…": issue_session(user, client_id="backend").refresh_token or "", "djb_cs_…": OTHER_SECRET.text}


def handover(user: Any) -> dict[str, str]:
    given = fresh(user)
    return {**given, "djb_ho_…": create_handover(authenticate_token(given["eyJ…"]), "phone").code}


def begun_handover(user: Any) -> dict[str, str]:
    given = handover(user)
    number = begin_handover(given["djb_ho_…"], CHALLENGE, client_id="phone").number
    return {**given, '"123456"': f'"{number}"'}


def approved_handover(user: Any) -> dict[str, str]:
    given = begun_handover(user)
    approve_handover(authenticate_token(given["eyJ…"]), given["djb_ho_…"], given['"123456"'].strip('"'))
    return given


NOTHING: Given = lambda user: {}  # noqa: E731 - shorter
GIVEN: dict[str, tuple[Given, dict[str, Any]]] = {
    "login": (NOTHING, SETTINGS),
    "login second factor": (limited, WITH_FACTOR),
    "login enrol": (enrolment, FACTOR),
    "login enrol code": (limited, FACTOR),
    "login enrol factor": (begun, FACTOR),
    "refresh": (session, SETTINGS),
    "step-up": (session, SETTINGS),
    "password": (session, SETTINGS),
    "impersonate": (staff, {**SETTINGS, "IMPERSONATION_LIFETIME": 900}),
    "recovery": (NOTHING, SETTINGS),
    "recovery password": (mailed, SETTINGS),
    "email": (fresh, SETTINGS),
    "email confirm": (new_address, SETTINGS),
    "email undo": (undone, SETTINGS),
    "logout": (session, SETTINGS),
    "logout-everywhere": (fresh, SETTINGS),
    "verify": (fresh, SETTINGS),
    "revoke": (backend, SETTINGS),
    "introspect": (lambda user: {**fresh(user), "djb_cs_…": SECRET.text}, SETTINGS),
    "sessions": (fresh, SETTINGS),
    "End one session": (session, SETTINGS),
    "remembered-devices": (remembered, REMEMBERING),
    "End one remembered device": (remembered, REMEMBERING),
    "api-tokens": (with_api_token, SETTINGS),
    "End one API token": (with_api_token, SETTINGS),
    "tickets": (fresh, SETTINGS),
    "handover": (fresh, SETTINGS),
    "handover begin": (handover, SETTINGS),
    "handover receiver": (begun_handover, SETTINGS),
    "handover approve": (begun_handover, SETTINGS),
    "handover redeem": (approved_handover, SETTINGS),
    "csp-report": (NOTHING, SETTINGS),
    "jwks.json": (NOTHING, SETTINGS),
    "oauth-authorization-server": (NOTHING, SETTINGS),
}


def examples() -> dict[str, str]:
    """The console block of each section."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    return {
        section.partition("\n")[0]: "\n".join(
            re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        )
        for section in sections
    }


def exchanges(block: str) -> Iterator[tuple[str, int, Any]]:
    """Each command of a block, and the status and the JSON that it prints."""
    for typed in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = re.sub(r" *\\\n *", " ", typed).partition("\n")
        head = re.match(r"HTTP/1.1 (\d{3})[^\n]*\n*", shown)
        body = shown[head.end() :] if head else shown
        yield command, int(head[1]) if head else 200, json.loads(body) if body.strip() else None


def sent(command: str, given: dict[str, str], password: str) -> Any:
    """What the server answers to a line of curl."""
    words = shlex.split(command)
    headers: dict[str, str] = {}
    method, url, body, form = "", "", None, True
    assert words.pop(0) == "curl"
    while words:
        match words.pop(0):
            case "-i":
                continue
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-u":
                user, _, secret = words.pop(0).partition(":")
                pair = f"{user}:{given.get(secret, secret)}".encode()
                headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
            case "--json":
                body, form = words.pop(0), False
            case "-d":
                body = words.pop(0)
            case url:
                assert url.startswith(HOST), command
    for short, real in {**given, '"…"': f'"{password}"'}.items():
        url, body = url.replace(short, real), body and body.replace(short, real)
        headers = {name: value.replace(short, real) for name, value in headers.items()}
    kind = headers.pop("Content-Type", "application/x-www-form-urlencoded" if form else "application/json")
    client = Client(enforce_csrf_checks=True)
    method = method or ("GET" if body is None else "POST")
    return client.generic(method, url.removeprefix(HOST), body or "", kind, secure=True, headers=headers)


def differences(shown: Any, real: Any, at: str = "") -> list[str]:
    """Where an answer has another form than the printed one."""
    match shown, real:
        case dict(), dict():
            inside = [one for key in shown.keys() & real.keys() for one in differences(shown[key], real[key], key)]
            return inside + [f"only in one: {key}" for key in shown.keys() ^ real.keys()]
        case list(), list() if len(shown) <= len(real) or not real:
            return [one for pair in zip(shown, real, strict=False) for one in differences(*pair, at)]
        case str(), str() if shown in IDS:
            return [] if str(UUID(real)) == real else [f"{at}: {real!r} is no id"]
        case str(), str() if at in ("device", "last_device", "where", "last_where", "last_used_from"):
            return []
        case str(), str():
            pattern = ".*".join(map(re.escape, shown.split("…")))
            return [] if re.fullmatch(pattern, real) else [f"{at}: {shown!r} is {real!r}"]
        case int(), int() if bool not in (type(shown), type(real)):
            return [] if at not in EXACT or shown == real else [f"{at}: {shown} is {real}"]
    return [] if shown is real else [f"{at}: {shown!r} is {real!r}"]


@pytest.mark.parametrize("title", GIVEN)
def test_the_example_is_answered_as_printed(title: str) -> None:
    prepare, own = GIVEN[title]
    found = list(exchanges(examples()[title]))
    assert found, "no example"
    issue_session(get_user_model().objects.create_user("bob"))  # an issuer with keys
    with override_settings(BEARER=own, MAILERS=MAILERS), clock.frozen():
        user = get_user_model().objects.create_user("ann", password=PASSWORD)
        given = prepare(user)
        password = "a wholly new passphrase" if title == "recovery password" else PASSWORD
        for command, status, shown in found:
            answer = sent(command, given, password)
            assert answer.status_code == status, (command, answer.content)
            assert (shown is None) == (answer.content == b""), answer.content
            if shown is not None:
                assert differences(shown, answer.json()) == [], answer.content


def test_every_section_has_an_example_that_is_sent() -> None:
    assert list(examples()) == list(GIVEN)


@pytest.mark.parametrize(
    ("shown", "real", "count"),
    [
        ({"a": "djb_rt_…"}, {"a": "djb_rt_x"}, 0),
        ({"a": "djb_rt_…"}, {"a": "djb_at_x"}, 1),
        ({"a": 1}, {"a": 1, "b": 2}, 1),
        ({"expires_in": 300}, {"expires_in": 600}, 1),
        ({"exp": 300}, {"exp": 600}, 0),
        ({"exp": 300}, {"exp": "600"}, 1),
        ({"a": True}, {"a": 1}, 1),
        ([{"a": None}], [{"a": 1}], 1),
    ],
)
def test_differences_are_found(shown: Any, real: Any, count: int) -> None:
    assert len(differences(shown, real)) == count
