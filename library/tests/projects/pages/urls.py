"""Routes of the project."""

from __future__ import annotations

from functools import partial, wraps
from typing import Any

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.contrib.auth.views import LoginView
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from rest_framework.response import Response
from rest_framework.views import APIView

from django_bearer import public
from django_bearer.integrations.django import bearer_required

from . import sites

done: list[str] = []


def page(request: HttpRequest, **_: Any) -> HttpResponse:
    if request.method != "GET":
        done.append(request.path)
    return HttpResponse(f"page of {request.user}")


@login_required
def members(request: HttpRequest) -> HttpResponse:
    return page(request)


@login_required(login_url="/club/login/", redirect_field_name="back")
def club(request: HttpRequest) -> HttpResponse:
    return page(request)


class Shelf(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return page(request)


class Members(LoginRequiredMixin, Shelf):
    """A class that asks for a login."""


class Club(Members):
    login_url = "/club/login/"
    redirect_field_name = "back"


class Strict(Members):
    raise_exception = True


class Permitted(PermissionRequiredMixin, Shelf):
    permission_required = "auth.view_user"


class SignIn(LoginView):
    """A project's own login page."""

    template_name = "admin/login.html"


@ensure_csrf_cookie
def form(request: HttpRequest) -> HttpResponse:
    return page(request)


@csrf_exempt
def hook(request: HttpRequest) -> HttpResponse:
    return page(request)


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    """As Django's documentation sets upload handlers."""
    request.upload_handlers.insert(0, TemporaryFileUploadHandler(request))
    return HttpResponse(",".join(request.FILES))


@csrf_exempt
def raw(request: HttpRequest) -> HttpResponse:
    return HttpResponse("abc" if b"abc" in request.body else "")


class Api(APIView):
    permission_classes = ()

    def get(self, request: Any) -> Response:
        return Response({})

    def post(self, request: Any) -> Response:
        done.append(request.path)
        return Response({})


@bearer_required
def by_token(request: HttpRequest) -> HttpResponse:
    return page(request)


def hidden(view: Any) -> Any:
    """A decorator that tells nothing of what it wraps."""

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return inner


class Called:
    def __init__(self, view: Any) -> None:
        self.view = view

    def __call__(self, request: HttpRequest) -> Any:
        return self.view(request)


class Slotted:
    __slots__ = ("view",)

    def __init__(self, view: Any) -> None:
        self.view = view

    def __call__(self, request: HttpRequest) -> Any:
        return self.view(request)


@method_decorator(admin.site.admin_view, name="dispatch")
class Report(Shelf):
    """A page of the admin that is a class."""


class Audited(Shelf):
    @method_decorator(staff_member_required)
    def get(self, request: HttpRequest) -> HttpResponse:
        return page(request)


class Dispatching(Shelf):
    """Wraps itself each time it is called."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return admin.site.admin_view(super().dispatch)(request, *args, **kwargs)


def calling(request: HttpRequest) -> Any:
    return sites.office.admin_view(page)(request)


class Stolen(Shelf):
    """Carries what Django's own wrapper sets on a page of the admin, and is none."""


stolen = Stolen.as_view()
stolen.admin_site = admin.site  # type: ignore[attr-defined]
wrapped = admin.site.admin_view(page)
checked = wraps(wrapped)(hidden(wrapped))
ADMIN_ELSEWHERE = [
    path("wrapped/", wrapped),
    path("exempt/", admin.site.admin_view(csrf_exempt(page))),
    path("class/", Report.as_view()),
    path("handler/", Audited.as_view()),
    path("staff/", staff_member_required(page)),
    path("hidden/", hidden(wrapped)),
    path("checked/", checked),
    path("never/", never_cache(wrapped)),
    path("control/", cache_control(private=True)(wrapped)),
    path("partial/", partial(wrapped)),
    path("called/", Called(wrapped)),
    path("method/", Called(wrapped).__call__),
    path("slotted/", Slotted(wrapped)),
    path("dispatching/", Dispatching.as_view()),
    path("calling/", calling),
    path("with-site/", sites.Wizard.as_view(model_admin=sites.office._registry[sites.Group])),
]
flat = [each for each in admin.site.get_urls() if str(each.pattern).startswith(("password_change", "auth/"))]

urlpatterns = [
    path("page/", page),
    path("members/", members),
    path("club/", club),
    path("class/members/", Members.as_view()),
    path("class/club/", Club.as_view()),
    path("class/strict/", Strict.as_view()),
    path("class/permitted/", Permitted.as_view()),
    path("form/", form),
    path("hook/", hook),
    path("upload/", upload),
    path("raw/", raw),
    path("api/", Api.as_view()),
    path("by-token/", by_token),
    path("open/", public(csrf_exempt(hidden(page)))),
    path("stolen/", stolen),
    path("club/login/", SignIn.as_view()),
    path("closed-login/", page),
    path("accounts/", include("django.contrib.auth.urls")),
    path("auth/", include("django_bearer.urls")),
    path("admin/", admin.site.urls),
    path("office/", sites.office.urls),
    path("again/", sites.office.urls),
    path("inner/", include(([path("office/", sites.office.urls)], "outer"))),
    path("renamed/", sites.renamed.urls),
    path("bare/", sites.bare.urls),
    path("lenient/", sites.lenient.urls),
    path("unasking/", sites.unasking.urls),
    path("shared/", sites.page),
    path("namesake/", include("tests.projects.pages.namesake")),
    path("named/", include((sites.office.get_urls(), "other"), namespace="another")),
    path("loose/", include(sites.renamed.get_urls())),
    path("elsewhere/", include([*ADMIN_ELSEWHERE, path("api/", page)])),
    path("flat-page/", page),
    *flat,
    *i18n_patterns(path("office/", sites.office.urls), path("page/", page)),
]
