"""The code in docs/guide/own-login.md, run as it stands."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.test import Client, RequestFactory, override_settings
from django.urls import clear_url_caches, include, path

from django_bearer import Allow, Limit, LoginAttempt, errors, functions, issue_session, revoke_user
from django_bearer.accounts.login_policy import Purpose, Step
from tests.conftest import PASSWORD
from tools.support.new_project import ROOT, blocks

NAME = "ann@example.com"
GUIDE = ROOT / "docs" / "guide" / "own-login.md"


def module(path: str) -> SimpleNamespace:
    [code] = [block.code for block in blocks(GUIDE) if block.path == path]
    names: dict[str, Any] = {"__name__": "printed"}
    exec(code, names)
    return SimpleNamespace(**names)


urlpatterns: list[Any] = []


@pytest.fixture
def mounted() -> Iterator[Callable[..., None]]:
    """Mounts printed views in a project as the README sets it up, behind the whole stack of middleware."""
    with override_settings(ROOT_URLCONF=__name__):

        def mount(**views: Any) -> None:
            urlpatterns[:] = [path(f"{name}/", view) for name, view in views.items()]
            urlpatterns.append(path("auth/", include("django_bearer.urls")))
            clear_url_caches()

        yield mount
    urlpatterns.clear()
    clear_url_caches()


def strict() -> Client:
    """A client like an app: no CSRF cookie, and Django's check is on."""
    return Client(enforce_csrf_checks=True)


class TestMailedLink:
    magic = module("mysite/magic.py")

    @pytest.fixture(autouse=True)
    def views(self, mounted: Callable[..., None]) -> None:
        mounted(enter=self.magic.enter)

    def enter(self, code: str) -> Any:
        return strict().post("/enter/", {"code": code})

    @pytest.fixture
    def code(self, ann: Any, settings: Any) -> str:
        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
        ann.email = "ann@example.com"
        ann.save()
        self.magic.send_link(ann)
        [message] = mail.outbox
        return str(message.body.partition("#")[2])

    def test_works_once(self, code: str) -> None:
        first, again = self.enter(code), self.enter(code)
        assert (first.status_code, again.status_code) == (200, 401)

    def test_code_of_somebody_else_is_refused(self, code: str) -> None:
        assert self.enter(code[:-1] + ("A" if code[-1] != "A" else "B")).status_code == 401
        assert self.enter("").status_code == 401

    @pytest.mark.parametrize("end", ["password", "logout", "deactivated"])
    def test_ends_with_what_ends_a_session(self, code: str, ann: Any, end: str) -> None:
        if end == "password":
            ann.set_password("another")
            ann.save()
        if end == "logout":
            revoke_user(ann)
        for active in (False, True) if end == "deactivated" else ():
            ann.is_active = active
            ann.save()
        assert self.enter(code).status_code == 401

    def test_inactive_user_is_refused(self, code: str, django_user_model: Any) -> None:
        django_user_model.objects.update(is_active=False)
        assert self.enter(code).status_code == 401


def test_interceptor(ann: Any) -> None:
    user_of = module("mysite/interceptor.py").user_of
    call = [("authorization", f"Bearer {issue_session(ann).access_token}")]
    assert user_of(call) == ann
    assert user_of([]) is None
    assert user_of([("authorization", "Basic YW5uOmFubg==")]) is None
    revoke_user(ann)
    assert user_of(call) is None


def test_function_that_refuses_in_ninja(mounted: Callable[..., None], db: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "PUBLIC_PATHS": ["/api/"], "CODE_RATE_LIMITS": {"account": "1/hour"}}
    mounted(api=module("mysite/api.py").api.urls)
    for debug in (False, True):
        settings.DEBUG = debug
        answers = [strict().post(f"/api/pin?account={debug}&pin=0000") for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 429]
        assert int(answers[-1].headers["Retry-After"]) > 0


class TestReasonOfARefusedLogin:
    @pytest.fixture(autouse=True)
    def backend(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        printed = ModuleType("mysite.backends")
        vars(printed).update(vars(module("mysite/backends.py")))
        monkeypatch.setitem(sys.modules, "mysite", ModuleType("mysite"))
        monkeypatch.setitem(sys.modules, "mysite.backends", printed)
        settings.AUTHENTICATION_BACKENDS = ["mysite.backends.ConfirmedBackend"]

    @pytest.mark.parametrize("prefix", ["/auth", "/drf-auth"])
    def test_is_told_to_whoever_knows_the_password(self, prefix: str, ann: Any) -> None:
        def login(**body: str) -> Any:
            return strict().post(f"{prefix}/login/", body, content_type="application/json")

        answers = [login(username=name, password=word) for name, word in [(NAME, PASSWORD), (NAME, "x"), ("x", "x")]]
        assert [one.status_code for one in answers] == [401] * 3
        assert [one.json()["code"] for one in answers] == ["not_confirmed", *["invalid_credentials"] * 2]
        assert answers[0].json()["error_description"] == "Confirm your e-mail address first."
        ann.groups.create(name="confirmed")
        assert login(username=NAME, password=PASSWORD).status_code == 200


def test_the_policy() -> None:
    policy = module("mysite/logins.py").policy
    user = SimpleNamespace(has_usable_password=lambda: True, is_staff=False)
    staff = SimpleNamespace(has_usable_password=lambda: True, is_staff=True)
    remote = SimpleNamespace(has_usable_password=lambda: False, is_staff=False)

    def says(user: Any, *methods: str) -> str:
        return getattr(policy(LoginAttempt(user, Purpose.LOGIN, frozenset(methods))), "code", "")

    assert [says(user, "pwd"), says(staff, "pwd"), says(staff, "pwd", "otp"), says(remote)] == [
        "",
        "otp_required",
        "",
        "password_unset",
    ]


def test_a_password_and_a_code(ann: Any, mounted: Callable[..., None], settings: Any, monkeypatch: Any) -> None:
    codes = ModuleType("mysite.codes")
    codes.code_is_right = lambda name, code: (name, code) == (NAME, "123456")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mysite", ModuleType("mysite"))
    monkeypatch.setitem(sys.modules, "mysite.codes", codes)
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": module("mysite/logins.py").policy}
    mounted(log_in=module("mysite/two_steps.py").log_in)
    ann.is_staff = True
    ann.save()

    def ask(**body: str) -> Any:
        return strict().post("/log_in/", body)

    alone = ask(username=NAME, password=PASSWORD)
    assert (alone.status_code, alone.json()["reason"]) == (403, "otp_required")
    assert ask(username=NAME, password="wrong", code="123456").json()["code"] == "invalid_credentials"
    assert ask(username=NAME, password=PASSWORD, code="123456").json()["access_token"]
    assert ask(username=NAME, password=PASSWORD, code="123456").json()["refresh_token"]
    assert ask().json()["code"] == "invalid_request"
    assert ask(username=NAME, password=PASSWORD, code="123456").status_code == 200
    assert ask(username=NAME, password=PASSWORD, code="123456").json()["code"] == "throttled"  # codes: 5 a minute


def test_the_second_factor_of_django_otp(
    ann: Any, mounted: Callable[..., None], settings: Any, monkeypatch: Any
) -> None:
    """Its two functions, as they answer: a device or None."""
    otp = ModuleType("django_otp")
    otp.user_has_device = lambda user, confirmed=True: True  # type: ignore[attr-defined]
    otp.match_token = lambda user, token: object() if token == "123456" else None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "django_otp", otp)
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": module("mysite/second_factor.py").SecondFactor}
    mounted()
    body = {"username": NAME, "password": PASSWORD}
    token = strict().post("/auth/login/", body, content_type="application/json").json()["limited_token"]

    def ask(code: str) -> Any:
        body = {"limited_token": token, "code": code}
        return strict().post("/auth/login/second-factor/", body, content_type="application/json")

    assert ask("654321").json()["code"] == "code_refused"
    assert ask("123456").json()["access_token"]


def test_a_step_of_ones_own(ann: Any, mounted: Callable[..., None], settings: Any, monkeypatch: Any) -> None:
    confirmed: set[str] = set()
    codes = ModuleType("mysite.codes")
    codes.confirm_address = lambda user, code: code == "1" and not confirmed.add(NAME)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mysite", ModuleType("mysite"))
    monkeypatch.setitem(sys.modules, "mysite.codes", codes)
    settings.BEARER = {
        **settings.BEARER,
        "LOGIN_POLICY": lambda attempt: Allow() if confirmed else Limit(Step.VERIFY_EMAIL),
    }
    mounted(verify=module("mysite/steps.py").verify_email)
    body = {"username": NAME, "password": PASSWORD}
    token = strict().post("/auth/login/", body, content_type="application/json").json()["limited_token"]
    assert strict().post("/verify/", {"limited_token": token, "code": "2"}).json()["code"] == "code_refused"
    assert strict().post("/verify/", {"limited_token": token, "code": "1"}).json()["access_token"]
    assert strict().post("/verify/", {"limited_token": token, "code": "1"}).json()["code"] == "limited_token_refused"


def test_a_password_that_the_project_checks(ann: Any) -> None:
    [code] = [block.code for block in blocks(GUIDE) if "def is_right(" in block.code]
    names: dict[str, Any] = {"__name__": "printed"}
    exec(code, names)
    request = RequestFactory().post("/")
    assert [names["is_right"](request, ann, PASSWORD) for _ in range(12)] == [True] * 12
    assert not any(names["is_right"](request, ann, "wrong") for _ in range(10))
    with pytest.raises(errors.RateLimited):
        names["is_right"](request, ann, PASSWORD)


def test_the_guides_name_public_functions_only() -> None:
    page = GUIDE.read_text()
    assert {name for name in functions.__all__ if f"`{name}(" not in page} == set()
