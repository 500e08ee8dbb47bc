"""The steps of docs/guide/locked-out.md, run as they stand."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import clear_url_caches, include, path

from tests.conftest import PASSWORD
from tools.support.new_project import ROOT

PAGE = (ROOT / "docs" / "guide" / "locked-out.md").read_text()
NAME = "ann@example.com"
pytestmark = pytest.mark.django_db


def block(containing: str, language: str = "python") -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.M | re.S)
    [code] = [one for one in found if containing in one]
    return str(code)


urlpatterns: list[Any] = []


@pytest.fixture(autouse=True)
def mounted(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Behind the whole stack of middleware, at the paths of the page."""
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    settings.ROOT_URLCONF = __name__
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "4/day"}}
    (tmp_path / "unlock.html").write_text(block("csrf_token", "html"))
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    views = ModuleType("mysite.unlock")
    exec(block("def ask_for_pass"), vars(views))
    monkeypatch.setitem(sys.modules, "mysite.unlock", views)
    urlpatterns[:] = [path("admin/", admin.site.urls), path("auth/", include("django_bearer.urls"))]
    exec(block("urlpatterns += "), {"path": path, "urlpatterns": urlpatterns})
    clear_url_caches()
    yield
    urlpatterns.clear()
    clear_url_caches()


@pytest.fixture
def owner(ann: Any) -> Any:
    ann.email, ann.is_staff = NAME, True
    ann.save()
    return ann


def post(url: str, **body: object) -> Any:
    """By an app that has no cookie."""
    return Client(enforce_csrf_checks=True).post(url, body, "application/json", secure=True)


def printed(containing: str) -> Any:
    """A request that the page prints, sent as it stands: by its path, with its body."""
    [(url, body)] = re.findall(rf"^\$ curl https://[^/]+({containing}) --json '(.*)'$", PAGE, re.M)
    return lambda **more: post(url, **{**json.loads(body), **more})


ask, use = printed("/login-help/"), printed("/login-help/use/")


def log_in(**more: str) -> Any:
    return post("/auth/login/", username=NAME, password=PASSWORD, **more)


def attack() -> None:
    for at in range(5):
        Client(REMOTE_ADDR=f"203.0.113.{at}").post(
            "/auth/login/", {"username": NAME, "password": "wrong"}, "application/json", secure=True
        )
    assert log_in().status_code == 429


def mailed() -> str:
    assert ask(username=NAME).status_code == 202
    return str(mail.outbox[-1].body).rpartition(" ")[2]


def test_an_owner_who_is_locked_out_asks_for_a_mail(owner: Any) -> None:
    attack()
    answers = [ask(username=name) for name in (NAME, "nobody")]
    assert [(one.status_code, one.content) for one in answers] == [(202, b"{}")] * 2
    [message] = mail.outbox
    unlock_token = str(message.body).rpartition(" ")[2]
    answer = use(username=NAME, **{"pass": unlock_token})
    assert answer.status_code == 200
    assert use(username=NAME, **{"pass": unlock_token}).status_code == 400
    login = json.loads(block("known_device_token", "json"))
    assert log_in(**{name: answer.json()[name] for name in login if name not in ("username", "password")}).json()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b"\xff", b"[" * 100_000, b'{"username": 1}', b'{"username": "a\\u0000"}', b"1"]
)
def test_what_names_nobody_is_refused(body: bytes) -> None:
    for url in ("/login-help/", "/login-help/use/"):
        answer = Client().post(url, body, "application/json", secure=True)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_form_will_do(owner: Any) -> None:
    app = Client(enforce_csrf_checks=True)
    assert app.post("/login-help/", {"username": NAME}, secure=True).status_code == 202
    form = {"username": NAME, "pass": str(mail.outbox[-1].body).rpartition(" ")[2]}
    assert app.post("/login-help/use/", form, secure=True).json()["known_device_token"]
    for wrong in ({}, {"username": "a\0", "pass": "b"}):
        assert app.post("/login-help/use/", wrong, secure=True).status_code == 400


def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    answers = [ask(username=NAME) for _ in range(6)]
    assert [one.status_code for one in answers] == [202] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_an_operator_sees_the_attack_and_helps_from_the_shell(owner: Any, capsys: Any) -> None:
    attack()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("bearer_doctor", "--user", NAME, stdout=out, no_color=True)
    assert "FAIL login limit  this name from all addresses: 4 of 4 attempts in 1 day" in out.getvalue()
    lines = block("print(redeem_login_unlock_token").replace('"bob"', f'"{NAME}"')
    exec(lines, {})
    token = capsys.readouterr().out.strip()
    assert token.startswith("djb_dv_")
    owner.set_password("another")
    assert log_in().status_code == 429
    assert log_in(known_device_token=token).status_code == 200


def test_a_page_passes_the_token_on_and_is_known_from_then_on(owner: Any) -> None:
    assert "known_device_token" in block("bearer.login", "js")
    attack()
    token = use(username=NAME, **{"pass": mailed()}).json()["known_device_token"]
    page = Client(
        headers={"origin": "https://api.example.com", "x-bearer-client": "first-party", "host": "api.example.com"}
    )
    body = {"username": NAME, "password": PASSWORD}
    for more, status in (({}, 429), ({"known_device_token": token}, 200), ({}, 200)):
        answer = page.post("/auth/login/", {**body, **more}, "application/json", secure=True)
        assert answer.status_code == status
    assert "known_device_token" not in answer.json()


class TestAdmin:
    @pytest.fixture
    def browser(self) -> Client:
        return Client(enforce_csrf_checks=True)

    def send(self, browser: Client, url: str, **form: str) -> Any:
        browser.get(url, secure=True)
        form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"].value
        return browser.post(url, form, secure=True, headers={"origin": "https://testserver"})

    def test_staff_who_are_locked_out_unlock_their_browser(self, owner: Any, browser: Client) -> None:
        attack()
        login = {"username": NAME, "password": PASSWORD}
        assert self.send(browser, "/admin/login/", **login).status_code != 302
        answer = self.send(browser, "/login-help/browser/", username=NAME, unlock_token=mailed())
        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/login/")
        cookie = answer.cookies["__Host-bearer-device"]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
        assert self.send(browser, "/admin/login/?next=/admin/", **login).status_code == 302
        assert browser.get("/admin/", secure=True).status_code == 200

    def test_a_wrong_token_sets_no_cookie(self, owner: Any, browser: Client) -> None:
        unlock_token = mailed()
        for name, given in (("nobody", unlock_token), (NAME, "djb_dv_x")):
            answer = self.send(browser, "/login-help/browser/", username=name, unlock_token=given)
            assert answer.status_code == 200
            assert "__Host-bearer-device" not in answer.cookies
            assert "does not work any more" in answer.content.decode()

    def test_it_is_for_forms_of_its_own_over_https(self, owner: Any, browser: Client) -> None:
        form = {"username": NAME, "unlock_token": mailed()}
        assert browser.post("/login-help/browser/", form, secure=True).status_code == 403
        assert Client().post("/login-help/browser/", form).status_code == 403
        assert Client().get("/login-help/browser/", form, secure=True).status_code == 200
        assert self.send(browser, "/login-help/browser/", **form).status_code == 302, "it was not used up before"
