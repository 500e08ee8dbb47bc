"""The Python client against a served project: a login at another site, its steps, and a required enrolment."""

from __future__ import annotations

import itertools
import re
from contextlib import suppress
from typing import Any

import httpx
import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import override_settings

from django_bearer_client import AccountsError, BearerAuth, InvalidCode, LoginIncomplete, RateLimited
from tests.projects.through_allauth.flows import PASSWORD, ann, fresh, mailed_code, totp
from tests.projects.through_allauth.over_http import BEARER, codes, project
from tests.projects.through_allauth.provider import CLIENT, Provider
from tests.projects.through_allauth.social import connected, provider
from tools.support import timeouts

__all__ = ["ann", "codes", "fresh", "project", "provider"]
pytestmark = pytest.mark.django_db(transaction=True)
numbers = itertools.count()


@pytest.fixture
def auth(served: str) -> BearerAuth:
    return BearerAuth(served, endpoints="rest/", timeout=timeouts.STEP)


def whoami(auth: BearerAuth) -> Any:
    with httpx.Client(base_url=auth.api, auth=auth, trust_env=False, timeout=timeouts.STEP) as client:
        return client.get("/api/whoami/").raise_for_status().json()


def come(auth: BearerAuth, provider: Provider) -> None:
    token = provider.id_token(jti=f"token-{next(numbers)}")
    auth.login_at_provider("company", client_id=CLIENT, id_token=token)


def test_a_login_by_an_id_token_once(auth: BearerAuth, ann: Any, provider: Provider) -> None:
    connected(ann)
    token = provider.id_token()
    auth.login_at_provider("company", client_id=CLIENT, id_token=token)
    assert whoami(auth) == {"user": "ann", "amr": ["federated"], "acr": None}
    with pytest.raises(InvalidCode):
        auth.login_at_provider("company", client_id=CLIENT, id_token=token)
    with pytest.raises(AccountsError) as forged:
        auth.login_at_provider("company", client_id=CLIENT, id_token=token[:-8] + "AAAAAAAA")
    assert forged.value.reason == "invalid_token"
    auth.logout()
    assert not auth.logged_in


def test_the_second_factor_after_it(auth: BearerAuth, ann: Any, provider: Provider, codes: Any) -> None:
    connected(ann)
    secret = totp(ann)
    with pytest.raises(LoginIncomplete) as caught:
        come(auth, provider)
    assert (caught.value.members["step"], caught.value.members["types"]) == ("second_factor", ["totp"])
    with pytest.raises(AccountsError) as wrong:
        auth.second_factor(caught.value, "000000")
    assert wrong.value.reason == "incorrect_code"
    auth.second_factor(caught.value, codes(secret))
    assert set(whoami(auth)["amr"]) == {"federated", "otp", "mfa"}


def test_an_address_that_nobody_has_verified(auth: BearerAuth, provider: Provider) -> None:
    provider.person = {"sub": "2002", "email": "new@example.com", "email_verified": False}
    with pytest.raises(LoginIncomplete) as caught:
        come(auth, provider)
    assert caught.value.members["step"] == "verify_email"
    with pytest.raises(AccountsError):
        auth.confirm_address(caught.value, "AAA-AAA")
    auth.confirm_address(caught.value, mailed_code())
    assert whoami(auth)["amr"] == ["federated"]
    assert EmailAddress.objects.get().verified


def test_a_required_factor_is_enrolled(auth: BearerAuth, ann: Any, provider: Provider, codes: Any) -> None:
    """After a password and after a login at another site, the second factor afterwards by a recovery code."""
    connected(ann)
    with override_settings(BEARER={**BEARER, "MFA_REQUIRED": "user:ann", "MFA_ENROLMENT_TIME": 0}):
        for begin in (lambda: auth.login("ann", PASSWORD), lambda: come(auth, provider)):
            with pytest.raises(LoginIncomplete) as caught:
                begin()
            assert caught.value.members["step"] == "enrol"
        assert auth.mail_enrolment_code(caught.value)
        [mailed] = re.findall(r"The code: (\S+)", str(mail.outbox[-1].body))
        begun = auth.begin_enrolment(caught.value, mailed)
        with pytest.raises(InvalidCode):
            auth.complete_enrolment(begun, "000000")
        [first, *_] = auth.complete_enrolment(begun, codes(begun.secret))
        assert set(whoami(auth)["amr"]) >= {"otp", "mfa"}
        with pytest.raises(LoginIncomplete) as lacking:
            auth.login("ann", PASSWORD)
        auth.second_factor(lacking.value, first)
        assert set(whoami(auth)["amr"]) == {"pwd", "otp", "mfa"}


def test_codes_are_counted(auth: BearerAuth, ann: Any) -> None:
    totp(ann)
    with pytest.raises(LoginIncomplete) as lacking:
        auth.login("ann", PASSWORD)

    def guess(times: int) -> None:
        for _ in range(times):
            with suppress(InvalidCode):
                auth.second_factor(lacking.value, "000000")

    with pytest.raises(RateLimited) as caught:
        guess(20)
    assert caught.value.retry_after
