"""A second factor that is required: time to enrol, and after it a first enrolment that a password alone cannot do."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command
from django.db import connections
from django.test import Client

from django_bearer import (
    Allow,
    Refuse,
    errors,
    issue_api_token,
    issue_enrolment_code,
    issue_session,
    login,
    refresh_session,
    revoke_user,
    step_up_session,
)
from django_bearer.events import EventKind
from django_bearer.functions import authenticate_token
from django_bearer.models import AccountToken, EnrolmentPeriod, LimitedLogin, Session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD
from tests.endpoints.test_browser import Page

pytestmark = pytest.mark.django_db(transaction=True)
NAME, DAY = "ann@example.com", 86_400
FACTORS: dict[str, str] = {}
ADDRESSES: dict[str, str] = {}


class Factor:
    """A factor of the project's own, whose right code is its secret."""

    def is_enrolled(self, user: Any) -> bool:
        return user.get_username() in FACTORS

    def verify(self, user: Any, code: str) -> bool:
        return FACTORS.get(user.get_username()) == code

    def verified_email(self, user: Any) -> str:
        return ADDRESSES.get(user.get_username(), "")

    def begin_enrolment(self, user: Any) -> tuple[dict[str, str], str]:
        return {"secret": "246810"}, "246810"

    def complete_enrolment(self, user: Any, secret: str, code: str) -> dict[str, Any] | None:
        if code != secret:
            return None
        FACTORS[user.get_username()] = secret
        return {"recovery_codes": ["one", "two"], "access_token": "never"}


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {
        **settings.BEARER,
        "SECOND_FACTOR": Factor,
        "MFA_REQUIRED": "everyone",
        "MFA_ENROLMENT_TIME": 7 * DAY,
    }
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    ADDRESSES[NAME] = "verified@ann.example"
    with clock.frozen():
        yield
    FACTORS.clear()
    ADDRESSES.clear()


def post(url: str, client: Client | None = None, **body: Any) -> Any:
    return (client or Client()).post(url, body, content_type="application/json", secure=True)


def limited(at: str = "/auth/") -> str:
    found = post(f"{at}login/", username=NAME, password=PASSWORD)
    assert found.json()["step"] == "enrol", found.content
    return str(found.json()["limited_token"])


def mailed(token: str, at: str = "/auth/") -> str:
    assert post(f"{at}login/enrol/code/", limited_token=token).json() == {"sent": True}
    return re.findall(r"code: (\S+)", str(mail.outbox[-1].body))[-1]


def over(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "MFA_ENROLMENT_TIME": 0}


def test_there_is_time_to_enrol_from_the_first_login(ann: Any, bearer: Any) -> None:
    with clock.frozen():
        first = login_of(ann)
        assert first.status_code == 200
        assert len(bearer.events_of(EventKind.ENROLMENT_STARTED)) == 1
        clock.advance(6 * DAY)
        assert login_of(ann).status_code == 200
        assert len(bearer.events_of(EventKind.ENROLMENT_STARTED)) == 1
        clock.advance(1 * DAY)
        assert login_of(ann).json()["step"] == "enrol"
        with pytest.raises(errors.LoginRefused) as refused:
            refresh_session(first.json()["refresh_token"])
        assert refused.value.members["reason"] == "enrol_required"


@pytest.mark.parametrize(("later", "step"), [(3 * DAY, None), (8 * DAY, "enrol")])
def test_who_had_a_factor_and_loses_it_gets_what_is_left_of_the_time(
    later: int, step: str | None, ann: Any, bearer: Any
) -> None:
    FACTORS[NAME] = "135790"
    first = post("/auth/login/", username=NAME, password=PASSWORD)
    body = {"limited_token": first.json()["limited_token"], "code": "135790"}
    assert not EnrolmentPeriod.objects.exists(), "a password alone begins nothing"
    assert post("/auth/login/second-factor/", **body).status_code == 200
    clock.advance(later)
    FACTORS.clear()
    found = post("/auth/login/", username=NAME, password=PASSWORD)
    assert found.json().get("step") == step, found.content
    assert not bearer.events_of(EventKind.ENROLMENT_STARTED), "nobody is told of a time that nobody needs"


def test_a_rule_that_fails_keeps_nobody_from_a_login_by_the_factor(ann: Any, settings: Any) -> None:
    def fails(user: Any) -> bool:
        raise ValueError

    settings.BEARER = {**settings.BEARER, "MFA_REQUIRED": fails}
    FACTORS[NAME] = "135790"
    assert issue_session(ann, amr=["pwd", "otp", "mfa"]).access_token


def login_of(user: Any) -> Any:
    return post("/auth/login/", username=NAME, password=PASSWORD)


def test_enrolment_logs_in_with_both_methods(at: str, ann: Any, settings: Any, bearer: Any) -> None:
    over(settings)
    before = issue_api_token(ann, name="x", expires_in=3600)
    token = limited(at)
    code = mailed(token, at)
    assert mail.outbox[-1].to == ["verified@ann.example"]
    begun = post(f"{at}login/enrol/", limited_token=token, code=f" {code[:5].lower()}-{code[5:]}").json()
    assert begun["secret"] == "246810"
    assert begun["limited_token"] != token
    assert (
        post(f"{at}login/enrol/factor/", limited_token=begun["limited_token"], code="1").json()["code"]
        == "code_refused"
    )
    done = post(f"{at}login/enrol/factor/", limited_token=begun["limited_token"], code="246810")
    assert done.status_code == 200, done.content
    assert done.json()["recovery_codes"] == ["one", "two"]
    principal = authenticate_token(done.json()["access_token"])
    assert principal.claims is not None
    assert set(principal.claims.amr) == {"pwd", "otp", "mfa"}
    assert len(bearer.events_of(EventKind.FACTOR_ADDED)) == 1
    ann.refresh_from_db()
    assert ann.last_login is not None
    with pytest.raises(errors.InvalidToken):
        authenticate_token(before.token)
    assert login_of(ann).json()["step"] == "second_factor"


def test_nothing_follows_a_login_before_the_factor_is_there(ann: Any, settings: Any) -> None:
    over(settings)
    begun = post("/auth/login/enrol/", limited_token=limited(), code=issue_enrolment_code(ann))
    assert begun.status_code == 200
    assert not Session.objects.exists()
    ann.refresh_from_db()
    assert ann.last_login is None
    assert "246810" not in str(LimitedLogin.objects.values().get())


def test_a_password_alone_enrols_nobody(at: str, ann: Any, settings: Any) -> None:
    over(settings)
    token = limited(at)
    found = post(f"{at}login/enrol/factor/", limited_token=token, code="246810")
    assert found.json()["code"] == "limited_token_refused"
    assert not FACTORS


def test_a_mailed_code_is_good_for_its_attempt_alone_and_once(at: str, ann: Any, settings: Any) -> None:
    over(settings)
    mine, theirs = limited(at), limited(at)
    code = mailed(mine, at)
    assert post(f"{at}login/enrol/", limited_token=theirs, code=code).json()["code"] == "code_refused"
    assert post(f"{at}login/enrol/", limited_token=mine, code=code).status_code == 200
    assert post(f"{at}login/enrol/", limited_token=mine, code=code).json()["code"] == "limited_token_refused"
    assert not AccountToken.objects.exists()


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 401)])
def test_a_mailed_code_lasts_ten_minutes_and_has_fifty_bits(
    seconds: int, status: int, ann: Any, settings: Any
) -> None:
    """However long the limited token is good (ASVS 6.5.4 and 6.5.5)."""
    over(settings)
    settings.BEARER = {**settings.BEARER, "LIMITED_TOKEN_LIFETIME": 1800}
    token = limited()
    code = mailed(token)
    assert len(code) == 10, "five bits each"
    clock.advance(seconds)
    assert post("/auth/login/enrol/", limited_token=token, code=code).status_code == status


@pytest.mark.parametrize("ends", ["password", "everywhere", "time", "another"])
def test_an_administrators_code_ends(ends: str, ann: Any, settings: Any) -> None:
    over(settings)
    with clock.frozen():
        code = issue_enrolment_code(ann)
        if ends == "password":
            ann.set_password(PASSWORD)  # the same one, hashed anew by hand
            ann.save()
        elif ends == "everywhere":
            revoke_user(ann)
        elif ends == "time":
            clock.advance(DAY)
        else:
            issue_enrolment_code(ann)
        found = post("/auth/login/enrol/", limited_token=limited(), code=code)
    assert found.json()["code"] == "code_refused"


def test_an_administrators_code_is_its_users_alone(ann: Any, django_user_model: Any, settings: Any) -> None:
    over(settings)
    bob = django_user_model.objects.create_user("bob")
    assert post("/auth/login/enrol/", limited_token=limited(), code=issue_enrolment_code(bob)).status_code == 401


def test_the_command_prints_a_code_that_works(ann: Any, settings: Any, capsys: Any) -> None:
    over(settings)
    call_command("bearer_enrolment_code", NAME)
    code = capsys.readouterr().out.strip()
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", code)
    assert post("/auth/login/enrol/", limited_token=limited(), code=code).status_code == 200


def test_without_a_verified_address_nothing_is_mailed(at: str, ann: Any, settings: Any) -> None:
    over(settings)
    ADDRESSES.clear()
    assert post(f"{at}login/enrol/code/", limited_token=limited(at)).json() == {"sent": False}
    assert not mail.outbox


def test_codes_and_mails_are_counted_by_account(ann: Any, settings: Any) -> None:
    over(settings)
    tokens = [limited() for _ in range(4)]
    answers = [post("/auth/login/enrol/", limited_token=tokens[n % 4], code="AAAAAAAAAA") for n in range(8)]
    assert [one.status_code for one in answers] == [401] * 5 + [429] * 3
    sent = [post("/auth/login/enrol/code/", limited_token=one).status_code for one in tokens]
    assert sent == [200, 200, 200, 429]


def begun_enrolment(user: Any, at: str = "/auth/") -> str:
    """The limited token of a login whose mailed or handed code was right."""
    answer = post(f"{at}login/enrol/", limited_token=limited(at), code=issue_enrolment_code(user))
    return str(answer.json()["limited_token"])


def test_first_codes_are_counted_before_they_are_looked_at(at: str, ann: Any, settings: Any) -> None:
    over(settings)
    token = begun_enrolment(ann, at)
    found = [post(f"{at}login/enrol/factor/", limited_token=token, code=str(n)).status_code for n in range(7)]
    assert found == [401] * 5 + [429] * 2
    assert post(f"{at}login/enrol/factor/", limited_token=token, code="246810").status_code == 429
    assert not FACTORS


def test_a_mail_server_that_is_down_uses_up_no_mail(at: str, ann: Any, settings: Any, monkeypatch: Any) -> None:
    over(settings)
    token = limited(at)

    def down(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr("django_bearer.endpoints.enrolment.send_mail", down)
        for _ in range(3):
            assert post(f"{at}login/enrol/code/", limited_token=token).status_code == 503
    assert post(f"{at}login/enrol/", limited_token=token, code=mailed(token, at)).status_code == 200


def test_whoever_has_the_password_keeps_nobody_elsewhere_from_a_mail(ann: Any, settings: Any) -> None:
    over(settings)
    theirs, mine = limited(), limited()
    for _ in range(5):
        last = post("/auth/login/enrol/code/", limited_token=theirs)
    assert last.status_code == 429
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert post("/auth/login/enrol/code/", elsewhere, limited_token=mine).json() == {"sent": True}


def test_nor_does_it_keep_the_owner_from_enrolling_on_a_known_device(at: str, ann: Any, settings: Any) -> None:
    """From many addresses, and by wrong codes, which count for the account from wherever they come."""
    device = post(f"{at}login/", username=NAME, password=PASSWORD).json()["known_device_token"]
    over(settings)
    token = begun_enrolment(ann, at)
    for number in range(8):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        theirs = limited(at)
        for _ in range(2):
            post(f"{at}login/enrol/code/", client, limited_token=theirs)
        post(f"{at}login/enrol/", client, limited_token=theirs, code="AAAAAAAAAA")
        post(f"{at}login/enrol/factor/", client, limited_token=token, code="000000")
    mine = limited(at)
    for path in ("code/", ""):
        body = {"limited_token": mine, "code": "AAAAAAAAAA"}
        assert post(f"{at}login/enrol/{path}", **body).status_code == 429, "a device that is not known"
    known = {"known_device_token": device}
    assert post(f"{at}login/enrol/code/", limited_token=mine, **known).json() == {"sent": True}
    code = re.findall(r"code: (\S+)", str(mail.outbox[-1].body))[-1]
    begun = post(f"{at}login/enrol/", limited_token=mine, code=code, **known)
    assert begun.status_code == 200, begun.json()
    done = post(f"{at}login/enrol/factor/", limited_token=begun.json()["limited_token"], code="246810", **known)
    assert done.status_code == 200, done.json()
    again = [post(f"{at}login/enrol/code/", limited_token=mine, **known).status_code for _ in range(4)]
    assert set(again) == {401}, "the attempt is over"


def test_a_known_device_is_counted_too(ann: Any, settings: Any) -> None:
    known = {
        "known_device_token": post("/auth/login/", username=NAME, password=PASSWORD).json()["known_device_token"]
    }
    over(settings)
    token = limited()
    wrong = {"limited_token": token, "code": "AAAAAAAAAA", **known}
    assert [post("/auth/login/enrol/", **wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    sent = [post("/auth/login/enrol/code/", limited_token=token, **known).status_code for _ in range(4)]
    assert sent == [200] * 3 + [429]


def test_a_logout_everywhere_while_the_factor_is_stored_ends_the_session(
    ann: Any, settings: Any, monkeypatch: Any
) -> None:
    over(settings)
    token = begun_enrolment(ann)
    stored = Factor.complete_enrolment

    def slow(self: Factor, user: Any, secret: str, code: str) -> Any:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return stored(self, user, secret, code)

    def elsewhere() -> None:
        revoke_user(ann)
        connections.close_all()

    monkeypatch.setattr(Factor, "complete_enrolment", slow)
    done = post("/auth/login/enrol/factor/", limited_token=token, code="246810")
    with pytest.raises(errors.InvalidToken):
        authenticate_token(done.json()["access_token"])


def one_more_step(attempt: Any) -> Any:
    return Refuse("not_yet", "Come back tomorrow.") if "mfa" in attempt.methods else Allow()


def test_recovery_codes_are_shown_whatever_the_login_still_lacks(at: str, ann: Any, settings: Any) -> None:
    over(settings)
    token = begun_enrolment(ann, at)
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": one_more_step}
    done = post(f"{at}login/enrol/factor/", limited_token=token, code="246810")
    assert done.status_code == 403
    assert done.json()["recovery_codes"] == ["one", "two"]
    assert (done.json()["code"], "access_token" in done.json()) == ("login_refused", False)


def test_a_factor_that_cannot_begin_uses_up_no_code(ann: Any, settings: Any, monkeypatch: Any) -> None:
    over(settings)
    token, code = limited(), issue_enrolment_code(ann)

    def busy(self: Factor, user: Any) -> Any:
        raise errors.TemporarilyUnavailable("busy")

    with monkeypatch.context() as patched:
        patched.setattr(Factor, "begin_enrolment", busy)
        assert post("/auth/login/enrol/", limited_token=token, code=code).status_code == 503
    assert post("/auth/login/enrol/", limited_token=token, code=code).status_code == 200


def test_a_mailbox_alone_enrols_nobody(at: str, ann: Any, settings: Any) -> None:
    over(settings)
    with pytest.raises(errors.LoginIncomplete) as lacking:
        issue_session(ann, amr=["mca"])
    token = lacking.value.members["limited_token"]
    assert post(f"{at}login/enrol/code/", limited_token=token).json() == {"sent": False}
    assert not mail.outbox
    assert post(f"{at}login/enrol/", limited_token=token, code=issue_enrolment_code(ann)).status_code == 200


def test_who_enrolled_meanwhile_is_not_enrolled_twice(ann: Any, settings: Any) -> None:
    over(settings)
    begun = post("/auth/login/enrol/", limited_token=limited(), code=issue_enrolment_code(ann)).json()
    FACTORS[NAME] = "another"
    found = post("/auth/login/enrol/factor/", limited_token=begun["limited_token"], code="246810")
    assert found.json()["code"] == "limited_token_refused"
    assert FACTORS == {NAME: "another"}
    assert not Session.objects.exists()


def test_a_page_gets_a_cookie_and_the_codes(ann: Any, settings: Any) -> None:
    over(settings)
    page = Page()
    token = page.login().json()["limited_token"]
    begun = page.post("login/enrol", {"limited_token": token, "code": issue_enrolment_code(ann)}).json()
    done = page.post("login/enrol/factor", {"limited_token": begun["limited_token"], "code": "246810"})
    assert done.status_code == 200, done.content
    assert "refresh_token" not in done.json()
    assert any(name.startswith("__Host-bearer-") for name in done.cookies)
    assert done.json()["recovery_codes"] == ["one", "two"]


def test_a_copy_of_a_pages_token_is_of_no_use_elsewhere(ann: Any, settings: Any) -> None:
    over(settings)
    page = Page()
    token = page.login().json()["limited_token"]
    for path in ("", "code/", "factor/"):
        found = post(f"/auth/login/enrol/{path}", limited_token=token, code=issue_enrolment_code(ann))
        assert found.json()["code"] == "origin_refused"


class Plain:
    is_enrolled = Factor.is_enrolled
    verify = Factor.verify


def test_a_factor_that_cannot_be_enrolled_here(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": Plain, "MFA_ENROLMENT_TIME": 0}
    assert post("/auth/login/enrol/code/", limited_token=limited()).status_code == 404


@pytest.mark.parametrize(
    ("rule", "concerned"),
    [
        ("everyone", {"staff", "member", "named", "plain"}),
        ("staff", {"staff"}),
        ("group:Accounting", {"member"}),
        (["staff", "group:Accounting", "user:named"], {"staff", "member", "named"}),
        (lambda user: user.get_username() == "plain", {"plain"}),
        (None, set()),
    ],
)
def test_whom_a_rule_concerns(rule: Any, concerned: set[str], settings: Any, django_user_model: Any) -> None:
    if not hasattr(django_user_model, "groups"):
        pytest.skip("the rule asks for groups, and this user model has none")
    settings.BEARER = {**settings.BEARER, "MFA_REQUIRED": rule, "MFA_ENROLMENT_TIME": 0}
    for name in ("staff", "member", "named", "plain"):
        user = django_user_model.objects.create_user(name, is_staff=name == "staff")
        if name == "member":
            user.groups.add(Group.objects.create(name="Accounting"))
        try:
            issue_session(user, amr=["pwd"])
        except errors.LoginIncomplete as incomplete:
            asked_to = incomplete.members["step"]
        else:
            asked_to = ""
        assert asked_to == ("enrol" if name in concerned else "")


@pytest.mark.parametrize("rule", ["", [], "everybody", ["staff", "group:"], 1, "no.such.rule"])
def test_a_rule_that_names_nobody_is_refused(rule: Any, ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "MFA_REQUIRED": rule}
    with pytest.raises(errors.ConfigurationError, match="MFA_REQUIRED"):
        issue_session(ann)


def test_a_rule_without_a_factor_is_refused(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "SECOND_FACTOR": None}
    with pytest.raises(errors.ConfigurationError, match="SECOND_FACTOR"):
        issue_session(ann)


def test_a_rule_that_fails_issues_nothing(ann: Any, settings: Any) -> None:
    def fails(user: Any) -> bool:
        raise ZeroDivisionError

    settings.BEARER = {**settings.BEARER, "MFA_REQUIRED": fails}
    with pytest.raises(errors.TemporarilyUnavailable):
        issue_session(ann)
    assert not Session.objects.exists()


FULL, LIMITED, REFUSED = "full", "limited", "refused"
STATES = ("no factor", "factor on", "required, time left", "required, not enrolled", "deactivated", "blocked")
"""An unverified e-mail is a state of django-allauth's, whose table is in tests/projects/through_allauth."""
TABLE = {
    "login/": (FULL, LIMITED, FULL, LIMITED, REFUSED, REFUSED),
    "drf login/": (FULL, LIMITED, FULL, LIMITED, REFUSED, REFUSED),
    "login()": (FULL, LIMITED, FULL, LIMITED, REFUSED, REFUSED),
    "issue_session()": (FULL, LIMITED, FULL, LIMITED, REFUSED, REFUSED),
    "issue_session() with a passkey": (FULL, FULL, FULL, FULL, REFUSED, REFUSED),
    "refresh": (FULL, REFUSED, FULL, REFUSED, REFUSED, REFUSED),
    "step-up by password": (FULL, REFUSED, FULL, REFUSED, REFUSED, REFUSED),
    "API token by password": (FULL, REFUSED, FULL, REFUSED, REFUSED, REFUSED),
    "API token by code": (FULL, FULL, FULL, FULL, REFUSED, REFUSED),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("way", TABLE)
def test_every_way_in_for_every_state_of_an_account(way: str, state: str, ann: Any, settings: Any, rf: Any) -> None:
    settings.BEARER = {**settings.BEARER, "MFA_REQUIRED": None}
    session = issue_session(ann, amr=["pwd"])
    principal = authenticate_token(session.access_token)
    Session.objects.exclude(pk=session.session_id).delete()
    if state.startswith("required"):
        settings.BEARER = {**settings.BEARER, "MFA_REQUIRED": "everyone"}
    if state == "required, not enrolled":
        over(settings)
    elif state == "factor on":
        FACTORS[NAME] = "246810"
    elif state == "deactivated":
        ann.is_active = False
        ann.save()
    elif state == "blocked":
        settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": lambda attempt: Refuse("blocked")}
    else:
        settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": lambda attempt: Allow()}

    def enter() -> Any:
        request = rf.post("/", secure=True)
        match way:
            case "login/" | "drf login/":
                found = post(f"/{'drf-' if 'drf' in way else ''}auth/login/", username=NAME, password=PASSWORD)
                return found.json()
            case "login()":
                return login(request, NAME, PASSWORD)
            case "issue_session()":
                return issue_session(ann, amr=["pwd"])
            case "issue_session() with a passkey":
                return issue_session(ann, amr=["pop", "mfa"])
            case "refresh":
                return refresh_session(session.refresh_token or "")
            case "step-up by password":
                return step_up_session(principal, amr=["pwd"])
            case "API token by password":
                return issue_api_token(ann, name="x", expires_in=3600, amr=["pwd"])
            case _:
                return issue_api_token(ann, name="x", expires_in=3600)

    try:
        found = enter()
        told = found if isinstance(found, dict) else {"access_token": True}
        outcome = LIMITED if "limited_token" in told else FULL if "access_token" in told else REFUSED
    except errors.LoginIncomplete:
        outcome = LIMITED
    except errors.HTTPRefusal:
        outcome = REFUSED
    assert outcome == TABLE[way][STATES.index(state)]
    fresh = Session.objects.exclude(pk=session.session_id).filter(revoked_at=None).count()
    assert fresh == (1 if outcome == FULL and ("login" in way or "issue_session" in way) else 0)
    assert LimitedLogin.objects.count() == (1 if outcome == LIMITED else 0)
    assert EnrolmentPeriod.objects.exists() is (state == "required, time left" and way not in PASSES)


PASSES = {"API token by code"}
