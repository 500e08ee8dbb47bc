"""Second factors at allauth: rows of before, rows of another key, and what a code proves; run by test_allauth.py."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator as Stored
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings

from django_bearer import issue_session
from django_bearer.errors import LoginIncomplete
from django_bearer.integrations.allauth import seeds
from django_bearer.integrations.allauth.methods import methods_of
from django_bearer.models import ApiToken, Session
from django_bearer.primitives import clock
from tests.projects.through_allauth.authenticator import Authenticator
from tests.projects.through_allauth.flows import MAIL, PASSWORD, App, code, mailed_code, ours, person, totp

pytestmark = pytest.mark.django_db(transaction=True)
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OF_THE_CODES = "ab" * 40


@pytest.fixture(autouse=True)
def fresh() -> None:
    cache.clear()


@pytest.fixture
def ann() -> Any:
    """A user of a project that had allauth's second factors before."""
    user = person(MAIL)
    Stored.objects.create(user=user, type="totp", data={"secret": SEED})
    Stored.objects.create(user=user, type="recovery_codes", data={"seed": OF_THE_CODES, "used_mask": 0})
    return user


def recovery_codes(user: Any) -> list[str]:
    return list(RecoveryCodes(Stored.objects.get(user=user, type="recovery_codes")).get_unused_codes())


def stored() -> str:
    return str(list(Stored.objects.values_list("data", flat=True)))


@pytest.mark.parametrize("kind", ["totp", "recovery code"])
@pytest.mark.parametrize("way", ["allauth", "ours"])
def test_a_factor_of_before_is_read_and_encrypted_at_its_first_use(way: str, kind: str, ann: Any) -> None:
    right = code(SEED) if kind == "totp" else recovery_codes(ann)[0]
    app = App()
    if way == "allauth":
        app.login()
        app.send("POST", "auth/2fa/authenticate", {"code": right})
        assert app.last.status_code == 200, app.last.content
        assert set(app.whoami()["amr"]) == {"pwd", "otp", "mfa"}
    else:
        token = issue_session_limited(ann)
        answer = ours("second-factor/", limited_token=token, code=right)
        assert answer.status_code == 200, answer.content
    assert SEED not in stored()
    assert OF_THE_CODES not in stored()
    if kind != "totp":
        assert right not in recovery_codes(ann)
    again = App()
    again.login()
    again.send("POST", "auth/2fa/authenticate", {"code": recovery_codes(ann)[0]})
    assert again.last.status_code == 200, again.last.content


def issue_session_limited(user: Any) -> str:
    with pytest.raises(LoginIncomplete) as incomplete:
        issue_session(user, amr=["pwd"])
    return str(incomplete.value.members["limited_token"])


def test_a_wrong_code_of_a_factor_of_before_is_wrong(ann: Any) -> None:
    app = App()
    app.login()
    app.send("POST", "auth/2fa/authenticate", {"code": "000000"})
    assert app.last.status_code == 400
    assert SEED in stored()


def test_all_seeds_are_encrypted_by_one_call(ann: Any) -> None:
    Stored.objects.filter(type="recovery_codes").update(data={"migrated_codes": ["abcd-efgh", "12345678"]})
    seeds.encrypt_stored_seeds()
    assert not any(one in stored() for one in (SEED, "abcd-efgh", "12345678"))
    before = stored()
    seeds.encrypt_stored_seeds()
    assert stored() == before
    assert recovery_codes(ann) == ["abcd-efgh", "12345678"]


@pytest.mark.parametrize("way", ["allauth", "ours"])
def test_a_factor_of_another_key_is_refused_and_counts_as_one(way: str, ann: Any, caplog: Any) -> None:
    seeds.encrypt_stored_seeds()
    other = {**settings.BEARER, "KEY_ENCRYPTION_KEYS": ["A" * 43]}
    with override_settings(BEARER=other):
        app = App()
        app.login()
        assert not app.access
        if way == "allauth":
            said = app.send("POST", "auth/2fa/authenticate", {"code": code(SEED)})
            status = app.last.status_code
        else:
            answer = ours("second-factor/", limited_token=issue_session_limited(ann), code=code(SEED))
            said, status = answer.json(), answer.status_code
        assert (status, said["reason"]) == (403, "second_factor_unreadable")
    assert "KEY_ENCRYPTION_KEYS" in caplog.text
    assert not Session.objects.exists()


def test_one_unreadable_factor_keeps_no_other_from_its_code(ann: Any) -> None:
    Stored.objects.filter(type="totp").update(data={"secret": "AQ" + "x" * 60})
    app = App()
    app.login()
    app.send("POST", "auth/2fa/authenticate", {"code": recovery_codes(ann)[0]})
    assert app.last.status_code == 200, app.last.content


def test_the_list_of_codes_that_cannot_be_read_is_refused(ann: Any) -> None:
    Stored.objects.filter(type="recovery_codes").update(data={"seed": "AQ" + "x" * 60, "used_mask": 0})
    app = App()
    app.access = issue_session(ann, amr=["pwd", "otp", "mfa"]).access_token
    said = app.send("GET", "account/authenticators/recovery-codes")
    assert (app.last.status_code, said["reason"]) == (403, "second_factor_unreadable")


@pytest.mark.parametrize("text", ["", "AQ" + "x" * 60, SEED * 2 + "-", "é" * 20])
def test_what_is_neither_ours_nor_plain_is_not_taken_for_a_seed(text: str) -> None:
    assert not seeds.is_plain(text)


MAILED, PASSWORD_SHOWN = {"method": "code", "email": MAIL}, {"method": "password"}


@pytest.mark.parametrize(
    ("records", "several"),
    [
        ([MAILED], False),
        ([MAILED, {"method": "mfa", "type": "totp"}], False),
        ([MAILED, {"method": "mfa", "type": "recovery_codes"}], False),
        ([MAILED, {"method": "mfa", "type": "webauthn"}], False),
        ([PASSWORD_SHOWN, MAILED], False),
        ([PASSWORD_SHOWN, {"method": "mfa", "type": "totp"}], True),
        ([PASSWORD_SHOWN, {"method": "mfa", "type": "webauthn"}], True),
        ([{"method": "mfa", "type": "webauthn", "passwordless": True}], True),
        ([{"method": "code", "phone": "+1"}, {"method": "mfa", "type": "totp"}], False),
    ],
)
def test_only_proofs_of_several_kinds_are_several(records: Any, several: bool) -> None:
    assert ("mfa" in methods_of(records)) is several


def test_a_mailed_code_and_totp_log_in_and_are_no_two_factors() -> None:
    user = person(MAIL)
    secret = totp(user)
    with override_settings(BEARER={**settings.BEARER, "ACR_VALUES": {"aal2": ["mfa"]}}):
        app = App()
        app.send("POST", "auth/code/request", {"email": MAIL})
        app.send("POST", "auth/code/confirm", {"code": mailed_code()})
        assert not app.access
        app.send("POST", "auth/2fa/authenticate", {"code": code(secret)})
        assert app.last.status_code == 200, app.last.content
        assert app.whoami() == {"user": "ann", "amr": ["mca", "otp"], "acr": None}


def test_the_code_that_enrolled_a_device_logs_nobody_in() -> None:
    person(MAIL)
    with clock.frozen():
        app = App()
        app.login()
        secret = app.send("GET", "account/authenticators/totp")["meta"]["secret"]
        first = code(secret)
        app.send("POST", "account/authenticators/totp", {"code": first})
        assert app.last.status_code == 200, app.last.content
        cache.clear()
        other = App()
        other.login()
        other.send("POST", "auth/2fa/authenticate", {"code": first})
        assert other.last.status_code == 401


@pytest.mark.parametrize("kind", ["totp", "passkey"])
def test_recovery_codes_are_shown_with_the_first_factor_alone(kind: str) -> None:
    """The session ends with the change, so no later request of it could ask for them."""
    person(MAIL)
    app, device = App(), Authenticator()
    app.login()
    if kind == "totp":
        secret = app.send("GET", "account/authenticators/totp")["meta"]["secret"]
        said = app.send("POST", "account/authenticators/totp", {"code": code(secret)})
    else:
        options = app.send("GET", "account/authenticators/webauthn?passwordless")["data"]["creation_options"]
        made = {"name": "key", "credential": device.make(options)}
        said = app.send("POST", "account/authenticators/webauthn", made)
    assert app.last.status_code == 200, said
    codes = said["meta"]["recovery_codes"]
    assert len(set(codes)) == 10
    again = App()
    again.login()
    again.send("POST", "auth/2fa/authenticate", {"code": codes[0]})
    assert again.last.status_code == 200, again.last.content
    options = again.send("GET", "account/authenticators/webauthn?passwordless")["data"]["creation_options"]
    made = {"name": "second", "credential": Authenticator().make(options)}
    said = again.send("POST", "account/authenticators/webauthn", made)
    assert again.last.status_code == 200, said
    assert "recovery_codes" not in said["meta"]


def test_a_session_of_no_methods_makes_no_api_token_once_a_factor_is_enrolled() -> None:
    user = person(MAIL)
    token = issue_session(user).access_token
    totp(user)
    headers = {"Authorization": f"Bearer {token}"}
    body = {"name": "x", "expires_in": 3600, "password": PASSWORD}
    answer = Client().post("/token/api-tokens/", body, "application/json", secure=True, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (403, "second_factor_required")
    assert not ApiToken.objects.exists()
