"""Recovery: a mailed link, a new password, and nothing that tells whether there is an account (ASVS 6.4, CS-01)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.test import Client, RequestFactory

from django_bearer import is_token_revoked, issue_api_token, issue_session, revoke_user
from django_bearer.accounts import enrolment
from django_bearer.errors import ConfigurationError
from django_bearer.events import EventKind
from django_bearer.http import cookies, https, mail_limits
from django_bearer.models import LimitedLogin, RecoveryLink, Session
from django_bearer.primitives import clock
from django_bearer.recovery import completion, mailing
from django_bearer.tokens import recovery_token
from tests.conftest import PASSWORD
from tests.endpoints import test_second_factor
from tests.endpoints.test_second_factor import CLEAR, CODES, ENROLLED, PROXY, Factor, elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
NAME, NEW = "ann@example.com", "a wholly new passphrase"
URL = "https://app.example.com/recover#{token}"


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {**settings.BEARER, "RECOVERY_URL": URL, "SECOND_FACTOR": Factor}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}  # Django 6.1
    with clock.frozen():
        yield
    for held in (ENROLLED, CODES):
        held.clear()
    test_second_factor.LOOKED_AT.clear()


@pytest.fixture
def ann(ann: Any) -> Any:
    ann.email = "post@ann.example"
    ann.save()
    return ann


def post(url: str, **body: Any) -> Any:
    return Client().post(url, body, content_type="application/json", secure=True)


def asked(account: str = NAME, at: str = "/auth/") -> str:
    """The token in the mail that follows."""
    before = len(mail.outbox)
    found = post(f"{at}recovery/", account=account)
    assert (found.status_code, found.content) == (204, b"")
    if len(mail.outbox) == before:
        return ""
    [token] = re.findall(r"djb_rc_\S+", str(mail.outbox[-1].body))
    return str(token)


def complete(token: str, password: str = NEW, at: str = "/auth/", **more: Any) -> Any:
    return post(f"{at}recovery/password/", recovery_token=token, password=password, **more)


@pytest.mark.parametrize("account", [NAME, "post@ann.example", "POST@ann.example"])
def test_a_link_sets_a_new_password_and_logs_nobody_in(at: str, account: str, ann: Any) -> None:
    token = asked(account, at)
    assert mail.outbox[-1].to == ["post@ann.example"]
    assert f"https://app.example.com/recover#{token}" in str(mail.outbox[-1].body)
    found = complete(token, at=at)
    assert (found.status_code, found.content) == (204, b"")
    assert not found.cookies
    assert not Session.objects.exists()
    ann.refresh_from_db()
    assert ann.check_password(NEW)
    assert post(f"{at}login/", username=NAME, password=PASSWORD).status_code == 401
    assert post(f"{at}login/", username=NAME, password=NEW).status_code == 200


def test_only_a_digest_is_stored(ann: Any) -> None:
    token = asked()
    row = RecoveryLink.objects.get()
    assert bytes(row.digest) == recovery_token.digest_of(token)
    assert token not in str(RecoveryLink.objects.values().get())


def test_everything_that_the_old_password_opened_ends(ann: Any) -> None:
    """CS-05: sessions, API tokens, known devices, half-finished logins, and every other link."""
    session = issue_session(ann)
    machine = issue_api_token(ann, name="x", expires_in=3600)
    device = post("/auth/login/", username=NAME, password=PASSWORD).json()["known_device_token"]
    ENROLLED.add(NAME)
    limited = post("/auth/login/", username=NAME, password=PASSWORD).json()["limited_token"]
    ENROLLED.discard(NAME)
    others = [asked(), asked()]
    assert complete(others[0]).status_code == 204
    assert is_token_revoked(session.access_token)
    assert is_token_revoked(machine.token)
    assert post("/auth/refresh/", refresh_token=session.refresh_token).status_code == 401
    assert complete(others[1], "yet another passphrase").json()["code"] == "recovery_link_refused"
    assert complete(others[0], "yet another passphrase").json()["code"] == "recovery_link_refused"
    CODES.add("123456")
    ENROLLED.add(NAME)
    found = post("/auth/login/second-factor/", limited_token=limited, code="123456")
    assert found.json()["code"] == "limited_token_refused"
    ENROLLED.discard(NAME)
    from django_bearer.accounts import known_devices, lookup

    account = lookup.find(NAME)
    assert known_devices.find_known_device([device], "https://api.example.com", account, NAME) is None
    assert LimitedLogin.objects.count() == 1


@pytest.mark.parametrize("change", ["time", "password", "email", "factor", "everywhere", "inactive", "gone"])
def test_what_ends_a_link(change: str, ann: Any) -> None:
    token = asked()
    match change:
        case "time":
            clock.advance(900)
        case "password":
            ann.set_password("another password")
            ann.save()
        case "email":
            type(ann).objects.update(email="new@ann.example")
        case "factor":
            ENROLLED.add(NAME)
        case "everywhere":
            revoke_user(ann)
        case "inactive":
            type(ann).objects.update(is_active=False)
        case "gone":
            ann.delete()
    found = complete(token, code="123456")
    assert (found.status_code, found.json()["code"]) == (401, "recovery_link_refused")


def test_it_lasts_for_its_minutes_and_opening_it_consumes_nothing(ann: Any) -> None:
    token = asked()
    for method in ("get", "head", "options"):
        getattr(Client(), method)("/auth/recovery/password/", secure=True)
    clock.advance(899)
    assert complete(token).status_code == 204


def test_a_request_of_somebody_else_kills_no_link(ann: Any) -> None:
    token = asked()
    asked()
    assert complete(token).status_code == 204


@pytest.mark.parametrize("account", ["nobody@example.com", "bob", "blank", "passwordless", "sleeping", "no-mail"])
def test_the_same_answer_and_no_mail_for_whom_there_is_no_link(
    account: str, ann: Any, django_user_model: Any, django_assert_num_queries: Any
) -> None:
    """ASVS 6.3.8: what is done for an account is done after the answer."""
    make = django_user_model.objects.create_user
    make("passwordless", email="a@b.example").save()
    make("sleeping", email="a@b.example", password=PASSWORD, is_active=False)
    make("no-mail", password=PASSWORD)
    known, unknown = post("/auth/recovery/", account=NAME), post("/auth/recovery/", account=account)
    assert (known.status_code, known.content, dict(known.headers)) == (
        unknown.status_code,
        unknown.content,
        dict(unknown.headers),
    )
    assert [sent.to for sent in mail.outbox] == [["post@ann.example"]]


def test_the_answer_is_there_before_the_account_is_looked_for(ann: Any, rf: Any, monkeypatch: Any) -> None:
    from django_bearer.endpoints.recovery import recovery_view
    from django_bearer.recovery import mailing

    looked: list[str] = []
    monkeypatch.setattr(mailing, "accounts", lambda typed: looked.append(typed) or [])
    request = rf.post("/auth/recovery/", {"account": NAME}, content_type="application/json", secure=True)
    response = recovery_view(request)
    assert looked == []
    response.close()
    assert looked == [NAME]


def test_a_mail_that_cannot_be_sent_is_no_answer(ann: Any, monkeypatch: Any, caplog: Any) -> None:
    from django_bearer.recovery import mailing

    monkeypatch.setattr(mailing, "send_mail", lambda *_: 1 / 0)
    assert asked() == ""
    assert "ZeroDivisionError" in caplog.text


def test_addresses_that_only_look_alike_get_no_mail(ann: Any) -> None:
    """A database may take these for equal; the mail would go to the address on file all the same."""
    assert asked("p\u00f6st@ann.example") == ""
    assert asked("post@\u0430nn.example") == ""
    assert mail.outbox == []


def test_the_host_of_whoever_asks_is_nowhere_in_the_mail(ann: Any) -> None:
    """CS-03."""
    body = {"account": NAME}
    Client(HTTP_HOST="evil.example").post("/auth/recovery/", body, content_type="application/json", secure=True)
    assert "evil.example" not in str(mail.outbox[-1].message())


def test_mails_are_bounded_and_whoever_is_refused_one_has_good_ones(ann: Any) -> None:
    tokens = [asked() for _ in range(5)]
    assert [bool(token) for token in tokens] == [True] * 3 + [False] * 2
    clock.advance(890)
    assert complete(tokens[2]).status_code == 204


def test_requests_are_counted_by_account_and_address(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "CODE_RATE_LIMITS": {"account": "2/hour", "address": "100/hour"}}
    codes = [post("/auth/recovery/", account=NAME).status_code for _ in range(3)]
    assert codes == [204, 204, 429]
    assert post("/auth/recovery/", account="somebody else").status_code == 204


def known_device() -> str:
    return str(post("/auth/login/", username=NAME, password=PASSWORD).json()["known_device_token"])


@pytest.mark.parametrize("account", [NAME, "post@ann.example", "POST@ann.example"])
@pytest.mark.parametrize("kept", ["body", "cookie"])
def test_whoever_fills_the_limit_of_an_address_keeps_the_owner_there_from_no_mail(
    kept: str, account: str, at: str, ann: Any, settings: Any
) -> None:
    """A device that is known for the account is counted by itself (ASVS 6.1.1 and 6.3.8)."""
    settings.BEARER = {**settings.BEARER, "CODE_RATE_LIMITS": {"account": "2/hour", "address": "6/hour"}}
    device = known_device()
    for number in range(6):
        assert post(f"{at}recovery/", account=f"nobody {number}").status_code == 204
    assert post(f"{at}recovery/", account=account).status_code == 429
    client, more = Client(), {}
    if kept == "cookie":
        client.cookies[cookies.DEVICE] = device
    else:
        more = {"known_device_token": device}

    def ask(account: str) -> int:
        body = {"account": account, **more}
        return client.post(f"{at}recovery/", body, content_type="application/json", secure=True).status_code

    before = len(mail.outbox)
    assert ask(account) == 204
    assert len(mail.outbox) == before + 1
    assert [ask(account) for _ in range(2)] == [204, 429], "and is bounded itself"
    assert ask("another") == 429, "it is known for its own account alone"


def test_a_device_whose_user_is_another_one_now_has_no_limit_of_its_own(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "CODE_RATE_LIMITS": {"account": "9/hour", "address": "1/hour"}}
    device = known_device()
    assert post("/auth/recovery/", account=NAME).status_code == 204
    ann.set_password("another passphrase of hers")
    ann.save()
    for token in (device, device[:-1], "x"):
        assert post("/auth/recovery/", account=NAME, known_device_token=token).status_code == 429


@pytest.mark.parametrize("asks", [NAME, "nobody"])
def test_what_a_device_costs_tells_nothing_of_another_account(
    asks: str, ann: Any, django_user_model: Any, django_assert_num_queries: Any, settings: Any
) -> None:
    django_user_model.objects.create_user("bob@example.com", password=PASSWORD)
    theirs = post("/auth/login/", username="bob@example.com", password=PASSWORD).json()["known_device_token"]
    request = RequestFactory().post("/", secure=True)
    mail_limits.buckets(request, "recovery", "bob@example.com", theirs)
    with django_assert_num_queries(1):  # the account that the token names
        mail_limits.buckets(request, "recovery", asks, theirs)


@pytest.mark.parametrize("password", ["", "short", None, 7, "x" * 5000])
def test_a_password_that_is_refused_uses_nothing_up(at: str, password: Any, ann: Any, settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}}
    ]
    token = asked()
    found = complete(token, password, at)
    assert found.status_code == 400
    if password == "short":
        assert found.json()["code"] == "password_rejected"
        assert "15" in found.json()["message"]
    assert complete(token, at=at).status_code == 204


@pytest.mark.parametrize("token", ["", "x", "djb_rc_" + "A" * 49, None, 7, "\x00"])
def test_noise_is_a_clear_answer(at: str, token: Any) -> None:
    assert complete(token, at=at).status_code in (400, 401)
    assert post(f"{at}recovery/", account=token).status_code in (204, 400)


def test_a_second_factor_is_not_bypassed(ann: Any) -> None:
    """ASVS 6.4.3: without its code there is no new password, and a wrong one uses nothing up."""
    ENROLLED.add(NAME)
    CODES.add("123456")
    token = asked()
    alone = complete(token)
    assert (alone.status_code, alone.json()["reason"]) == (403, "second_factor_required")
    assert complete(token, code="999999").json()["code"] == "code_refused"
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert complete(token, code="123456").status_code == 204
    assert post("/auth/login/", username=NAME, password=NEW).json()["code"] == "login_incomplete"


@pytest.mark.parametrize("change", ["password", "everywhere"])
def test_what_the_owner_does_while_the_code_is_checked_ends_the_link(change: str, ann: Any, monkeypatch: Any) -> None:
    """Whoever reads the owner's mail does not undo the password that the owner sets meanwhile."""
    check = Factor.verify

    def act() -> None:
        user = type(ann).objects.get()
        if change == "everywhere":
            revoke_user(user)
        else:
            user.set_password("the owner's own choice")
            user.save()

    def meanwhile(self: Factor, user: Any, code: str) -> Any:
        thread = threading.Thread(target=elsewhere, args=[act])
        thread.start()
        thread.join()
        return check(self, user, code)

    CODES.add("123456")
    ENROLLED.add(NAME)
    token = asked()
    monkeypatch.setattr(Factor, "verify", meanwhile)
    found = complete(token, code="123456")
    assert (found.status_code, found.json()["code"]) == (401, "recovery_link_refused")
    ann.refresh_from_db()
    assert ann.check_password("the owner's own choice" if change == "password" else PASSWORD)


def test_a_password_that_was_changed_last_of_all_stays(ann: Any, monkeypatch: Any) -> None:
    """The transaction compares what is stored with what the link was looked at with: password, address, activity."""
    token, begin = asked(), completion.one_transaction

    def begun(using: str) -> Any:
        user = type(ann).objects.get()
        user.set_password("the owner's own choice")
        user.save()
        return begin(using)

    monkeypatch.setattr(completion, "one_transaction", begun)
    assert complete(token).json()["code"] == "recovery_link_refused"
    ann.refresh_from_db()
    assert ann.check_password("the owner's own choice")


@pytest.mark.parametrize("change", [{"email": "other@ann.example"}, {"is_active": False}])
def test_an_account_that_is_another_one_by_now_gets_no_password(change: Any, ann: Any, monkeypatch: Any) -> None:
    token, begin = asked(), completion.one_transaction

    def begun(using: str) -> Any:
        type(ann).objects.update(**change)
        return begin(using)

    monkeypatch.setattr(completion, "one_transaction", begun)
    session = issue_session(ann)
    assert complete(token).json()["code"] == "recovery_link_refused"
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)
    assert Session.objects.get(pk=session.session_id).revoked_at is None  # nothing has happened


def test_a_factor_that_is_added_meanwhile_is_not_passed_by(ann: Any, monkeypatch: Any) -> None:
    token, good = asked(), completion.require_good

    def late(password: str, found: Any) -> None:
        good(password, found)
        ENROLLED.add(NAME)

    monkeypatch.setattr(completion, "require_good", late)
    assert complete(token).json()["code"] == "recovery_link_refused"
    ann.refresh_from_db()
    assert ann.check_password(PASSWORD)


def test_guesses_at_its_code_are_counted_apart_from_those_of_logins(ann: Any) -> None:
    """Whoever has the password, and no link, keeps the owner from no recovery."""
    ENROLLED.add(NAME)
    token = asked()
    limited = post("/auth/login/", username=NAME, password=PASSWORD).json()["limited_token"]
    for number in range(6):
        found = post("/auth/login/second-factor/", limited_token=limited, code=f"1{number}")
    assert found.json()["code"] == "throttled"
    codes = [complete(token, code=f"99999{number}").json()["code"] for number in range(6)]
    assert codes == ["code_refused"] * 5 + ["throttled"]


def test_the_owner_is_told(ann: Any, settings: Any, bearer: Any) -> None:
    told: list[Any] = []
    settings.BEARER = {**settings.BEARER, "ON_TOKEN_REUSE": lambda event, user: told.append((event.kind, user))}
    complete(asked())
    assert told == [(EventKind.PASSWORD_RECOVERED, ann)]
    assert len(bearer.events_of(EventKind.RECOVERY_SENT)) == 1


def test_without_an_address_of_the_page_there_is_no_recovery(at: str, ann: Any, settings: Any) -> None:
    token = asked()
    settings.BEARER = {**settings.BEARER, "RECOVERY_URL": None}
    assert post(f"{at}recovery/", account=NAME).status_code == 404
    assert complete(token, at=at).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://app.example.com/",
        "https://app.example.com/{token}",
        "https://app.example.com/?t={token}",
        "https://app.example.com/?t={token}#{token}",
        "http://app.example.com/#{token}",
        "/recover#{token}",
        "https:///#{token}",
        7,
    ],
)
def test_the_token_is_in_the_fragment_of_an_https_url(url: Any, settings: Any) -> None:
    from django_bearer import conf

    settings.BEARER = {**settings.BEARER, "RECOVERY_URL": url}
    with pytest.raises(ConfigurationError, match="RECOVERY_URL"):
        conf.current()


def test_plain_http_is_refused(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    found = Client().post("/auth/recovery/", {"account": NAME}, content_type="application/json")
    assert found.status_code == 400


@pytest.mark.parametrize("path", ["recovery/password/", "refresh/"])
@pytest.mark.parametrize("password", [NEW, 5])
def test_what_was_overheard_on_plain_http_sets_no_password(
    at: str, path: str, password: Any, ann: Any, settings: Any, bearer: Any
) -> None:
    token = asked()
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": [f"{PROXY}/32"], "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    https.state.seen = True
    body = {"recovery_token": token, "password": password, "code": 7}
    found = Client().post(f"{at}{path}", body, content_type="application/json", **CLEAR)
    assert (found.status_code, found.json()["code"]) == (400, "insecure_transport")
    assert bearer.events[-1].details == {"revoked": "recovery"}
    assert complete(token).json()["code"] == "recovery_link_refused"


def test_accounts_with_an_address_of_somebody_else_keep_no_mail_from_them(ann: Any, django_user_model: Any) -> None:
    others = [django_user_model.objects.create_user(f"a{n}", email=ann.email) for n in range(6)]
    assert mailing.accounts(ann.email)[0] == ann
    django_user_model.objects.filter(pk=others[0].pk).update(email="else@example.com")
    assert len(mailing.accounts(ann.email)) == mailing.MOST


def test_whoever_has_verified_the_address_comes_first(ann: Any, django_user_model: Any, monkeypatch: Any) -> None:
    *_, last = [django_user_model.objects.create_user(f"a{n}", email=ann.email) for n in range(6)]
    monkeypatch.setattr(enrolment, "verified_address", lambda user: user.email if user == last else "")
    assert mailing.accounts(ann.email)[0] == last


def test_it_runs_on_every_database(database: str, django_user_model: Any) -> None:
    django_user_model.objects.create_user(NAME, email="post@ann.example", password=PASSWORD)
    token = asked()
    assert complete(token).status_code == 204
    assert complete(token).status_code == 401
    assert not RecoveryLink.objects.exists()


def test_what_is_over_is_purged(ann: Any) -> None:
    from django_bearer.sessions.cleanup import purge

    asked()
    clock.advance(900 + 86_400 + 1)
    purge()
    assert not RecoveryLink.objects.exists()
