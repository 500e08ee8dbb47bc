"""Handing a login over: to another site, or by QR code to another device (RFC 7636, RFC 8628 section 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client, override_settings

from django_bearer import (
    Allow,
    LoginAttempt,
    Refuse,
    approve_handover,
    authenticate_token,
    begin_handover,
    create_handover,
    decode_token,
    errors,
    impersonate,
    issue_api_token,
    issue_session,
    issue_ticket,
    redeem_handover,
    redeem_ticket,
    revoke_session,
    revoke_token,
    revoke_user,
    step_up_session,
)
from django_bearer.accounts.account_changes import Change, ChangeFacts, Lacking, lacking
from django_bearer.accounts.login_policy import Purpose
from django_bearer.events import EventKind
from django_bearer.http import cookies, https
from django_bearer.models import LoginHandover, RevokedToken, Session
from django_bearer.primitives import clock, randomness
from django_bearer.sessions import cleanup, step_up
from django_bearer.sessions.handover_redemption import PreparedRedemption, Receiver, unfit
from django_bearer.sessions.issue import issue_session as begin_session
from django_bearer.tokens import code_verifier, handover_code
from django_bearer.tokens.refresh_token import TokenDelivery
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
APP, ADMIN, OWN = "https://app.example.com", "https://admin.example.com", "https://api.example.com"
CLIENTS = {
    "app": {
        "kind": ["browser", "native"],
        "origins": [APP],
        "handover_to": ["admin", "phone", "app", "narrow"],
        "handover_url": f"{APP}/handover/",
        "session_lifetime": 100_000,
    },
    "admin": {"kind": "browser", "origins": [ADMIN], "handover_url": f"{ADMIN}/in/", "session_limit": 1},
    "phone": {"kind": "native", "handover_url": "https://app.example.com/phone/", "session_lifetime": 900_000},
    "narrow": {"kind": "native", "handover_url": "https://app.example.com/n/", "scopes": ["notes:read"]},
    "other": {"kind": ["browser", "native"], "origins": [ADMIN], "handover_url": f"{ADMIN}/other/"},
}
VERIFIER = "v" * 43
CHALLENGE = code_verifier.challenge_of(VERIFIER)


@pytest.fixture(autouse=True)
def _project(settings: Any) -> Iterator[None]:
    settings.BEARER = {**settings.BEARER, "CLIENTS": CLIENTS}
    with clock.frozen():
        yield


@pytest.fixture(params=["/auth/", "/drf-auth/"])
def at(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Side:
    """One of the two sides: a page of a client in a browser of its own, or an app."""

    def __init__(self, client_id: str, origin: str = "", at: str = "/auth/", token: str = "") -> None:
        self.client_id, self.origin, self.at, self.token = client_id, origin, at, token
        self.http = Client()
        self.verifier = code_verifier.new_state()[0]

    @property
    def challenge(self) -> str:
        return code_verifier.challenge_of(self.verifier)

    def post(self, endpoint: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
        sent = {"Origin": self.origin, "Sec-Fetch-Site": "same-site", "X-Bearer-Client": self.client_id}
        sent = sent if self.origin else {}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        named = {} if self.origin or self.token else {"client_id": self.client_id}
        return self.http.post(
            f"{self.at}{endpoint}/",
            {**named, **body},
            content_type="application/json",
            headers={**sent, **(headers or {})},
            secure=True,
        )

    def login(self, **more: Any) -> Any:
        found = self.post("login", username="ann@example.com", password=PASSWORD, **more)
        assert found.status_code == 200, found.content
        self.token = str(found.json()["access_token"])
        return found

    def redeem(self, code: str, **more: Any) -> Any:
        return self.post("handover/redeem", code=code, code_verifier=self.verifier, **more)


def page(client_id: str = "app", origin: str = APP, at: str = "/auth/") -> Side:
    return Side(client_id, origin, at)


def app(client_id: str = "app", at: str = "/auth/") -> Side:
    return Side(client_id, "", at)


@pytest.fixture
def giver(at: str, ann: Any) -> Side:
    side = page(at=at)
    side.login()
    return side


def made(giver: Side, to: str = "phone", **more: Any) -> dict[str, Any]:
    found = giver.post("handover", to=to, password=PASSWORD, **more)
    assert found.status_code == 201, found.content
    return dict(found.json())


def begun(receiver: Side, code: str) -> str:
    found = receiver.post("handover/begin", code=code, code_challenge=receiver.challenge)
    assert found.status_code == 200, found.content
    return str(found.json()["number"])


def by_camera(giver: Side, receiver: Side) -> str:
    """The code of a handover that only waits to be redeemed."""
    code = str(made(giver, receiver.client_id)["code"])
    number = begun(receiver, code)
    assert giver.post("handover/approve", code=code, number=number).status_code == 204
    return code


def refusal(found: Any) -> tuple[int, str]:
    return found.status_code, found.json()["code"]


OVER = (401, "handover_refused")
WAITS = (400, "handover_pending")


class TestFromSiteToSite:
    def test_the_receiver_begins_and_redeems_once(self, giver: Side, at: str) -> None:
        receiver = page("admin", ADMIN, at)
        first = receiver.post("handover/begin", code_challenge=receiver.challenge, code_challenge_method="S256")
        assert first.status_code == 200
        assert first["Cache-Control"] == "no-store"
        [cookie] = first.cookies.values()
        assert cookie.key.startswith("__Host-bearer-handover-")
        assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (
            True,
            True,
            "Strict",
            "/",
        )
        assert cookie.value not in first.content.decode()
        asked = made(giver, "admin", code_challenge=receiver.challenge, state=first.json()["state"])
        assert asked["url"] == f"{ADMIN}/in/#handover={asked['code']}"
        assert (asked["client_id"], asked["expires_in"]) == ("admin", 60)
        clock.advance(7)
        done = receiver.redeem(asked["code"])
        assert done.status_code == 200, done.content
        assert "refresh_token" not in done.json()
        assert receiver.http.cookies[cookie.key].value == ""
        assert receiver.post("refresh").status_code == 200
        old, new = Session.objects.get(client_id="app"), Session.objects.get(client_id="admin")
        assert (new.authenticated_at // clock.SECOND, new.amr, new.acr) == (
            old.authenticated_at // clock.SECOND, old.amr, old.acr,
        )  # fmt: skip
        assert new.created_at > old.created_at
        assert new.delivery == TokenDelivery.COOKIE
        assert refusal(receiver.redeem(asked["code"])) == OVER

    def test_another_receiver_is_refused(self, giver: Side, at: str) -> None:
        receiver, other = page("admin", ADMIN, at), page("admin", ADMIN, at)
        states = [
            side.post("handover/begin", code_challenge=side.challenge).json()["state"] for side in (receiver, other)
        ]
        code = made(giver, "admin", code_challenge=receiver.challenge, state=states[0])["code"]
        assert refusal(other.redeem(code)) == OVER
        other.verifier = receiver.verifier  # without the cookie of the browser that began
        assert refusal(other.redeem(code)) == OVER
        assert receiver.redeem(code).status_code == 200

    def test_an_app_redeems_what_no_page_began(self, giver: Side, at: str) -> None:
        phone, tab = app("phone", at), page("app", APP, at)
        code = made(giver, "phone", code_challenge=phone.challenge)["code"]
        assert refusal(app("other", at).redeem(code)) == OVER
        done = phone.redeem(code)
        assert done.status_code == 200
        assert done.json()["refresh_token"]
        code = made(giver, "app", code_challenge=tab.challenge)["code"]
        assert refusal(tab.redeem(code)) == OVER

    def test_a_page_of_another_client_begins_nothing(self, at: str) -> None:
        assert page("admin", APP, at).post("handover/begin", code_challenge=CHALLENGE).status_code == 403
        assert app("phone", at).post("handover/begin", code_challenge=CHALLENGE).status_code == 400


class TestByCamera:
    @pytest.mark.parametrize("kind", ["page", "app"])
    def test_the_number_of_the_receiver_lets_it_in(self, kind: str, giver: Side, at: str) -> None:
        receiver = page("app", APP, at) if kind == "page" else app("phone", at)
        code = made(giver, receiver.client_id)["code"]
        assert refusal(giver.post("handover/receiver", code=code)) == WAITS
        number = begun(receiver, code)
        assert len(number) == 6
        assert number.isdecimal()
        told = giver.post("handover/receiver", code=code).json()
        assert told == {"client_id": receiver.client_id, "device": "Unknown device", "where": "127.0.0.0/24"}
        assert refusal(receiver.redeem(code)) == WAITS
        assert giver.post("handover/approve", code=code, number=number).status_code == 204
        assert receiver.redeem(code).status_code == 200
        assert refusal(receiver.redeem(code)) == OVER

    def test_a_receiver_that_began_nothing_is_refused(self, giver: Side, at: str) -> None:
        code = made(giver)["code"]
        assert refusal(app("phone", at).redeem(code)) == OVER

    def test_the_first_receiver_is_the_only_one(self, giver: Side, at: str) -> None:
        first, second = app("phone", at), app("phone", at)
        code = made(giver)["code"]
        number = begun(first, code)
        late = second.post("handover/begin", code=code, code_challenge=second.challenge)
        assert refusal(late) == OVER
        assert giver.post("handover/approve", code=code, number=number).status_code == 204
        assert refusal(second.redeem(code)) == OVER
        assert first.redeem(code).status_code == 200

    def test_somebody_elses_code_lets_nobody_in(
        self, giver: Side, at: str, django_user_model: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The attacker's login is not put into the victim's device, whose number the attacker does not know."""
        django_user_model.objects.create_user("bob", password=PASSWORD)
        attacker, victim = page(at=at), app("phone", at)
        found = attacker.post("login", username="bob", password=PASSWORD)
        attacker.token = found.json()["access_token"]
        code = attacker.post("handover", to="phone", password=PASSWORD).json()["code"]
        monkeypatch.setattr(randomness, "digits", lambda length: "000111")
        begun(victim, code)
        guesses = [attacker.post("handover/approve", code=code, number=guess) for guess in ("1", "2", "3", "000111")]
        assert [refusal(each)[1] for each in guesses] == ["handover_number_refused"] * 3 + ["handover_refused"]
        assert refusal(victim.redeem(code)) == WAITS
        assert refusal(giver.post("handover/approve", code=code, number="000111")) == OVER
        assert refusal(giver.post("handover/receiver", code=code)) == OVER

    def test_a_page_that_did_not_begin_lacks_the_cookie(self, giver: Side, at: str) -> None:
        receiver = page("app", APP, at)
        code = by_camera(giver, receiver)
        copy = page("app", APP, at)
        copy.verifier = receiver.verifier
        assert refusal(copy.redeem(code)) == OVER
        assert refusal(Side("app", "", at).redeem(code)) == OVER

    def test_another_session_of_the_same_user_does_not_approve(self, giver: Side, at: str) -> None:
        receiver, second = app("phone", at), page(at=at)
        second.login()
        code = made(giver)["code"]
        number = begun(receiver, code)
        assert refusal(second.post("handover/approve", code=code, number=number)) == OVER


def everywhere(giver: Side, user: Any) -> None:
    revoke_user(user)


def logged_out(giver: Side, user: Any) -> None:
    assert giver.post("logout").status_code == 204


def token_revoked(giver: Side, user: Any) -> None:
    assert revoke_token(giver.token)


def other_password(giver: Side, user: Any) -> None:
    user.set_password("another " + PASSWORD)
    user.save()


def deactivated(giver: Side, user: Any) -> None:
    user.is_active = False
    user.save()


def deleted(giver: Side, user: Any) -> None:
    user.delete()


def a_minute(giver: Side, user: Any) -> None:
    clock.advance(60)


ENDS = [everywhere, logged_out, token_revoked, other_password, deactivated, deleted, a_minute]


@pytest.mark.parametrize("ends", ENDS)
def test_it_dies_with_the_login_behind_it(ends: Callable[[Side, Any], None], ann: Any) -> None:
    giver = page()
    giver.login()
    waiting, phone = app("phone"), app("phone")
    shown = made(giver)["code"]
    code = by_camera(giver, phone)
    ends(giver, ann)
    late = waiting.post("handover/begin", code=shown, code_challenge=waiting.challenge)
    assert refusal(late) == OVER
    assert refusal(phone.redeem(code)) == OVER
    assert Session.objects.exclude(client_id="app").count() == 0


def test_it_is_good_until_its_minute_is_over(ann: Any) -> None:
    giver, phone = page(), app("phone")
    giver.login()
    code = by_camera(giver, phone)
    clock.advance(59)
    assert phone.redeem(code).status_code == 200


class TestWhatComesOut:
    def test_it_lasts_no_longer_than_the_login_behind_it(self, ann: Any) -> None:
        giver, phone = page(), app("phone")
        giver.login()
        phone.redeem(by_camera(giver, phone))
        old, new = Session.objects.get(client_id="app"), Session.objects.get(client_id="phone")
        assert (new.ends_at, new.user_id) == (old.ends_at, ann.pk)

    def test_it_has_no_scope_that_the_login_has_not(self, ann: Any) -> None:
        phone, principal = (
            app("phone"),
            authenticate_token(issue_session(ann, client_id="app", scope=["notes:read"]).access_token),
        )
        made = create_handover(principal, "phone", code_challenge=phone.challenge)
        tokens = redeem_handover(made.code, phone.verifier, client_id="phone")
        assert tokens.scope == {"notes:read"}
        assert Session.objects.get(client_id="phone").scope == "notes:read"

    @pytest.mark.parametrize(
        ("path", "last"),
        [
            (["app"], ["a"]),
            (["phone"], ["a", "c"]),
            (["phone", "app"], ["a"]),
            (["far", "app"], ["a"]),  # also where the one between them had no audience of the first
            (["narrow"], None),
        ],
    )
    def test_no_audience_comes_back_that_the_login_was_not_for(
        self, path: list[str], last: list[str] | None, ann: Any, settings: Any
    ) -> None:
        """RFC 8707 section 2.2."""
        has = {"app": ["a", "b"], "phone": ["b", "a", "c"], "far": ["c"], "narrow": ["b"]}
        more = {"handover_to": [*has], "handover_url": f"{APP}/in/", "kind": "native"}
        settings.BEARER = {
            **settings.BEARER,
            "CLIENTS": {name: {**more, "audiences": audiences} for name, audiences in has.items()},
        }
        tokens, now_for = issue_session(ann, client_id="app", resource=["a"]), "a"
        for to in path:
            principal = authenticate_token(tokens.access_token, audience=now_for)
            code = create_handover(principal, to, code_challenge=CHALLENGE).code
            if last is None:
                with pytest.raises(errors.InvalidTarget):
                    redeem_handover(code, VERIFIER, client_id=to)
                return
            tokens = redeem_handover(code, VERIFIER, client_id=to)
            now_for = Session.objects.get(pk=tokens.session_id).audiences.split()[0]
        assert decode_token(tokens.access_token, audience=now_for).aud == now_for
        assert Session.objects.get(pk=tokens.session_id).audiences.split() == last

    def test_nobody_adds_a_strength(self, ann: Any, settings: Any) -> None:
        principal = authenticate_token(issue_session(ann, client_id="app", amr=["pwd", "otp"]).access_token)
        settings.BEARER = {**settings.BEARER, "ACR_VALUES": {"strong": ["pwd otp"]}}
        made = create_handover(principal, "phone", code_challenge=CHALLENGE)
        claims = decode_token(redeem_handover(made.code, VERIFIER, client_id="phone").access_token)
        assert (claims.acr, claims.amr) == (None, ("pwd", "otp"))

    def test_what_was_chosen_at_the_login_stays_chosen(self, ann: Any, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "LOGIN_CLAIMS": lambda attempt: {"shop": attempt.purpose.value}}
        principal = authenticate_token(issue_session(ann, client_id="app").access_token)
        made = create_handover(principal, "phone", code_challenge=CHALLENGE)
        claims = decode_token(redeem_handover(made.code, VERIFIER, client_id="phone").access_token)
        assert claims.custom["shop"] == "session"

    def test_the_list_and_the_owner_are_told(self, ann: Any, settings: Any, bearer: Any) -> None:
        told: list[str] = []
        settings.BEARER = {
            **settings.BEARER,
            "ON_TOKEN_REUSE": lambda event, user: told.append(f"{event.kind.value} {user.pk}"),
        }
        giver, phone = page(), app("phone")
        giver.login()
        phone.redeem(by_camera(giver, phone))
        listed = giver.http.get("/auth/sessions/", headers={"Authorization": f"Bearer {giver.token}"}, secure=True)
        marks = {one["client_id"]: one["handed_over_from"] for one in listed.json()["sessions"]}
        assert marks == {"app": None, "phone": "app"}
        assert told == [f"authn_login_handed_over {ann.pk}"]
        [event] = bearer.events_of(EventKind.LOGIN_HANDED_OVER)
        assert event.details["source_session"] == str(Session.objects.get(client_id="app").pk)
        assert event.session_id == str(Session.objects.get(client_id="phone").pk)

    def test_the_limit_of_sessions_holds_at_once(self, ann: Any) -> None:
        issue_session(ann, client_id="admin", delivery=TokenDelivery.COOKIE)
        giver, receiver = page(), page("admin", ADMIN)
        giver.login()
        clock.advance(1)
        assert receiver.redeem(by_camera(giver, receiver)).status_code == 200
        live = Session.objects.filter(client_id="admin", revoked_at__isnull=True)
        assert [row.extras["handed_over_from"] for row in live] == ["app"]

    def test_nobody_has_logged_in(self, ann: Any, bearer: Any) -> None:
        giver, phone = page(), app("phone")
        giver.login()
        ann.refresh_from_db()
        before = ann.last_login
        phone.redeem(by_camera(giver, phone))
        ann.refresh_from_db()
        assert ann.last_login == before
        assert len(bearer.events_of(EventKind.LOGIN_SUCCESS)) == 1

    def test_a_login_on_a_remembered_device_is_not_handed_over(self, ann: Any) -> None:
        tokens = begin_session(ann, client_id="app", amr=["pwd", "remembered"])
        principal = authenticate_token(tokens.access_token)
        with pytest.raises(errors.ReauthenticationRequired):
            create_handover(principal, "phone", code_challenge=CHALLENGE)


@pytest.mark.parametrize("way", ["function", "endpoint"])
def test_it_ends_with_the_token_that_asked_also_when_that_has_expired(way: str, ann: Any, at: str) -> None:
    giver, phone = app("app", at), app("phone", at)
    giver.login()
    clock.advance(299)
    code = giver.post("handover", to="phone", password=PASSWORD, code_challenge=phone.challenge).json()["code"]
    clock.advance(3)
    if way == "function":
        revoke_token(giver.token)
    else:
        form, kind = f"token={giver.token}&client_id=app", "application/x-www-form-urlencoded"
        assert giver.http.post(f"{at}revoke/", form, content_type=kind, secure=True).status_code == 200
    assert RevokedToken.objects.get().expires_at > LoginHandover.objects.get().expires_at
    clock.advance(40)
    cleanup.purge()
    assert refusal(phone.redeem(code)) == OVER


@pytest.mark.parametrize("way", ["logout", "token", "everywhere", "step-up"])
def test_it_ends_with_a_login_that_ends_while_it_is_redeemed(
    way: str, ann: Any, bearer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = issue_session(ann, client_id="app")
    principal = authenticate_token(tokens.access_token)
    code = create_handover(principal, "phone", code_challenge=CHALLENGE).code
    meanwhile: dict[str, Callable[[], Any]] = {
        "logout": lambda: revoke_session(tokens.session_id),
        "token": lambda: revoke_token(tokens.access_token),
        "everywhere": lambda: revoke_user(ann),
        "step-up": lambda: step_up_session(principal, amr=["hwk"]),
    }
    real = PreparedRedemption.store

    def store(self: PreparedRedemption) -> Any:
        meanwhile[way]()
        return real(self)

    monkeypatch.setattr(PreparedRedemption, "store", store)
    with pytest.raises(errors.InvalidHandover):
        redeem_handover(code, VERIFIER, client_id="phone")
    assert not Session.objects.filter(client_id="phone").exists()
    assert len(bearer.events_of(EventKind.HANDOVER_REFUSED)) == 1


@pytest.mark.parametrize("form", ["{0}{1}", "{0} {1}", " {0}{1} ", "{0}-{1}", "{0}\u00a0{1}"])
def test_the_number_may_be_typed_in_groups(form: str, ann: Any) -> None:
    giver, phone = app(), app("phone")
    giver.login()
    code = str(made(giver)["code"])
    number = begun(phone, code)
    typed = form.format(number[:3], number[3:])
    assert giver.post("handover/approve", code=code, number=typed).status_code == 204


class TestWhoMay:
    def test_no_other_credential_than_an_access_token(self, ann: Any, settings: Any, django_user_model: Any) -> None:
        api = authenticate_token(issue_api_token(ann, name="job", expires_in=3600, scope=[]).token)
        session = authenticate_token(issue_session(ann, client_id="app").access_token)
        ticket = redeem_ticket(
            issue_ticket(session, purpose="download", path="/a/").ticket, purpose="download", path="/a/"
        )
        settings.BEARER = {**settings.BEARER, "IMPERSONATION_LIFETIME": 600}
        boss = django_user_model.objects.create_superuser("boss", password=PASSWORD)
        acting = authenticate_token(
            impersonate(authenticate_token(issue_session(boss, client_id="app").access_token), ann).access_token
        )
        code = create_handover(session, "phone").code
        begin_handover(code, CHALLENGE, client_id="phone")
        for principal in (api, ticket, acting):
            with pytest.raises((errors.SessionRequired, errors.ImpersonationRefused)):
                create_handover(principal, "phone", code_challenge=CHALLENGE)
            with pytest.raises((errors.SessionRequired, errors.ImpersonationRefused)):
                approve_handover(principal, code, "123456")

    def test_it_takes_a_recent_login_on_both_occasions(self, at: str, ann: Any, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "ACCESS_TOKEN_LIFETIME": 900}
        giver = page(at=at)
        giver.login()
        clock.advance(280)
        code = made(giver)["code"]
        number = begun(app("phone", at), code)
        clock.advance(25)
        refused = giver.post("handover/approve", code=code, number=number)
        assert refusal(refused) == (401, "login_too_old")
        assert refusal(giver.post("handover", to="phone", password=PASSWORD))[1] == "login_too_old"

    def test_a_page_of_an_account_without_a_password_hands_nothing_over_even_after_a_step_up(self, ann: Any) -> None:
        ann.set_unusable_password()
        ann.save()
        started = begin_session(ann, client_id="app", delivery=TokenDelivery.COOKIE, amr=["hwk"])
        clock.advance(1)
        asks = authenticate_token(started.access_token)
        stepped = step_up.step_up(asks, amr=["hwk"], delivery=TokenDelivery.COOKIE)
        giver, receiver = page(), app("phone")
        giver.token = stepped.access_token  # type: ignore[union-attr]
        for more in ({}, {"code_challenge": receiver.challenge}):
            for password in ("", ann.password):
                refused = giver.post("handover", to="phone", password=password, **more)
                assert refusal(refused) == (403, "password_required")
        assert not LoginHandover.objects.exists()

    def test_an_app_of_an_account_without_a_password_steps_up_first(self, ann: Any) -> None:
        ann.set_unusable_password()
        ann.save()
        giver, receiver = app(), app("phone")
        giver.token = issue_session(ann, client_id="app", amr=["federated"]).access_token
        refused = giver.post("handover", to="phone", code_challenge=receiver.challenge)
        assert refusal(refused) == (401, "login_too_old")
        clock.advance(1)
        giver.token = step_up_session(authenticate_token(giver.token), amr=["hwk"]).access_token
        code = giver.post("handover", to="phone", code_challenge=receiver.challenge).json()["code"]
        assert receiver.redeem(code).status_code == 200

    def test_a_page_sends_the_password_and_comes_from_its_own_origin(self, giver: Side) -> None:
        for password in ("", "wrong"):
            assert refusal(giver.post("handover", to="phone", password=password)) == (403, "password_required")
        evil = giver.post("handover", headers={"Origin": ADMIN}, to="phone", password=PASSWORD)
        assert refusal(evil) == (403, "origin_refused")
        code = made(giver)["code"]
        evil = giver.post("handover/approve", headers={"Origin": ADMIN}, code=code, number="123456")
        assert refusal(evil) == (403, "origin_refused")

    def test_a_narrowed_token_hands_nothing_over(self, ann: Any, at: str) -> None:
        side = Side("app", "", at, issue_session(ann, client_id="app", scope=["notes:read"]).access_token)
        assert refusal(side.post("handover", to="phone"))[1] == "insufficient_scope"

    def test_the_access_token_of_an_app_alone_hands_nothing_over(self, ann: Any, at: str) -> None:
        side = Side("app", "", at, issue_session(ann, client_id="app").access_token)
        assert refusal(side.post("handover", to="phone")) == (403, "password_required")
        assert side.post("handover", to="phone", password=PASSWORD).status_code == 201

    def test_the_settings_say_to_whom(self, giver: Side) -> None:
        for to in ("other", "nobody"):
            found = giver.post("handover", to=to, password=PASSWORD)
            assert refusal(found) == (400, "unauthorized_client")

    def test_it_is_counted_by_user(self, giver: Side) -> None:
        for _ in range(20):
            made(giver)
        assert giver.post("handover", to="phone", password=PASSWORD).status_code == 429

    def test_the_policy_is_asked_of_each_side(self, giver: Side, at: str, settings: Any) -> None:
        asked: list[LoginAttempt] = []
        ruling: list[Any] = [Allow()]

        def policy(attempt: LoginAttempt) -> Any:
            asked.append(attempt)
            return ruling[0]

        settings.BEARER = {**settings.BEARER, "LOGIN_POLICY": policy}
        phone = app("phone", at)
        code = by_camera(giver, phone)
        assert [(one.purpose, one.client_id, one.methods) for one in asked] == [
            (Purpose.HANDOVER, "phone", frozenset({"pwd"}))
        ]
        ruling[0] = Refuse("blocked", "Not here.")
        assert refusal(phone.redeem(code)) == (403, "login_refused")
        ruling[0] = Allow()
        assert phone.redeem(code).status_code == 200  # a refusal spends nothing
        ruling[0] = Refuse("blocked")
        assert refusal(giver.post("handover", to="phone", password=PASSWORD)) == (403, "login_refused")

    def test_the_request_policy_is_asked_of_the_receiver(self, ann: Any, settings: Any) -> None:
        principal = authenticate_token(issue_session(ann, client_id="app").access_token)
        code = create_handover(principal, "phone", code_challenge=CHALLENGE).code
        settings.BEARER = {**settings.BEARER, "REQUEST_POLICY": lambda attempt: Refuse("blocked")}
        with pytest.raises(errors.RequestRefused):
            redeem_handover(code, VERIFIER, client_id="phone")


def test_only_a_digest_is_stored(giver: Side) -> None:
    code = made(giver)["code"]
    row = LoginHandover.objects.get()
    assert bytes(row.digest) == handover_code.digest_of(code)
    assert code not in str(LoginHandover.objects.values().get())
    assert giver.token not in str(LoginHandover.objects.values().get())


def test_it_is_no_bearer_token(giver: Side) -> None:
    with pytest.raises(errors.InvalidToken):
        authenticate_token(made(giver)["code"])


@pytest.mark.parametrize(
    "body",
    [
        {"code_challenge": "x"},
        {"code_challenge": CHALLENGE + "="},
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE, "state": "x"},
        {"state": CHALLENGE},
        {"code_challenge": 7},
        {"to": ""},
        {"to": ["phone"]},
    ],
)
def test_what_makes_no_sense_is_a_400(body: dict[str, Any], giver: Side) -> None:
    found = giver.post("handover", **{"to": "phone", "password": PASSWORD, **body})
    assert found.status_code == 400, found.content


@pytest.mark.parametrize("endpoint", ["handover/begin", "handover/redeem", "handover/approve", "handover/receiver"])
@pytest.mark.parametrize("code", [7, "x", "djb_ho_" + "A" * 43 + "000000", "djb_ho_" + "A" * 500, "\ud800", None])
def test_what_is_no_code_is_a_400(endpoint: str, code: Any, giver: Side, at: str) -> None:
    side = giver if endpoint.endswith(("approve", "receiver")) else app("phone", at)
    found = side.post(endpoint, code=code, code_challenge=CHALLENGE, code_verifier=VERIFIER, number="123456")
    assert found.status_code in (400, 401)


def test_over_plain_http_it_is_ended(ann: Any) -> None:
    https.state.seen = True
    giver, phone = page(), app("phone")
    giver.login()
    code = by_camera(giver, phone)
    body = {"code": code, "code_verifier": phone.verifier, "client_id": "phone"}
    found = Client().post("/auth/handover/redeem/", body, content_type="application/json", REMOTE_ADDR="93.184.216.7")
    assert found.status_code == 400
    assert refusal(phone.redeem(code)) == OVER


def test_what_is_over_is_deleted(giver: Side) -> None:
    made(giver)
    clock.advance(86_400 + 61)
    assert cleanup.purge() >= 1
    assert not LoginHandover.objects.exists()


class TestSettings:
    @staticmethod
    def faults(**clients: Any) -> str:
        bearer = {"ISSUER": OWN, "AUDIENCE": OWN, "CLIENTS": clients}
        with override_settings(BEARER=bearer):
            return " ".join(f"{one.id} {one.msg}" for one in run_checks(tags=["bearer"]))

    def test_a_client_without_a_place_is_an_error(self) -> None:
        app = {"kind": "browser", "handover_to": ["phone"]}
        assert "bearer.E015 phone: handover_url" in self.faults(app=app, phone={"kind": "native"})
        pages = {"kind": "browser", "handover_url": "https://elsewhere.example.com/in/"}
        assert "bearer.E015 web: handover_url is no page" in self.faults(
            app={**app, "handover_to": ["web"]}, web=pages
        )
        pages["handover_url"] = f"{OWN}/in/"
        assert "E015" not in self.faults(app={**app, "handover_to": ["web"]}, web=pages)

    @pytest.mark.parametrize(
        "url",
        [
            "http://app.example.com/in/", "app:/in/", "https://app.example.com", "https://u@app.example.com/in/", 7,
            "https://app.example.com/in/#x", "https://app.example.com/in/#", "javascript:alert(1)", "//a.example/in/",
            "https://app.example.com\\@evil.example/in/", "https://app.example.com/in /",
        ],
    )  # fmt: skip
    def test_only_an_https_url_without_a_fragment(self, url: Any) -> None:
        assert "E001" in self.faults(app={"kind": "native", "handover_url": url})

    def test_a_misspelt_client_and_a_machine_are_errors(self) -> None:
        assert "E001" in self.faults(app={"kind": "native", "handover_to": ["phoen"]})
        secret = {"kind": "machine", "secret_digest": "sha256:" + "A" * 43}
        assert "E001" in self.faults(job={**secret, "handover_url": f"{OWN}/in/"})


def test_the_receiver_must_be_the_one_that_began() -> None:
    class Row:
        challenge, state, delivery = CHALLENGE, "", TokenDelivery.BODY

    class Began(Row):
        challenge = ""

    right = Receiver(None, TokenDelivery.BODY, VERIFIER, "")  # type: ignore[arg-type]
    assert unfit(Row, right) is None
    assert unfit(Began, Receiver(None, TokenDelivery.BODY, "", "")) is not None  # type: ignore[arg-type]
    for other in (
        Receiver(None, TokenDelivery.COOKIE, VERIFIER, ""),  # type: ignore[arg-type]
        Receiver(None, TokenDelivery.BODY, VERIFIER[1:] + "w", ""),  # type: ignore[arg-type]
        Receiver(None, TokenDelivery.BODY, VERIFIER, "x"),  # type: ignore[arg-type]
    ):
        assert unfit(Row, other) is not None


def test_what_a_handover_lacks() -> None:
    facts = {"whole_scope": True, "from_page": True}
    assert lacking(Change.HANDOVER, ChangeFacts(**{**facts, "whole_scope": False})) is Lacking.SCOPE
    assert lacking(Change.HANDOVER, ChangeFacts(**facts, stepped_up=True)) is Lacking.PASSWORD
    for stepped_up, enrolled in product((True, False), repeat=2):
        shown = {"stepped_up": stepped_up, "enrolled": enrolled, "factor_shown": True}
        assert lacking(Change.HANDOVER, ChangeFacts(**facts, has_password=False, **shown)) is Lacking.PASSWORD
    assert lacking(Change.HANDOVER, ChangeFacts(from_page=False)) is Lacking.PASSWORD
    assert lacking(Change.HANDOVER, ChangeFacts(from_page=False, has_password=False)) is Lacking.STEP_UP
    assert lacking(Change.HANDOVER, ChangeFacts(from_page=False, has_password=False, stepped_up=True)) is None
    assert lacking(Change.HANDOVER, ChangeFacts(from_page=False, stepped_up=True)) is None


def test_each_handover_of_a_browser_has_a_cookie_of_its_own() -> None:
    assert cookies.handover_name(CHALLENGE) != cookies.handover_name("x")
    assert cookies.tokens({cookies.handover_name(CHALLENGE): "x"}, "app") == {}


def test_the_verifier_is_that_of_the_standard() -> None:
    """RFC 7636 appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_verifier.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert not code_verifier.is_proved(verifier, "")
    assert not code_verifier.is_proved("short", code_verifier.challenge_of(verifier))


def test_a_revoked_session_of_the_new_device_leaves_the_old_one(ann: Any) -> None:
    giver, phone = page(), app("phone")
    giver.login()
    done = phone.redeem(by_camera(giver, phone)).json()
    assert revoke_session(done["session_id"])
    assert decode_token(giver.token)
