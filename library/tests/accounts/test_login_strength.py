"""What a project says of a login, `amr` and `acr`: names that a row can hold, never one bare string."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from django_bearer import authenticate_token, issue_api_token, issue_session, login, step_up_session
from django_bearer.accounts.login_strength import methods_of, strength_of
from django_bearer.errors import InvalidRequest
from django_bearer.models import ApiToken, Session

PASSWORD = "correct horse battery staple"


@pytest.mark.parametrize(
    "amr", ["pwd", b"pwd", [""], ["pwd", "one time"], ["pw\x00d"], ["passé"], ["a" * 101], [1], ["abc"] * 26]
)
def test_methods_that_are_none_are_refused(amr: Any) -> None:
    """One bare string would be read as a list of letters, each of which counts as a method."""
    with pytest.raises(InvalidRequest, match="amr"):
        methods_of(amr)


@pytest.mark.parametrize("acr", ["a" * 101, "two words", "a\x00b", "é", None, ["a"]])
def test_strengths_that_are_none_are_refused(acr: Any) -> None:
    with pytest.raises(InvalidRequest, match="acr"):
        strength_of(acr, {}, frozenset())


def test_what_fits_is_kept_in_its_order() -> None:
    assert methods_of(["pwd", "otp"]) == methods_of(name for name in ("pwd", "otp")) == ("pwd", "otp")
    assert methods_of(()) == ()
    assert methods_of(["a" * 100]) == ("a" * 100,)
    assert strength_of("urn:example:gold", {}, frozenset()) == "urn:example:gold"
    assert strength_of("", {"gold": (frozenset({"pwd", "otp"}),)}, frozenset({"pwd", "otp"})) == "gold"


def test_whoever_takes_methods_refuses_a_bare_string(ann: Any) -> None:
    principal = authenticate_token(issue_session(ann).access_token)
    request = RequestFactory().post("/", secure=True)
    before = Session.objects.count()
    for begin in (
        lambda: issue_session(ann, amr="pwd"),
        lambda: login(request, ann.get_username(), PASSWORD, amr="pwd"),
        lambda: step_up_session(principal, amr="pwd"),
        lambda: issue_api_token(ann, name="ci", expires_in=60, amr="pwd"),
    ):
        with pytest.raises(InvalidRequest, match="amr"):
            begin()
    assert Session.objects.count() == before
    assert not ApiToken.objects.exists()
