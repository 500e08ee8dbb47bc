"""Who may have a session: the decision as a table, and the policy at login, session, API token and refresh."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in
from django.test import Client

from django_bearer import (
    Allow,
    LoginAttempt,
    Refuse,
    count_login_attempt,
    errors,
    issue_api_token,
    issue_session,
    login,
    refresh_session,
)
from django_bearer.accounts import login_packages, login_policy
from django_bearer.accounts.login_packages import PackageRequirement, found
from django_bearer.accounts.login_policy import Full, LoginFacts, Purpose, Refusal, decide_login
from django_bearer.checks import logins
from django_bearer.http import cookies
from django_bearer.models import ApiToken, ServiceAccount, Session
from tests.conftest import PASSWORD

DAY = 86_400
SECOND, MAIL, NONE = (
    PackageRequirement.SECOND_FACTOR,
    PackageRequirement.VERIFIED_EMAIL,
    PackageRequirement.NO_PASSWORD,
)
LOGIN, SESSION, REFRESH = Purpose.LOGIN, Purpose.SESSION, Purpose.REFRESH
ASKED: list[LoginAttempt] = []


def set_policy(settings: Any, policy: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": policy}


def refuse(attempt: LoginAttempt) -> Refuse:
    return Refuse("otp_required", "Bitte mit Code anmelden – jetzt.")


def fail(attempt: LoginAttempt) -> Allow:
    raise ZeroDivisionError


async def asynchronous(attempt: LoginAttempt) -> Allow:
    return Allow()


BAD = [fail, lambda attempt: None, lambda attempt: True, asynchronous]


def at_login(**extra: Any) -> Any:
    body = {"username": "ann@example.com", "password": PASSWORD}
    return Client().post("/auth/login/", body, content_type="application/json", **extra)


def at_refresh(token: str | None) -> Any:
    return Client().post("/auth/refresh/", {"refresh_token": token}, content_type="application/json")


@pytest.mark.parametrize(
    ("facts", "methods", "error"),
    [
        (LoginFacts(True, LOGIN), {"pwd"}, None),
        (LoginFacts(False, LOGIN, ruling=Allow()), {"pwd", "otp"}, errors.InvalidCredentials),
        (LoginFacts(True, LOGIN, frozenset({SECOND})), {"pwd"}, errors.LoginUnavailable),
        (LoginFacts(True, LOGIN, frozenset({SECOND})), {"pwd", "otp"}, None),
        (LoginFacts(True, LOGIN, frozenset({MAIL})), {"pwd", "otp"}, errors.LoginUnavailable),
        (LoginFacts(True, LOGIN, frozenset({NONE})), {"pwd", "otp"}, errors.LoginUnavailable),
        (LoginFacts(True, SESSION, frozenset({SECOND})), set(), None),
        (LoginFacts(True, SESSION, ruling=Refuse("no")), {"pwd"}, errors.LoginRefused),
        (LoginFacts(True, REFRESH, ruling=Allow()), set(), None),
        (LoginFacts(True, REFRESH, ruling=Refuse("no")), set(), errors.LoginRefused),
    ],
)
def test_the_decision(facts: LoginFacts, methods: set[str], error: Any) -> None:
    outcome = decide_login(facts, frozenset(methods))
    assert (type(outcome), getattr(outcome, "error", None)) == (Refusal if error else Full, error)


def test_allow_raises_nothing_that_was_refused() -> None:
    """For every combination: with a policy that allows, nobody gets in whom the rest refuses."""
    for active in (True, False):
        for asks in (frozenset[PackageRequirement](), frozenset({SECOND}), frozenset({MAIL})):
            for purpose in Purpose:
                facts = LoginFacts(active, purpose, asks)
                allowed = LoginFacts(active, purpose, asks, Allow())
                assert type(decide_login(facts, frozenset())) is type(decide_login(allowed, frozenset()))


@pytest.mark.parametrize(
    ("code", "message"), [("", ""), ("Not This", ""), ("x" * 65, ""), ("ok", "a\nb"), ("ok", "x" * 301)]
)
def test_what_an_answer_cannot_carry_is_refused_at_once(code: str, message: str) -> None:
    with pytest.raises(ValueError):
        Refuse(code, message)


@pytest.mark.parametrize(
    ("apps", "settings", "asks"),
    [
        ({"django_otp"}, {}, {SECOND}),
        ({"two_factor", "django_otp"}, {}, {SECOND}),
        ({"allauth.account", "allauth.mfa"}, {}, {SECOND}),
        ({"allauth.account"}, {}, set()),
        ({"allauth.account"}, {"ACCOUNT_EMAIL_VERIFICATION": "optional"}, set()),
        ({"allauth.account"}, {"ACCOUNT_EMAIL_VERIFICATION": "mandatory"}, {MAIL}),
        ({"allauth.account"}, {"ACCOUNT_LOGIN_BY_CODE_REQUIRED": True}, {SECOND}),
        ({"allauth.socialaccount"}, {"SOCIALACCOUNT_ONLY": True}, {NONE}),
        (set(), {"ACCOUNT_EMAIL_VERIFICATION": "mandatory", "SOCIALACCOUNT_ONLY": True}, set()),
    ],
)
def test_what_packages_ask_of_a_login(
    apps: set[str], settings: dict[str, Any], asks: set[PackageRequirement]
) -> None:
    given = type("Settings", (), settings)
    assert found(apps.__contains__, given) == asks


def test_it_hears_all_that_it_decides_by(ann: Any, settings: Any, rf: Any) -> None:
    asked: list[LoginAttempt] = []

    def hear(attempt: LoginAttempt) -> Allow:
        asked.append(attempt)
        return Allow()

    set_policy(settings, hear)
    answer = at_login().json()
    at_refresh(answer["refresh_token"])
    issue_session(ann, amr=["otp", "hwk"], acr="high", client_id="other-client", request=rf.get("/"))
    issue_api_token(ann, name="x", expires_in=DAY)
    assert [(one.purpose.value, sorted(one.methods), one.client_id) for one in asked] == [
        ("login", ["pwd"], "first-party"),
        ("refresh", ["pwd"], "first-party"),
        ("session", ["hwk", "otp"], "other-client"),
        ("api_token", [], ""),
    ]
    assert {one.user for one in asked} == {ann}
    assert [asked[2].acr, asked[0].request.path, asked[3].request] == ["high", "/auth/login/", None]


@pytest.mark.parametrize("policy", ["tests.accounts.test_login_policy.refuse", refuse])
def test_a_refused_login_has_none_of_a_logins_effects(policy: Any, ann: Any, settings: Any) -> None:
    set_policy(settings, policy)
    events_of: list[Any] = []

    def hear(**_: Any) -> None:
        events_of.append(1)

    user_logged_in.connect(hear)
    try:
        answers = [at_login() for _ in range(11)]
    finally:
        user_logged_in.disconnect(hear)
    assert [found.status_code for found in answers] == [403] * 10 + [429]  # nothing is forgiven either
    assert answers[0].json() == {
        "error": "access_denied",
        "error_description": "This login is not allowed.",
        "code": "login_refused",
        "reason": "otp_required",
        "message": "Bitte mit Code anmelden – jetzt.",
    }
    assert not Session.objects.exists()
    assert events_of == []
    assert cookies.DEVICE not in answers[0].cookies
    ann.refresh_from_db()
    assert ann.last_login is None


def test_it_is_not_asked_about_a_wrong_password(ann: Any, settings: Any) -> None:
    set_policy(settings, lambda attempt: pytest.fail("asked"))
    for name in ("ann@example.com", "nobody"):
        body = {"username": name, "password": "wrong"}
        found = Client().post("/auth/login/", body, content_type="application/json")
        assert found.json()["code"] == "invalid_credentials"


@pytest.mark.parametrize("policy", BAD)
def test_a_policy_that_decides_nothing_lets_nobody_in(policy: Any, ann: Any, settings: Any, caplog: Any) -> None:
    set_policy(settings, policy)
    with caplog.at_level(logging.ERROR, logger="django_bearer.debug"):
        found = at_login()
    assert (found.status_code, found.json()["code"]) == (503, "retry")
    assert "LOGIN_POLICY" in caplog.text
    assert PASSWORD not in caplog.text
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("policy", "status"), [*[(one, 503) for one in BAD], (refuse, 403)])
def test_a_refresh_that_is_not_allowed_spends_nothing(policy: Any, status: int, ann: Any, settings: Any) -> None:
    token = issue_session(ann, amr=["pwd"]).refresh_token
    before = Session.objects.values().get()
    set_policy(settings, policy)
    for _ in range(2):
        assert at_refresh(token).status_code == status
    assert Session.objects.values().get() == before
    set_policy(settings, None)
    answer = at_refresh(token)
    assert answer.status_code == 200
    set_policy(settings, policy)
    assert at_refresh(token).status_code == status  # nor is the same successor handed out again
    assert at_refresh(answer.json()["refresh_token"]).status_code == status  # nor an access token alone
    set_policy(settings, None)
    assert at_refresh(token).json()["refresh_token"] == answer.json()["refresh_token"]


def test_public_functions_raise_what_it_says(ann: Any, settings: Any, rf: Any) -> None:
    set_policy(settings, refuse)
    token = None
    for ask in (
        lambda: issue_session(ann),
        lambda: issue_api_token(ann, name="x", expires_in=DAY),
        lambda: login(rf.post("/"), "ann@example.com", PASSWORD),
    ):
        with pytest.raises(errors.LoginRefused) as raised:
            token = ask()
        assert raised.value.members["reason"] == "otp_required"
    assert token is None
    assert not Session.objects.exists()
    assert not ApiToken.objects.exists()


def test_a_service_accounts_token_is_no_login(db: None, settings: Any) -> None:
    set_policy(settings, refuse)
    service = ServiceAccount.objects.create(name="backup", created_at=1)
    assert issue_api_token(service, name="x", expires_in=DAY).token


@pytest.mark.django_db(transaction=True)
def test_a_refused_session_stays_refused_for_its_own_methods(ann: Any, settings: Any) -> None:
    def only_otp(attempt: LoginAttempt) -> Allow | Refuse:
        return Allow() if "otp" in attempt.methods else Refuse("otp_required")

    weak, strong = issue_session(ann, amr=["pwd"]), issue_session(ann, amr=["pwd", "otp"])
    set_policy(settings, only_otp)
    with pytest.raises(errors.LoginRefused):
        refresh_session(weak.refresh_token or "")
    assert refresh_session(strong.refresh_token or "").access_token


@pytest.fixture
def with_second_factor(monkeypatch: Any) -> None:
    monkeypatch.setattr(login_packages, "required", lambda: frozenset({SECOND}))


@pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
def test_a_password_alone_is_no_way_round_a_second_factor(
    at: str, ann: Any, with_second_factor: None, caplog: Any, settings: Any
) -> None:
    def ask(password: str) -> Any:
        body = {"username": "ann@example.com", "password": password}
        return Client().post(f"{at}login/", body, content_type="application/json")

    with caplog.at_level(logging.ERROR, logger="django_bearer.debug"):
        answers = [ask(PASSWORD), ask("wrong")]
    assert [(found.status_code, found.json()["code"]) for found in answers] == [(503, "login_unavailable")] * 2
    assert caplog.text.count("LOGIN_POLICY") == 1  # once a minute
    assert not Session.objects.exists()
    set_policy(settings, lambda attempt: Allow())
    assert ask(PASSWORD).status_code == 200


def test_the_same_function_wants_another_method(ann: Any, with_second_factor: None, rf: Any) -> None:
    with pytest.raises(errors.LoginUnavailable):
        login(rf.post("/"), "ann@example.com", PASSWORD)
    done = login(rf.post("/"), "ann@example.com", PASSWORD, amr=["otp", "pwd"])
    assert Session.objects.get(pk=done.tokens.session_id).amr == "pwd otp"
    assert issue_session(ann).access_token  # whoever calls this has decided


@pytest.mark.parametrize("name", ["", "a\x00b", "\ud800", "x" * 321, None, ["ann"]])
def test_bad_names_and_passwords_are_a_clear_refusal(name: Any, db: None, rf: Any) -> None:
    for given in ((name, "x"), ("ann", name)):
        if given[1] != "x" * 321:
            with pytest.raises(errors.InvalidRequest):
                login(rf.post("/"), *given)
    with pytest.raises(errors.InvalidRequest):
        count_login_attempt(name, request=rf.post("/"))


def test_a_check_says_it_where_login_is_mounted(with_second_factor: None, settings: Any) -> None:
    assert [found.id for found in logins.check_login(None)] == ["bearer.E011"]
    settings.ROOT_URLCONF = "django_bearer.urls.without_login"
    assert logins.check_login(None) == []
    settings.ROOT_URLCONF = "django_bearer.integrations.drf.urls_without_login"
    assert logins.check_login(None) == []
    settings.ROOT_URLCONF = "django_bearer.integrations.drf.urls"
    assert [found.id for found in logins.check_login(None)] == ["bearer.E011"]
    set_policy(settings, lambda attempt: Allow())
    assert logins.check_login(None) == []


def test_without_login_is_everything_else(settings: Any) -> None:
    from importlib import import_module

    for whole in ("django_bearer.urls", "django_bearer.integrations.drf.urls"):
        part = "django_bearer.urls.without_login" if whole.endswith("r.urls") else whole + "_without_login"
        names = {route.name for route in import_module(whole).urlpatterns}
        assert {route.name for route in import_module(part).urlpatterns} == names - {"login"}


def test_nothing_is_asked_of_a_project_without_such_packages() -> None:
    assert login_policy.unmet_requirements() == frozenset()
