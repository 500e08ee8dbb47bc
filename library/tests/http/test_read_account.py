"""A login whose account was read already: Django's own backend answers the same, and every other one is asked."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.db import connections
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from django_bearer.accounts import lookup, rehash
from django_bearer.accounts.lookup import Account
from django_bearer.http import limited_authenticate, read_account
from tests.conftest import PASSWORD
from tests.long_waits import long_waits

Model = get_user_model()
FAST = "django.contrib.auth.hashers.MD5PasswordHasher"
QUICK = "tests.hashers.QuickPBKDF2PasswordHasher"


class Derived(ModelBackend):
    """A backend of a project's, which knows more."""

    asked: int = 0

    def authenticate(self, request: Any, username: Any = None, password: Any = None, **kwargs: Any) -> Any:
        Derived.asked += 1
        return super().authenticate(request, username, password, **kwargs)


@pytest.fixture
def user(database: str) -> Any:
    return Model.objects.create_user("ann", password=PASSWORD)


def login(name: str = "ann", password: str = PASSWORD) -> Any:
    return Client().post("/auth/login/", {"username": name, "password": password}, content_type="application/json")


def by_read(name: str, password: str) -> Any:
    with limited_authenticate.counted_already(), read_account.given(lookup.find(name)):
        return authenticate(None, username=name, password=password)


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("password", [PASSWORD, "wrong", ""])
@pytest.mark.parametrize("name", ["ann", "nobody", "", "ANN"])
def test_the_answer_is_that_of_django(name: str, password: str, active: bool, user: Any) -> None:
    Model.objects.update(is_active=active)
    with limited_authenticate.counted_already():
        usual = authenticate(None, username=name, password=password)
    found = by_read(name, password)
    assert found == usual
    if usual is not None:
        assert found.backend == usual.backend
        assert {k: v for k, v in vars(found).items() if k[0] != "_"} == {
            k: v for k, v in vars(usual).items() if k[0] != "_"
        }


def test_a_name_that_finds_nobody_takes_as_many_statements_and_hashes(
    user: Any, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login("nobody", "wrong")
    hashed: list[str] = []
    encode = make_password.__globals__["get_hasher"]().__class__.encode
    hasher = type(make_password.__globals__["get_hasher"]())
    monkeypatch.setattr(
        hasher, "encode", lambda self, *args, **kw: (hashed.append("x"), encode(self, *args, **kw))[1]
    )
    counts = []
    for name in ("ann", "nobody"):
        hashed.clear()
        with CaptureQueriesContext(connections[database]) as captured:
            assert login(name, "wrong").status_code == 401
        counts.append((len(hashed), [query["sql"].split()[0] for query in captured.captured_queries]))
    assert counts[0] == counts[1]


def test_a_backend_of_the_projects_is_asked(user: Any) -> None:
    Derived.asked = 0
    with override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.Derived"]):
        assert login().status_code == 200
    assert Derived.asked == 1


def test_a_changed_model_backend_is_asked(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModelBackend, "authenticate", lambda self, request, username=None, password=None: None)
    assert login().status_code == 401


def test_an_account_that_was_not_read_so_is_not_given(user: Any) -> None:
    with read_account.given(Account("ann", user)):
        backend = ModelBackend()
        assert read_account.instead_of(backend) is backend


def test_a_login_that_is_run_again_reads_anew(user: Any) -> None:
    with read_account.given(lookup.find("ann")):
        assert read_account.instead_of(ModelBackend()).__class__ is not ModelBackend
        assert read_account.instead_of(ModelBackend()).__class__ is ModelBackend


def test_an_outdated_hash_is_hashed_anew_and_the_session_stays(user: Any) -> None:
    with override_settings(PASSWORD_HASHERS=[QUICK, FAST]):
        Model.objects.update(password=make_password(PASSWORD, hasher="md5"))
        answers = [login().json()["access_token"] for _ in range(2)]
        assert not Model.objects.get().password.startswith("md5")
    for token in answers:
        assert Client().get("/drf/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_rehash_that_lost_the_race_is_run_again(user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before_save = rehash.before_save
    runs: list[str] = []

    def late(one: Any, using: str) -> None:
        runs.append(one.password)
        if len(runs) == 1:  # another login has stored its own meanwhile
            other = Model.objects.get()
            before_save(Model(pk=other.pk, username="ann", password=make_password(PASSWORD)), using)
        before_save(one, using)

    monkeypatch.setattr(rehash, "before_save", late)
    with long_waits(), override_settings(PASSWORD_HASHERS=[QUICK, FAST]):
        Model.objects.update(password=make_password(PASSWORD, hasher="md5"))
        token = login().json()["access_token"]
    assert len(runs) == 1
    assert Client().get("/drf/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize("change", [{"password": "!"}, {"is_active": False}])
def test_what_changes_after_the_read_ends_the_session(
    user: Any, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = read_account.given

    def changed(account: Account) -> Any:
        Model.objects.update(**change)
        return given(account)

    monkeypatch.setattr(read_account, "given", changed)
    token = login().json()["access_token"]
    assert Client().get("/drf/", headers={"Authorization": f"Bearer {token}"}).status_code == 401
