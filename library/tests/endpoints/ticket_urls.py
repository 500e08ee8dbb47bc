"""Views that accept a ticket, of every kind a project has, beside the test project's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from ninja import NinjaAPI
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import accepts_ticket
from django_bearer.integrations.django import bearer_required
from django_bearer.integrations.ninja import BearerAuth
from tests.urls import BILLING, who
from tests.urls import urlpatterns as others

FILM = b"0123456789" * 10
SEEN: list[str] = []


@accepts_ticket("download")
def invoice(request: HttpRequest, number: int) -> HttpResponse:
    SEEN.append(request.get_full_path())
    if "X-Fail" in request.headers:
        raise ZeroDivisionError
    scopes = sorted(request.auth.scopes)  # type: ignore[attr-defined]
    return JsonResponse({"user": str(request.user), "scopes": scopes, "ticket": request.GET.get("ticket")})


@accepts_ticket("download")
@bearer_required(scopes=["notes:write"])
def report(request: HttpRequest) -> HttpResponse:
    return HttpResponse("report")


@accepts_ticket("download")
@bearer_required(audience=BILLING)
def bill(request: HttpRequest) -> HttpResponse:
    return HttpResponse("bill")


@method_decorator(accepts_ticket("download"), name="dispatch")
class Page(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("written")


@accepts_ticket("download")
class Drf(APIView):
    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user)})


@accepts_ticket("media", cookie_seconds=600)
def film(request: HttpRequest, name: str) -> HttpResponse:
    start, _, stop = request.headers.get("Range", "bytes=0-99").removeprefix("bytes=").partition("-")
    part = FILM[int(start) : int(stop) + 1]
    return HttpResponse(part, status=206, headers={"Content-Range": f"bytes {start}-{stop}/{len(FILM)}"})


def ticks() -> Iterator[bytes]:
    for number in range(1_000):
        SEEN.append(str(number))
        yield b"data: tick\n\n"


@accepts_ticket("events", cookie_seconds=600)
def events(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(ticks(), content_type="text/event-stream")


async def silence() -> AsyncIterator[bytes]:
    import asyncio

    yield b"data: begun\n\n"
    await asyncio.Event().wait()


@accepts_ticket("events", cookie_seconds=600)
async def quiet(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(silence(), content_type="text/event-stream")


api = NinjaAPI(urls_namespace="tickets", auth=BearerAuth())


@api.get("/file")
@accepts_ticket("download")
def file(request: HttpRequest) -> Any:
    return {"user": str(request.user)}


urlpatterns = [
    *others,
    path("invoices/<int:number>/", invoice),
    path("report/", report),
    path("bill/", bill),
    path("page/", Page.as_view()),
    path("drf-file/", Drf.as_view()),
    path("films/<path:name>", film),
    path("events/", events),
    path("quiet/", quiet),
    path("ninja/", api.urls),
    path("plain-who/", who),
]


class Redirecting:
    """A middleware of the project's that sends everybody elsewhere before a view is reached."""

    where = ""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=301, headers={"Location": self.where})
