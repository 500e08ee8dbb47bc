"""API tokens: shown once, good for as long as their owner is, and for nothing that wants a session (OB-11, JB-16)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from django_bearer import (
    ApiToken,
    ServiceAccount,
    authenticate_token,
    conf,
    decode_token,
    errors,
    is_token_revoked,
    issue_api_token,
    issue_session,
    revoke_all_issuer_tokens,
    revoke_api_token,
    revoke_token,
    revoke_user,
)
from django_bearer.api_tokens import issue_and_revoke, usage
from django_bearer.database import issuers
from django_bearer.models import SecurityEventRecord
from django_bearer.primitives import clock
from django_bearer.primitives.encoding import base64url_encode
from django_bearer.sessions import cleanup
from django_bearer.tokens.api_token import KIND, ApiSecret, read
from django_bearer.tokens.opaque_format import assemble
from tests.conftest import PASSWORD

DAY = 86_400
pytestmark = pytest.mark.django_db


def issue(owner: Any, **options: Any) -> Any:
    return issue_api_token(owner, **{"name": "nightly", "expires_in": 30 * DAY, "scope": ["notes:read"], **options})


def call(token: str, path: str = "/plain-who/", method: str = "get", **extra: Any) -> Any:
    return getattr(Client(), method)(path, headers={"Authorization": f"Bearer {token}"}, **extra)


@pytest.fixture
def service(db: Any) -> ServiceAccount:
    return issue_and_revoke.service_account("backup", create=True)


class TestMaker:
    """A request that was let in just before everything ended, and reads the new epoch when it makes its token."""

    @pytest.mark.parametrize(
        "end", [lambda user: revoke_all_issuer_tokens(), lambda user: issuers.next_user_epoch(user.pk)]
    )
    def test_a_session_of_an_earlier_epoch_makes_no_token(self, ann: Any, end: Any) -> None:
        session = issue_session(ann).session_id
        end(ann)
        with pytest.raises(errors.InvalidToken, match="has ended"):
            issue(ann, made_by_session=session)
        assert not ApiToken.objects.exists()

    def test_a_session_that_stands_makes_one(self, ann: Any) -> None:
        revoke_all_issuer_tokens()
        revoke_user(ann)
        made = issue(ann, made_by_session=issue_session(ann).session_id)
        assert authenticate_token(made.token).user == ann


class TestGood:
    def test_a_users_token_is_the_user_with_its_scope(self, ann: Any) -> None:
        found = authenticate_token(issue(ann).token)
        assert (found.user, found.session_id, found.claims) == (ann, None, None)
        assert (found.client_id, found.scopes) == ("api-token", {"notes:read"})
        assert found.api_token is not None

    def test_it_opens_views_of_both_kinds(self, ann: Any) -> None:
        token = issue(ann, scope=["notes:write"]).token
        for path in ("/who/", "/drf/", "/drf-scope/", "/plain-scope/"):
            assert call(token, path).json()["user"] == "ann@example.com"
        assert call(issue(ann).token, "/drf-scope/").status_code == 403

    def test_a_service_is_nobodys_user(self, service: ServiceAccount) -> None:
        token = issue(service).token
        found = authenticate_token(token)
        assert found.user == service
        assert (found.user.is_authenticated, found.user.is_staff, found.user.is_superuser) == (True, False, False)
        assert not found.user.has_perm("auth.view_user")
        assert not found.user.has_perms(["auth.view_user"])
        assert not found.user.has_module_perms("auth")
        assert call(token, "/drf/").json()["user"] == "service backup"

    def test_one_statement_a_request(self, ann: Any, django_assert_num_queries: Any) -> None:
        token = issue(ann).token
        call(token, "/who/")  # notes its first use
        with django_assert_num_queries(1):
            assert call(token, "/who/").json()["auth"] is True

    def test_without_a_scope_it_has_none(self, ann: Any) -> None:
        assert authenticate_token(issue(ann, scope=()).token).scopes == frozenset()


class TestDead:
    def test_revoked(self, ann: Any) -> None:
        made = issue(ann)
        assert revoke_api_token(made.id) is True
        assert revoke_api_token(made.id) is False
        assert is_token_revoked(made.token)
        assert call(made.token, "/drf/").status_code == 401

    def test_revoked_by_its_text(self, ann: Any) -> None:
        made = issue(ann)
        assert revoke_token(made.token)
        assert is_token_revoked(made.token)

    def test_past_its_end(self, ann: Any) -> None:
        with clock.frozen():
            token = issue(ann, expires_in=60).token
            clock.advance(59)
            assert authenticate_token(token)
            clock.advance(1)
            assert is_token_revoked(token)

    @pytest.mark.parametrize(
        "end", ["inactive", "inactive by SQL", "deleted", "everywhere", "password", "password by SQL"]
    )
    def test_with_its_user(self, end: str, ann: Any, django_user_model: Any) -> None:
        from django.contrib.auth.hashers import make_password

        token = issue(ann).token
        rows = django_user_model.objects.filter(pk=ann.pk)
        if end == "inactive":
            ann.is_active = False
            ann.save()
        elif end == "inactive by SQL":
            rows.update(is_active=False)
        elif end == "deleted":
            ann.delete()
        elif end == "everywhere":
            revoke_user(ann)
        elif end == "password":
            ann.set_password("another one, longer")
            ann.save()
        else:
            rows.update(password=make_password("another one, longer"))
        assert is_token_revoked(token)

    def test_a_rehash_is_no_password_change(self, ann: Any, settings: Any) -> None:
        token = issue(ann).token
        settings.PASSWORD_HASHERS = list(reversed(settings.PASSWORD_HASHERS))
        body = {"username": ann.get_username(), "password": PASSWORD}
        assert Client().post("/auth/login/", body, content_type="application/json").status_code == 200
        ann.refresh_from_db()
        assert ann.password.startswith("pbkdf2")
        assert authenticate_token(token)

    @pytest.mark.parametrize("how", ["disabled", "deleted"])
    def test_with_its_service(self, how: str, service: ServiceAccount) -> None:
        token = issue(service).token
        if how == "disabled":
            ServiceAccount.objects.update(is_active=False)
        else:
            service.delete()
        assert is_token_revoked(token)

    def test_a_service_outlives_every_password(self, ann: Any, service: ServiceAccount) -> None:
        token = issue(service).token
        revoke_user(ann)
        assert authenticate_token(token)

    def test_with_everything(self, service: ServiceAccount) -> None:
        token = issue(service).token
        revoke_all_issuer_tokens()
        assert is_token_revoked(token)

    def test_a_scope_taken_out_of_the_settings_is_gone_at_once(self, ann: Any, settings: Any) -> None:
        token = issue(ann, scope=["notes:read", "notes:write"]).token
        settings.BEARER = {**settings.BEARER, "SCOPES": ["notes:write"]}
        assert authenticate_token(token).scopes == {"notes:write"}

    def test_for_another_audience_or_issuer(self, ann: Any, settings: Any) -> None:
        token = issue(ann).token
        with pytest.raises(errors.InvalidToken):
            authenticate_token(token, audience="https://billing.example.com/")
        settings.BEARER = {**settings.BEARER, "ISSUER": "https://other.example.com"}
        assert is_token_revoked(token)


class TestForged:
    def test_another_secret_under_a_known_id(self, ann: Any) -> None:
        made = issue(ann)
        assert is_token_revoked(ApiSecret(made.id, b"x" * 32).encode())

    def test_the_digest_of_the_table_opens_nothing(self, ann: Any) -> None:
        made = issue(ann)
        row = ApiToken.objects.get()
        assert is_token_revoked(ApiSecret(made.id, bytes(row.digest)).encode())

    def test_noise_costs_no_query(self, ann: Any, django_assert_num_queries: Any) -> None:
        token = issue(ann).token
        spoiled = [token[:-1] + ("A" if token[-1] != "A" else "B"), token[:-8], token + "x", token.lower(), "djb_at_"]
        conf.current()
        with django_assert_num_queries(0):
            for text in spoiled:
                assert is_token_revoked(text)

    @given(st.uuids(), st.binary(min_size=32, max_size=32))
    def test_reads_as_it_was_written(self, name: uuid.UUID, secret: bytes) -> None:
        made = ApiSecret(name, secret)
        assert read(made.encode()) == made

    @given(st.binary(min_size=49, max_size=49).filter(lambda raw: raw[0] != 1))
    def test_another_version_is_noise(self, raw: bytes) -> None:
        with pytest.raises(errors.MalformedToken):
            read(assemble(KIND, base64url_encode(raw)))


class TestIssue:
    def test_only_the_digest_is_kept_and_the_token_is_shown_once(self, ann: Any) -> None:
        made = issue(ann)
        row = ApiToken.objects.get()
        assert bytes(row.digest) == read(made.token).digest()
        assert made.token not in repr(made)
        secret = made.token[40:80]
        assert secret not in str(vars(row))

    @pytest.mark.parametrize("function", ["create", "get_or_create", "bulk_create", "update_or_create"])
    def test_a_row_by_hand_names_the_way(self, function: str, ann: Any) -> None:
        for rows in (ApiToken.objects, ann.bearer_api_tokens):
            with pytest.raises(TypeError, match=r"issue_api_token\(\)"):
                getattr(rows, function)(name="x")

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"expires_in": 0}, errors.InvalidRequest),
            ({"expires_in": 366 * DAY}, errors.InvalidRequest),
            ({"name": ""}, errors.InvalidRequest),
            ({"name": "x" * 101}, errors.InvalidRequest),
            ({"name": "a\nb"}, errors.InvalidRequest),
            ({"scope": ["notes:delete"]}, errors.InvalidScope),
        ],
    )
    def test_what_is_out_of_bounds_is_refused(self, options: Any, error: Any, ann: Any) -> None:
        with pytest.raises(error):
            issue(ann, **options)
        assert not ApiToken.objects.exists()

    def test_an_end_must_be_named(self, ann: Any) -> None:
        with pytest.raises(TypeError):
            issue_api_token(ann, name="x")  # type: ignore[call-arg]

    def test_none_for_an_owner_that_is_not_active(self, ann: Any, service: ServiceAccount) -> None:
        ann.is_active = service.is_active = False
        for owner in (ann, service):
            with pytest.raises(errors.InvalidCredentials):
                issue(owner)

    def test_not_more_than_the_settings_allow(self, ann: Any, service: ServiceAccount, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "API_TOKEN_LIMIT": 2}
        first = issue(ann)
        issue(ann)
        with pytest.raises(errors.InvalidRequest):
            issue(ann)
        issue(service)
        revoke_api_token(first.id)
        assert issue(ann)

    def test_its_events_are_sent(self, ann: Any) -> None:
        made = issue(ann)
        revoke_api_token(made.id)
        kinds = SecurityEventRecord.objects.order_by("pk").values_list("kind", flat=True)
        assert list(kinds)[-2:] == ["authn_token_created", "authn_api_token_revoked"]

    def test_no_client_may_take_its_name(self, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "CLIENTS": {"api-token": {"kind": "native"}}}
        assert any("stands for API tokens" in fault for fault in conf.faults())


class TestUse:
    def test_is_noted_seldom_and_with_its_source(self, ann: Any, django_assert_num_queries: Any) -> None:
        with clock.frozen():
            token = issue(ann).token
            call(token, "/who/")
            row = ApiToken.objects.get()
            assert (row.last_used_at, row.last_used_from) == (clock.now(), "127.0.0.1")
            clock.advance(599)
            with django_assert_num_queries(1):
                call(token, "/who/")
            clock.advance(1)
            call(token, "/who/")
            assert ApiToken.objects.get().last_used_at == clock.now()

    def test_a_note_that_fails_costs_nobody_a_request(self, ann: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        token = issue(ann).token

        class Broken:
            def filter(self, *_: Any, **__: Any) -> Any:
                raise OperationalError("disk full")

        monkeypatch.setattr(usage, "_rows", Broken)
        assert call(token, "/who/").json()["auth"] is True

    def test_over_plain_http_it_is_refused_and_flagged_and_lives(self, ann: Any, settings: Any) -> None:
        settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.1/32"], "DANGEROUSLY_ALLOW_HTTP_FROM": []}
        token = issue(ann).token
        assert call(token, "/who/", secure=True).json()["auth"] is True
        clear = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "http"}
        assert call(token, "/who/", **clear).json()["code"] == "insecure_transport"
        assert ApiToken.objects.get().exposed_at is not None
        assert authenticate_token(token)

    def test_is_purged_a_day_after_its_end(self, ann: Any) -> None:
        with clock.frozen():
            issue(ann, expires_in=60)
            clock.advance(DAY)
            cleanup.purge()
            assert ApiToken.objects.exists()
            clock.advance(61)
            cleanup.purge()
        assert not ApiToken.objects.exists()


class TestNoSession:
    """Kind against endpoint: what wants a session is not reached with an API token, nor the other way round."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("post", "/auth/logout/"),
            ("post", "/auth/logout-everywhere/"),
            ("get", "/auth/sessions/"),
            ("get", "/auth/api-tokens/"),
            ("post", "/auth/api-tokens/"),
            ("delete", "/auth/api-tokens/5e551014-5e55-4014-8e55-5e5510145e55/"),
            ("delete", "/auth/sessions/5e551014-5e55-4014-8e55-5e5510145e55/"),
        ],
    )
    @pytest.mark.parametrize("drf", [False, True])
    def test_endpoints_for_sessions(self, method: str, path: str, drf: bool, ann: Any) -> None:
        session = issue_session(ann)
        token = issue(ann, scope=["notes:read", "notes:write"]).token
        found = call(
            token, path.replace("/auth/", "/drf-auth/") if drf else path, method, content_type="application/json"
        )
        if drf and path.endswith("api-tokens/") and method == "post":
            assert found.status_code in (400, 403)
        else:
            assert (found.status_code, found.json()["code"]) == (403, "session_required")
        assert decode_token(session.access_token)
        assert ApiToken.objects.filter(revoked_at__isnull=True).count() == 1

    def test_it_never_refreshes(self, ann: Any) -> None:
        body = {"refresh_token": issue(ann).token}
        found = Client().post("/auth/refresh/", body, content_type="application/json")
        assert (found.status_code, found.json()["code"]) == (401, "session_ended")

    def test_it_carries_no_claims(self, ann: Any) -> None:
        with pytest.raises(errors.InvalidToken, match="authenticate_token"):
            decode_token(issue(ann).token)

    def test_a_refresh_token_is_no_api_token(self, ann: Any) -> None:
        assert is_token_revoked(issue_session(ann).refresh_token or "")
