"""Flows that are pending: what ends them, and how often each is used; run by tests/integrations/test_allauth.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings

from django_bearer import revoke_user
from django_bearer.checks import through_allauth
from django_bearer.http import login_limits
from django_bearer.integrations.allauth import pending
from django_bearer.models import Session
from django_bearer.rate_limits import limiter
from tests.concurrency.threads import ThreadGroup
from tests.projects.through_allauth.authenticator import Authenticator
from tests.projects.through_allauth.flows import (
    MAIL,
    PASSWORD,
    App,
    code,
    mailed_code,
    many_logins,
    passkey_session,
    person,
    totp,
)

pytestmark = pytest.mark.django_db(transaction=True)
ISSUER = settings.BEARER["ISSUER"]
BOTH = pytest.mark.django_db(transaction=True, databases=["postgres", "default"])  # on_commit asks the latter
POSTGRES = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=[BOTH, pytest.mark.hard])], indirect=True
)


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


@pytest.fixture
def ann(db: None) -> Any:
    return person(MAIL)


def another_password(user: Any) -> None:
    user.set_password("the owner's new phrase")
    user.save()


def logged_out_everywhere(user: Any) -> None:
    revoke_user(user)


def deactivated(user: Any) -> None:
    user.is_active = False
    user.save()


CHANGES = [another_password, logged_out_everywhere, deactivated]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("step", ["second factor", "mailed code", "verification", "reset"])
def test_a_flow_ends_with_what_it_began_with(step: str, change: Callable[[Any], None], ann: Any) -> None:
    app, body, path = App(), {}, ""
    with override_settings(ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED=step == "reset"):
        if step == "second factor":
            body, path = {"code": code(totp(ann))}, "auth/2fa/authenticate"
            app.login()
        elif step == "mailed code":
            app.send("POST", "auth/code/request", {"email": MAIL})
            body, path = {"code": mailed_code()}, "auth/code/confirm"
        elif step == "verification":
            ann.emailaddress_set.update(verified=False)
            app.login()
            body, path = {"key": mailed_code()}, "auth/email/verify"
        else:
            app.send("POST", "auth/password/request", {"email": MAIL})
            body, path = {"key": mailed_code(), "password": "mallory's own phrase"}, "auth/password/reset"
        assert app.flow
        change(ann)
        app.send("GET", "auth/session")
        assert app.last.status_code == 410
        app.send("POST", path, body)
    assert app.last.status_code in (410, 409)
    ann.refresh_from_db()
    assert not ann.check_password("mallory's own phrase")
    assert not Session.objects.exists()


def test_a_flow_is_in_one_request_at_a_time(ann: Any) -> None:
    app = App()
    app.send("POST", "auth/code/request", {"email": MAIL})
    taken = pending.take(app.flow, ISSUER)
    assert taken is not None
    assert pending.take(app.flow, ISSUER) is None
    assert pending.find(app.flow, ISSUER) is None
    app.send("POST", "auth/code/confirm", {"code": mailed_code()})
    assert app.last.status_code == 410
    taken.save()
    app.send("POST", "auth/code/confirm", {"code": mailed_code()})
    assert app.last.status_code == 200, app.last.content


def copies(app: App, times: int) -> list[App]:
    """The same flow in several clients."""
    found = []
    for _ in range(times):
        one = App()
        one.flow, one.access = app.flow, app.access
        found.append(one)
    return found


def at_once(threads: ThreadGroup, apps: list[App], path: str, bodies: list[Any]) -> list[int]:
    jobs = [partial(one.send, "POST", path, body) for one, body in zip(apps, bodies, strict=True)]
    threads.run(jobs)
    return [one.last.status_code for one in apps]


@POSTGRES
@many_logins()
def test_one_code_or_passkey_yields_one_session(database: str, ann: Any) -> None:
    app = App()
    app.send("POST", "auth/code/request", {"email": MAIL})
    with ThreadGroup(6) as threads:
        answers = at_once(threads, copies(app, 6), "auth/code/confirm", [{"code": mailed_code()}] * 6)
        assert sorted(answers) == [200, *[410] * 5]
        assert Session.objects.filter(revoked_at=None).count() == 1
        _, device = passkey_session(ann)
        Session.objects.all().delete()
        app = App()
        options = app.send("GET", "auth/webauthn/login")["data"]["request_options"]
        answer = {"credential": device.use(options)}
        answers = at_once(threads, copies(app, 6), "auth/webauthn/login", [answer] * 6)
        assert sorted(answers) == [200, *[410] * 5]
    assert Session.objects.filter(revoked_at=None).count() == 1


@POSTGRES
@many_logins()
def test_no_more_wrong_codes_are_looked_at_than_a_flow_allows(database: str, ann: Any) -> None:
    app = App()
    app.send("POST", "auth/code/request", {"email": MAIL})
    seen: Counter[int] = Counter()
    with ThreadGroup(6) as threads:
        for one in range(8):  # a request that finds the database busy looks at no code
            guesses = [{"code": f"WRNG{one}{number}"} for number in range(6)]
            seen.update(at_once(threads, copies(app, 6), "auth/code/confirm", guesses))
    assert 1 <= seen[400] <= 3, seen
    app.send("POST", "auth/code/confirm", {"code": mailed_code()})
    assert app.last.status_code != 200, seen


@POSTGRES
def test_one_answer_makes_one_passkey(database: str, ann: Any) -> None:
    app, device = App(), Authenticator()
    app.login()
    options = app.send("GET", "account/authenticators/webauthn?passwordless")["data"]["creation_options"]
    body = {"name": "key", "credential": device.make(options)}
    with ThreadGroup(4) as threads:
        at_once(threads, copies(app, 4), "account/authenticators/webauthn", [body] * 4)
    assert ann.authenticator_set.filter(type="webauthn").count() == 1
    assert mail.outbox


PAGE = {"X-Bearer-Client": "first-party", "Sec-Fetch-Site": "same-site", "Content-Type": "application/json"}


def at(address: str, **headers: str) -> App:
    app = App(**headers)
    app.http = Client(enforce_csrf_checks=True, REMOTE_ADDR=address)
    return app


def wrong_passwords(times: int) -> None:
    """From as many addresses."""
    for number in range(times):
        at(f"203.0.{number // 200}.{number % 200 + 1}").login("wrong")


FEW = {"LOGIN_RATE_LIMITS": {"account": "12/day", "address_account": "10/hour"}}


def test_nobody_keeps_a_known_device_out(ann: Any) -> None:
    """Neither a browser with its cookie nor an app with the token in its body."""
    with override_settings(BEARER={**settings.BEARER, **FEW}):
        page = at("192.0.2.1", Origin="https://app.example.com", **PAGE)
        page.login()
        app = at("192.0.2.2")
        device = app.login()["meta"]["known_device_token"]
        wrong_passwords(14)
        page.access = page.flow = ""
        page.login()
        assert page.last.status_code == 200, page.last.content
        other = at("192.0.2.3")
        other.login()
        assert other.last.status_code == 400  # an unknown device
        other.send("POST", "auth/login", {"email": MAIL, "password": PASSWORD, "known_device_token": device})
        assert other.last.status_code == 200, other.last.content
        assert other.last.json()["meta"]["known_device_token"]


def test_the_limits_are_no_less_for_an_owner_elsewhere_than_ours_say(ann: Any) -> None:
    """allauth's own would let nobody in for five minutes after five wrong passwords."""
    wrong_passwords(8)
    owner = at("192.0.2.1")
    owner.login()
    assert owner.last.status_code == 200, owner.last.content


@pytest.mark.parametrize("path", ["auth/code/request", "auth/password/request", "auth/signup"])
def test_mails_are_counted_by_who_asks(path: str, ann: Any) -> None:
    body = {"email": MAIL, "password": PASSWORD}
    attacker, owner = at("203.0.113.1"), at("192.0.2.1")
    answers = [(attacker.send("POST", path, body), attacker.last.status_code)[1] for _ in range(7)]
    assert answers[5:] == [429, 429]
    sent = len(mail.outbox)
    owner.send("POST", path, body)
    assert owner.last.status_code != 429, owner.last.content
    # Of links for a new password at most three are good at once: they are in the owner's mailbox.
    assert len(mail.outbox) == (3 if path == "auth/password/request" else sent + 1)


def test_mails_to_an_address_that_is_added_are_counted(ann: Any) -> None:
    app = App()
    app.login()
    answers = []
    for _ in range(7):
        app.send("POST", "account/email", {"email": "second@example.com"})
        answers.append(app.last.status_code)
    assert answers[5:] == [429, 429]


@pytest.mark.parametrize("email", [MAIL, "nobody@example.com"])
def test_mailed_codes_are_counted_over_all_flows(email: str, ann: Any) -> None:
    """The same for an address that has no account."""
    with override_settings(BEARER={**settings.BEARER, **FEW}):
        answers = []
        for number in range(14):
            app = at(f"203.0.113.{number + 1}")
            app.send("POST", "auth/code/request", {"email": email})
            app.send("POST", "auth/code/confirm", {"code": "WRNGWR"})
            answers.append(app.last.status_code)
        assert answers == [400] * 12 + [429] * 2
        app = at("192.0.2.1")
        app.send("POST", "auth/code/request", {"email": email})
        if email == MAIL:
            app.send("POST", "auth/code/confirm", {"code": mailed_code()})
            assert app.last.status_code == 429
    assert not Session.objects.exists()


def test_a_right_mailed_code_is_forgiven(ann: Any) -> None:
    with override_settings(BEARER={**settings.BEARER, **FEW, "CODE_RATE_LIMITS": {"account": "100/hour"}}):
        for _ in range(14):
            app = App()
            app.send("POST", "auth/code/request", {"email": MAIL})
            app.send("POST", "auth/code/confirm", {"code": mailed_code()})
            assert app.last.status_code == 200, app.last.content


def test_a_code_in_a_header_is_an_attempt_as_well(ann: Any) -> None:
    ann.emailaddress_set.update(verified=False)
    app = App()
    app.login()
    right = mailed_code()
    for guess in range(4):
        app.headers = {"X-Email-Verification-Key": f"WRNG{guess}X"}
        app.send("GET", "auth/email/verify")
    app.headers = {}
    app.send("POST", "auth/email/verify", {"key": right})
    assert app.last.status_code != 200


def test_one_account_has_one_limit_by_whatever_name(ann: Any) -> None:
    with override_settings(BEARER={**settings.BEARER, **FEW}):
        wrong_passwords(12)
        body = {"username": "ann", "password": PASSWORD}
        answer = Client(REMOTE_ADDR="192.0.2.1").post("/token/login/", body, "application/json", secure=True)
        assert answer.status_code in (401, 404, 429), answer.content
        found = login_limits.identified(None, MAIL)
        assert found.account.is_of(ann)
        assert limiter.admit_login(found.buckets).wait
        assert limiter.admit_login(login_limits.identified(None, "ann").buckets).wait


@pytest.mark.parametrize("name", ["ACCOUNT_RATE_LIMITS", "MFA_RATE_LIMITS"])
def test_allauths_own_limits_are_an_error(name: str) -> None:
    assert getattr(settings, name) is False
    for value in ({"login_failed": "5/m/key"}, {}, None):
        with override_settings(**{name: value}):
            assert [found.id for found in through_allauth.check(None)] == ["bearer.E013"]


def test_whoever_has_the_password_alone_keeps_its_owner_from_no_login_elsewhere(ann: Any) -> None:
    """A right password without its second factor is no guess, from however many addresses it comes."""
    totp(ann)
    with override_settings(BEARER={**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "4/day"}}):

        def ask(number: int, password: str) -> int:
            app = App()
            app.http.defaults["REMOTE_ADDR"] = f"192.0.2.{number}"
            app.login(password)
            return int(app.last.status_code)

        assert [ask(number, PASSWORD) for number in range(6)] == [401] * 6
        assert [ask(number, "wrong") for number in range(10, 14)] == [400] * 4
        assert ask(20, PASSWORD) == 400, "whatever it is, once there were too many guesses"
