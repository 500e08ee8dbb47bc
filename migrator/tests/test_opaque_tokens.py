"""Old tokens of knox and of `authtoken`, made by those packages themselves, through the whole middleware."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from knox.models import AuthToken
from rest_framework.authtoken.models import Token

from django_bearer import revoke_user
from django_bearer_migrate import usage
from django_bearer_migrate.models import LegacyUse
from django_bearer_migrate.opaque_tokens import renewed
from django_bearer_migrate.settings import Entry, Knox
from library.tests.databases import EVERY, use

from .conftest import PASSWORD, begin, day
from .test_simplejwt import changed_by_sql, changed_password, deactivated, get


def of_knox(user: Any) -> str:
    return str(AuthToken.objects.create(user)[1])


def of_authtoken(user: Any) -> str:
    return str(Token.objects.get_or_create(user=user)[0].key)


BOTH = pytest.mark.parametrize("make", [of_knox, of_authtoken])
Make = Callable[[Any], str]


def entries(**more: Any) -> dict[str, Any]:
    given = {"UNTIL": day(90), "SCOPES": ["notes:read"], **more}
    return {"knox": given, "authtoken": given}


@pytest.fixture(autouse=True)
def accepted(fresh: None, settings: Any) -> None:
    settings.BEARER_MIGRATE = entries()


@BOTH
def test_it_opens_a_closed_route_under_its_keyword(ann: Any, make: Make) -> None:
    token = make(ann)
    source = make.__name__.removeprefix("of_")
    assert get(token, scheme="Token").json() == {"user": "ann", "legacy": source}
    assert get(token, "/drf/", "token").json() == {"user": "ann"}
    assert get(token, "/write/", "Token").status_code == 403
    assert get(token, "/admin/", "Token").status_code == 403
    assert get(token, scheme="Bearer").status_code == 401
    usage.write()
    assert {(row.source, row.kind, row.client) for row in LegacyUse.objects.all()} == {(source, "key", "okhttp")}


@BOTH
def test_under_bearer_where_the_project_says_so(ann: Any, settings: Any, make: Make) -> None:
    settings.BEARER_MIGRATE = entries(SCHEMES=["Bearer"])
    assert get(make(ann), scheme="Bearer").status_code == 200


@BOTH
@pytest.mark.parametrize("how", [changed_password, deactivated, changed_by_sql, revoke_user])
def test_what_ends_it(ann: Any, make: Make, how: Callable[[Any], Any]) -> None:
    token = make(ann)
    how(ann)
    assert get(token, scheme="Token").status_code == 401


@BOTH
def test_a_logout_in_the_old_version_ends_it(ann: Any, make: Make) -> None:
    token = make(ann)
    assert get(token, scheme="Token").status_code == 200
    AuthToken.objects.all().delete()
    Token.objects.all().delete()
    assert get(token, scheme="Token").status_code == 401


@BOTH
def test_it_ends_with_the_date(ann: Any, settings: Any, later: Any, make: Make) -> None:
    settings.BEARER_MIGRATE = entries(UNTIL=day(1))
    token = make(ann)
    AuthToken.objects.update(expiry=None)
    assert get(token, scheme="Token").status_code == 200
    later(86_400)
    assert get(token, scheme="Token").status_code == 401


@BOTH
def test_what_is_refused(ann: Any, make: Make) -> None:
    token = make(ann)
    for wrong in (token[:-1], token + "0", token.upper(), token[::-1], "x", "0" * 64, "0" * 40, "%27", "a" * 300):
        assert get(wrong, scheme="Token").status_code == 401, wrong


def test_a_key_of_the_projects_own_making(ann: Any) -> None:
    for key in ("abcdefghijklmnopqrstuvwxyz-ABCDEF", "z" * 40):
        Token.objects.all().delete()
        Token.objects.create(user=ann, key=key)
        assert get(key, scheme="Token").status_code == 200, key
        assert get(key.swapcase(), scheme="Token").status_code == 401


def test_a_key_that_could_be_guessed_is_refused_with_why(ann: Any, caplog: pytest.LogCaptureFixture) -> None:
    key = "a-key-of-a-fixture-0123456789ab"
    Token.objects.create(user=ann, key=key)
    with caplog.at_level("DEBUG", logger="django_bearer"):
        assert get(key, scheme="Token").status_code == 401
    assert "fewer than 32 characters" in caplog.text


def test_an_expired_token_of_knox(ann: Any, later: Any) -> None:
    token = str(AuthToken.objects.create(ann, expiry=timedelta(seconds=100))[1])
    assert get(token, scheme="Token").status_code == 200
    later(101)
    assert get(token, scheme="Token").status_code == 401


def test_a_token_with_a_prefix_under_another_keyword(ann: Any, settings: Any) -> None:
    settings.REST_KNOX = {"AUTH_HEADER_PREFIX": "Knox"}
    token = str(AuthToken.objects.create(ann, prefix="app_")[1])
    assert get(token, scheme="Knox").status_code == 200


def test_a_use_extends_a_token_of_knox_where_it_did_before(ann: Any, settings: Any, later: Any) -> None:
    settings.REST_KNOX = {"AUTO_REFRESH": True, "TOKEN_TTL": timedelta(hours=1)}
    token = str(AuthToken.objects.create(ann, expiry=timedelta(hours=1))[1])
    for _ in range(3):
        later(3000)
        assert get(token, scheme="Token").status_code == 200
    later(3601)
    assert get(token, scheme="Token").status_code == 401


def test_the_rule_of_that_is_pure() -> None:
    entry = Entry("knox", 10**9, frozenset(), "", frozenset())
    plain, most = Knox(entry, "sha512", 100, None), Knox(entry, "sha512", 100, 1000)
    assert renewed(0, 500, Knox(entry, "sha512", None, None), 490) is None
    assert renewed(0, 500, plain, 490) == 590
    assert renewed(0, 500, plain, 440) is None
    assert renewed(0, 900, most, 950) == 1000


@pytest.mark.parametrize(
    "old", [{"SECURE_HASH_ALGORITHM": "hashlib.md5"}, {"SECURE_HASH_ALGORITHM": "a.b"}, {"TOKEN_MODEL": "own.Token"}]
)
def test_settings_that_cannot_be_moved(ann: Any, settings: Any, old: dict[str, Any]) -> None:
    from django_bearer_migrate.settings import current

    token = of_knox(ann)
    del settings.KNOX_TOKEN_MODEL
    settings.REST_KNOX = old
    assert current().knox is None
    assert current().faults
    assert get(token, scheme="Token").status_code == 401


@pytest.fixture(params=EVERY)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    with use(request.param):
        yield request.param


@BOTH
def test_on_each_database(database: str, django_user_model: Any, settings: Any, make: Make) -> None:
    settings.REST_KNOX = {"AUTO_REFRESH": True, "TOKEN_TTL": timedelta(hours=20)}
    token = make(begin(django_user_model.objects.create_user("ann", password=PASSWORD)))
    for _ in range(2):
        assert get(token, scheme="Token").json()["user"] == "ann"
