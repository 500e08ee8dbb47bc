"""API tokens, by somebody who wants more of one than it was made for (JB-16, OB-11, OB-16)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path

from django_bearer import (
    ApiToken,
    authenticate_token,
    errors,
    events,
    is_token_revoked,
    issue_api_token,
    issue_session,
    revoke_api_token,
    revoke_user,
)
from django_bearer.api_tokens import issue_and_revoke, usage
from django_bearer.http import authentication, exposed_tokens, https
from django_bearer.models import ServiceAccount, Session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD

DAY = 86_400
pytestmark = pytest.mark.django_db
JSON: Any = {"content_type": "application/json"}


def issue(owner: Any, **options: Any) -> Any:
    return issue_api_token(owner, **{"name": "nightly", "expires_in": 30 * DAY, **options})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def service(db: Any) -> ServiceAccount:
    return issue_and_revoke.service_account("backup", create=True)


class TestMoreThanAsked:
    """An API token at each endpoint that expects another kind of token, in an otherwise valid request."""

    BODY: ClassVar = {"name": "another", "expires_in": DAY}

    @pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
    def test_it_makes_no_further_token(self, at: str, ann: Any) -> None:
        found = Client().post(f"{at}api-tokens/", self.BODY, **JSON, headers=bearer(issue(ann).token))
        assert (found.status_code, found.json()["code"]) == (403, "session_required")
        assert ApiToken.objects.count() == 1

    @pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
    def test_beside_a_spoiled_refresh_token_it_ends_no_session(self, at: str, ann: Any) -> None:
        issued = issue_session(ann)
        body = {"refresh_token": (issued.refresh_token or "")[:-1]}
        found = Client().post(f"{at}logout/", body, **JSON, headers=bearer(issue(ann).token))
        assert (found.status_code, found.json()["code"]) == (403, "session_required")
        assert not is_token_revoked(issued.access_token)

    @pytest.mark.parametrize("at", ["/auth/", "/drf-auth/"])
    @pytest.mark.parametrize("kind", ["api", "refresh"])
    def test_neither_kind_passes_for_the_other(self, at: str, kind: str, ann: Any) -> None:
        """The secret of one in the clothes of the other is noise to both."""
        text = issue(ann).token if kind == "api" else issue_session(ann).refresh_token or ""
        swapped = text.replace("_at_", "_rt_") if kind == "api" else text.replace("_rt_", "_at_")
        for presented in (text, swapped):
            if not (kind == "refresh" and presented is text):
                assert Client().post(f"{at}refresh/", {"refresh_token": presented}, **JSON).status_code == 401
            if not (kind == "api" and presented is text):
                assert Client().get("/drf/", headers=bearer(presented)).status_code == 401

    @pytest.mark.urls("tests.admin.urls")
    def test_a_superusers_token_without_scopes_opens_no_admin(self, django_user_model: Any) -> None:
        """The admin asks for no scope, so there the token would be all that its owner is."""
        boss = django_user_model.objects.create_superuser("boss", password="x")
        token = issue(boss).token
        for call in (Client().get, Client(enforce_csrf_checks=True).post):
            found = call("/admin/auth/user/", headers=bearer(token))
            assert (found.status_code, found.json()["code"]) == (403, "session_required")

    def test_another_models_row_of_the_same_number_is_no_user(self, ann: Any) -> None:
        class Customer:
            pk, is_active, password = ann.pk, True, ann.password

        with pytest.raises(TypeError, match="ServiceAccount"):
            issue(Customer())
        assert not ApiToken.objects.exists()


class TestService:
    def test_it_does_not_log_in(self, service: ServiceAccount) -> None:
        with pytest.raises((TypeError, errors.BearerError)):
            issue_session(service)
        assert not Session.objects.exists()

    def test_saved_by_a_view_it_stays_deleted(self, service: ServiceAccount) -> None:
        """Views save `request.user` to note a last visit; a service that is gone must not come back by that."""
        user = authenticate_token(issue(service).token).user
        ServiceAccount.objects.all().delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            user.save()
        assert not ServiceAccount.objects.exists()

    def test_it_is_as_old_as_its_row(self, service: ServiceAccount) -> None:
        assert authenticate_token(issue(service).token).user.created_at == service.created_at

    def test_logged_out_everywhere_its_tokens_end(self, service: ServiceAccount, ann: Any) -> None:
        mine, theirs = issue(service).token, issue(ann).token
        revoke_user(authenticate_token(mine).user)
        assert is_token_revoked(mine)
        assert not is_token_revoked(theirs)

    def test_a_user_of_its_name_has_nothing_of_it(self, service: ServiceAccount, django_user_model: Any) -> None:
        namesake = django_user_model.objects.create_user("service: backup", password=PASSWORD)
        token = issue(service).token
        revoke_user(namesake)
        namesake.delete()
        assert authenticate_token(token).user == service

    def test_the_doctor_says_whose_it_is(self, service: ServiceAccount, tmp_path: Path) -> None:
        token, out, sent = issue(service).token, io.StringIO(), tmp_path / "headers.txt"
        sent.write_text(token)
        call_command("bearer_doctor", "https://testserver/who/", headers=sent, stdout=out, stderr=out)
        assert "service backup" in out.getvalue()
        assert token not in out.getvalue()


class TestAfterwards:
    def test_whoever_gets_a_dead_users_key_gets_no_token(self, django_user_model: Any) -> None:
        """Without passwords there is no fingerprint to tell two users of one key apart."""
        first = django_user_model.objects.create_user("sso")
        token, key = issue(first).token, first.pk
        first.delete()
        second = django_user_model(pk=key, username="sso")
        second.set_unusable_password()
        second.save(force_insert=True)
        assert is_token_revoked(token)

    def test_a_changed_password_frees_the_places_of_its_tokens(self, ann: Any, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "API_TOKEN_LIMIT": 1}
        issue(ann)
        get_user_model().objects.filter(pk=ann.pk).update(password="!")
        ann.refresh_from_db()
        headers = bearer(issue_session(ann).access_token)
        assert Client().get("/auth/api-tokens/", headers=headers).json() == {"api_tokens": []}
        assert issue(ann)


class TestByHand:
    @pytest.mark.parametrize("function", ["create", "get_or_create", "bulk_create", "update_or_create"])
    def test_no_queryset_makes_one_either(self, function: str, ann: Any) -> None:
        for rows in (ApiToken.objects.all(), ApiToken.objects.filter(user=ann), ann.bearer_api_tokens.all()):
            with pytest.raises(TypeError, match=r"issue_api_token\(\)"):
                getattr(rows, function)(name="x")


class TestPlainHttp:
    @pytest.fixture(autouse=True)
    def in_the_clear(self, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.1/32"], "DANGEROUSLY_ALLOW_HTTP_FROM": []}
        https.state.seen = True

    def send(self, token: str) -> Any:
        return Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO="http").get("/who/", headers=bearer(token))

    def test_a_careless_machine_does_not_shield_a_stolen_session(self, ann: Any) -> None:
        """Nothing of an API token is revoked, so it must not use up what may be revoked in a minute."""
        token, session = issue(ann).token, issue_session(ann)
        for _ in range(https.MAX_REVOCATIONS + 1):
            assert self.send(token).json()["code"] == "insecure_transport"
        self.send(session.access_token)
        assert is_token_revoked(session.access_token)

    def test_nor_does_it_drown_the_other_events(self, ann: Any) -> None:
        """A repeated event is sampled, like every event that an attacker can cause."""
        token, events_of = issue(ann).token, []
        events.forget_samples()

        def hear(event: events.SecurityEvent, **_: Any) -> None:
            events_of.append(event.details)

        events.security_event.connect(hear)
        for _ in range(https.MAX_REVOCATIONS):
            self.send(token)
        events.security_event.disconnect(hear)
        assert [details["revoked"] for details in events_of][:2] == [exposed_tokens.FLAGGED, exposed_tokens.NOTHING]
        assert len(events_of) < https.MAX_REVOCATIONS
        assert ApiToken.objects.get().exposed_at is not None

    def test_that_it_is_still_in_use_is_told_with_each_note_of_its_use(self, ann: Any) -> None:
        token, events_of = issue(ann).token, []

        def hear(event: events.SecurityEvent, **_: Any) -> None:
            events_of.append((event.user_id, event.details["token"]))

        self.send(token)
        events.security_event.connect(hear, sender=events.EventKind.EXPOSED_TOKEN_USED)
        with clock.frozen():
            for later in (0, 1, 600):
                clock.advance(later)
                assert Client().get("/who/", headers=bearer(token), secure=True).json()["auth"] is True
        events.security_event.disconnect(hear, sender=events.EventKind.EXPOSED_TOKEN_USED)
        assert events_of == [(str(ann.pk), str(ApiToken.objects.get().pk))] * 2


class TestLastUse:
    def test_a_database_that_takes_no_writes_is_asked_once_a_minute(
        self, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = issue(ann).token
        asked = []

        def broken() -> Any:
            asked.append(1)
            raise OperationalError("read-only")

        monkeypatch.setattr(usage, "_rows", broken)
        for _ in range(5):
            assert Client().get("/who/", headers=bearer(token)).json()["auth"] is True
        assert len(asked) == 1
        clock.advance(61)
        Client().get("/who/", headers=bearer(token))
        assert len(asked) == 2

    def test_a_note_that_fails_leaves_the_callers_transaction_whole(
        self, ann: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without the middleware, authentication runs in the view's transaction."""
        request = RequestFactory().get("/", headers=bearer(issue(ann).token))
        monkeypatch.setattr(usage, "_rows", lambda: ApiToken.objects.extra(where=["no_such_column = 1"]))
        with transaction.atomic():
            assert authentication.authenticate_request(request) is not None
            assert get_user_model().objects.get(pk=ann.pk)
        assert not connection.needs_rollback


def revoke_and_fail(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        revoke_api_token(request.auth.api_token.id)  # type: ignore[attr-defined]
        transaction.set_rollback(True)
    raise ValueError("and then it fails")


urlpatterns = [path("", include("tests.urls")), path("leave/", revoke_and_fail)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls("tests.attacks.test_api_tokens")
def test_revoked_in_a_view_that_rolls_back_it_stays_revoked_and_its_use_stays_noted(ann: Any) -> None:
    made = issue(ann)
    client = Client(raise_request_exception=False)
    assert client.get("/leave/", headers=bearer(made.token)).status_code == 500
    assert is_token_revoked(made.token)
    assert ApiToken.objects.get().last_used_at is not None
