"""The project's own permission classes are asked whether they let a request without a login in."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.test import override_settings
from django.urls import include, path
from django.utils.decorators import method_decorator
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from django_bearer_migrate.moving import asked_permissions, open_views


class Reads(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return request.user.is_authenticated or (request.method == "GET" and not getattr(view, "is_private", False))


class Stored(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return not get_user_model().objects.exists()


class Broken(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(view.kwargs["pk"])


class Lists(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(view.action == "list")


class Open(APIView):
    permission_classes = (Reads,)


class Private(Open):
    is_private = True


class Twice(APIView):
    permission_classes = (Reads,)
    is_private = False


class Rows(ViewSet):
    permission_classes = (Lists,)

    def list(self, request: Any) -> None: ...
    def create(self, request: Any) -> None: ...


@method_decorator(login_required, name="dispatch")
class Decorated(Open):
    """Its permission class is not all that is asked."""


class Checked(Open):
    def check_permissions(self, request: Any) -> None:
        super().check_permissions(request)
        self.permission_denied(request)


class Initial(Open):
    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        raise NotAuthenticated


class Wrapped(Open):
    """Its route is wrapped."""


@api_view(["GET"])
@permission_classes([Reads])
def shown(request: Any) -> None: ...


router = SimpleRouter()
router.register("rows", Rows, basename="rows")
urlpatterns = [
    path("open/", include([path("", Open.as_view())])),
    path("private/", Private.as_view()),
    path("twice/", Twice.as_view()),
    path("twice/too/", Twice.as_view(is_private=True)),
    path("stored/", APIView.as_view(permission_classes=[Stored])),
    path("broken/", APIView.as_view(permission_classes=[Broken])),
    path("decorated/", Decorated.as_view()),
    path("checked/", Checked.as_view()),
    path("initial/", Initial.as_view()),
    path("wrapped/", login_required(Wrapped.as_view())),
    path("shown/", shown),
    path("", include(router.urls)),
]


@pytest.mark.parametrize(
    ("view", "method", "permission", "expected"),
    [
        ("Open", "GET", "Reads", True),
        ("Open", "POST", "Reads", False),
        ("Private", "GET", "Reads", False),
        ("Twice", "GET", "Reads", False),  # one of its paths is closed
        ("shown", "GET", "Reads", True),
        ("Rows.list", "GET", "Lists", True),
        ("Rows.create", "POST", "Lists", False),
        ("Decorated", "GET", "Reads", False),
        ("Checked", "GET", "Reads", False),
        ("Initial", "GET", "Reads", False),
        ("Wrapped", "GET", "Reads", False),
        ("Missing", "GET", "Reads", False),
        ("Open", "GET", "Open", False),  # what closes it is no permission class
        ("Open", "GET", "Missing", False),
    ],
)
@override_settings(ROOT_URLCONF=__name__)
def test_who_is_let_in(view: str, method: str, permission: str, expected: bool) -> None:
    assert (told(f"{__name__}.{view}", method, permission) == open_views.ASKED) is expected


@pytest.mark.parametrize("permission", ["Stored", "Broken"])
@override_settings(ROOT_URLCONF=__name__)
def test_what_depends_on_a_row_or_on_the_path_is_decided_by_a_person(permission: str) -> None:
    assert told("rest_framework.views.APIView", "GET", permission) == open_views.CHECKED


@override_settings(ROOT_URLCONF=__name__)
def test_what_another_check_closes_stays_closed() -> None:
    assert told(f"{__name__}.Open", "GET", "Reads", who=open_views.USER) == open_views.USER


def told(view: str, method: str, permission: str, who: str = open_views.CHECKED) -> str:
    names = [f"{__name__}.{permission}"]
    route = {"view": view, "method": method, "who": who, "permission": {"names": names, "source": "the view"}}
    (found,) = asked_permissions.answered([route])
    return str(found["who"])
