"""The strict content security policy with Django 6 or django-csp, and the endpoint for reports with its limit."""

from __future__ import annotations

import json
from typing import Any

import django
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from django_bearer.events import EventKind, security_event
from django_bearer.http import csp

REPORT = {"csp-report": {"effective-directive": "script-src", "blocked-uri": "https://evil.example/x.js?secret=1"}}


def test_nothing_is_let_in_but_ones_own_files() -> None:
    policy = csp.header(csp.strict())
    assert "unsafe" not in policy
    assert "*" not in policy
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "require-trusted-types-for 'script'" in policy


def test_what_is_added_takes_the_place_of_none_and_changes_no_other_policy() -> None:
    policy = csp.strict(connect_src=["https://api.example.com"], frame_ancestors=["'self'"], report_uri="/r/")
    assert policy["connect-src"] == ["'self'", "https://api.example.com"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert policy["report-uri"] == ["/r/"]
    assert csp.strict()["frame-ancestors"] == ["'none'"]


@pytest.mark.skipif(django.VERSION < (6, 0), reason="Django has a policy of its own from 6.0 on; django-csp below")
def test_django_sends_it(settings: Any) -> None:
    from django.middleware.csp import ContentSecurityPolicyMiddleware

    settings.SECURE_CSP = csp.strict()
    answer = ContentSecurityPolicyMiddleware(lambda _: HttpResponse())(RequestFactory().get("/"))
    assert answer["Content-Security-Policy"] == csp.header(csp.strict())


def test_django_csp_sends_it(settings: Any) -> None:
    from csp.middleware import CSPMiddleware

    settings.CONTENT_SECURITY_POLICY = csp.for_django_csp()
    answer = CSPMiddleware(lambda _: HttpResponse())(RequestFactory().get("/"))
    sent = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert sent == {name: " ".join(values) for name, values in csp.strict().items()}


@pytest.mark.django_db
class TestReports:
    def post(self, body: Any, content_type: str = "application/csp-report") -> Any:
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return Client().post("/auth/csp-report/", text, content_type=content_type)

    @pytest.fixture
    def events_of(self) -> Any:
        found: list[Any] = []

        def hear(event: Any, **_: Any) -> None:
            found.append(event)

        security_event.connect(hear, sender=EventKind.CSP_VIOLATION)
        yield found
        security_event.disconnect(hear, sender=EventKind.CSP_VIOLATION)

    def test_a_report_is_an_event_without_path_or_query(self, events_of: list[Any]) -> None:
        assert self.post(REPORT).status_code == 204
        [event] = events_of
        assert event.details == {"directive": "script-src", "blocked": "https://evil.example", "left_out": 0}

    def test_the_newer_format_is_read_too(self, events_of: list[Any]) -> None:
        body = [{"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": "inline"}}]
        assert self.post(body, "application/reports+json").status_code == 204
        assert events_of[0].details["directive"] == "img-src"

    @pytest.mark.parametrize(
        "body",
        ["x", "[1]", "7", "null", "{}", '{"csp-report": 7}', '{"csp-report": {}}', "[" * 5000, b"\xff", "[[]]"],
    )
    def test_noise_is_a_clear_answer(self, body: Any, events_of: list[Any]) -> None:
        assert self.post(body).status_code in (204, 400)
        assert events_of == []

    def test_another_type_or_size_is_refused(self) -> None:
        assert self.post(REPORT, "text/plain").status_code == 415
        assert self.post("x" * 20_000).status_code == 413

    def test_a_flood_is_held_back_and_one_event(self, events_of: list[Any]) -> None:
        statuses = [self.post([REPORT] * 50).status_code for _ in range(70)]
        assert (statuses.count(204), statuses.count(429)) == (60, 10)
        assert len(events_of) < 10

    def test_what_it_says_is_cut_short(self, events_of: list[Any]) -> None:
        self.post({"csp-report": {"effective-directive": "x" * 5000, "blocked-uri": "data:" + "y" * 5000}})
        assert max(len(str(value)) for value in events_of[0].details.values()) <= 100
