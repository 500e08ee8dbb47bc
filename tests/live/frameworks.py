"""Written into a project: one view of every framework, synchronous and async, that wants the scope `notes:write`."""

from __future__ import annotations

from typing import Any

import graphene
import strawberry
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import URLRouter
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from mysite import modern  # type: ignore[import-not-found]  # the project's, from a guide
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet
from strawberry.django.views import AsyncGraphQLView, GraphQLView

from django_bearer import accepts_ticket
from django_bearer.errors import HTTPRefusal, InsufficientScope
from django_bearer.integrations.channels import BearerSocketMiddleware
from django_bearer.integrations.django import bearer_required
from django_bearer.integrations.drf import scope_required
from django_bearer.integrations.ninja import BearerAPI, BearerAuth, bearer_router
from django_bearer.integrations.strawberry import BearerErrors, bearer_permission

WRITE = "notes:write"


def told(request: HttpRequest) -> dict[str, str]:
    return {"user": request.user.get_username()}


@bearer_required(scopes=[WRITE])
def plain(request: HttpRequest) -> HttpResponse:
    return JsonResponse(told(request))


@bearer_required(scopes=[WRITE])
async def aplain(request: HttpRequest) -> HttpResponse:
    return JsonResponse(told(request))


@method_decorator(bearer_required(scopes=[WRITE]), name="dispatch")
class Plain(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return JsonResponse(told(request))


@method_decorator(bearer_required(scopes=[WRITE]), name="dispatch")
class AsyncPlain(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        return JsonResponse(told(request))


@accepts_ticket("download")
def file(request: HttpRequest) -> HttpResponse:
    return JsonResponse(told(request))


@accepts_ticket("download")
async def afile(request: HttpRequest) -> HttpResponse:
    return JsonResponse(told(request))


class Drf(APIView):
    permission_classes = [scope_required(WRITE)]

    @extend_schema(responses={200: dict[str, str]})
    def get(self, request: Request) -> Response:
        return Response(told(request))


@extend_schema(responses={200: dict[str, str]})
@api_view(["GET"])
@permission_classes([scope_required(WRITE)])
def drf_function(request: Request) -> Response:
    return Response(told(request))


class DrfSet(ViewSet):
    permission_classes = [scope_required(WRITE)]

    @extend_schema(responses={200: dict[str, str]})
    def list(self, request: Request) -> Response:
        return Response(told(request))


api = BearerAPI(title="Side by side", auth=BearerAuth(scopes=[WRITE]))
api.add_router("/auth", bearer_router())


@api.get("/sync", response=dict[str, str])
def ninja(request: HttpRequest) -> dict[str, str]:
    return told(request)


@api.get("/async", response=dict[str, str])
async def aninja(request: HttpRequest) -> dict[str, str]:
    return told(request)


@strawberry.type
class Query:
    @strawberry.field(permission_classes=[bearer_permission([WRITE])])
    def user(self, info: strawberry.Info) -> str:
        return str(info.context.request.user.get_username())


fields = strawberry.Schema(query=Query, extensions=[BearerErrors])


class GrapheneQuery(graphene.ObjectType):
    user = graphene.String()

    def resolve_user(self, info: Any) -> str:
        if not info.context.auth.has_scopes(WRITE):
            raise InsufficientScope
        return str(info.context.user.get_username())


def graphene_view(request: HttpRequest) -> HttpResponse:
    result = graphene.Schema(query=GrapheneQuery).execute(request.GET["query"], context=request)
    refused = [error.original_error for error in result.errors or ()]
    codes = [{"extensions": {"code": one.code}} for one in refused if isinstance(one, HTTPRefusal)]
    return JsonResponse({"data": result.data, **({"errors": codes} if codes else {})})


class Chat(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        await self.send_json({"user": self.scope["user"].get_username()})


urlpatterns = [
    path("auth/", include("django_bearer.urls")),
    path("plain/sync/", plain),
    path("plain/async/", aplain),
    path("class/sync/", Plain.as_view()),
    path("class/async/", AsyncPlain.as_view()),
    path("drf/sync/", Drf.as_view()),
    path("drf-function/sync/", drf_function),
    path("drf-set/sync/", DrfSet.as_view({"get": "list"})),
    path("ninja/", api.urls),
    path("strawberry/sync/", GraphQLView.as_view(schema=fields)),
    path("strawberry/async/", AsyncGraphQLView.as_view(schema=fields)),
    path("graphene/sync/", graphene_view),
    path(modern.router.prefix, include((modern.router.urls, "modern"))),
    path("file/sync/", file),
    path("file/async/", afile),
    path("drf-openapi.json", SpectacularAPIView.as_view()),
    path("modern-openapi.json", modern.schema),
]

sockets = BearerSocketMiddleware(URLRouter([path("chat/async/", Chat.as_asgi())]), scopes=[WRITE])
