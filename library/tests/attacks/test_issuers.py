"""An issuer that depends on the request: an attacker may send any host, and nothing of it is stored."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from django_bearer import check_rate_limit, conf, errors, issue_session
from django_bearer.database import issuer_limit, signing_keys
from django_bearer.models import Issuer, SigningKey
from tests import databases
from tests.conftest import PASSWORD


def by_host(request: Any) -> str:
    return f"https://{request.get_host()}" if request is not None else "https://api.example.com"


@pytest.fixture
def tenants(settings: Any, db: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUER": by_host}


def test_asking_makes_no_keys_and_is_not_remembered(tenants: None) -> None:
    token = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.e30.AAAA"
    for number in range(20):
        headers = {"Host": f"{number}.evil.example", "Authorization": f"Bearer {token}"}
        assert Client().get("/plain/", headers=headers).status_code == 401
        found = Client().get("/.well-known/jwks.json", headers=headers)
        assert (found.json(), found["Cache-Control"]) == ({"keys": []}, "no-store")
        Client().post("/auth/refresh/", {"refresh_token": "x"}, content_type="application/json", headers=headers)
    assert not SigningKey.objects.exists()
    assert not Issuer.objects.exists()
    assert not signing_keys._rings


def test_a_token_of_one_tenant_is_refused_by_another(tenants: None, ann: Any, rf: Any) -> None:
    token = issue_session(ann, request=rf.get("/", headers={"Host": "one.example"})).access_token
    headers = {"Authorization": f"Bearer {token}"}
    assert Client().get("/plain/", headers={**headers, "Host": "one.example"}).status_code == 200
    assert Client().get("/plain/", headers={**headers, "Host": "two.example"}).status_code == 401


HOSTS = [f"made-up-{number}.example" for number in range(12)]


def login(host: str, password: str = "wrong", address: str = "198.51.100.1") -> Any:
    body = {"username": "ann@example.com", "password": password}
    return Client().post(
        "/auth/login/",
        body,
        content_type="application/json",
        headers={"Host": host},
        REMOTE_ADDR=address,
        secure=True,
    )


def test_made_up_hosts_buy_no_guesses(tenants: None, ann: Any) -> None:
    answers = [login(host).status_code for host in HOSTS for _ in range(10)]
    assert answers.count(401) == 10


def test_made_up_hosts_buy_a_botnet_no_guesses(tenants: None, ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"account": "7/day"}}
    answers = [login(host, address=f"198.51.100.{n}").status_code for n, host in enumerate(HOSTS)]
    assert answers.count(401) == 7


def test_made_up_hosts_buy_no_codes(tenants: None, db: Any, rf: Any) -> None:
    def looked_at(host: str) -> bool:
        try:
            check_rate_limit("code", "ann", request=rf.get("/", headers={"Host": host}))
        except errors.RateLimited:
            return False
        return True

    assert sum(looked_at(host) for host in HOSTS) == 5


@pytest.mark.parametrize("path", ["/auth/verify/", "/auth/revoke/", "/auth/csp-report/"])
def test_made_up_hosts_buy_no_requests(path: str, tenants: None, db: Any, settings: Any) -> None:
    rates = {"verify": "3/minute", "report": "3/minute", "revoke": "3/minute"}
    settings.BEARER = {**settings.BEARER, "TOKEN_RATE_LIMITS": rates}
    kind = "application/csp-report" if "csp" in path else "application/json"
    answers = [
        Client().post(path, '{"token": "x"}', content_type=kind, headers={"Host": host}, secure=True)
        for host in HOSTS
    ]
    assert [answer.status_code == 429 for answer in answers] == [False] * 3 + [True] * 9


@pytest.mark.parametrize("known", [["https://one.example"], lambda issuer: issuer == "https://one.example"])
def test_a_host_that_is_no_issuer_is_refused_everywhere(known: Any, tenants: None, ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUERS": known}
    issued = login("one.example", PASSWORD).json()
    headers = {"Host": "two.example", "Authorization": f"Bearer {issued['access_token']}"}
    asked = {
        "refresh_token": issued["refresh_token"],
        "token": "x",
        "username": "ann@example.com",
        "password": PASSWORD,
    }
    answers = [Client().get("/plain/", headers=headers)]
    for path in ("login/", "refresh/", "verify/", "revoke/", "logout/"):
        answers.append(Client().post(f"/auth/{path}", asked, content_type="application/json", headers=headers))
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_issuer"), answer
    assert Client().get("/drf-open/", headers={"Host": "two.example"}).status_code == 200
    assert list(Issuer.objects.values_list("name", flat=True)) == ["https://one.example"]


def test_without_a_list_so_many_issuers_begin_and_no_more(
    tenants: None, ann: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(issuer_limit, "MOST", 3)
    assert [login(host, PASSWORD).status_code for host in HOSTS] == [200] * 3 + [400] * 9
    assert login(HOSTS[0], PASSWORD).status_code == 200
    assert login("api.example.com", PASSWORD).status_code == 200  # what the settings name themselves
    assert "BEARER['ISSUERS']" in caplog.text
    assert SigningKey.objects.values("issuer").distinct().count() == 4


@pytest.mark.parametrize("database", databases.EVERY[1:], indirect=True)
def test_issuers_that_begin_at_once_are_all_counted(
    database: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUER": by_host}
    monkeypatch.setattr(issuer_limit, "MOST", 3)
    signing_keys.ring_with_keys("https://first.example")

    def begin(number: int) -> bool:
        try:
            signing_keys.ring_with_keys(f"https://{number}.example")
        except errors.UnknownIssuer:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(8))) == 2
    assert Issuer.objects.using(database).count() == 3


def test_a_few_rings_are_kept_in_memory(tenants: None, db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_keys, "MAX_RINGS", 3)
    for number in range(6):
        signing_keys.ring_with_keys(f"https://{number}.example")
        signing_keys.ring("https://0.example")  # used all the time, so never the one to go
    assert {name for _, _, name in signing_keys._rings} == {f"https://{number}.example" for number in (0, 4, 5)}
    assert set(signing_keys._read_at) == set(signing_keys._rings)


def test_a_list_of_issuers_is_for_a_callable(settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUERS": ["https://api.example.com"]}
    assert "leave it out" in conf.faults()[0]


@pytest.mark.parametrize("value", [None, "", "http://api.example.com", 1])
def test_a_callable_that_returns_no_issuer_fails_closed(value: Any, settings: Any, ann: Any) -> None:
    settings.BEARER = {**settings.BEARER, "ISSUER": lambda request: value}
    with pytest.raises(errors.ConfigurationError, match="ISSUER"):
        issue_session(ann)
