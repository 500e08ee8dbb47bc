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
from django.test import override_settings

from django_bearer import revoke_user
from django_bearer.integrations.allauth import pending
from django_bearer.models import Session
from tests.concurrency.threads import ThreadGroup
from tests.projects.through_allauth.authenticator import Authenticator
from tests.projects.through_allauth.flows import (
    MAIL,
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
POSTGRES = pytest.mark.parametrize("database", [pytest.param("postgres", marks=BOTH)], indirect=True)


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
        for one in range(4):
            guesses = [{"code": f"WRNG{one}{number}"} for number in range(6)]
            seen.update(at_once(threads, copies(app, 6), "auth/code/confirm", guesses))
    assert 1 <= seen[400] <= 3
    app.send("POST", "auth/code/confirm", {"code": mailed_code()})
    assert app.last.status_code != 200


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
