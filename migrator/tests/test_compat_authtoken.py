"""The endpoint of `authtoken` over ours, asked as its clients ask: a form or JSON, and then the keyword `Token`."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from django_bearer import ApiToken
from django_bearer_migrate.compat import opaque_login

from .conftest import PASSWORD
from .test_compat_simplejwt import PAGE, asks_for_a_factor
from .test_opaque_tokens import accepted  # noqa: F401 - a fixture
from .test_simplejwt import get

FORMS = [
    {"data": {"username": "ann", "password": PASSWORD}},
    {"data": {"username": "ann", "password": PASSWORD}, "content_type": "application/json"},
    {
        "data": f"username=ann&password={PASSWORD.replace(' ', '+')}",
        "content_type": "application/x-www-form-urlencoded",
    },
]


def login(password: str = PASSWORD, **headers: str) -> Any:
    asked = {"username": "ann", "password": password}
    return Client().post("/authtoken/token/", asked, "application/json", secure=True, headers=headers)


@pytest.mark.parametrize("form", FORMS)
def test_a_login_in_each_form_that_old_clients_send(ann: Any, form: dict[str, Any]) -> None:
    found = Client().post("/authtoken/token/", secure=True, **form)
    assert (found.status_code, set(found.json())) == (200, {"token"}), found.content
    assert get(found.json()["token"], "/drf/", "Token").json() == {"user": "ann"}
    assert get(found.json()["token"], "/admin/", "Token").status_code == 403


def test_wrong_credentials(ann: Any) -> None:
    said = {"non_field_errors": ["Unable to log in with provided credentials."]}
    found = login("wrong")
    assert (found.status_code, found.json()) == (400, said)
    missing = Client().post("/authtoken/token/", {"username": "ann"}, secure=True)
    assert (missing.status_code, set(missing.json())) == (400, {"password"})


def test_a_step_that_this_dialect_cannot_say_is_refused(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": asks_for_a_factor}
    found = login()
    assert (found.status_code, set(found.json())) == (400, {"non_field_errors"})
    assert not ApiToken.objects.exists()


def test_logins_beyond_the_most_end_the_token_that_was_unused_for_longest(ann: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(opaque_login, "MOST", 2)
    first, second = login().json()["token"], login().json()["token"]
    ApiToken.objects.filter(name="authtoken").order_by("created_at").update(last_used_at=None)
    assert get(first, "/drf/", "Token").status_code == 200
    ApiToken.objects.filter(pk=ApiToken.objects.earliest("created_at").pk).update(last_used_at=1)
    third = login().json()["token"]
    codes = [get(each, "/drf/", "Token").status_code for each in (first, second, third)]
    assert codes == [200, 401, 200]


def test_a_page_gets_an_access_token_of_minutes_and_a_cookie(ann: Any) -> None:
    found = login(**PAGE)
    assert found.status_code == 200, found.content
    assert [each for each in found.cookies if each.startswith("__Host-bearer")]
    assert not ApiToken.objects.exists()
    assert found.json()["token"].count(".") == 2


def test_a_basic_header_is_no_login_of_authtoken_where_the_body_names_somebody(ann: Any) -> None:
    found = Client().post(
        "/authtoken/token/", {"username": "ann"}, secure=True, headers={"Authorization": "Basic YW5uOng="}
    )
    assert found.status_code == 400
