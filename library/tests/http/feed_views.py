"""Views that use the user of a request in feed mode in different ways."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import strawberry
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connections, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path
from django.utils.decorators import method_decorator
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from strawberry.django.views import GraphQLView

from django_bearer import issue_ticket, public, require_step_up, revoke_user
from django_bearer.database import aliases
from django_bearer.integrations import drf
from django_bearer.integrations.django import bearer_required, check_revocation_in_database, step_up_required
from django_bearer.integrations.ninja import BearerAPI, BearerAuth
from django_bearer.integrations.strawberry import bearer_permission
from django_bearer.models import Session


def key(request: HttpRequest) -> HttpResponse:
    """Only the key is used: of the user, of its sessions, and in a comparison."""
    user: Any = request.user
    same = user == get_user_model()(pk=user.pk) and isinstance(user, get_user_model()) and bool(user)
    return JsonResponse({"key": str(user.pk), "same": same, "known": user.is_authenticated and not user.is_anonymous})


async def key_async(request: HttpRequest) -> HttpResponse:
    return key(request)


def name(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"name": request.user.get_username()})


def swallowed(request: HttpRequest) -> HttpResponse:
    """A view that makes the best of every exception."""
    try:
        return name(request)
    except Exception:
        return JsonResponse({"name": "nobody"})


def rows(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"sessions": Session.objects.filter(user=request.user).count()})


@check_revocation_in_database
def pay(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"key": str(request.user.pk), "auth": request.auth is not None})


@public
@check_revocation_in_database
def pay_public(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"auth": request.auth is not None})


@check_revocation_in_database
async def pay_async(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    return JsonResponse({"name": user.get_username()})


async def name_async(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    return JsonResponse({"name": user.get_username(), "key": str(request.user.pk)})


@step_up_required(max_age=300)
def recent(request: HttpRequest) -> HttpResponse:
    return key(request)


@step_up_required(max_age=300)
async def recent_async(request: HttpRequest) -> HttpResponse:
    return await name_async(request)


def by_function(request: HttpRequest) -> HttpResponse:
    require_step_up(request.auth, max_age=300)  # type: ignore[attr-defined]
    return key(request)


async def by_function_async(request: HttpRequest) -> HttpResponse:
    return by_function(request)


def everywhere(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"ended": revoke_user(request.user)})


def broken(request: HttpRequest) -> HttpResponse:
    """A statement has failed before, so that the transaction takes no more."""
    using = aliases.sessions_alias()
    with transaction.atomic(using=using):
        with suppress(DatabaseError), connections[using].cursor() as cursor:
            cursor.execute("SELECT no_such_column")
        with suppress(DatabaseError):
            if request.GET:
                revoke_user(request.user)
        name = request.user.get_username()
        transaction.set_rollback(True, using=using)
    return JsonResponse({"name": name})


def ticket(request: HttpRequest) -> HttpResponse:
    principal = request.auth  # type: ignore[attr-defined]
    return JsonResponse({"ticket": issue_ticket(principal, purpose="download", path="/file/").ticket})


# Async code that uses the user in ways that need it read.


async def awaited(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    allowed = await user.ahas_perm("auth.view_user") or await user.ahas_perms(["auth.view_user"])
    every = (
        await user.aget_user_permissions() | await user.aget_group_permissions() | await user.aget_all_permissions()
    )
    module = await user.ahas_module_perms("auth")
    checked = await user.acheck_password("wrong")
    await user.arefresh_from_db()
    return JsonResponse({"name": user.get_username(), "no": [allowed, module, checked, *every]})


async def field(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    return JsonResponse({"name": user.get_username(), "staff": user.is_staff, "text": str(user)})


async def row(request: HttpRequest) -> HttpResponse:
    """An unsaved row that refers to the user, for which the ORM looks at the database of both."""
    return JsonResponse({"name": Session(user=request.user).user.get_username()})


async def page(request: HttpRequest) -> HttpResponse:
    text = "{{ user.username }}{% if user.is_staff %}staff{% endif %}"
    found = engines["django"].from_string(text)
    return JsonResponse({"name": found.render({}, request)})


@public
async def decorated(request: HttpRequest) -> HttpResponse:
    return await decorated_inside(request)


@bearer_required
async def decorated_inside(request: HttpRequest) -> HttpResponse:
    return await name_async(request)


ninja = BearerAPI(urls_namespace="feed")


@ninja.get("/name")
async def ninja_name(request: HttpRequest) -> dict[str, str]:
    return {"name": request.auth.user.get_username()}  # type: ignore[attr-defined]


@ninja.get("/recent", auth=BearerAuth(max_age=300))
def ninja_recent(request: HttpRequest) -> dict[str, str]:
    return {"key": str(request.user.pk)}


@ninja.get("/recent-async", auth=BearerAuth(max_age=300))
async def ninja_recent_async(request: HttpRequest) -> dict[str, str]:
    return {"key": str(request.user.pk)}


@strawberry.type
class Query:
    @strawberry.field(permission_classes=[bearer_permission(max_age=300)])
    def recent(self) -> str:
        return "recent"


class Rest(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"key": str(request.user.pk)})


class RestRecent(Rest):
    permission_classes = (IsAuthenticated, drf.step_up_required(max_age=300))


class RestName(Rest):
    def get(self, request: Request) -> Response:
        return Response({"name": request.user.get_username()})


@method_decorator(check_revocation_in_database, name="dispatch")
class RestPay(Rest):
    required_audience = "https://billing.example.com/"


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("key/", key),
    path("key-async/", key_async),
    path("name/", name),
    path("swallowed/", swallowed),
    path("rows/", rows),
    path("pay/", pay),
    path("pay-public/", pay_public),
    path("pay-async/", pay_async),
    path("name-async/", name_async),
    path("required/", bearer_required(scopes=["notes:read"])(key)),
    path("recent/", recent),
    path("recent-async/", recent_async),
    path("by-function/", by_function),
    path("by-function-async/", by_function_async),
    path("everywhere/", everywhere),
    path("ticket/", ticket),
    path("broken/", broken),
    path("awaited/", awaited),
    path("field/", field),
    path("row/", row),
    path("page/", page),
    path("decorated/", decorated),
    path("ninja/", ninja.urls),
    path("graphql/", GraphQLView.as_view(schema=strawberry.Schema(query=Query))),
    path("rest-recent/", RestRecent.as_view()),
    path("rest/", Rest.as_view()),
    path("rest-name/", RestName.as_view()),
    path("rest-pay/", RestPay.as_view()),
]
