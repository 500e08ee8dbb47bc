"""Known devices and botnets: an attacker with many addresses gets few guesses, and the owner can log in."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_bearer import (
    account_fingerprint,
    check_mail_rate_limit,
    decode_token,
    errors,
    issue_login_unlock_token,
    redeem_login_unlock_token,
    revoke_all_issuer_tokens,
    revoke_user,
)
from django_bearer.accounts import known_devices, lookup
from django_bearer.accounts.lookup import Account
from django_bearer.database import signing_keys
from django_bearer.events import EventKind, security_event
from django_bearer.http import limited_authenticate, login_limits
from django_bearer.keys.keyring import RefreshKeys
from django_bearer.models import RateLimitCounter
from django_bearer.primitives import clock
from django_bearer.primitives.encoding import base64url_decode, base64url_encode
from django_bearer.tokens.known_device import BODY_LENGTH, KIND, USER_BYTES, Device, Use, read
from django_bearer.tokens.opaque_format import assemble, body_of
from tests.conftest import PASSWORD
from tests.examples import examples

ISSUER = "https://api.example.com"
NAME = "ann@example.com"
pytestmark = pytest.mark.django_db

ACCOUNT, DEVICE, ADDRESS, NETWORK = 20, 4, 12, 60
FEW = {
    "address": f"{ADDRESS}/minute;120/hour",
    "network": f"{NETWORK}/minute;600/hour",
    "account": f"{ACCOUNT}/day",
    "device": f"{DEVICE}/hour",
    "devices": f"{ACCOUNT}/day",
}
"""A fifth of the library's own rates: the rules are the same, and the tests need a fifth of the logins."""


class Hasher1(PBKDF2PasswordHasher):
    iterations = 1


class Hasher2(PBKDF2PasswordHasher):
    iterations = 2


class Hasher3(PBKDF2PasswordHasher):
    iterations = 3


@pytest.fixture(autouse=True)
def still() -> Any:
    with clock.frozen(1_800_000_000 * clock.SECOND):
        yield


def login(password: str = PASSWORD, name: str = NAME, at: str = "192.0.2.1", device: str = "", **extra: Any) -> Any:
    body = {"username": name, "password": password, **({"known_device_token": device} if device else {})}
    return Client().post("/auth/login/", body, content_type="application/json", REMOTE_ADDR=at, **extra)


@pytest.fixture(autouse=True)
def everywhere(settings: Any) -> None:
    """Clients call over plain HTTP from these networks, which the tests pretend is HTTPS."""
    settings.BEARER = {
        **settings.BEARER,
        "DANGEROUSLY_ALLOW_HTTP_FROM": ["0.0.0.0/0", "::/0"],
        "LOGIN_RATE_LIMITS": FEW,
    }


@pytest.fixture
def rates_of_the_library(everywhere: None, settings: Any) -> None:
    settings.BEARER = {name: value for name, value in settings.BEARER.items() if name != "LOGIN_RATE_LIMITS"}


def guesses(count: int, name: str = NAME, device: str = "") -> int:
    """How many wrong passwords from as many addresses were looked at."""
    statuses = [login("wrong", name, f"198.51.{n // 250}.{n % 250 + 1}", device).status_code for n in range(count)]
    assert set(statuses) <= {401, 429}
    return statuses.count(401)


@pytest.mark.usefixtures("rates_of_the_library")
def test_a_botnet_gets_a_hundred_guesses_a_day_at_one_account(ann: Any) -> None:
    assert guesses(120) == 100
    clock.advance(3600)
    assert guesses(20) < 10


def test_an_unknown_device_is_then_limited_and_a_known_one_is_not(ann: Any) -> None:
    known = login().json()["known_device_token"]
    guesses(ACCOUNT + 5)
    assert login().status_code == 429, "the right password from an unknown device has to wait"
    for _ in range(3):
        again = login(device=known)
        assert again.status_code == 200
        known = again.json()["known_device_token"]


def test_a_known_device_logs_in_where_its_whole_office_is_limited(ann: Any) -> None:
    known = login().json()["known_device_token"]
    statuses = [login("wrong", f"other{n}").status_code for n in range(ADDRESS + 4)]
    assert statuses.count(401) < ADDRESS < len(statuses)
    assert login().status_code == 429
    assert login(device=known).status_code == 200


@pytest.mark.usefixtures("rates_of_the_library")
def test_a_stolen_credential_buys_twenty_guesses_an_hour(ann: Any) -> None:
    known = login().json()["known_device_token"]
    assert guesses(30, device=known) == 20
    assert login().status_code == 200, "and fills no bucket but its own"


def test_a_credential_is_for_its_account_only(ann: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("eve", password=PASSWORD)
    eves = login(name="eve").json()["known_device_token"]
    assert guesses(ACCOUNT + 10, device=eves) == ACCOUNT


def test_success_gives_back_what_the_owner_mistyped(ann: Any) -> None:
    for _ in range(ACCOUNT // 3 + 2):
        for _ in range(3):
            assert login("wrong").status_code == 401
        assert login().status_code == 200
        clock.advance(120)
    assert guesses(ACCOUNT + 10) == ACCOUNT


def test_a_namesakes_success_gives_nothing_back(ann: Any, django_user_model: Any) -> None:
    django_user_model.objects.create_user("ANN@example.com", password=PASSWORD)
    total = 0
    for _ in range(4):
        total += guesses(9)
        login(name="ANN@example.com", at="198.51.0.3")
        clock.advance(60)
    assert total <= ACCOUNT + 1


@pytest.mark.parametrize("name", ["ann@example.com", "ANN@example.com", "ann+x@example.com", "\u00e1nn@example.com"])
def test_every_spelling_is_one_account(name: str, ann: Any) -> None:
    guesses(ACCOUNT)
    assert guesses(3, name) == 0


def test_ipv6_counts_by_subscriber_and_by_the_network_around(ann: Any) -> None:
    statuses = [
        login("wrong", f"user{n}", f"2001:db8:1:{n % 30:x}::{n:x}", HTTP_USER_AGENT="x").status_code
        for n in range(NETWORK + 20)
    ]
    assert statuses.count(401) == NETWORK
    assert login("wrong", "other", "2001:db8:2::1").status_code == 401


def test_too_many_failures_all_over_raise_an_alarm_and_lock_nobody(ann: Any, settings: Any) -> None:
    rates = {"alert": "30/hour"}
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": rates}
    events_of: list[Any] = []

    def hear(event: Any, **_: Any) -> None:
        events_of.append(event)

    security_event.connect(hear, sender=EventKind.LOGIN_ALERT)
    try:
        for n in range(40):
            assert login("wrong", f"user{n}", f"203.0.113.{n}").status_code == 401
    finally:
        security_event.disconnect(hear, sender=EventKind.LOGIN_ALERT)
    assert [event.details["rate"] for event in events_of] == ["30/hour"]
    assert login().status_code == 200


def test_devices_of_one_account_have_one_count_together(ann: Any) -> None:
    known = [login(at=f"198.51.200.{n}").json()["known_device_token"] for n in range(ACCOUNT // DEVICE + 2)]
    assert sum(guesses(DEVICE + 1, device=each) for each in known) == ACCOUNT
    assert login().status_code == 200, "and fill no bucket of a device that nobody knows"


def test_devices_of_one_source_have_one_count_together(ann: Any, django_user_model: Any) -> None:
    """Whoever has stolen credentials of many accounts, and tries them from one address."""
    known = []
    for n in range(5):
        django_user_model.objects.create_user(f"user{n}", password=PASSWORD)
        known += [(f"user{n}", login(name=f"user{n}").json()["known_device_token"])]
    clock.advance(60)
    statuses = [login("wrong", name, device=each).status_code for name, each in known for _ in range(DEVICE)]
    assert statuses.count(401) == ADDRESS
    assert login(device="", at="192.0.2.1").status_code == 200, "which no device that is unknown shares"


def test_devices_of_one_network_have_one_count_together(ann: Any, settings: Any) -> None:
    rates = {"network": "10/minute", "device": "1000/hour"}
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": rates}
    known = login(at="2001:db8:1::1").json()["known_device_token"]
    statuses = [login("wrong", at=f"2001:db8:1:{n:x}::1", device=known).status_code for n in range(20)]
    assert statuses.count(401) == 10


def test_the_owners_success_takes_back_what_the_owners_device_mistyped(ann: Any) -> None:
    known = login().json()["known_device_token"]
    for _ in range(ACCOUNT // 3 + 2):
        assert guesses(3, device=known) == 3
        assert login(device=known).status_code == 200
    other = login(at="198.51.200.1").json()["known_device_token"]
    assert guesses(DEVICE + 5, device=other) == DEVICE


def test_logins_from_known_devices_delay_nobody(ann: Any) -> None:
    known = login().json()["known_device_token"]
    assert {login(device=known).status_code for _ in range(ADDRESS + 4)} == {200}


def test_a_fingerprint_of_the_account_is_the_same_until_something_ends(ann: Any, django_user_model: Any) -> None:
    first = account_fingerprint(ann)
    assert first == account_fingerprint(django_user_model.objects.get())
    assert first != account_fingerprint(django_user_model.objects.create_user("bob", password=PASSWORD))
    seen = {first}
    revoke_user(ann)
    seen.add(account_fingerprint(ann))
    revoke_all_issuer_tokens()
    seen.add(account_fingerprint(ann))
    ann.set_password(PASSWORD)
    seen.add(account_fingerprint(ann))
    assert len(seen) == 4
    assert all(len(text) == 64 for text in seen)


class TestCredential:
    @pytest.fixture
    def found(self, ann: Any) -> Account:
        return lookup.find(NAME)

    @pytest.fixture
    def text(self, found: Account) -> str:
        return known_devices.issue(ISSUER, found.user, found, NAME)

    @staticmethod
    def known(text: str, issuer: str = ISSUER, name: str = NAME) -> bool:
        return known_devices.find_known_device([text], issuer, lookup.find(name), name) is not None

    def test_is_known_for_four_hundred_days(self, text: str) -> None:
        clock.advance(known_devices.GOOD_FOR - 1)
        assert self.known(text)
        clock.advance(1)
        assert not self.known(text)

    def test_of_another_issuer_or_account_is_unknown(self, text: str, django_user_model: Any) -> None:
        django_user_model.objects.create_user("bob", password=PASSWORD)
        assert not self.known(text, "https://other.example.com")
        assert not self.known(text, name="bob")
        assert not self.known(text, name="nobody")

    def test_ends_with_the_password(self, text: str, ann: Any) -> None:
        ann.set_password("another " + PASSWORD)
        ann.save()
        assert not self.known(text)

    def test_ends_with_a_password_that_no_signal_told_of(self, text: str, django_user_model: Any) -> None:
        django_user_model.objects.update(password=make_password("another"))
        assert not self.known(text)

    def test_ends_with_a_logout_everywhere(self, text: str, ann: Any) -> None:
        revoke_user(ann)
        assert not self.known(text)
        assert self.known(login().json()["known_device_token"])

    def test_ends_with_everything_of_the_issuer(self, text: str) -> None:
        revoke_all_issuer_tokens()
        assert not self.known(text)

    def test_counts_for_nothing_while_the_user_is_inactive(self, text: str, django_user_model: Any) -> None:
        django_user_model.objects.update(is_active=False)
        assert not self.known(text)

    def test_ends_with_a_user_who_was_deactivated_and_let_in_again(self, text: str, ann: Any) -> None:
        for active in (False, True):
            ann.is_active = active
            ann.save()
        assert not self.known(text)

    def test_outlives_rehashes_of_the_password_and_ends_with_the_next(self, text: str, ann: Any) -> None:
        for iterations in (1, 2, 3):
            with override_settings(
                PASSWORD_HASHERS=[f"{__name__}.Hasher{iterations}", "django.contrib.auth.hashers.MD5PasswordHasher"]
            ):
                assert self.known(login().json()["known_device_token"])
                ann.refresh_from_db()
                assert f"${iterations}$" in ann.password
                assert self.known(text)
        ann.set_password("another " + PASSWORD)
        ann.save()
        assert not self.known(text)

    def test_starts_the_count_of_all_devices_anew_when_those_before_have_ended(self, ann: Any) -> None:
        """Whoever has stolen devices keeps an owner out no longer than until the owner logs out everywhere."""
        stolen = [login(at=f"198.51.200.{n}").json()["known_device_token"] for n in range(6)]
        mine = login().json()["known_device_token"]
        for each in stolen:
            guesses(DEVICE + 1, device=each)
        assert login(device=mine).status_code == 429
        revoke_user(ann)
        mine = login().json()["known_device_token"]
        for each in stolen:
            guesses(DEVICE + 1, device=each)
        assert login(device=mine).status_code == 200

    def test_is_no_factor(self, text: str) -> None:
        """It says of an attempt where it is counted, and of its session nothing."""
        body = decode_token(login(device=text).json()["access_token"])
        assert body.amr == ("pwd",)
        assert login("", device=text).status_code == 400
        assert login("wrong", device=text).status_code == 401

    def test_asks_the_database_only_where_it_may_be_good(self, text: str, ann: Any, django_user_model: Any) -> None:
        django_user_model.objects.create_user("bob", password=PASSWORD)
        found, bob = lookup.find(NAME), lookup.find("bob")
        signing_keys.ring(ISSUER)
        with CaptureQueriesContext(connection) as queries:
            assert known_devices.find_known_device([text], ISSUER, found, NAME)
        assert len(queries) == 1
        with CaptureQueriesContext(connection) as queries:
            other = "B" if text[20] == "A" else "A"
            assert (
                known_devices.find_known_device([text[:20] + other + text[21:], "x", ""], ISSUER, found, NAME) is None
            )
            assert known_devices.find_known_device([text], ISSUER, bob, "bob") is None
        assert len(queries) == 0

    @given(position=st.integers(0, 132), bit=st.integers(0, 7))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    def test_no_bit_can_be_changed(self, text: str, found: Account, position: int, bit: int) -> None:
        raw = bytearray(base64url_decode(body_of(text, KIND, BODY_LENGTH)))
        raw[position] ^= 1 << bit
        changed = assemble(KIND, base64url_encode(bytes(raw)))
        assert known_devices.find_known_device([changed], ISSUER, found, NAME) is None

    @given(st.text(max_size=200))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    def test_noise_is_an_unknown_device(self, found: Account, noise: str) -> None:
        assert known_devices.find_known_device([noise], ISSUER, found, NAME) is None

    def test_says_nothing_of_its_account(self, text: str, found: Account) -> None:
        again = known_devices.issue(ISSUER, found.user, found, NAME)
        pair = [base64url_decode(body_of(each, KIND, BODY_LENGTH))[10:] for each in (text, again)]
        assert len({raw[at : at + 2] for raw in pair for at in range(len(raw) - 1)}) > 220, "two have nothing alike"

    def test_of_a_user_with_a_key_too_long_to_carry_is_none(self, found: Account) -> None:
        found.user.pk = 10**USER_BYTES
        assert known_devices.issue(ISSUER, found.user, found, NAME) == ""

    @given(
        use=st.sampled_from(Use),
        key_id=st.binary(min_size=8, max_size=8),
        parts=st.tuples(*[st.binary(min_size=16, max_size=16)] * 3),
        user=st.text(max_size=9),
        timestamp=st.integers(0, 2**48 - 1),
    )
    def test_reads_as_it_was_written(
        self, use: Use, key_id: bytes, parts: tuple[bytes, bytes, bytes], user: str, timestamp: int
    ) -> None:
        secrets = RefreshKeys.from_master(b"m" * 32)
        device = Device(use, key_id, parts[0], user, parts[1], parts[2], timestamp)
        presented = read(device.encode(secrets))
        assert presented.decrypt(secrets) == device
        assert presented.decrypt(RefreshKeys.from_master(b"n" * 32)) is None


class ByAddress(ModelBackend):
    """Users log in by their address, which the user model's manager does not find them by."""

    def authenticate(self, request: Any, username: Any = None, password: Any = None, **_: Any) -> Any:
        user = get_user_model().objects.filter(email=username).first()
        return user if user is not None and user.check_password(password) else None


class TestNamesThatFindNobody:
    ADDRESS = "ann@mail.example"

    @pytest.fixture(autouse=True)
    def by_address(self, ann: Any, settings: Any) -> None:
        settings.AUTHENTICATION_BACKENDS = [f"{__name__}.ByAddress"]
        ann.email = self.ADDRESS
        ann.save()

    def test_the_owner_gets_in_from_a_known_device(self, ann: Any) -> None:
        known = login(name=self.ADDRESS).json()["known_device_token"]
        assert guesses(ACCOUNT + 5, self.ADDRESS) == ACCOUNT
        assert login(name=self.ADDRESS).status_code == 429
        assert login(name=self.ADDRESS, device=known).status_code == 200

    def test_a_device_ends_with_the_password_and_a_logout_everywhere(self, ann: Any) -> None:
        first, second = (login(name=self.ADDRESS, at=f"198.51.200.{n}").json()["known_device_token"] for n in "12")
        guesses(ACCOUNT + 5, self.ADDRESS)
        revoke_user(ann)
        assert login(name=self.ADDRESS, device=first).status_code == 429
        ann.set_password("another")
        ann.save()
        assert login("another", self.ADDRESS, device=second).status_code == 429

    def test_a_device_is_known_for_that_name_only(self, ann: Any, django_user_model: Any) -> None:
        known = login(name=self.ADDRESS).json()["known_device_token"]
        django_user_model.objects.create_user("bob", "bob@mail.example", PASSWORD)
        assert guesses(ACCOUNT + 10, "bob@mail.example", known) == ACCOUNT


class ByNameOrAddress(ModelBackend):
    """Users log in by their name or their address, and whoever has the password is meant."""

    def authenticate(self, request: Any, username: Any = None, password: Any = None, **_: Any) -> Any:
        users = get_user_model().objects
        found = [*users.filter(username=username), *users.filter(email=username)]
        return next((user for user in found if user.check_password(password)), None)


class TestNamesThatReachSeveral:
    """Eve's name is Ann's address."""

    ADDRESS = "ann@mail.example"
    EVES = "the password of Eve"

    @pytest.fixture(autouse=True)
    def eve(self, ann: Any, settings: Any, django_user_model: Any) -> Any:
        settings.AUTHENTICATION_BACKENDS = [f"{__name__}.ByNameOrAddress"]
        ann.email = self.ADDRESS
        ann.save()
        return django_user_model.objects.create_user(self.ADDRESS, "eve@mail.example", self.EVES)

    def device(self, password: str) -> str:
        return str(login(password, self.ADDRESS, "203.0.113.1").json()["known_device_token"])

    def test_a_success_of_either_gives_no_guess_back(self) -> None:
        looked_at = 0
        for n in range(ACCOUNT):
            looked_at += sum(login("wrong", self.ADDRESS, f"198.51.0.{n}").status_code == 401 for _ in range(3))
            login(self.EVES, self.ADDRESS, f"198.51.0.{n}")
        assert looked_at == ACCOUNT

    def test_a_success_from_a_known_device_gives_no_guess_back(self) -> None:
        eves, looked_at = self.device(self.EVES), 0
        for _ in range(ACCOUNT):
            looked_at += login("wrong", self.ADDRESS, device=eves).status_code == 401
            login(self.EVES, self.ADDRESS, device=eves)
        assert looked_at == DEVICE

    def test_both_log_in_as_often_as_they_like(self) -> None:
        for password in (PASSWORD, self.EVES):
            assert {login(password, self.ADDRESS, f"198.51.0.{n}").status_code for n in range(ACCOUNT + 5)} == {200}

    def test_both_get_in_from_their_known_devices(self) -> None:
        devices = {password: self.device(password) for password in (PASSWORD, self.EVES)}
        assert guesses(ACCOUNT + 5, self.ADDRESS) == ACCOUNT
        for password, known in devices.items():
            assert login(password, self.ADDRESS).status_code == 429
            for _ in range(DEVICE + 2):
                answer = login(password, self.ADDRESS, device=known)
                assert answer.status_code == 200
                known = answer.json()["known_device_token"]

    def test_a_device_is_no_way_to_guess_at_the_other(self, ann: Any) -> None:
        eves = self.device(self.EVES)
        assert login(PASSWORD, self.ADDRESS, device=eves).status_code == 401
        with limited_authenticate.forgiven_by_caller(eves) as right:
            request = RequestFactory().post("/", secure=True)
            assert authenticate(request, username=self.ADDRESS, password=PASSWORD) is None
            assert authenticate(request, username=self.ADDRESS, password=self.EVES) is not None
        assert len(right) == 1

    def test_guesses_from_eves_devices_keep_ann_out_of_none_of_hers(self) -> None:
        anns = self.device(PASSWORD)
        eves = [login(self.EVES, self.ADDRESS, f"203.0.113.{n}").json()["known_device_token"] for n in range(6)]
        assert sum(guesses(DEVICE + 1, self.ADDRESS, each) for each in eves) == ACCOUNT
        assert login(PASSWORD, self.ADDRESS, device=anns).status_code == 200

    def test_an_attempt_of_an_earlier_request_is_taken_back_once(self) -> None:
        request = RequestFactory().post("/", secure=True)
        attempt = login_limits.identified(request, self.ADDRESS)
        whole = login_limits.counted_before(attempt, "", taken_back=False)
        assert whole == attempt
        rest = login_limits.counted_before(attempt, "", taken_back=True).buckets
        assert not {*rest.own, *rest.shared} & {*attempt.buckets.everywhere}
        assert {*rest.own, *rest.shared}
        for elsewhere in ("another device's", None):
            nothing = login_limits.counted_before(attempt, elsewhere, taken_back=False).buckets
            assert (nothing.own, nothing.shared, nothing.once) == ((), (), ())


class TestEscape:
    def test_an_owner_who_is_locked_out_gets_in_by_a_mailed_pass(self, ann: Any) -> None:
        guesses(ACCOUNT + 5)
        assert login().status_code == 429
        credential = redeem_login_unlock_token(issue_login_unlock_token(ann) or "", NAME)
        assert credential
        assert login(device=credential).status_code == 200

    def test_an_owner_whose_stolen_devices_delay_the_others_logs_in_by_an_unlock_link(self, ann: Any) -> None:
        known = [login(at=f"198.51.200.{n}").json()["known_device_token"] for n in range(6)]
        assert sum(guesses(DEVICE + 1, device=each) for each in known[1:]) == ACCOUNT
        assert login(device=known[0]).status_code == 429
        credential = redeem_login_unlock_token(issue_login_unlock_token(ann) or "", NAME) or ""
        for _ in range(3):
            answer = login(device=credential)
            assert answer.status_code == 200
            credential = answer.json()["known_device_token"]
        assert guesses(DEVICE + 5, device=credential) == DEVICE

    def test_a_pass_is_good_once_for_two_hours_and_for_one_account(self, ann: Any) -> None:
        once = issue_login_unlock_token(ann) or ""
        assert redeem_login_unlock_token(once, "bob") is None
        assert redeem_login_unlock_token(once, NAME)
        assert redeem_login_unlock_token(once, NAME) is None
        late = issue_login_unlock_token(ann) or ""
        clock.advance(known_devices.PASS_LIVES)
        assert redeem_login_unlock_token(late, NAME) is None

    @pytest.mark.parametrize("end", ["password", "logout", "issuer", "inactive", "deactivated"])
    def test_a_pass_ends_with_what_ends_a_device(self, ann: Any, end: str) -> None:
        text = issue_login_unlock_token(ann) or ""
        if end == "password":
            ann.set_password("another")
        ann.is_active = end not in ("inactive", "deactivated")
        ann.save()
        if end == "logout":
            revoke_user(ann)
        if end == "issuer":
            revoke_all_issuer_tokens()
        if end == "deactivated":
            ann.is_active = True
            ann.save()
        assert redeem_login_unlock_token(text, NAME) is None

    def test_neither_is_taken_for_the_other(self, ann: Any) -> None:
        assert (
            known_devices.find_known_device([issue_login_unlock_token(ann) or ""], ISSUER, lookup.find(NAME), NAME)
            is None
        )
        assert redeem_login_unlock_token(login().json()["known_device_token"], NAME) is None

    def test_opens_nothing_by_itself(self, ann: Any) -> None:
        for text in (issue_login_unlock_token(ann), login().json()["known_device_token"]):
            headers = {"Authorization": f"Bearer {text}"}
            assert Client().get("/plain/", headers=headers).status_code == 401
            body = {"refresh_token": text}
            assert Client().post("/auth/refresh/", body, content_type="application/json").status_code == 401

    @given(seconds=st.lists(st.integers(0, 900), min_size=200, max_size=300))
    @settings(
        max_examples=examples(5, 100),
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    def test_whoever_asks_the_owner_always_has_a_good_one_and_no_flood(self, ann: Any, seconds: list[int]) -> None:
        RateLimitCounter.objects.all().delete()
        made: list[int] = []
        for wait in seconds:
            clock.advance(wait)
            if issue_login_unlock_token(ann):
                made.append(clock.seconds())
            assert clock.seconds() - made[-1] <= 72 * 60 < known_devices.PASS_LIVES
        assert all(later - earlier > 3600 // 2 for earlier, later in zip(made, made[10:], strict=False))

    def test_whoever_locks_the_owner_out_does_not_keep_the_owner_from_the_mail(self, ann: Any, rf: Any) -> None:
        for n in range(60):
            check_mail_rate_limit("device-pass", NAME, request=rf.get("/", REMOTE_ADDR=f"198.51.100.{n}"))
            issue_login_unlock_token(ann)
        mine = rf.get("/", REMOTE_ADDR="192.0.2.9")
        for _ in range(5):
            check_mail_rate_limit("device-pass", NAME, request=mine)
        with pytest.raises(errors.RateLimited):
            check_mail_rate_limit("device-pass", NAME, request=mine)


class TestCodes:
    def test_attempts_at_a_code_count_by_account_and_source(self, rf: Any) -> None:
        from django_bearer import check_rate_limit

        def attempt(number: int, account: str = NAME) -> bool:
            with suppress(errors.RateLimited):
                check_rate_limit("totp", account, request=rf.get("/", REMOTE_ADDR=f"198.51.100.{number}"))
                return True
            return False

        assert [attempt(n) for n in range(8)] == [True] * 5 + [False] * 3
        assert attempt(9, "bob")
        check_rate_limit("recovery", NAME, request=rf.get("/"))
        with pytest.raises(errors.RateLimited) as refused:
            check_rate_limit("totp", NAME, request=rf.get("/"))
        assert 0 < (refused.value.retry_after or 0) <= 3600


@pytest.mark.usefixtures("rates_of_the_library")
def test_ratelimit_headers_stand_behind_a_setting(ann: Any, settings: Any) -> None:
    assert "RateLimit" not in login()
    settings.BEARER = {**settings.BEARER, "RATELIMIT_HEADERS": True}
    answer = login()
    assert answer["RateLimit-Policy"] == '"w60";q=60;w=60, "w3600";q=600;w=3600'
    assert answer["RateLimit"] == '"w60";r=58;t=60, "w3600";r=598;t=3600'
