"""The middleware: whose request it is, for every view below; CSRF lifted for a header, never for a cookie."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils.log import AdminEmailHandler

from django_bearer import BearerMiddleware, conf, issue_session, revoke_session
from django_bearer.accounts.principal import Principal
from django_bearer.database import aliases
from django_bearer.http import middleware
from django_bearer.models import Session

BAD = {"Authorization": "Bearer bad"}


@pytest.fixture
def headers(ann: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_session(ann).access_token}"}


def test_request_user_and_auth_are_set_for_every_view(headers: dict[str, str]) -> None:
    assert Client().get("/who/", headers=headers).json() == {"user": "ann@example.com", "auth": True}


def test_without_a_token_nothing_changes(ann: Any) -> None:
    client = Client()
    client.force_login(ann)
    assert client.get("/who/").json() == {"user": "ann@example.com", "auth": False}
    assert client.get("/web/").status_code == 200


def test_the_header_wins_over_djangos_session(ann: Any, django_user_model: Any, headers: dict[str, str]) -> None:
    client = Client()
    client.force_login(django_user_model.objects.create_user("bob"))
    assert client.get("/who/", headers=headers).json()["user"] == "ann@example.com"


def test_a_refused_header_never_falls_back_to_djangos_session(ann: Any) -> None:
    client = Client()
    client.force_login(ann)
    assert client.get("/who/", headers=BAD).json() == {"user": "AnonymousUser", "auth": False}
    assert client.get("/web/", headers=BAD).status_code == 302
    assert client.get("/plain/", headers=BAD).status_code == 401


def test_csrf_is_lifted_for_a_valid_header(headers: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/plain/").status_code == 401
    assert client.post("/plain/", headers=headers).status_code == 200


def test_a_refused_header_is_told_401_and_csrf_stays(ann: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    refused = client.post("/who/", headers=BAD)
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused["WWW-Authenticate"]
    assert client.post("/who/").status_code == 403


def test_another_scheme_lifts_nothing(ann: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    assert client.post("/who/", headers={"Authorization": "Basic eDp5"}).status_code == 403


@pytest.mark.parametrize("path", ["/plain/", "/drf/"])
def test_a_request_is_authenticated_once(path: str, headers: dict[str, str], django_assert_num_queries: Any) -> None:
    client = Client()
    client.get(path, headers=headers)
    with django_assert_num_queries(1):
        assert client.get(path, headers=headers).status_code == 200


def test_integrations_authenticate_themselves_without_the_middleware(ann: Any) -> None:
    from tests.urls import Drf, plain

    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {issue_session(ann).access_token}"})
    assert plain(request).status_code == 200
    assert Drf.as_view()(request).status_code == 200
    assert plain(RequestFactory().get("/")).status_code == 401


def test_middleware_passes_the_principal_on(ann: Any) -> None:
    issued = issue_session(ann)
    seen: list[Any] = []
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {issued.access_token}"})
    BearerMiddleware(lambda found: seen.append(found.auth) or plain_answer(found))(request)  # type: ignore[attr-defined,func-returns-value]
    assert isinstance(seen[0], Principal)
    assert (seen[0].user, seen[0].session_id) == (ann, issued.session_id)
    assert seen[0].session().user == ann


def plain_answer(request: HttpRequest) -> Any:
    from django.http import HttpResponse

    return HttpResponse()


def test_token_in_the_query_is_not_taken(ann: Any) -> None:
    token = issue_session(ann).access_token
    assert Client().get("/plain/", {"access_token": token}).status_code == 401


def test_token_in_header_and_query_is_ambiguous(headers: dict[str, str]) -> None:
    found = Client().get("/plain/?access_token=x", headers=headers)
    assert (found.status_code, found.json()["code"]) == (400, "multiple_credentials")


def test_form_body_stays_readable_for_the_view(headers: dict[str, str]) -> None:
    form = "application/x-www-form-urlencoded"
    assert Client().post("/plain/", "a=1", content_type=form, headers=headers).status_code == 200
    assert Client().post("/plain/", "access_token=x", content_type=form, headers=headers).status_code == 400


def test_revoked_session_is_refused_on_the_next_request(ann: Any) -> None:
    issued = issue_session(ann)
    headers = {"Authorization": f"Bearer {issued.access_token}"}
    assert Client().get("/drf/", headers=headers).status_code == 200
    assert revoke_session(issued.session_id) is True
    assert revoke_session(issued.session_id) is False
    assert Client().get("/drf/", headers=headers).status_code == 401


@pytest.mark.parametrize("prefix", ["/auth/", "/drf-auth/"])
def test_an_endpoint_refuses_plain_http_before_any_redirect(ann: Any, settings: Any, prefix: str) -> None:
    """A secret in a body over plain HTTP was exposed: a redirect would hide that, and revoke nothing."""
    settings.SECURE_SSL_REDIRECT = True
    settings.BEARER = {**settings.BEARER, "TRUSTED_PROXIES": ["10.0.0.1/32"], "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    issued = issue_session(ann)
    assert (
        Client().get("/who/", secure=True, headers={"Authorization": f"Bearer {issued.access_token}"}).json()["auth"]
    )
    clear = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "http", "content_type": "application/json"}
    answer = Client().post(prefix + "refresh/", {"refresh_token": issued.refresh_token}, **clear)
    assert (answer.status_code, answer.json()["code"]) == (400, "insecure_transport")
    assert Session.objects.get().revoked_cause == "plain_http"
    answer = Client().post(prefix + "login/", {"username": "ann@example.com", "password": "x"}, **clear)
    assert (answer.status_code, answer.json()["code"]) == (400, "insecure_transport")
    assert Client().get("/who/", **clear).status_code == 301


def test_a_page_without_a_token_does_not_ask_the_settings(db: Any, settings: Any) -> None:
    """A fault in BEARER stops tokens, not the pages that take none."""
    settings.BEARER = {}
    for secure in (True, False):
        assert Client().get("/who/", secure=secure).status_code == 200
        assert Client().post("/who/", secure=secure).status_code == 200


def test_a_deployment_behind_a_proxy_is_told_what_to_set(db: Any, settings: Any, caplog: Any) -> None:
    """At a level that shows where no logging was configured."""
    settings.BEARER = {**settings.BEARER, "DANGEROUSLY_ALLOW_HTTP_FROM": []}
    assert Client().get("/plain/", headers=BAD).json()["code"] == "transport_unknown"
    [line] = [record for record in caplog.records if record.name == "django_bearer.security"]
    assert line.levelname == "WARNING"
    assert "set SECURE_PROXY_SSL_HEADER" in line.getMessage()


def asks_early(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        user = request.user
        return get_response(request) if user.is_authenticated else None

    return middleware


def by_host(request: Any) -> str:
    return str(request.tenant)  # which nobody has set yet


class Mails(AdminEmailHandler):
    """Django's mail about an error, kept here."""

    def __init__(self) -> None:
        super().__init__(include_html=True)
        self.sent: list[str] = []

    def send_mail(self, subject: str, message: str, *_: Any, html_message: str = "", **__: Any) -> None:
        self.sent += [message, html_message]


@pytest.mark.parametrize("debug", [True, False])
def test_what_cannot_be_told_yet_is_said_on_the_page_and_in_the_mail(
    debug: bool, headers: dict[str, str], settings: Any
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.asks_early"]
    settings.BEARER = {**settings.BEARER, "ISSUER": by_host, "ISSUERS": [settings.BEARER["ISSUER"]]}
    settings.DEBUG, mails, log = debug, Mails(), logging.getLogger("django.request")
    log.addHandler(mails)
    try:
        answer = Client(raise_request_exception=False).get("/who/", headers=headers)
    finally:
        log.removeHandler(mails)
    assert answer.status_code == 500
    assert ("asked for too early" in answer.content.decode()) is debug
    assert ["asked for too early" in text for text in mails.sent] == [True, True]
    token = headers["Authorization"].removeprefix("Bearer ")
    assert not any(token in text for text in (answer.content.decode(), *mails.sent))


def test_a_request_without_a_token_asks_for_nothing_on_a_public_view(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any, db: None
) -> None:
    """Neither the settings nor the tenant nor the view's audience are looked at."""
    client, looked = Client(), []
    client.get("/drf-open/")  # the middleware is made, which reads its settings once
    for module, name in [(conf, "current"), (aliases, "current_context"), (middleware, "audience_of")]:
        monkeypatch.setattr(module, name, lambda *_, name=name: looked.append(name))
    with django_assert_num_queries(0):
        assert client.get("/drf-open/").status_code == 200
    assert looked == []
