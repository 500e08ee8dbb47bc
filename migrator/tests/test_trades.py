"""Old refresh tokens: traded once for a session, asked for again, raced; and what never becomes one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from django_bearer import Allow, LoginAttempt, Refuse, Session, decode_token, revoke_user
from django_bearer_migrate import clock, old_tables, trades
from django_bearer_migrate import settings as migrate_settings
from django_bearer_migrate.models import EndedToken, LegacyUse, Trade
from library.tests.databases import EVERY, use

from .conftest import PASSWORD, begin, bridge, day

URL = "/api/token/refresh/"


def post(members: Any, path: str = URL, **headers: str) -> Any:
    return Client(headers=headers).post(path, members, "application/json", secure=True)


def trade(token: Any, **more: Any) -> Any:
    return post({"refresh": str(token), **more})


def get(access: str) -> Any:
    return Client().get("/notes/", headers={"Authorization": f"Bearer {access}"})


def test_it_becomes_a_session_of_ours_once(ann: Any) -> None:
    old = RefreshToken.for_user(ann)
    answer = trade(old)
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"access", "refresh"}
    assert answer["Cache-Control"] == "no-store"
    assert get(answer.json()["access"]).json() == {"user": "ann", "legacy": None}
    assert BlacklistedToken.objects.get().token.jti == old["jti"]
    row = Session.objects.get()
    assert row.ends_at == old["exp"] * 1_000_000
    claims = decode_token(answer.json()["access"])
    assert (claims.auth_time, claims.amr, claims.scope) == (0, (), {"notes:read"})
    following = trade(answer.json()["refresh"])
    assert following.status_code == 200
    assert get(following.json()["access"]).status_code == 200


def test_a_lost_answer_is_given_again_within_the_reuse_interval(ann: Any, later: Any) -> None:
    old = RefreshToken.for_user(ann)
    first = trade(old).json()
    assert trade(old).json() == first
    later(11)
    refused = trade(old)
    assert (refused.status_code, refused.json()["code"]) == (401, "token_not_valid")
    assert Session.objects.count() == 1
    assert get(first["access"]).status_code == 200


def test_with_the_same_retry_key_it_is_given_again_later(ann: Any, later: Any) -> None:
    old = RefreshToken.for_user(ann)
    first = trade(old, retry_key="k1").json()
    later(3600)
    assert trade(old, retry_key="k2").status_code == 401
    assert trade(old).status_code == 401
    assert trade(old, retry_key="k1").json()["refresh"] == first["refresh"]
    Session.objects.get().user.delete()
    assert trade(old, retry_key="k1").status_code == 401


def test_the_stored_answer_cannot_be_read_in_the_database(ann: Any) -> None:
    old = RefreshToken.for_user(ann)
    answer = trade(old).json()
    stored = bytes(Trade.objects.get().answer)
    assert not any(value.encode() in stored for value in answer.values())


def test_one_that_simplejwt_has_blacklisted_is_refused(ann: Any) -> None:
    old = RefreshToken.for_user(ann)
    old.blacklist()
    assert trade(old).status_code == 401
    assert not Session.objects.exists()


def stateless(user: Any) -> RefreshToken:
    """A token without a row, as whoever has the key could make one."""
    old = RefreshToken.for_user(user)
    OutstandingToken.objects.filter(jti=old["jti"]).delete()
    return old


def test_one_without_a_row_yields_access_tokens_only(ann: Any) -> None:
    old = stateless(ann)
    for _ in range(2):
        answer = trade(old)
        assert set(answer.json()) == {"access"}
        assert get(answer.json()["access"]).json() == {"user": "ann", "legacy": "simplejwt"}
    assert not Session.objects.exists()


def test_a_row_that_names_no_user_or_has_ended_proves_nothing(ann: Any) -> None:
    """Who has a key that leaked can write any `user_id` and `exp` beside a `jti` that is noted."""
    for changed in ({"user": None}, {"expires_at": timezone.now() - timedelta(days=1)}):
        old = RefreshToken.for_user(ann)
        OutstandingToken.objects.filter(jti=old["jti"]).update(**changed)
        assert set(trade(str(old)).json()) == {"access"}
    assert not Session.objects.exists()


def test_its_access_tokens_end_with_it(ann: Any, settings: Any, later: Any) -> None:
    settings.BEARER_MIGRATE = bridge(UNTIL=day(1))
    old = stateless(ann)
    access = trade(old).json()["access"]
    later(301)
    assert get(access).status_code == 401
    later(86_400)
    assert trade(old).status_code == 401


def test_nothing_is_traded_until_the_project_says_so(ann: Any, settings: Any) -> None:
    settings.BEARER_MIGRATE = {"simplejwt": {"UNTIL": day(9), "SCOPES": []}}
    old = RefreshToken.for_user(ann)
    answer = trade(old)
    assert set(answer.json()) == {"access"}
    assert get(answer.json()["access"]).json()["legacy"] == "simplejwt"
    assert not BlacklistedToken.objects.exists()


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_a_browser_gets_access_tokens_only(ann: Any, header: str) -> None:
    """What script reads in a body must not be good for weeks."""
    answer = post({"refresh": str(RefreshToken.for_user(ann))}, **{header: "https://api.example.com"})
    assert set(answer.json()) == {"access"}
    assert not Session.objects.exists()


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
@pytest.mark.parametrize("key", ["", "k"])
def test_a_page_is_not_given_the_answer_of_an_app_again(ann: Any, header: str, key: str) -> None:
    old = RefreshToken.for_user(ann)
    more = {"retry_key": key} if key else {}
    first = trade(old, **more).json()
    answer = post({"refresh": str(old), **more}, **{header: "https://api.example.com"})
    assert answer.status_code == 401
    assert first["refresh"] not in answer.content.decode()
    assert trade(old, **more).json() == first


@pytest.mark.parametrize("path", ["/api/token/blacklist/", "/dj/logout/"])
def test_one_without_a_row_can_be_ended(ann: Any, path: str) -> None:
    """As with simplejwt, whose `blacklist()` notes the token first."""
    old = stateless(ann)
    assert post({"refresh": str(old)}, path).status_code == 200
    assert trade(old).status_code == 401
    row = BlacklistedToken.objects.get().token
    assert (row.jti, row.user, int(row.expires_at.timestamp())) == (old["jti"], ann, old["exp"])
    assert str(old) not in row.token
    with pytest.raises(TokenError):
        RefreshToken(str(old))
    assert not Session.objects.exists()


@pytest.mark.parametrize("path", ["/api/token/blacklist/", "/dj/logout/"])
def test_without_a_blacklist_a_logout_ends_the_token_all_the_same(ann: Any, monkeypatch: Any, path: str) -> None:
    """simplejwt answers 200 there, and the token stays good."""
    monkeypatch.setattr(old_tables, "have_blacklist", lambda: False)
    old, other = stateless(ann), stateless(ann)
    verify = {"token": str(old)}
    assert post(verify, "/api/token/verify/").status_code == 200
    assert [post({"refresh": str(old)}, path).status_code for _ in range(2)] == [200, 401]
    assert trade(old).status_code == 401
    assert post(verify, "/api/token/verify/").status_code == 401
    assert trade(other).status_code == 200
    assert str(old["jti"]) not in EndedToken.objects.get().token_digest


def test_a_token_is_good_for_the_leeway_and_no_longer(ann: Any, settings: Any, later: Any) -> None:
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "LEEWAY": 30}
    migrate_settings.forget()
    access, refresh, late, row_less = (
        str(AccessToken.for_user(ann)),
        *(RefreshToken.for_user(ann) for _ in range(2)),
        stateless(ann),
    )
    left = refresh["exp"] - clock.seconds()
    later(300 + 29)
    assert get(access).status_code == 200
    later(1)
    assert get(access).status_code == 401
    later(left - 330 + 20)
    assert trade(refresh).status_code == 200
    assert Session.objects.get().ends_at == (refresh["exp"] + 30) * 1_000_000
    made = trade(row_less).json()["access"]
    assert get(made).status_code == 200
    later(11)
    assert trade(late).status_code == 401


@pytest.mark.parametrize(("given", "applied"), [(3600, 60), (timedelta(hours=1), 60), (timedelta(seconds=5), 5)])
def test_the_leeway_has_a_bound(settings: Any, given: Any, applied: int) -> None:
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "LEEWAY": given}
    migrate_settings.forget()
    found = migrate_settings.current().simplejwt
    assert found is not None
    assert found.made.leeway == applied


def with_password(user: Any) -> None:
    user.set_password("another")
    user.save()


def of_another(user: Any) -> None:
    other = type(user).objects.create_user("bob")
    OutstandingToken.objects.update(user=other)


@pytest.mark.parametrize("change", [with_password, of_another])
def test_what_is_refused(ann: Any, change: Callable[[Any], None]) -> None:
    old = RefreshToken.for_user(ann)
    change(ann)
    assert trade(old).status_code == 401
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({}, 400),
        ({"refresh": 5}, 401),
        ({"refresh": [1]}, 400),
        ({"refresh": ""}, 400),
        ({"refresh": "a.b.c"}, 401),
        ([], 400),
        ("x", 400),
    ],
)
def test_bad_input(ann: Any, members: Any, status: int) -> None:
    assert post(members).status_code == status


def test_an_access_token_is_no_refresh_token(ann: Any) -> None:
    assert trade(RefreshToken.for_user(ann).access_token).status_code == 401


def refuse(attempt: LoginAttempt) -> Allow | Refuse:
    assert attempt.methods == frozenset()
    return Refuse("closed")


def test_the_login_policy_is_asked_and_leaves_the_token_unspent(ann: Any, settings: Any) -> None:
    old, usual = RefreshToken.for_user(ann), settings.BEARER
    settings.BEARER = {**usual, "LOGIN_POLICY": refuse}
    assert trade(old).status_code == 401
    assert not BlacklistedToken.objects.exists()
    settings.BEARER = usual
    assert trade(old).status_code == 200


def test_a_logout_everywhere_that_comes_in_between_wins(ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begin_session = trades.issue_session

    def late(user: Any, **options: Any) -> Any:
        revoke_user(user)
        return begin_session(user, **options)

    monkeypatch.setattr(trades, "issue_session", late)
    assert trade(RefreshToken.for_user(ann)).status_code == 401
    assert not Session.objects.filter(revoked_at=None).exists()
    assert not Trade.objects.exists()


def test_over_plain_http_it_is_not_looked_at(ann: Any, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.1/32"]}
    client = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO="http")  # type: ignore[arg-type]
    answer = client.post(URL, {"refresh": str(RefreshToken.for_user(ann))}, "application/json")
    assert answer.status_code == 400
    assert not Session.objects.exists()


def test_trades_are_counted(ann: Any) -> None:
    trade(RefreshToken.for_user(ann))
    assert LegacyUse.objects.get().kind == "trade"


@pytest.fixture(params=EVERY)
def database(request: pytest.FixtureRequest) -> Any:
    with use(request.param):
        yield request.param


def test_one_without_a_row_is_ended_on_every_database(database: str, django_user_model: Any) -> None:
    old = stateless(begin(django_user_model.objects.create_user("ann", password=PASSWORD)))
    answers = [post({"refresh": str(old)}, "/api/token/blacklist/").status_code for _ in range(2)]
    assert answers == [200, 401]
    assert trade(old).status_code == 401


def test_of_eight_that_race_all_get_the_one_session(database: str, django_user_model: Any) -> None:
    """With a retry key, so that the last of eight on a slow machine still asks in time."""
    user = begin(django_user_model.objects.create_user("ann", password=PASSWORD))
    post({"username": "ann", "password": PASSWORD}, "/auth/login/")  # the first key is there
    Session.objects.all().delete()
    old = str(RefreshToken.for_user(user))
    line = threading.Barrier(8)

    def race(_: int) -> Any:
        try:
            line.wait(60)
            return trade(old, retry_key="k")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(race, range(8)))
    assert {answer.status_code for answer in answers} == {200}, [answer.content for answer in answers]
    assert len({answer.json()["refresh"] for answer in answers}) == 1
    assert (Session.objects.count(), BlacklistedToken.objects.count(), Trade.objects.count()) == (1, 1, 1)
