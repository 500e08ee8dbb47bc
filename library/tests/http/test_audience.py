"""Which audience a view expects: a token for one API opens no view of another, whatever asks first (OB-09)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory, override_settings
from django.views import View
from rest_framework.views import APIView

from django_bearer import issue_session
from django_bearer.errors import ConfigurationError, Failure
from django_bearer.http import authentication
from django_bearer.http.audience import audience_of
from django_bearer.integrations.django import bearer_required
from tests.feed_everywhere import exact_mode

OWN, BILLING = "https://api.example.com/", "https://billing.example.com/"
FOR_OWN = ["/plain/", "/drf/"]
FOR_BILLING = ["/billing/", "/drf-billing/"]


@pytest.fixture
def tokens(ann: Any) -> Any:
    clients = {"phone": {"kind": "native", "audiences": [OWN, BILLING]}}
    with override_settings(BEARER={**settings.BEARER, "CLIENTS": clients}):
        yield {
            name: {"Authorization": f"Bearer {issue_session(ann, client_id='phone', resource=[name]).access_token}"}
            for name in (OWN, BILLING)
        }


def test_a_token_opens_the_views_of_its_audience_and_no_other(tokens: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    for own, other, paths in ((OWN, BILLING, FOR_OWN), (BILLING, OWN, FOR_BILLING)):
        for path in paths:
            assert client.get(path, headers=tokens[own]).status_code == 200
            assert client.post(path, headers=tokens[own]).status_code == 200
            for refused in (client.get(path, headers=tokens[other]), client.post(path, headers=tokens[other])):
                assert refused.status_code == 401
                assert 'error="invalid_token"' in refused["WWW-Authenticate"]


def test_without_the_middleware_it_is_the_same(tokens: Any) -> None:
    from tests import urls

    for name, status in ((BILLING, 200), (OWN, 401)):
        header = tokens[name]["Authorization"]
        for view in (urls.billing, urls.DrfBilling.as_view()):
            request = RequestFactory().get("/", HTTP_AUTHORIZATION=header)
            assert view(request).status_code == status


@exact_mode("it counts the statements of exact mode")
def test_each_expectation_is_asked_once_and_kept(tokens: Any, django_assert_num_queries: Any) -> None:
    request = RequestFactory().get("/", HTTP_AUTHORIZATION=tokens[BILLING]["Authorization"])
    authentication.verify_token(
        tokens[BILLING]["Authorization"].removeprefix("Bearer "), audience=BILLING
    )  # its first use
    with django_assert_num_queries(2):
        for _ in range(3):
            assert not authentication.authenticate_request(request)
            assert authentication.authenticate_request(request, BILLING)


def test_a_view_below_sees_who_comes_with_the_token_it_expects(tokens: Any) -> None:
    assert Client().get("/billing-who/", headers=tokens[BILLING]).json()["auth"] is True
    assert Client().get("/billing-who/", headers=tokens[OWN]).json() == {"user": "AnonymousUser", "auth": False}


def test_where_a_view_says_it() -> None:
    class Plain(View):
        required_audience = BILLING

    class Rest(APIView):
        required_audience: str | None = None

    assert audience_of(Plain.as_view()) == BILLING
    assert audience_of(Plain.as_view(required_audience=OWN)) == OWN
    assert audience_of(Rest.as_view()) is None
    assert audience_of(Rest.as_view(required_audience=OWN)) == OWN
    assert audience_of(bearer_required(audience=BILLING)(lambda request: None)) == BILLING
    assert audience_of(None) is None


@pytest.mark.parametrize("wrong", ["", 1, [BILLING]])
def test_a_slip_is_an_error_and_lets_nobody_in(wrong: Any) -> None:
    with pytest.raises(ConfigurationError):
        bearer_required(audience=wrong)(lambda request: None)
    with pytest.raises(ConfigurationError):
        audience_of(type("Slip", (), {"required_audience": wrong}))


@pytest.mark.parametrize("own", [OWN, lambda request: OWN])
def test_an_empty_expectation_is_that_of_no_token(tokens: Any, own: Any) -> None:
    with override_settings(BEARER={**settings.BEARER, "AUDIENCE": own}):
        request = RequestFactory().get("/", HTTP_AUTHORIZATION=tokens[OWN]["Authorization"])
        assert authentication.authenticate_request(request)
        refused = authentication.authenticate_request(request, "")
        assert isinstance(refused, Failure)
        assert "aud" in refused.reason
