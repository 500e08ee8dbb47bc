"""Known devices and botnets: who hammers an account from everywhere gets few guesses, and its owner gets in."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from django_bearer import clock, device_pass, errors, redeem_device_pass
from django_bearer.encoding import base64url_decode, base64url_encode
from django_bearer.events import Kind, security_event
from django_bearer.keys.keyring import RefreshKeys
from django_bearer.sessions import account, devices
from django_bearer.storage import keys
from django_bearer.tokens.device import BODY_LENGTH, KIND, Device, Use, read
from django_bearer.tokens.opaque import assemble, body_of
from tests.conftest import PASSWORD

ISSUER = "https://api.example.com"
NAME = "ann@example.com"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def still() -> Any:
    with clock.frozen(1_800_000_000 * clock.SECOND):
        yield


def login(password: str = PASSWORD, name: str = NAME, at: str = "192.0.2.1", device: str = "", **extra: Any) -> Any:
    body = {"username": name, "password": password, **({"device_credential": device} if device else {})}
    return Client().post("/auth/login/", body, content_type="application/json", REMOTE_ADDR=at, **extra)


@pytest.fixture(autouse=True)
def everywhere(settings: Any) -> None:
    """Clients call over plain HTTP from these networks, which the tests pretend is HTTPS."""
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_PLAIN_HTTP_FROM": ["0.0.0.0/0", "::/0"]}


def guesses(count: int, name: str = NAME, device: str = "") -> int:
    """How many wrong passwords from as many addresses were looked at."""
    statuses = [login("wrong", name, f"198.51.{n // 250}.{n % 250 + 1}", device).status_code for n in range(count)]
    assert set(statuses) <= {401, 429}
    return statuses.count(401)


def test_a_botnet_gets_a_hundred_guesses_a_day_at_one_account(ann: Any) -> None:
    assert guesses(180) == 100
    clock.advance(3600)
    assert guesses(20) < 10


def test_an_unknown_device_is_then_held_back_and_a_known_one_is_not(ann: Any) -> None:
    known = login().json()["device_credential"]
    guesses(120)
    assert login().status_code == 429, "the right password from a stranger's device has to wait"
    for _ in range(3):
        again = login(device=known)
        assert again.status_code == 200
        known = again.json()["device_credential"]


def test_a_known_device_is_let_in_where_its_whole_office_is_held_back(ann: Any) -> None:
    known = login().json()["device_credential"]
    statuses = [login("wrong", f"other{n}").status_code for n in range(80)]
    assert statuses.count(401) < 60 < len(statuses)
    assert login().status_code == 429
    assert login(device=known).status_code == 200


def test_a_stolen_credential_buys_twenty_guesses_an_hour(ann: Any) -> None:
    known = login().json()["device_credential"]
    assert guesses(60, device=known) == 20
    assert login().status_code == 200, "and fills no bucket but its own"


def test_a_credential_is_for_its_account_only(ann: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("eve", password=PASSWORD)
    eves = login(name="eve").json()["device_credential"]
    assert guesses(150, device=eves) == 100


def test_success_gives_back_what_the_owner_mistyped(ann: Any) -> None:
    for _ in range(40):
        for _ in range(3):
            assert login("wrong").status_code == 401
        assert login().status_code == 200
        clock.advance(120)
    assert guesses(150) == 100


def test_a_namesakes_success_gives_nothing_back(ann: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("ANN@example.com", password=PASSWORD)
    total = 0
    for _ in range(15):
        total += guesses(9)
        login(name="ANN@example.com", at="198.51.0.3")
        clock.advance(60)
    assert total <= 101


@pytest.mark.parametrize("name", ["ann@example.com", "ANN@example.com", "ann+x@example.com", "\u00e1nn@example.com"])
def test_every_spelling_is_one_account(name: str, ann: Any) -> None:
    guesses(100)
    assert guesses(3, name) == 0


def test_ipv6_counts_by_subscriber_and_by_the_network_around(ann: Any) -> None:
    statuses = [
        login("wrong", f"user{n}", f"2001:db8:1:{n % 60:x}::{n:x}", HTTP_USER_AGENT="x").status_code
        for n in range(400)
    ]
    assert statuses.count(401) == 300
    assert login("wrong", "other", "2001:db8:2::1").status_code == 401


def test_too_many_failures_all_over_raise_an_alarm_and_lock_nobody(ann: Any, settings: Any) -> None:
    rates = {"alarm": "30/hour"}
    settings.BEARER = {**settings.BEARER, "LOGIN_THROTTLE": rates}
    heard: list[Any] = []

    def hear(event: Any, **_: Any) -> None:
        heard.append(event)

    security_event.connect(hear, sender=Kind.LOGIN_ALARM)
    try:
        for n in range(40):
            assert login("wrong", f"user{n}", f"203.0.113.{n}").status_code == 401
    finally:
        security_event.disconnect(hear, sender=Kind.LOGIN_ALARM)
    assert [event.details["rate"] for event in heard] == ["30/hour"]
    assert login().status_code == 200


class TestCredential:
    def credential(self) -> str:
        return devices.hand_out(ISSUER, NAME)

    def test_is_known_for_four_hundred_days(self) -> None:
        text = self.credential()
        clock.advance(devices.GOOD_FOR - 1)
        assert devices.recognise(text, ISSUER, NAME)
        clock.advance(1)
        assert devices.recognise(text, ISSUER, NAME) is None

    def test_of_another_issuer_or_account_is_a_strangers(self) -> None:
        text = self.credential()
        assert devices.recognise(text, "https://other.example.com", NAME) is None
        assert devices.recognise(text, ISSUER, "bob") is None

    def test_costs_no_query(self, django_assert_num_queries: Any) -> None:
        text = self.credential()
        keys.ring(ISSUER)
        with django_assert_num_queries(0):
            assert devices.recognise(text, ISSUER, NAME)
            other = "B" if text[20] == "A" else "A"
            assert devices.recognise(text[:20] + other + text[21:], ISSUER, NAME) is None

    @given(position=st.integers(0, 79), bit=st.integers(0, 7))
    def test_no_bit_can_be_changed(self, position: int, bit: int) -> None:
        text = self.credential()
        raw = bytearray(base64url_decode(body_of(text, KIND, BODY_LENGTH)))
        raw[position] ^= 1 << bit
        assert devices.recognise(assemble(KIND, base64url_encode(bytes(raw))), ISSUER, NAME) is None

    @given(st.text(max_size=200))
    def test_noise_is_a_stranger(self, text: str) -> None:
        assert devices.recognise(text, ISSUER, NAME) is None

    def test_says_nothing_of_its_account(self) -> None:
        raw = base64url_decode(body_of(self.credential(), KIND, BODY_LENGTH))
        assert b"ann" not in raw

    @given(
        use=st.sampled_from(Use),
        parts=st.tuples(st.binary(min_size=8, max_size=8), *[st.binary(min_size=16, max_size=16)] * 2),
        moment=st.integers(0, 2**48 - 1),
    )
    def test_reads_as_it_was_written(self, use: Use, parts: tuple[bytes, bytes, bytes], moment: int) -> None:
        secrets = RefreshKeys.from_master(b"m" * 32)
        device = Device(use, *parts, moment)
        presented = read(device.encode(secrets))
        assert presented.device == device
        assert presented.is_issued_by(secrets)
        assert not presented.is_issued_by(RefreshKeys.from_master(b"n" * 32))


class TestEscape:
    def test_an_owner_who_is_locked_out_gets_in_by_a_mailed_pass(self, ann: Any) -> None:
        guesses(120)
        assert login().status_code == 429
        credential = redeem_device_pass(device_pass(ann), NAME)
        assert credential
        assert login(device=credential).status_code == 200

    def test_a_pass_is_good_once_for_a_quarter_of_an_hour_and_for_one_account(self, ann: Any) -> None:
        once = device_pass(ann)
        assert redeem_device_pass(once, "bob") is None
        assert redeem_device_pass(once, NAME)
        assert redeem_device_pass(once, NAME) is None
        late = device_pass(ann)
        clock.advance(devices.PASS_LIVES)
        assert redeem_device_pass(late, NAME) is None

    def test_neither_is_taken_for_the_other(self, ann: Any) -> None:
        assert devices.recognise(device_pass(ann), ISSUER, account.known_as(ann)) is None
        assert redeem_device_pass(login().json()["device_credential"], NAME) is None

    def test_opens_nothing_by_itself(self, ann: Any) -> None:
        for text in (device_pass(ann), login().json()["device_credential"]):
            headers = {"Authorization": f"Bearer {text}"}
            assert Client().get("/plain/", headers=headers).status_code == 401
            body = {"refresh_token": text}
            assert Client().post("/auth/refresh/", body, content_type="application/json").status_code == 401


class TestCodes:
    def test_attempts_at_a_code_count_by_account_and_source(self, rf: Any) -> None:
        from django_bearer import admit_attempt

        def attempt(number: int, account: str = NAME) -> bool:
            with suppress(errors.Throttled):
                admit_attempt("totp", account, request=rf.get("/", REMOTE_ADDR=f"198.51.100.{number}"))
                return True
            return False

        assert [attempt(n) for n in range(8)] == [True] * 5 + [False] * 3
        assert attempt(9, "bob")
        admit_attempt("recovery", NAME, request=rf.get("/"))
        with pytest.raises(errors.Throttled) as refused:
            admit_attempt("totp", NAME, request=rf.get("/"))
        assert 0 < (refused.value.retry_after or 0) <= 3600


def test_ratelimit_headers_stand_behind_a_setting(ann: Any, settings: Any) -> None:
    assert "RateLimit" not in login()
    settings.BEARER = {**settings.BEARER, "RATELIMIT_HEADERS": True}
    answer = login()
    assert answer["RateLimit-Policy"] == '"w60";q=60;w=60, "w3600";q=600;w=3600'
    assert answer["RateLimit"] == '"w60";r=58;t=60, "w3600";r=598;t=3600'
