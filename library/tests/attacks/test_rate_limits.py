"""Getting past the count of login attempts, or turning it against somebody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import UserManager
from django.db.models import Q
from django.test import Client

from django_bearer import count_login_attempt, issue_login_unlock_token, redeem_login_unlock_token
from django_bearer.accounts import known_devices as known_devices
from django_bearer.accounts import lookup
from django_bearer.database import rate_limit_counters
from django_bearer.database.rate_limit_counters import Window
from django_bearer.errors import RateLimited
from django_bearer.http import login_limits
from django_bearer.models import RateLimitCounter
from django_bearer.rate_limits import limiter, rules
from tests.conftest import PASSWORD


def ask(username: str, password: str, known_device_token: str = "", **extra: Any) -> Any:
    body = {"username": username, "password": password, "known_device_token": known_device_token}
    return Client().post("/auth/login/", body, content_type="application/json", **{"secure": True, **extra})


def login(name: str = "ann@example.com", password: str = PASSWORD, known_device_token: str = "", **extra: Any) -> int:
    return int(ask(name, password, known_device_token, **extra).status_code)


@pytest.fixture
def generous(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address": "1000/minute"}}


def test_logging_in_as_a_namesake_buys_no_more_guesses(ann: Any, django_user_model: Any, generous: None) -> None:
    """Names that count as one account need not be one: Django tells ANN from ann."""
    django_user_model.objects.create_user("ANN@example.com", password=PASSWORD)
    guesses = []
    for _ in range(5):
        guesses += [login(password="wrong") for _ in range(8)]
        login(name="ANN@example.com")
    assert guesses.count(401) <= 10


def test_a_project_that_counts_itself_forgives_nobody_else(ann: Any, django_user_model: Any, generous: None) -> None:
    other = django_user_model.objects.create_user("bob@example.com", password=PASSWORD)

    def guess() -> None:
        for _ in range(300):
            count_login_attempt("ann@example.com").succeeded(other)

    with pytest.raises(RateLimited):
        guess()


def test_what_is_stored_with_a_session_forgives_nobody_else(ann: Any, django_user_model: Any) -> None:
    """Between looking the name up and logging in, the name may have come to be another's."""
    other = django_user_model.objects.create_user("bob@example.com", password=PASSWORD)
    attempt = count_login_attempt("ann@example.com")
    assert login_limits.corrections(attempt, ann)
    assert login_limits.corrections(attempt, other) is None


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
    assert rules.canonical(name) == rules.canonical("ann@example.com")


@pytest.mark.parametrize("name", ["\u0430nn@example.com", "\u9673@example.com", "anne@example.com"])
def test_other_names_are_counted_apart(name: str) -> None:
    assert rules.canonical(name) != rules.canonical("ann@example.com")


def test_a_slot_that_counted_short_windows_does_not_lock_a_long_one_for_ever(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Periods of a minute are larger numbers than periods of an hour, and hour upon hour would not reach them."""
    monkeypatch.setattr(rate_limit_counters, "ROW_SPACE", 1)
    minute, hour = Window("m", 1000, 60), Window("h", 3, 3600)
    for _ in range(5):
        rate_limit_counters.hit([minute])
    assert rate_limit_counters.hit([hour])[0].wait == 0
    assert RateLimitCounter.objects.get().period < 10**6


def test_clients_behind_a_socket_are_told_apart_by_a_trusted_proxy(ann: Any, settings: Any) -> None:
    """gunicorn on a socket names no peer. Without this an attacker's ten guesses lock Ann out everywhere."""
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.0/24"]}
    attacker = {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "198.51.100.1", "secure": True}
    assert [login(password="wrong", **attacker) for _ in range(11)][-1] == 429
    assert login(REMOTE_ADDR="", HTTP_X_FORWARDED_FOR="203.0.113.9", secure=True) == 200


def test_a_socket_without_trusted_proxies_believes_no_header(ann: Any) -> None:
    codes = [
        login(password="wrong", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}", secure=True)
        for n in range(11)
    ]
    assert codes[-1] == 429


def known_device_token(name: str) -> str:
    body = {"username": name, "password": PASSWORD}
    return str(Client().post("/auth/login/", body, content_type="application/json").json()["known_device_token"])


@pytest.mark.parametrize("namesake", ["ANN@example.com", "ann+x@example.com", "\u00e1nn@example.com"])
def test_devices_of_a_namesake_buy_no_guesses(namesake: str, ann: Any, django_user_model: Any) -> None:
    """Whoever has an account whose name counts as Ann's logs in as often as they like, each time on a new device."""
    django_user_model.objects.create_user(namesake, password=PASSWORD)
    devices = [known_device_token(namesake) for _ in range(5)]
    body = {"username": "ann@example.com", "password": "wrong"}
    tried = [{**body, "known_device_token": devices[n % 5]} for n in range(40)]
    answers = [Client().post("/auth/login/", each, content_type="application/json").status_code for each in tried]
    assert answers.count(401) <= 10


def test_a_pass_of_a_namesake_buys_no_guesses(ann: Any, django_user_model: Any) -> None:
    namesake = django_user_model.objects.create_user("ANN@example.com", password=PASSWORD)
    assert redeem_login_unlock_token(issue_login_unlock_token(namesake), "ann@example.com") is None


def lenient(manager: Any, username: str) -> Any:
    """Takes names for one that are spelled quite differently, as a collation may."""
    return manager.get(username=username.replace("\u014b", "n").replace("-", ""))


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names whose passwords were looked at."""
    found: list[str] = []
    check = ModelBackend.authenticate

    def note(backend: Any, request: Any, username: str | None = None, **credentials: Any) -> Any:
        found.append(str(username))
        return check(backend, request, username=username, **credentials)

    monkeypatch.setattr(ModelBackend, "authenticate", note)
    return found


def test_every_spelling_that_finds_an_account_is_counted_as_it(
    ann: Any, monkeypatch: pytest.MonkeyPatch, looked: list[str]
) -> None:
    """And answered as a name that finds nobody is, which has a count of its own in every spelling."""
    monkeypatch.setattr(UserManager, "get_by_natural_key", lenient)
    spellings = ["a" + "-" * n + "\u014bn@example.com" for n in range(20)]
    assert login(spellings[3]) == 200
    looked.clear()
    answers = [login(each, "wrong") for each in spellings]
    assert len(looked) == 10
    assert answers == [login(each.replace("a", "o"), "wrong", REMOTE_ADDR="192.0.2.7") for each in spellings]


def name_or_mail(manager: Any, name: str) -> Any:
    return manager.get(Q(username=name) | Q(email=name))


@pytest.fixture
def two_names(ann: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ann is found by her address `mail`, too."""
    ann.email = "mail@example.com"
    ann.save()
    monkeypatch.setattr(UserManager, "get_by_natural_key", name_or_mail)
    return ann


def guesses_at_two_names(first: str, second: str, address: str) -> list[int]:
    answers = [login(first, "wrong", REMOTE_ADDR=address) for _ in range(12)]
    return answers + [login(second, "wrong", REMOTE_ADDR=address) for _ in range(12)]


@pytest.mark.parametrize("names", [("ann@example.com", "mail@example.com"), ("mail@example.com", "ann@example.com")])
def test_a_refusal_does_not_tell_that_two_names_are_one_account(
    names: tuple[str, str], two_names: Any, looked: list[str]
) -> None:
    there = guesses_at_two_names(*names, "192.0.2.7")
    assert len(looked) == 10, "and one account has one count"
    absent = guesses_at_two_names("eve@example.com", "mail@elsewhere.example", "192.0.2.8")
    assert there == absent == ([401] * 10 + [429] * 2) * 2


def test_a_quiet_refusal_is_the_answer_to_a_wrong_password(two_names: Any, looked: list[str]) -> None:
    """To the right one, too; the same body, the same headers, the same events."""
    wrong = ask("mail@example.com", "wrong")
    for _ in range(9):
        login(password="wrong")
    quiet = ask("mail@example.com", PASSWORD)
    assert len(looked) == 10
    assert (quiet.status_code, quiet.content) == (wrong.status_code, wrong.content)
    names = [[name for name in answer.headers if name != "X-Request-Id"] for answer in (quiet, wrong)]
    assert [[quiet[name] for name in names[0]], names[0]] == [[wrong[name] for name in names[1]], names[1]]


def test_a_quiet_refusal_hashes_as_often_as_any_other(
    two_names: Any, looked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(10):
        login(password="wrong")
    hashed: list[int] = []
    encode = MD5PasswordHasher.encode

    def count(hasher: Any, password: str, salt: str) -> str:
        hashed.append(1)
        return str(encode(hasher, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    assert login("eve@example.com", "wrong") == 401
    assert login("mail@example.com", "wrong") == 401
    assert len(hashed) == 2


def test_a_quiet_refusal_counts_an_attempt_once_where_others_were_faster(
    two_names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They pass the read together and are told apart by the count, which has counted this one by then."""
    attempt = rules.login("192.0.2.1", "mail@example.com", lookup.key_of(two_names))
    other = rules.login("192.0.2.1", "ann@example.com", lookup.key_of(two_names))
    assert [limiter.admit_login(other).wait for _ in range(10)] == [0] * 10
    read = rate_limit_counters._read
    monkeypatch.setattr(rate_limit_counters, "_read", lambda cursor, slots: (read(cursor, slots)[0], {}))
    late = limiter.admit_login(attempt)
    monkeypatch.undo()
    assert (late.wait > 0, late.quiet) == (True, True)
    left = [limiter.admit_login(attempt).quiet for _ in range(11)]
    assert left == [True] * 9 + [False] * 2


def test_a_device_knows_its_account_by_every_name_that_finds_it(ann: Any) -> None:
    assert lookup.find("ann@example.com").key == lookup.key_of(ann)
    assert lookup.find("nobody").key == ""


def test_a_name_that_finds_another_than_it_lets_in_makes_no_device_known(ann: Any, django_user_model: Any) -> None:
    """A backend of the project's own may let Eve in by an address that is Ann's user name."""
    eve = django_user_model.objects.create_user("eve", password=PASSWORD)
    found = lookup.find("ann@example.com")
    assert found.is_of(ann)
    assert not found.is_of(eve)
    assert not lookup.find("nobody").is_of(eve)
    assert known_devices.issue("https://api.example.com", eve, found, "ann@example.com") == ""


class OfTheTenant(BaseBackend):
    """A user is found by name within the tenant that the request's host names: names are not unique."""

    def authenticate(self, request: Any, username: str = "", password: str = "", **_: Any) -> Any:
        tenant = request.get_host().split(".")[0]
        user = get_user_model().objects.filter(username=f"{tenant}:{username}").first()
        return user if user is not None and user.check_password(password) else None

    def get_user(self, user_id: Any) -> Any:
        return get_user_model().objects.filter(pk=user_id).first()


@pytest.fixture
def namesakes(db: Any, settings: Any, django_user_model: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.OfTheTenant"]
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address": "100000/minute"}}
    for tenant in ("one", "two"):
        django_user_model.objects.create_user(f"{tenant}:ann", password=f"of {tenant}")


def test_a_namesakes_success_at_another_tenant_forgives_nothing(namesakes: None) -> None:
    guesses = []
    for _ in range(40):
        guesses += [login("ann", "wrong", HTTP_HOST="one.example.com") for _ in range(9)]
        login("ann", "of two", HTTP_HOST="two.example.com")
    assert guesses.count(401) <= 10


def test_devices_of_a_namesake_at_another_tenant_do_not_add_up(namesakes: None) -> None:
    body = {"username": "ann", "password": "of two"}
    answers = [ask(**body, HTTP_HOST="two.example.com", REMOTE_ADDR=f"198.51.100.{n}") for n in range(10)]
    shown = [answer.json()["known_device_token"] for answer in answers]
    tried = [
        login("ann", "wrong", HTTP_HOST="one.example.com", known_device_token=each)
        for each in shown
        for _ in range(20)
    ]
    assert tried.count(401) <= 100


def test_a_name_that_finds_nobody_may_log_in_as_often_as_it_likes(namesakes: None) -> None:
    """What succeeds is no guess, though nothing before it is forgiven."""
    assert {login("ann", "of one", HTTP_HOST="one.example.com") for _ in range(25)} == {200}


def test_a_text_that_is_no_name_finds_nobody(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user model whose names are numbers or UUIDs refuses other texts by exceptions of its own."""

    def refuse(manager: Any, username: str) -> Any:
        raise ValueError(username)

    monkeypatch.setattr(UserManager, "get_by_natural_key", refuse)
    assert lookup.find("x").name == "x"
