"""Sessions of pages that begin in a view of the project's own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest, JsonResponse
from django.test import Client, RequestFactory, override_settings

from django_bearer import Session, TokenDelivery, issue_session, require_page, set_session_cookie
from django_bearer.errors import BrowserUnsupported, OriginNotAllowed, UnauthorizedClient, UnknownClient
from django_bearer.primitives import clock

pytestmark = pytest.mark.django_db
PAGE = {
    "Origin": "https://api.example.com",
    "Sec-Fetch-Site": "same-origin",
    "X-Bearer-Client": "first-party",
}


def asked(body: Any = None, **change: str) -> HttpRequest:
    headers = {name: value for name, value in {**PAGE, **change}.items() if value}
    return RequestFactory(headers=headers).post("/own/", json.dumps(body or {}), "application/json", secure=True)


def test_a_page_gets_a_cookie_that_our_endpoint_refreshes(ann: Any, settings: Any) -> None:
    request = asked(Origin=settings.BEARER["ISSUER"])
    require_page(request)
    issued = issue_session(ann, request=request, delivery=TokenDelivery.COOKIE)
    response = JsonResponse({})
    set_session_cookie(response, issued.session_id, str(issued.refresh_token), issued.refresh_expires_in or 0)
    client = Client()
    client.cookies.update(response.cookies)
    headers = {**PAGE, "Origin": settings.BEARER["ISSUER"]}
    found = client.post("/auth/refresh/", {}, "application/json", secure=True, headers=headers)
    assert found.status_code == 200, found.content
    (cookie,) = response.cookies.values()
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert cookie.key.startswith("__Host-")


@pytest.mark.parametrize(
    "change",
    [
        {"Origin": "https://evil.example"},
        {"X-Bearer-Client": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
    ],
)
def test_a_request_that_may_be_forged_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(OriginNotAllowed):
        require_page(asked(**change))


def test_a_client_that_is_no_page(settings: Any) -> None:
    with pytest.raises(UnknownClient):
        require_page(asked(), client_id="nobody")
    with (
        override_settings(BEARER={**settings.BEARER, "CLIENTS": {"app": {"kind": "native"}}}),
        pytest.raises(BrowserUnsupported),
    ):
        require_page(asked(), client_id="app")


def test_sessions_of_a_legacy_browser_end_with_its_date(ann: Any, settings: Any) -> None:
    day = clock.seconds() // 86_400 * 86_400 + 2 * 86_400
    until = datetime.fromtimestamp(day, UTC).date().isoformat()
    old = {"kind": "legacy-browser", "origins": ["https://old.example.com"], "until": until}
    with override_settings(BEARER={**settings.BEARER, "CLIENTS": {"old-page": old}}):
        issue_session(ann, client_id="old-page")
        assert Session.objects.get().ends_at == day * 1_000_000
        with pytest.raises(UnauthorizedClient):
            issue_session(ann, client_id="old-page", delivery=TokenDelivery.COOKIE)
        clock.advance(2 * 86_400)
        with pytest.raises(UnauthorizedClient, match="has ended"):
            issue_session(ann, client_id="old-page")
