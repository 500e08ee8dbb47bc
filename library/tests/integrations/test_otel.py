"""OpenTelemetry: what is counted, that labels are bounded and name nobody, and that nothing is imported unasked."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import django_bearer
from django_bearer import errors, events, issue_session, revoke_session, revoke_token, revoke_user
from django_bearer.errors import HTTPRefusal
from django_bearer.events import EventKind, SecurityEvent
from django_bearer.http import challenge
from django_bearer.integrations.otel import instrument, names, sizes
from django_bearer.integrations.otel.instrument import stop
from django_bearer.models import Session
from django_bearer.primitives import clock
from tests.conftest import PASSWORD

PACKAGE = Path(django_bearer.__file__).parent
SPANS = InMemorySpanExporter()
TRACERS = TracerProvider()
TRACERS.add_span_processor(SimpleSpanProcessor(SPANS))
MIDDLEWARE = [
    "tests.integrations.test_otel.spanned",
    "django_bearer.integrations.otel.BearerSpanMiddleware",
    "django_bearer.BearerMiddleware",
]
Points = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def spanned(get_response: Any) -> Any:
    """As the instrumentation of Django does it: a span for each request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with TRACERS.get_tracer("tests").start_as_current_span("request"):
            response: HttpResponse = get_response(request)
            return response

    return middleware


class Collected:
    def __init__(self) -> None:
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader], shutdown_on_exit=False)

    def points(self) -> Points:
        """Every point by its metric and its labels."""
        found: Points = {}
        data = self.reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        labels = tuple(sorted((k, str(v)) for k, v in (point.attributes or {}).items()))
                        found[metric.name.removeprefix("django_bearer."), labels] = getattr(point, "value", 0)
        return found

    def count(self, metric: str, **labels: str) -> float:
        return self.points().get((metric, tuple(sorted(labels.items()))), 0)


@pytest.fixture
def collected() -> Iterator[Collected]:
    SPANS.clear()
    sizes.forget()
    found = Collected()
    instrument(found.provider)
    instrument(found.provider)  # a second call counts nothing twice
    yield found
    stop()
    found.provider.shutdown()


def login(client: Client, password: str = PASSWORD) -> Any:
    body = {"username": "ann@example.com", "password": password}
    return client.post("/auth/login/", body, content_type="application/json")


def refresh(client: Client, token: str) -> Any:
    return client.post("/auth/refresh/", {"refresh_token": token}, content_type="application/json")


def test_nothing_imports_opentelemetry_unasked() -> None:
    for path in PACKAGE.rglob("*.py"):
        if "otel" not in path.relative_to(PACKAGE).parts:
            for node in ast.walk(ast.parse(path.read_text())):
                named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not [name for name in named if "opentelemetry" in name or "otel" in name], path


def test_logins_refreshes_and_revocations_are_counted(client: Client, ann: Any, collected: Collected) -> None:
    login(client, "wrong")
    tokens = login(client).json()
    clock.advance(40)
    assert refresh(client, tokens["refresh_token"]).status_code == 200
    clock.advance(40)
    assert refresh(client, tokens["refresh_token"]).status_code == 401, "a used token"
    second = issue_session(ann)
    revoke_session(str(second.session_id))
    third = issue_session(ann)
    revoke_token(third.access_token)
    revoke_user(ann)
    assert collected.count("logins", outcome="failed") == 1
    assert collected.count("logins", outcome="success") == 1
    assert collected.count("refreshes", outcome="rotated", reason="") == 1
    assert collected.count("reuse", reason="stale_predecessor") == 1
    assert collected.count("revocations", what="session") == 2, "that of the used token, and one by hand"
    assert collected.count("revocations", what="token") == 1
    assert collected.count("revocations", what="user") == 1
    assert collected.count("refusals", code="invalid_credentials") == 1
    assert collected.count("refusals", code="session_ended") == 1
    assert collected.count("events", kind="authn_token_reuse") == 1


def test_rate_limits_are_counted(client: Client, ann: Any, collected: Collected, settings: Any) -> None:
    settings.BEARER = {**settings.BEARER, "LOGIN_RATE_LIMITS": {"address": "1/hour"}}
    login(client, "wrong")
    assert login(client).status_code == 429
    assert collected.count("logins", outcome="rate_limited") == 1
    assert collected.count("refusals", code="throttled") == 1


@override_settings(MIDDLEWARE=MIDDLEWARE)
def test_requests_are_counted_and_their_spans_described(client: Client, ann: Any, collected: Collected) -> None:
    token = issue_session(ann).access_token
    for headers, code in (
        ({"Authorization": f"Bearer {token}"}, 200),
        ({}, 401),
        ({"Authorization": "Bearer x"}, 401),
    ):
        assert client.get("/plain/", headers=headers).status_code == code
    assert collected.count("requests", outcome="authenticated", credential="session") == 1
    assert collected.count("requests", outcome="no_token", credential="none") == 1
    assert collected.count("requests", outcome="refused", credential="none") == 1
    spans = [dict(span.attributes or {}) for span in SPANS.get_finished_spans()]
    assert spans == [
        {"django_bearer.outcome": "authenticated", "django_bearer.credential": "session"},
        {
            "django_bearer.code": "not_authenticated",
            "django_bearer.outcome": "no_token",
            "django_bearer.credential": "none",
        },
        {
            "django_bearer.code": "invalid_token",
            "django_bearer.outcome": "refused",
            "django_bearer.credential": "none",
        },
    ]


@override_settings(MIDDLEWARE=MIDDLEWARE[1:])
@pytest.mark.django_db(transaction=True)
def test_requests_are_counted_under_asgi(ann: Any, collected: Collected) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}

    async def main() -> int:
        return (await AsyncClient().get("/plain/", headers=headers)).status_code

    assert asyncio.run(main()) == 200
    assert collected.count("requests", outcome="authenticated", credential="session") == 1


@override_settings(MIDDLEWARE=MIDDLEWARE)
def test_no_label_names_anybody_and_every_value_is_of_a_list(client: Client, ann: Any, collected: Collected) -> None:
    tokens = login(client).json()
    client.get("/plain/", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    client.get("/plain/?access_token=x", headers={"Authorization": f"Bearer {tokens['refresh_token']}"})
    refresh(client, "djb_rt_of_nobody")
    lists = {metric.name: metric.labels for metric in names.METRICS}
    found = collected.points()
    assert len(found) > 10
    for name, labels in found:
        assert {label for label, _ in labels} == set(lists[name])
        for label, value in labels:
            assert value in lists[name][label] | {names.OTHER}, (name, label, value)
    spoken = repr([dict(span.attributes or {}) for span in SPANS.get_finished_spans()]) + repr(found)
    for secret in (*tokens.values(), "ann", str(ann.pk) + "@"):
        assert not isinstance(secret, str) or secret not in spoken or secret == "Bearer"


class OfAProject(HTTPRefusal):
    code = "chosen-by-whoever-asks"


def test_what_a_project_chooses_is_other(collected: Collected) -> None:
    challenge.note(OfAProject("x"))
    events.publish(EventKind.REFRESH_REFUSED, details={"cause": "of a caller"})
    assert collected.count("refusals", code="other") == 1
    assert collected.count("refreshes", outcome="refused", reason="other") == 1


def test_an_event_stands_for_those_that_were_left_out() -> None:
    event = SecurityEvent(EventKind.TOKEN_UNKNOWN, 0, details={"left_out": 41})
    assert names.times(event) == 42
    assert names.times(SecurityEvent(EventKind.TOKEN_UNKNOWN, 0, details={"left_out": "many"})) == 1


def test_every_code_is_a_label() -> None:
    assert errors.SessionEnded.code in names.codes()
    assert errors.RateLimited.code in names.codes()
    assert OfAProject.code not in names.codes()


def test_key_age_and_rows_are_measured_on_every_database(
    database: str, django_user_model: Any, collected: Collected
) -> None:
    clock.advance(0)
    user = django_user_model.objects.create_user("bob")
    for _ in range(3):
        issue_session(user)
    clock.advance(3600)
    assert collected.count("table.rows", table="session") == Session.objects.count() == 3
    assert 3600 <= collected.count("signing_key.age") < 7200
    assert collected.count("signing_keys", state="active") >= 1
    assert collected.count("table.rows", table="ticket") == 0


def test_sizes_are_read_once_a_minute(db: Any, collected: Collected, monkeypatch: pytest.MonkeyPatch) -> None:
    now, calls = [1000.0], []
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    real = sizes.read
    monkeypatch.setattr(sizes, "read", lambda: calls.append(1) or real())
    for seconds in (0, 1, 58, 2):
        now[0] += seconds
        collected.points()
    assert len(calls) == 2


def test_a_database_that_does_not_answer_fails_no_scrape(
    db: Any, collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise DatabaseError("no")

    monkeypatch.setattr(sizes, "read", fails)
    events.publish(EventKind.TOKEN_REFRESHED)
    assert collected.count("refreshes", outcome="rotated", reason="") == 1
    assert not [name for name, _ in collected.points() if name.startswith(("table", "signing"))]


def test_a_process_that_does_not_measure_counts_nothing(client: Client, db: Any) -> None:
    listeners = list(challenge._listeners)
    assert client.get("/plain/").status_code == 401
    assert challenge._listeners == listeners
    assert trace.get_current_span().is_recording() is False
