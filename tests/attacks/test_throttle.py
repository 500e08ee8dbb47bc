"""Getting past the count of login attempts, or turning it against somebody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import UserManager
from django.test import Client

from django_bearer import device_pass, redeem_device_pass
from django_bearer.models import Counter
from django_bearer.sessions import account
from django_bearer.storage import counters
from django_bearer.storage.counters import Window
from django_bearer.throttling import policy
from tests.conftest import PASSWORD


def login(name: str = "ann@example.com", password: str = PASSWORD, **extra: Any) -> int:
    body = {"username": name, "password": password}
    return int(Client().post("/auth/login/", body, content_type="application/json", **extra).status_code)


@pytest.fixture
def generous(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_THROTTLE": {"source": "1000/minute"}}


def test_logging_in_as_a_namesake_buys_no_more_guesses(ann: Any, django_user_model: Any, generous: None) -> None:
    """Names that count as one account need not be one: Django tells ANN from ann."""
    django_user_model.objects.create_user("ANN@example.com", password=PASSWORD)
    guesses = []
    for _ in range(5):
        guesses += [login(password="wrong") for _ in range(8)]
        login(name="ANN@example.com")
    assert guesses.count(401) <= 10


@pytest.mark.parametrize(
    "name",
    [
        "\u00e1nn@example.com",
        "a\u0301nn@example.com",
        "a\u200dnn@example.com",
        "\u00adann@example.com",
        "ann\x7f@example.com",
    ],
    ids=["accent", "combining", "joiner", "soft hyphen", "control"],
)
def test_spellings_that_a_database_may_take_for_one_share_a_count(name: str) -> None:
    """MySQL's and MariaDB's usual collations find ann for every one of these."""
    assert policy.canonical(name) == policy.canonical("ann@example.com")


@pytest.mark.parametrize("name", ["\u0430nn@example.com", "\u9673@example.com", "anne@example.com"])
def test_other_names_are_counted_apart(name: str) -> None:
    assert policy.canonical(name) != policy.canonical("ann@example.com")


def test_a_slot_that_counted_short_windows_does_not_lock_a_long_one_for_ever(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Periods of a minute are larger numbers than periods of an hour, and hour upon hour would not reach them."""
    monkeypatch.setattr(counters, "ROW_SPACE", 1)
    minute, hour = Window("m", 1000, 60), Window("h", 3, 3600)
    for _ in range(5):
        counters.hit([minute])
    assert counters.hit([hour])[0].wait == 0
    assert Counter.objects.get().period < 10**6


def test_clients_behind_a_socket_are_told_apart_by_a_trusted_proxy(ann: Any, settings: Any) -> None:
    """gunicorn on a socket names no peer: without this a stranger's ten guesses keep Ann out everywhere."""
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.0/24"]}
    stranger = {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "198.51.100.1", "secure": True}
    assert [login(password="wrong", **stranger) for _ in range(11)][-1] == 429
    assert login(REMOTE_ADDR="", HTTP_X_FORWARDED_FOR="203.0.113.9", secure=True) == 200


def test_a_socket_without_trusted_proxies_believes_no_header(ann: Any) -> None:
    codes = [
        login(password="wrong", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}", secure=True)
        for n in range(11)
    ]
    assert codes[-1] == 429


def device_credential(name: str) -> str:
    body = {"username": name, "password": PASSWORD}
    return str(Client().post("/auth/login/", body, content_type="application/json").json()["device_credential"])


@pytest.mark.parametrize("namesake", ["ANN@example.com", "ann+x@example.com", "\u00e1nn@example.com"])
def test_devices_of_a_namesake_buy_no_guesses(namesake: str, ann: Any, django_user_model: Any) -> None:
    """Whoever has an account whose name counts as Ann's logs in as often as they like, each time on a new device."""
    django_user_model.objects.create_user(namesake, password=PASSWORD)
    devices = [device_credential(namesake) for _ in range(5)]
    body = {"username": "ann@example.com", "password": "wrong"}
    tried = [{**body, "device_credential": devices[n % 5]} for n in range(40)]
    answers = [Client().post("/auth/login/", each, content_type="application/json").status_code for each in tried]
    assert answers.count(401) <= 10


def test_a_pass_of_a_namesake_buys_no_guesses(ann: Any, django_user_model: Any) -> None:
    namesake = django_user_model.objects.create_user("ANN@example.com", password=PASSWORD)
    assert redeem_device_pass(device_pass(namesake), "ann@example.com") is None


def lenient(manager: Any, username: str) -> Any:
    """Takes names for one that are spelled quite differently, as a collation may."""
    return manager.get(username=username.replace("\u014b", "n").replace("-", ""))


def test_every_spelling_that_finds_an_account_is_counted_as_it(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserManager, "get_by_natural_key", lenient)
    spellings = ["a" + "-" * n + "\u014bn@example.com" for n in range(20)]
    assert login(spellings[3]) == 200
    assert [login(each, "wrong") for each in spellings].count(401) <= 10


def test_a_device_knows_its_account_by_every_name_that_finds_it(ann: Any) -> None:
    assert account.find("ann@example.com").known_as == account.known_as(ann)
    assert account.find("nobody").known_as != account.find("Nobody").known_as


def test_a_name_that_finds_another_than_it_lets_in_makes_no_device_known(ann: Any, django_user_model: Any) -> None:
    """A backend of the project's own may let Eve in by an address that is Ann's user name."""
    eve = django_user_model.objects.create_user("eve", password=PASSWORD)
    assert account.find("ann@example.com").is_of(ann)
    assert not account.find("ann@example.com").is_of(eve)
    assert account.find("nobody").is_of(eve)


def test_a_text_that_is_no_name_finds_nobody(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user model whose names are numbers or UUIDs refuses other texts by exceptions of its own."""

    def refuse(manager: Any, username: str) -> Any:
        raise ValueError(username)

    monkeypatch.setattr(UserManager, "get_by_natural_key", refuse)
    assert account.find("x").name == "x"
