"""HasScope with a mapping of methods: every method a client can send is answered, and none with 500."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from django_bearer import issue_session
from django_bearer.errors import ConfigurationError
from django_bearer.integrations.drf import HasScope


class Reading(APIView):
    permission_classes = (HasScope,)
    required_scopes = {"GET": ["notes:read"], "POST": ["notes:write"]}

    def get(self, request: Request) -> Response:
        return Response({})

    head = post = get


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 200), ("HEAD", 200), ("OPTIONS", 200), ("POST", 403), ("DELETE", 405)]
)
def test_methods_that_are_not_named(ann: Any, method: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann, scope=['notes:read']).access_token}"}
    request = APIRequestFactory().generic(method, "/", headers=headers)
    assert Reading.as_view()(request).status_code == status


class Writing(APIView):
    permission_classes = (HasScope,)
    required_scopes = {"POST": ["notes:write"]}

    def post(self, request: Request) -> Response:
        return Response({})


@pytest.mark.parametrize(("scope", "status"), [("notes:read", 403), ("notes:write", 200)])
def test_options_of_a_view_that_does_not_read_needs_all_scopes_it_names(ann: Any, scope: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann, scope=[scope]).access_token}"}
    assert Writing.as_view()(APIRequestFactory().options("/", headers=headers)).status_code == status


def test_options_of_a_view_that_names_nothing_is_the_developers_to_fix(ann: Any) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}

    class Empty(Writing):
        required_scopes: ClassVar[dict[str, list[str]]] = {}

    with pytest.raises(ConfigurationError, match="names no required_scopes"):
        Empty.as_view()(APIRequestFactory().options("/", headers=headers))


def test_a_method_the_view_has_and_does_not_name_is_the_developers_to_fix(ann: Any) -> None:
    headers = {"Authorization": f"Bearer {issue_session(ann).access_token}"}

    class Forgot(Reading):
        put = Reading.get

    with pytest.raises(ConfigurationError, match="names no required_scopes"):
        Forgot.as_view()(APIRequestFactory().put("/", headers=headers))


def test_nobody_gets_the_one_shape_of_an_error(db: Any) -> None:
    answer = Reading.as_view()(APIRequestFactory().get("/"))
    assert (answer.status_code, answer.data["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
