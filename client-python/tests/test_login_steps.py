"""The steps that a login may lack, against the library: the second factor, and the enrolment of the first one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as django_settings
from django.core import mail

from django_bearer_client import (
    AccountsError,
    BearerAuth,
    Enrolment,
    InvalidCode,
    InvalidLimitedToken,
    LoginIncomplete,
    LoginRefused,
    TokenFile,
    TokenFileError,
    UnexpectedAnswer,
)
from tools.support.new_project import ROOT, blocks

from .conftest import API, PASSWORD, Served
from .factor import CODE, RECOVERY, SECRET, Factor

SECOND = "654321"
GUIDE = ROOT / "docs" / "guide" / "python-client.md"


@pytest.fixture
def required(settings: Any) -> Iterator[None]:
    Factor.enrolled.clear()
    more = {"SECOND_FACTOR": "tests.factor.Factor", "MFA_REQUIRED": "everyone", "MFA_ENROLMENT_TIME": 0}
    settings.BEARER = {**django_settings.BEARER, **more}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    yield
    Factor.enrolled.clear()


def lacking(auth: BearerAuth) -> LoginIncomplete:
    with pytest.raises(LoginIncomplete) as caught:
        auth.login("ann", PASSWORD)
    return caught.value


def mailed() -> str:
    [found] = re.findall(r"The code: (\S+)", str(mail.outbox[-1].body))
    return str(found)


@pytest.mark.usefixtures("required")
def test_a_required_factor_is_enrolled_and_logs_in_then(served: Served, store: TokenFile) -> None:
    auth = served.auth(store)
    error = lacking(auth)
    assert (error.members["step"], auth.logged_in) == ("enrol", False)
    assert auth.mail_enrolment_code(error)
    with pytest.raises(InvalidCode):
        auth.begin_enrolment(error, "AAAA-AAAA-AA")
    begun = auth.begin_enrolment(error, mailed())
    assert (begun.secret, begun.totp_url[:10]) == (SECRET, "otpauth://")
    assert set(begun.shown) == {"secret", "totp_url"}
    assert SECRET not in repr(begun)
    assert begun.limited_token not in repr(begun)
    with pytest.raises(InvalidCode):
        auth.complete_enrolment(begun, "000000")
    assert not auth.logged_in
    assert auth.complete_enrolment(begun, CODE) == (RECOVERY,)
    with served.client(auth) as client:
        assert client.get("/me/").json()["me"] == "ann"
    with pytest.raises(InvalidLimitedToken):
        auth.complete_enrolment(begun, CODE)
    assert lacking(auth).members["step"] == "second_factor"


@pytest.mark.usefixtures("required")
def test_a_known_device_says_that_it_is_one(served: Served, settings: Any) -> None:
    rule = settings.BEARER
    settings.BEARER = {**rule, "MFA_REQUIRED": None}
    auth = served.auth()
    auth.login("ann", PASSWORD)
    settings.BEARER = rule
    error = lacking(auth)
    auth.mail_enrolment_code(error)
    auth.complete_enrolment(auth.begin_enrolment(error, mailed()), CODE)
    sent = [request for request in served.asked if "/enrol/" in request.url.path]
    assert [b"known_device_token" in request.content for request in sent] == [True] * 3


@pytest.mark.usefixtures("required")
def test_the_second_factor_takes_the_error_or_its_token(served: Served, ann: Any) -> None:
    Factor.enrolled.add(ann.pk)
    auth = served.auth()
    auth.second_factor(lacking(auth), SECOND)
    assert auth.logged_in
    auth.second_factor(str(lacking(auth).members["limited_token"]), RECOVERY)
    assert auth.logged_in


@pytest.mark.usefixtures("required")
def test_nobody_is_mailed_without_a_verified_address(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Factor, "address", "")
    auth = served.auth()
    assert auth.mail_enrolment_code(lacking(auth)) is False
    assert mail.outbox == []


@pytest.mark.usefixtures("required")
def test_recovery_codes_reach_the_caller_although_the_tokens_cannot_be_stored(
    served: Served, store: TokenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = served.auth(store)
    error = lacking(auth)
    auth.mail_enrolment_code(error)
    begun = auth.begin_enrolment(error, mailed())

    def full(_tokens: Any) -> None:
        raise TokenFileError("the disk is full")

    monkeypatch.setattr(store, "save", full)
    with pytest.raises(TokenFileError) as caught:
        auth.complete_enrolment(begun, CODE)
    assert caught.value.members["recovery_codes"] == [RECOVERY]
    assert "access_token" not in caught.value.members


@pytest.mark.usefixtures("required", "ann")
def test_the_code_of_the_guide(
    live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [code] = [block.code for block in blocks(GUIDE) if block.path == "login.py"]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    typed = iter([mailed, lambda: CODE, lambda: SECOND])
    monkeypatch.setattr("builtins.input", lambda _text: next(typed)())
    assert names["log_in"](live_server.url, "ann", PASSWORD).logged_in
    assert RECOVERY in capsys.readouterr().out
    assert names["log_in"](live_server.url, "ann", PASSWORD).logged_in


@pytest.mark.anyio
@pytest.mark.usefixtures("required", "transactional_db")
async def test_the_asynchronous_forms_send_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str, bytes]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append((request.url.path, request.headers.get("X-Session-Token", ""), request.content))
        if request.url.path.endswith("enrol/code/"):
            return httpx.Response(200, json={"sent": True})
        if request.url.path.endswith("enrol/"):
            return httpx.Response(200, json={"limited_token": "two", "secret": SECRET})
        granted = {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 300}
        return httpx.Response(200, json={"meta": {**granted, "session_id": "s", "recovery_codes": ["one"]}})

    auth = BearerAuth(API, async_transport=httpx.MockTransport(answer))
    assert await auth.amail_enrolment_code("one")
    begun = await auth.abegin_enrolment("one", "mailed")
    assert await auth.acomplete_enrolment(begun, CODE) == ("one",)
    await auth.asecond_factor("one", CODE)
    error = LoginIncomplete("")
    error.members = {"step": "verify_email", "session_token": "flow"}
    await auth.aconfirm_address(error, "ABC")
    await auth.alogin_at_provider("company", client_id="us", id_token="x.y.z")
    assert await auth.aaccess_token() == "a"
    tried = [path for path, _, _ in sent if path != "/auth/logout/"]
    assert tried == [
        "/auth/login/enrol/code/",
        "/auth/login/enrol/",
        "/auth/login/enrol/factor/",
        "/auth/login/second-factor/",
        "/auth/v1/auth/email/verify",
        "/auth/v1/auth/provider/token",
    ]
    assert [token for path, token, _ in sent if path.endswith("verify")] == ["flow"]


def asking(*answers: tuple[int, Any], **options: Any) -> tuple[BearerAuth, list[httpx.Request]]:
    """A client whose server gives these answers, and what it is sent."""
    sent: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        status, said = left.pop(0)
        return httpx.Response(status, json=said)

    return BearerAuth(API, transport=httpx.MockTransport(answer), **options), sent


def pending(step: str, **meta: str) -> tuple[int, Any]:
    flows = [{"id": "login"}, {"id": step, "is_pending": True, "types": ["totp"]}]
    return 401, {"status": 401, "data": {"flows": flows}, "meta": {"is_authenticated": False, **meta}}


def test_a_login_at_another_site_goes_on_under_one_token() -> None:
    wrong = 400, {"status": 400, "errors": [{"code": "incorrect_code", "message": "Incorrect code."}]}
    auth, sent = asking(pending("verify_email", session_token="flow"), wrong, pending("mfa_authenticate"), wrong)
    with pytest.raises(LoginIncomplete) as caught:
        auth.login_at_provider("company", client_id="us", id_token="x.y.z")
    assert caught.value.members["step"] == "verify_email"
    with pytest.raises(AccountsError) as refused:
        auth.confirm_address(caught.value, "ABC")
    assert (refused.value.reason, refused.value.code) == ("incorrect_code", "accounts_refused")
    with pytest.raises(LoginIncomplete) as second:
        auth.confirm_address(caught.value, "ABD")
    assert (second.value.members["step"], second.value.members["session_token"]) == ("second_factor", "flow")
    with pytest.raises(AccountsError):
        auth.second_factor(second.value, CODE)
    assert [request.headers.get("X-Session-Token") for request in sent] == [None, "flow", "flow", "flow"]
    assert {request.headers["X-Bearer-Client"] for request in sent} == {"first-party"}
    assert "flow" not in str(second.value)


def test_a_client_with_a_secret_names_itself_in_the_header() -> None:
    auth, sent = asking((401, {"code": "login_refused"}), client_id="shop one", client_secret="a:b/c")
    with pytest.raises(LoginRefused):
        auth.login_at_provider("company", client_id="us", access_token="opaque")
    [request] = sent
    assert request.headers["Authorization"] == "Basic c2hvcCUyMG9uZTphJTNBYiUyRmM="
    assert b"a:b/c" not in request.content


def test_accounts_may_be_mounted_elsewhere_at_the_same_origin_only() -> None:
    auth, sent = asking((503, {}), accounts="people/")
    with pytest.raises(Exception, match="503"):
        auth.login_at_provider("company", client_id="us", id_token="x.y.z")
    assert sent[0].url == f"{API}/people/v1/auth/provider/token"
    with pytest.raises(ValueError, match="origin"):
        BearerAuth(API, accounts="https://evil.example.net/")


def test_what_cannot_go_on_is_said_before_anything_is_sent() -> None:
    auth, sent = asking()
    with pytest.raises(ValueError, match="id_token or an access_token"):
        auth.login_at_provider("company", client_id="us")
    error = LoginIncomplete("")
    error.members = {"step": "provider_signup"}
    with pytest.raises(ValueError, match="its step is provider_signup"):
        auth.second_factor(error, CODE)
    with pytest.raises(ValueError, match="session_token"):
        auth.confirm_address(error, CODE)
    assert sent == []


@pytest.mark.parametrize(
    "said", [{"errors": "no"}, {"errors": [None]}, {"data": [], "meta": 7}, {"data": {"flows": [1]}}]
)
def test_an_answer_of_another_shape_is_unexpected(said: Any) -> None:
    auth, _ = asking((401, said))
    with pytest.raises(UnexpectedAnswer):
        auth.login_at_provider("company", client_id="us", id_token="x.y.z")


def test_an_enrolment_is_not_begun_by_an_answer_without_its_token() -> None:
    auth, _ = asking((200, {"secret": SECRET}), (200, {"sent": "yes"}))
    with pytest.raises(UnexpectedAnswer):
        auth.begin_enrolment("one", "mailed")
    with pytest.raises(UnexpectedAnswer):
        auth.mail_enrolment_code("one")
    assert Enrolment("one", {}).secret == ""
