"""django-otp itself as the second factor, by the lines of docs/guide/own-login.md: a TOTP device, real requests."""

from __future__ import annotations

from base64 import b32decode
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connections, transaction
from django.test import Client
from django_otp.oath import totp

from django_bearer import Allow, Refuse
from django_bearer.models import Session
from tests.concurrency.threads import ThreadGroup
from tests.conftest import PASSWORD
from tools.support.new_project import ROOT, blocks

GUIDE = ROOT / "docs" / "guide" / "own-login.md"
ENROLMENT = ROOT / "docs" / "guide" / "second-factor.md"
ALLOWED = 7
MANY = 20


@pytest.fixture
def guide(request: pytest.FixtureRequest) -> Any:
    return getattr(request, "param", GUIDE)


@pytest.fixture
def device(database: str, guide: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The device of a user, in tables made for this test, and the guide's class as `SECOND_FACTOR`.

    `match_token` opens its transaction on `default`, which is not the database of every test here.
    """
    here = SimpleNamespace(atomic=partial(transaction.atomic, using=connections[database].alias))
    monkeypatch.setattr("django_otp.transaction", here)
    more = ["django_otp", "django_otp.plugins.otp_totp"]
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, *more]
    [code] = [block.code for block in blocks(guide) if block.path == "mysite/second_factor.py"]
    names: dict[str, Any] = {"__name__": "printed"}
    exec(code, names)
    settings.BEARER = {
        **settings.BEARER,
        "SECOND_FACTOR": names["SecondFactor"],
        "CODE_RATE_LIMITS": {"account": f"{ALLOWED}/hour", "address": "1000/second"},
    }
    model = apps.get_model("otp_totp", "TOTPDevice")
    with connections[database].schema_editor() as editor:
        editor.create_model(model)
    try:
        user = get_user_model().objects.create_user("ann", password=PASSWORD)
        yield model.objects.create(user=user, name="app", confirmed=True)
    finally:
        with connections[database].schema_editor() as editor:
            editor.delete_model(model)
        apps.clear_cache()


def post(url: str, client: Client | None = None, **body: Any) -> Any:
    return (client or Client(enforce_csrf_checks=True)).post(url, body, content_type="application/json", secure=True)


def begin(client: Client | None = None, name: str = "ann") -> str:
    found = post("/auth/login/", client, username=name, password=PASSWORD)
    assert (found.status_code, found.json()["code"], found.json()["step"]) == (
        403,
        "login_incomplete",
        "second_factor",
    )
    return str(found.json()["limited_token"])


def finish(token: str, code: str, client: Client | None = None) -> Any:
    return post("/auth/login/second-factor/", client, limited_token=token, code=code)


def code_of(device: Any) -> str:
    return f"{totp(device.bin_key, drift=device.drift):06}"


def wrong_for(device: Any, count: int) -> list[str]:
    near = {f"{totp(device.bin_key, drift=drift):06}" for drift in range(-20, 21)}
    return [code for code in (f"{number:06}" for number in range(1000)) if code not in near][:count]


def test_a_password_and_a_code_make_a_session_that_says_so(device: Any) -> None:
    token = begin()
    assert not Session.objects.exists()
    answer = finish(token, code_of(device))
    assert answer.status_code == 200
    assert set(Session.objects.get().amr.split()) == {"pwd", "otp", "mfa"}


def test_a_replayed_code_is_refused_in_its_attempt_and_in_another(device: Any) -> None:
    first, second, code = begin(), begin(), code_of(device)
    assert finish(first, code).status_code == 200
    assert finish(first, code).json()["code"] == "limited_token_refused"
    assert finish(second, code).json()["code"] == "code_refused"
    assert Session.objects.count() == 1


def test_a_second_user_in_the_same_browser_gains_nothing_by_the_first_ones_code(device: Any) -> None:
    other = get_user_model().objects.create_user("bob", password=PASSWORD)
    type(device).objects.create(user=other, name="app", confirmed=True)
    client = Client(enforce_csrf_checks=True)
    begin(client)
    token = begin(client, "bob")
    assert finish(token, code_of(device), client).json()["code"] == "code_refused"
    assert not Session.objects.exists()


def test_a_stolen_limited_token_opens_nothing_without_a_code(device: Any) -> None:
    token = begin()
    headers = {"Authorization": f"Bearer {token}"}
    for url in ("/auth/sessions/", "/auth/api-tokens/", "/drf/"):
        assert Client().get(url, headers=headers, secure=True).status_code == 401
    assert post("/auth/refresh/", refresh_token=token).status_code in {400, 401}
    assert finish(token, wrong_for(device, 1)[0]).json()["code"] == "code_refused"
    assert not Session.objects.exists()


def test_of_twenty_codes_at_once_the_allowed_number_is_looked_at(
    device: Any, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At REPEATABLE READ and on SQLite some of the allowed ones lose the race for the device's row: 503, counted."""
    looked_at: list[str] = []
    check = type(device).verify_token

    def verify_token(self: Any, code: str) -> bool:
        looked_at.append(code)
        return bool(check(self, code))

    monkeypatch.setattr(type(device), "verify_token", verify_token)
    token = begin()
    with ThreadGroup(MANY) as threads:
        found = threads.run([partial(finish, token, code) for code in wrong_for(device, MANY)])
    codes = [reply.status_code for reply in found]
    lost = codes.count(503)
    assert lost == 0 or database in {"postgres_strict", "default"}
    assert (codes.count(401) + lost, codes.count(429)) == (ALLOWED, MANY - ALLOWED)
    assert codes.count(401) <= len(looked_at) <= ALLOWED
    assert lost or len(looked_at) == ALLOWED
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("by_token", "staff", "verified", "answer"),
    [
        (False, True, False, Refuse),
        (False, True, True, Allow),
        (False, False, False, Allow),
        (True, True, False, Allow),
    ],
)
def test_the_policy_of_the_guide_wants_the_code_of_staff_in_djangos_session(
    by_token: bool, staff: bool, verified: bool, answer: type
) -> None:
    [code] = [block.code for block in blocks(ENROLMENT) if block.path == "mysite/requests.py"]
    names: dict[str, Any] = {"__name__": "printed"}
    exec(code, names)
    user = SimpleNamespace(is_staff=staff, is_verified=lambda: verified)
    attempt = SimpleNamespace(user=user, principal=object() if by_token else None)
    assert isinstance(names["policy"](attempt), answer)


@pytest.mark.parametrize("guide", [ENROLMENT], ids=["second-factor"], indirect=True)
def test_a_required_factor_is_enrolled_as_the_guide_prints_it(
    device: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_user_model(), "email_is_verified", True, raising=False)
    get_user_model().objects.update(email="ann@example.com")
    type(device).objects.all().delete()
    printed, *_ = [block.code for block in blocks(ENROLMENT) if block.path == "mysite/settings.py"]
    names = {"BEARER": dict(settings.BEARER)}
    exec(printed, names)
    assert names["BEARER"]["MFA_REQUIRED"] == ["staff", "group:Accounting"]
    settings.BEARER = {**names["BEARER"], "MFA_REQUIRED": "everyone", "MFA_ENROLMENT_TIME": 0}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    first = post("/auth/login/", username="ann", password=PASSWORD).json()
    assert first["step"] == "enrol"
    assert post("/auth/login/enrol/code/", limited_token=first["limited_token"]).json() == {"sent": True}
    sent = str(mail.outbox[-1].body).partition("code: ")[2].split()[0]
    begun = post("/auth/login/enrol/", limited_token=first["limited_token"], code=sent).json()
    right = f"{totp(b32decode(begun['secret'])):06}"
    assert begun["totp_url"].startswith("otpauth://totp/")
    wrong = post("/auth/login/enrol/factor/", limited_token=begun["limited_token"], code="000000")
    assert wrong.json()["code"] == "code_refused"
    done = post("/auth/login/enrol/factor/", limited_token=begun["limited_token"], code=right)
    assert done.status_code == 200, done.content
    assert set(Session.objects.get().amr.split()) == {"pwd", "otp", "mfa"}
    assert mail.outbox[-1].to == ["ann@example.com"]  # who is told of the new factor
    assert finish(begin(), right).json()["code"] == "code_refused"
