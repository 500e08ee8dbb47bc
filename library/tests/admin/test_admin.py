"""The admin: to look at, with actions that ask first and are told as events; nothing secret shown or searched."""

from __future__ import annotations

import os
import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client

from django_bearer import (
    authenticate_token,
    events,
    is_token_revoked,
    issue_api_token,
    issue_session,
    refresh_session,
    revoke_session,
    revoke_token,
)
from django_bearer.api_tokens import issue_and_revoke
from django_bearer.events import EventKind
from django_bearer.models import ApiToken, RevokedToken, SecurityEventRecord, ServiceAccount, Session, SigningKey

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.admin.urls"),
    pytest.mark.skipif("BEARER_TEST_USER" in os.environ, reason="the admin's own tables want users in this database"),
]
TABLES = [Session, ApiToken, ServiceAccount, SigningKey, RevokedToken, SecurityEventRecord]


def page(model: Any, *more: str) -> str:
    return "/".join(["/admin/django_bearer", model._meta.model_name, *more, ""])


@pytest.fixture
def boss(django_user_model: Any) -> Client:
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("boss", password="x"))
    return client


@pytest.fixture
def world(ann: Any) -> dict[str, Any]:
    """A row in every table."""
    issued = issue_session(ann)
    revoke_token(issue_session(ann).access_token)
    service = issue_and_revoke.service_account("backup", create=True)
    token = issue_api_token(service, name="nightly", expires_in=86_400)
    return {"session": issued, "token": token, "service": service}


def permission(codename: str) -> Permission:
    return Permission.objects.get(content_type__app_label="django_bearer", codename=codename)


def act(client: Client, model: Any, action: str, pk: Any, confirmed: bool = True) -> Any:
    data = {"action": action, "_selected_action": [str(pk)], **({"confirmed": "1"} if confirmed else {})}
    return client.post(page(model), data)


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__name__)
class TestLooking:
    def test_list_and_row_are_shown(self, model: Any, boss: Client, world: dict[str, Any]) -> None:
        listed = boss.get(page(model))
        assert listed.status_code == 200
        row = model.objects.first()
        key = row.pk.hex() if isinstance(row.pk, bytes) else row.pk
        if not isinstance(row.pk, bytes):
            assert boss.get(page(model, str(key), "change")).status_code == 200

    def test_nothing_is_added_changed_or_deleted_by_a_form(
        self, model: Any, boss: Client, world: dict[str, Any]
    ) -> None:
        before = list(model.objects.order_by("pk").values())
        assert boss.get(page(model, "add")).status_code == 403
        row = model.objects.first()
        if not isinstance(row.pk, bytes):
            for way in ("change", "delete"):
                assert boss.post(page(model, str(row.pk), way), {"scope": "x", "post": "yes"}).status_code == 403
        assert boss.post(
            page(model), {"action": "delete_selected", "_selected_action": [str(row.pk)]}
        ).status_code in (
            200,
            302,
        )
        assert list(model.objects.order_by("pk").values()) == before

    def test_no_digest_salt_or_key_is_shown_or_searched(
        self, model: Any, boss: Client, world: dict[str, Any]
    ) -> None:
        from django.contrib import admin

        secret = {
            "current_digest",
            "salt",
            "retry_digest",
            "context_digest",
            "digest",
            "encrypted_private_key",
            "slot",
        }
        secret |= {"password_fingerprint", "rehashed_fingerprint", "key_id"}
        shown = admin.site._registry[model]
        named = {*shown.list_display, *(shown.fields or ()), *(name.strip("=^@") for name in shown.search_fields)}
        assert shown.fields
        assert not secret & named
        row = model.objects.first()
        texts = boss.get(page(model)).content.decode()
        if not isinstance(row.pk, bytes):
            texts += boss.get(page(model, str(row.pk), "change")).content.decode()
        for name in secret & {field.name for field in model._meta.fields}:
            value = bytes(getattr(row, name) or b"")
            if len(value) > 4:
                assert value.hex() not in texts

    def test_whoever_may_only_look_may_not_act(
        self, model: Any, world: dict[str, Any], django_user_model: Any
    ) -> None:
        user = django_user_model.objects.create_user("clerk", password="x", is_staff=True)
        user.user_permissions.add(permission(f"view_{model._meta.model_name}"))
        clerk = Client()
        clerk.force_login(user)
        listed = clerk.get(page(model))
        assert listed.status_code == 200
        assert b'name="action"' not in listed.content

    def test_whoever_may_not_look_sees_nothing(
        self, model: Any, world: dict[str, Any], django_user_model: Any
    ) -> None:
        clerk = Client()
        clerk.force_login(django_user_model.objects.create_user("clerk", password="x", is_staff=True))
        assert clerk.get(page(model)).status_code == 403


class TestActing:
    def test_a_session_is_ended_after_a_question(self, boss: Client, world: dict[str, Any]) -> None:
        issued = world["session"]
        asked = act(boss, Session, "revoke", issued.session_id, confirmed=False)
        assert asked.status_code == 200
        assert b"refused from the next request on" in asked.content
        assert not is_token_revoked(issued.access_token)
        act(boss, Session, "revoke", issued.session_id)
        assert is_token_revoked(issued.access_token)
        [event] = SecurityEventRecord.objects.filter(kind=EventKind.SESSION_REVOKED.value)
        assert event.details == {"cause": "admin"}

    def test_everything_of_a_user(self, boss: Client, world: dict[str, Any], ann: Any) -> None:
        token = issue_api_token(ann, name="x", expires_in=60).token
        act(boss, Session, "revoke_all", world["session"].session_id)
        assert is_token_revoked(token)
        assert not Session.objects.filter(user=ann, revoked_at__isnull=True).exists()

    def test_an_api_token_and_a_service(self, boss: Client, world: dict[str, Any]) -> None:
        token = world["token"].token
        act(boss, ServiceAccount, "disable", world["service"].pk)
        assert is_token_revoked(token)
        act(boss, ServiceAccount, "enable", world["service"].pk)
        assert authenticate_token(token)
        act(boss, ApiToken, "revoke", world["token"].id)
        assert is_token_revoked(token)

    def test_a_key_is_revoked_and_another_one_signs(self, boss: Client, world: dict[str, Any]) -> None:
        issued = world["session"]
        key = SigningKey.objects.get(use="sig")
        act(boss, SigningKey, "revoke", key.pk)
        assert is_token_revoked(issued.access_token)
        assert not is_token_revoked(refresh_session(issued.refresh_token or "").access_token)

    def test_a_planned_change_is_begun(self, boss: Client, world: dict[str, Any]) -> None:
        act(boss, SigningKey, "rotate", SigningKey.objects.get(use="sig").pk)
        assert SigningKey.objects.filter(state="published").count() == 1

    def test_the_secrets_behind_refresh_tokens_are_not_revoked_by_it(
        self, boss: Client, world: dict[str, Any]
    ) -> None:
        act(boss, SigningKey, "revoke", SigningKey.objects.get(use="refresh").pk)
        assert refresh_session(world["session"].refresh_token or "").rotated

    def test_without_the_permission_nothing_happens(self, world: dict[str, Any], django_user_model: Any) -> None:
        user = django_user_model.objects.create_user("clerk", password="x", is_staff=True)
        user.user_permissions.add(permission("view_session"))
        clerk = Client()
        clerk.force_login(user)
        act(clerk, Session, "revoke", world["session"].session_id)
        assert not is_token_revoked(world["session"].access_token)


def clerk(model: Any, *codenames: str) -> Client:
    """Staff with these permissions and no others."""
    user = model.objects.create_user("clerk", password="x", is_staff=True)
    user.user_permissions.add(*map(permission, ("view_session", "view_apitoken", *codenames)))
    client = Client()
    client.force_login(user)
    return client


class TestWhoMayActOnWhom:
    """Permission for sessions is for helping people, not for locking out those who gave it."""

    @pytest.fixture
    def root(self, django_user_model: Any) -> dict[str, Any]:
        user = django_user_model.objects.create_superuser("root", password="x")
        return {"session": issue_session(user), "token": issue_api_token(user, name="x", expires_in=60)}

    def test_sessions_of_a_superuser_are_left_alone(self, root: Any, world: Any, django_user_model: Any) -> None:
        staff = clerk(django_user_model, "change_session", "change_apitoken")
        for action in ("revoke", "revoke_all"):
            answer = act(staff, Session, action, root["session"].session_id, confirmed=False)
            assert answer.status_code == 302, "there is nothing to ask about"
            act(staff, Session, action, root["session"].session_id)
        assert not is_token_revoked(root["session"].access_token)
        assert not is_token_revoked(root["token"].token)

    def test_others_chosen_beside_them_end(self, root: Any, world: Any, django_user_model: Any) -> None:
        staff = clerk(django_user_model, "change_session", "change_apitoken")
        chosen = [str(one["session"].session_id) for one in (root, world)]
        answer = staff.post(
            page(Session), {"action": "revoke", "_selected_action": chosen, "confirmed": "1"}, follow=True
        )
        assert b"only superusers may act on them: 1." in answer.content
        assert [is_token_revoked(one["session"].access_token) for one in (root, world)] == [False, True]

    def test_api_tokens_of_a_superuser_are_left_alone(self, root: Any, world: Any, django_user_model: Any) -> None:
        staff = clerk(django_user_model, "change_apitoken")
        for token in (root["token"], world["token"]):
            act(staff, ApiToken, "revoke", token.id)
        assert [is_token_revoked(one["token"].token) for one in (root, world)] == [False, True]

    def test_everything_takes_the_permission_for_api_tokens_too(
        self, world: Any, ann: Any, django_user_model: Any
    ) -> None:
        token = issue_api_token(ann, name="x", expires_in=60).token
        staff = clerk(django_user_model, "change_session")
        act(staff, Session, "revoke_all", world["session"].session_id)
        assert not is_token_revoked(token)
        assert not is_token_revoked(world["session"].access_token)
        act(staff, Session, "revoke", world["session"].session_id)
        assert is_token_revoked(world["session"].access_token)

    def test_a_superuser_may(self, root: Any, boss: Client) -> None:
        act(boss, Session, "revoke_all", root["session"].session_id)
        assert is_token_revoked(root["token"].token)


class TestServiceAccounts:
    def told(self) -> list[tuple[str, str]]:
        rows = SecurityEventRecord.objects.filter(kind__startswith="service_").order_by("first_at", "pk")
        return [(row.kind, row.details["cause"]) for row in rows]

    def test_switching_one_in_the_admin_is_an_event(self, boss: Client, world: Any) -> None:
        for action in ("disable", "disable", "enable"):
            act(boss, ServiceAccount, action, world["service"].pk)
        assert self.told() == [("service_disabled", "admin"), ("service_enabled", "admin")]

    def test_so_it_is_by_command_by_a_save_and_by_deletion(
        self, world: Any, django_capture_on_commit_callbacks: Any
    ) -> None:
        call_command("bearer_api_token", "disable", service="backup", stdout=StringIO())
        service = ServiceAccount.objects.get()
        service.is_active = True
        service.save()
        service.save()
        service.name = "renamed"
        service.save(update_fields=["name"])
        with django_capture_on_commit_callbacks(execute=True):
            service.delete()
        assert self.told() == [
            ("service_disabled", "command"),
            ("service_enabled", "saved"),
            ("service_disabled", "deleted"),
        ]


class TestDashboard:
    URL = "/admin/django_bearer/session/dashboard/"

    def test_figures_are_counted(self, boss: Client, world: dict[str, Any], ann: Any) -> None:
        for _ in range(3):
            events.publish(EventKind.LOGIN_FAILED, address="192.0.2.1")
        events.publish(EventKind.LOGIN_SUCCESS, user_id=str(ann.pk))
        events.publish(EventKind.TOKEN_REUSED, user_id=str(ann.pk))
        events.publish(EventKind.REFRESH_REFUSED, user_id=str(ann.pk))
        shown = boss.get(self.URL)
        figures = {chart.title: chart.total for chart in shown.context["charts"]}
        assert figures == {"Logins": 1, "Failed logins": 3, "Refusals": 1}
        assert (shown.context["active"], shown.context["users"], shown.context["reused"]) == (2, 1, 1)

    def test_it_asks_a_few_statements_however_much_there_is(
        self, boss: Client, world: dict[str, Any], django_assert_max_num_queries: Any
    ) -> None:
        for hour in range(30):
            events.publish(EventKind.LOGIN_SUCCESS, address=f"192.0.2.{hour}")
        with django_assert_max_num_queries(14):
            boss.get(self.URL)

    def test_it_is_for_whoever_may_see_sessions_and_events(self, django_user_model: Any, world: Any) -> None:
        user = django_user_model.objects.create_user("clerk", password="x", is_staff=True)
        user.user_permissions.add(permission("view_session"))
        clerk = Client()
        clerk.force_login(user)
        assert clerk.get(self.URL).status_code == 403
        assert self.URL not in clerk.get(page(Session)).content.decode()
        assert Client().get(self.URL).status_code == 302
        user.user_permissions.add(permission("view_securityeventrecord"))
        assert clerk.get(self.URL).status_code == 200
        assert self.URL in clerk.get(page(Session)).content.decode()


def listed(client: Client, model: Any, **filters: str) -> int:
    return int(client.get(page(model), filters).context["cl"].result_count)


def test_filters_say_states_in_words(boss: Client, world: Any, ann: Any) -> None:
    revoke_session(world["session"].session_id, cause="logout")
    shown = boss.get(page(Session)).content.decode()
    assert all(f">{choice}</a>" in shown for choice in ("cookie", "body", "live", "ended: logout"))
    assert listed(boss, Session, delivery="1") == 2
    assert listed(boss, Session, delivery="2") == 0
    assert listed(boss, Session, state="live") == 1
    assert listed(boss, Session, state="logout") == 1
    assert listed(boss, ApiToken, state="live") == 1


def test_a_link_of_a_filter_has_a_name(boss: Client, world: Any) -> None:
    for model in TABLES:
        assert not re.search(r"<a\b(?![^>]*title=)[^>]*>\s*</a>", boss.get(page(model)).content.decode()), model


HIDDEN = [
    (Session, "salt"),
    (Session, "current_digest"),
    (Session, "retry_digest__gt"),
    (Session, "password_fingerprint__startswith"),
    (Session, "user__password__startswith"),
    (ApiToken, "digest__gte"),
    (ApiToken, "password_fingerprint"),
    (SigningKey, "encrypted_private_key__startswith"),
    (RevokedToken, "digest__lt"),
    (SecurityEventRecord, "slot"),
]


@pytest.mark.parametrize(("model", "lookup"), HIDDEN, ids=[f"{m.__name__}-{n}" for m, n in HIDDEN])
def test_no_column_that_is_not_shown_can_be_asked_for(boss: Client, world: Any, model: Any, lookup: str) -> None:
    """Who may look could otherwise find a value out, one comparison after another."""
    assert boss.get(page(model), {lookup: "a"}).status_code == 400


def test_columns_that_are_shown_can_be_filtered_by(boss: Client, world: Any) -> None:
    assert boss.get(page(Session), {"client_id__exact": "first-party"}).status_code == 200
    assert boss.get(page(SecurityEventRecord), {"kind": "login.success"}).status_code == 200
    assert boss.get(page(ApiToken), {"service__id__exact": world["service"].pk}).status_code == 200
