"""The route table: whatever decides who may enter, the table says so and from where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from django_bearer_audit.project import Project
from django_bearer_audit.project.routes.facts import Endpoint, Purpose, Source, Who
from django_bearer_audit.project.routes.purposes import by_words
from django_bearer_audit.project.routes.rates import why_unparsable
from tests.cases import split

SETTINGS = """# file: shop/settings.py
INSTALLED_APPS = ['rest_framework']
ROOT_URLCONF = 'shop.urls'
REST_FRAMEWORK = {'DEFAULT_PERMISSION_CLASSES': ['rest_framework.permissions.IsAuthenticated']}
"""


def write(folder: Path, text: str) -> None:
    for path, lines in split(text).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n")


def table(folder: Path, text: str) -> dict[tuple[str, str], Endpoint]:
    write(folder, SETTINGS + text)
    found = Project(folder).routes.table
    return {(each.method, each.path): each for each in found.endpoints}


def test_includes_of_every_kind_are_followed(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        """
# file: shop/urls.py
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from shop import views
from shop.more import patterns as extra

inner = [path('deep/', views.Deep.as_view())]
urlpatterns = [path('list/', include(inner)), path('tuple/', include((inner, 'app'), namespace='x'))]
urlpatterns += [path('text/', include('shop.other'))] + extra
urlpatterns += i18n_patterns(re_path(r'^old/(?P<pk>[0-9]+)$', views.Deep.as_view()))
# file: shop/more.py
from django.urls import path
from shop import views

patterns = [path('more/', views.Deep.as_view())]
# file: shop/other.py
from django.urls import path
from shop.views import Deep

deep = Deep.as_view()
urlpatterns = [path('other/', deep)]
# file: shop/views.py
from rest_framework.views import APIView


class Deep(APIView):
    def get(self, request):
        return None
""",
    )
    assert {path for _, path in found} == {
        "list/deep/",
        "tuple/deep/",
        "text/other/",
        "more/",
        "old/<pk>",
    }
    assert all(each.who is Who.USER and each.permission.source is Source.SETTINGS for each in found.values())


def test_a_router_serves_what_the_viewset_has(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        """
# file: shop/urls.py
from django.urls import include, path
from shop.routers import router

urlpatterns = [path('api/', include(router.urls))]
# file: shop/routers.py
from rest_framework.routers import DefaultRouter
from shop import views

router = DefaultRouter()
router.register(r'orders', views.Orders)
# file: shop/views.py
from rest_framework import mixins, permissions, viewsets
from rest_framework.decorators import action


class Orders(mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet):
    @action(detail=True, methods=['post'], permission_classes=[permissions.AllowAny])
    def cancel(self, request, pk):
        return None

    @cancel.mapping.put
    def redo(self, request, pk):
        return None
""",
    )
    assert set(found) == {
        ("GET", "api/orders/"),
        ("DELETE", "api/orders/<pk>/"),
        ("POST", "api/orders/<pk>/cancel/"),
        ("PUT", "api/orders/cancel/"),
    }
    cancel = found["POST", "api/orders/<pk>/cancel/"]
    assert (cancel.who, cancel.permission.source) == (Who.EVERYBODY, Source.VIEW)
    assert found["GET", "api/orders/"].who is Who.USER


def test_a_getter_is_followed_for_each_method(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        """
# file: shop/urls.py
from django.urls import path
from shop import views

urlpatterns = [path('orders/', views.Orders.as_view()), path('odd/', views.Odd.as_view())]
# file: shop/views.py
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import SAFE_METHODS, AllowAny, IsAdminUser


class Orders(ListCreateAPIView):
    permission_classes = [IsAdminUser]

    def get_permissions(self):
        if self.request.method in SAFE_METHODS:
            return [AllowAny()]
        return super().get_permissions()


class Odd(ListCreateAPIView):
    def get_permissions(self):
        return build(self.request)
""",
    )
    assert found["GET", "orders/"].who is Who.EVERYBODY
    assert found["POST", "orders/"].who is Who.USER
    assert found["GET", "odd/"].who is Who.UNKNOWN


def test_plain_views_say_what_authenticates_them(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        """
# file: shop/urls.py
from django.contrib.auth.decorators import login_required
from django.urls import path
from somewhere import mystery
from shop import views

urlpatterns = [
    path('wrapped/', login_required(views.bare)),
    path('bare/', views.bare),
    path('body/', views.body),
    path('mixin/', views.Mixin.as_view()),
    path('post/', views.only_post),
    path('mystery/', mystery(views.bare)),
]
# file: shop/views.py
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.views import View
from django.views.decorators.http import require_POST


def bare(request):
    return None


def body(request):
    check(request)


def check(request):
    if not request.user.is_authenticated:
        raise PermissionDenied


class Mixin(LoginRequiredMixin, View):
    def get(self, request):
        return None


@require_POST
def only_post(request):
    return None
""",
    )
    who = {path: each.who for (_, path), each in found.items()}
    assert who == {
        "wrapped/": Who.USER,
        "bare/": Who.EVERYBODY,
        "body/": Who.CHECKED,
        "mixin/": Who.USER,
        "post/": Who.EVERYBODY,
        "mystery/": Who.UNKNOWN,
    }
    assert ("POST", "post/") in found


def test_a_star_import_brings_the_submodules_of_a_package(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        """
# file: shop/urls.py
from django.urls import path
from .views import *

urlpatterns = [path('login/', auth.enter)]
# file: shop/views/__init__.py
from .auth import *
# file: shop/views/auth.py
def enter(request):
    return None
""",
    )
    assert found["ANY", "login/"].who is Who.EVERYBODY


def test_what_cannot_be_followed_is_told(tmp_path: Path) -> None:
    table(tmp_path, "# file: shop/urls.py\nurlpatterns = build_patterns('x')\n")
    assert [str(place) for place in Project(tmp_path).routes.table.unseen] == ["shop/urls.py:1"]


def test_the_command_prints_the_table(tmp_path: Path) -> None:
    table(
        tmp_path,
        """
# file: shop/urls.py
from django.urls import path
from shop.views import health

urlpatterns = [path('health/', health)]
# file: shop/views.py
def health(request):
    return None
""",
    )
    code = "from django_bearer.cli import main; main()"
    command = [sys.executable, "-c", code, "audit", str(tmp_path), "--routes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "/health/  EVERYBODY" in done.stdout
    assert "1 routes and methods: 1 everybody" in done.stdout


@pytest.mark.parametrize(
    ("texts", "purpose"),
    [
        (("UserLoginView",), Purpose.LOGIN),
        (("api/token/refresh/",), Purpose.REFRESH),
        (("verifyOtp",), Purpose.CODE),
        (("forgot_password",), Purpose.RESET),
        (("SignUpView",), Purpose.REGISTER),
        (("stripe_webhook",), Purpose.PUBLIC),
        (("order_status",), Purpose.OTHER),
        (("AuthorList",), Purpose.OTHER),
    ],
)
def test_purposes(texts: tuple[str, ...], purpose: Purpose) -> None:
    assert by_words(*texts) is purpose


@pytest.mark.parametrize(
    ("rate", "readable"),
    [("10/min", True), ("5/h", True), ("100/day;10/hour", False), ("10/week", False), ("ten/day", False)],
)
def test_rates(rate: str, readable: bool) -> None:
    assert (why_unparsable(rate) is None) is readable


CLOSED = """# file: shop/settings.py
INSTALLED_APPS = ["rest_framework", "django_bearer"]
ROOT_URLCONF = "shop.urls"
MIDDLEWARE = ["django_bearer.BearerMiddleware"]
BEARER = {"ISSUER": "https://shop.example", "PUBLIC_PATHS": ["/hooks/"]}
# file: shop/urls.py
from django.urls import path
from shop import views
urlpatterns = [
    path("closed/", views.closed),
    path("open/", views.opened),
    path("hooks/pay/", views.closed),
    path("orders/", views.Orders.as_view()),
    path("prices/", views.Prices.as_view()),
]
# file: shop/views.py
from django.contrib.auth.decorators import login_not_required
from django_bearer import public
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

def closed(request): ...

@login_not_required
def opened(request): ...

class Orders(APIView):
    permission_classes = [AllowAny]

    @public
    def get(self, request): ...
    def post(self, request): ...

@public
class Prices(APIView):
    permission_classes = [AllowAny]

    def get(self, request): ...
"""


def test_our_middleware_closes_what_is_neither_public_nor_in_public_paths(tmp_path: Path) -> None:
    write(tmp_path, CLOSED)
    found = {(e.method, e.path): e for e in Project(tmp_path).routes.table.endpoints}
    opened = {("ANY", "open/"), ("ANY", "hooks/pay/"), ("GET", "orders/"), ("GET", "prices/")}
    assert {key for key, each in found.items() if each.who is Who.EVERYBODY} == opened
    assert {found[key].purpose for key in opened} == {Purpose.PUBLIC}


def test_djangos_own_mark_counts_for_djangos_middleware_and_ours_does_not(tmp_path: Path) -> None:
    closed = CLOSED.replace(
        "django_bearer.BearerMiddleware", "django.contrib.auth.middleware.LoginRequiredMiddleware"
    )
    write(tmp_path, closed.replace("@login_not_required", "@public"))
    found = {e.path: e.who for e in Project(tmp_path).routes.table.endpoints}
    assert found["open/"] is Who.CHECKED
    write(tmp_path, closed)
    assert {e.path: e.who for e in Project(tmp_path).routes.table.endpoints}["open/"] is Who.EVERYBODY


def test_closed_unless_public_is_read_as_it_works(tmp_path: Path) -> None:
    permission = "django_bearer.integrations.drf.IsAuthenticatedUnlessPublic"
    rest = f"REST_FRAMEWORK = {{'DEFAULT_PERMISSION_CLASSES': ['{permission}']}}\n"
    text = CLOSED.replace('MIDDLEWARE = ["django_bearer.BearerMiddleware"]\n', rest)
    write(tmp_path, text.replace("    permission_classes = [AllowAny]\n", ""))
    found = {(e.method, e.path): e.who for e in Project(tmp_path).routes.table.endpoints}
    assert found["GET", "orders/"] is found["GET", "prices/"] is Who.EVERYBODY
    assert found["POST", "orders/"] is Who.CHECKED


NINJA = """# file: shop/settings.py
INSTALLED_APPS = ["django_bearer"]
ROOT_URLCONF = "shop.urls"
MIDDLEWARE = ["django_bearer.BearerMiddleware"]
BEARER = {"ISSUER": "https://shop.example"}
# file: shop/urls.py
from ninja import NinjaAPI
api = NinjaAPI()

@api.delete("/orders/{pk}")
def remove(request, pk: int): ...
"""


@pytest.mark.parametrize(
    ("middleware", "who"), [("django_bearer.BearerMiddleware", Who.CHECKED), ("", Who.EVERYBODY)]
)
def test_middleware_that_asks_everybody_asks_the_callers_of_ninja(tmp_path: Path, middleware: str, who: Who) -> None:
    write(tmp_path, NINJA.replace("django_bearer.BearerMiddleware", middleware))
    (endpoint,) = Project(tmp_path).routes.table.endpoints
    assert endpoint.who is who
