"""`manage.py bearer_audit` and `bearer_routes --who`: the same rules, over what is really loaded and resolved."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from django_bearer_audit.engine import audit

from . import project

Audited = tuple[list[dict[str, object]], str]


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it is written, for tests that only look."""
    return project.write(tmp_path_factory.mktemp("stock") / "shop")


@pytest.fixture(scope="module")
def audited(stock: Path) -> Audited:
    return project.findings(stock)


def rules(found: list[dict[str, object]]) -> set[object]:
    return {each["rule"] for each in found}


def test_what_reading_cannot_see_is_found_when_loaded(stock: Path, audited: Audited) -> None:
    assert "BT801" not in {finding.rule for finding in audit(stock).findings}
    assert "BT801" in rules(audited[0])


def test_a_setting_from_the_environment_is_judged_as_it_is(stock: Path, audited: Audited) -> None:
    assert "BT201" not in rules(audited[0])
    found, _ = project.findings(stock, SHOP_DEBUG="yes")
    debug = next(each for each in found if each["rule"] == "BT201")
    assert debug["path"] == "shop/settings.py"
    assert debug["line_start"] == 1 + project.SETTINGS.splitlines().index(
        'DEBUG = os.environ.get("SHOP_DEBUG") == "yes"'
    )


def test_a_key_from_the_environment_is_no_literal_and_is_not_shown(audited: Audited) -> None:
    found, said = audited
    assert not {"BT401", "BT402"} & rules(found)
    assert project.SECRET not in said


def test_a_literal_key_is_found_as_before(tmp_path: Path) -> None:
    settings = project.SETTINGS.replace('os.environ["SHOP_SECRET_KEY"]', '"c1a9e7c0ffee5eed5ca1ab1edeadbea7"')
    found, _ = project.findings(project.write(tmp_path / "shop", settings=settings))
    assert "BT401" in rules(found)


def test_the_report_says_that_the_settings_are_loaded(audited: Audited) -> None:
    assert "production settings: shop/settings.py (it is loaded)" in audited[1]


@pytest.mark.hard
def test_exit_codes(stock: Path) -> None:
    folder = stock
    assert project.manage(folder, "bearer_audit").returncode == 1
    assert project.manage(folder, "bearer_audit", "--fail-on", "never").returncode == 0
    wrong = project.manage(folder, "bearer_audit", "--baseline", "missing.json")
    assert wrong.returncode == 2
    assert "there is no baseline" in wrong.stderr


def test_routes_that_a_loop_makes_are_listed_with_who_may_enter(stock: Path) -> None:
    for command in (("bearer_routes", "--who"), ("bearer_audit", "--routes")):
        done = project.manage(stock, *command)
        assert done.returncode == 0, done.stderr
        assert re.search(
            r"DELETE +/api/orders/<int:pk>/ +EVERYBODY +shop.views.Orders; permission: AllowAny", done.stdout
        )
        assert re.search(r"GET +/api/prices/<int:pk>/ +user +shop.views.Prices; permission: IsAuthent", done.stdout)
        assert "no route leads to it" not in done.stdout


def test_our_middleware_closes_every_route_that_is_not_public(tmp_path: Path) -> None:
    opened, named = 'BEARER["DANGEROUSLY_ALLOW_ANONYMOUS"] = True', 'BEARER["PUBLIC_PATHS"] = ["/health/"]'
    settings = project.SETTINGS.replace(opened, named)
    folder = project.write(tmp_path / "shop", settings=settings)
    done = project.manage(folder, "bearer_routes", "--who")
    assert done.returncode == 0, done.stderr
    assert re.search(r"DELETE +/api/orders/<int:pk>/ +checked ", done.stdout)
    assert "BT801" not in rules(project.findings(folder)[0])


def test_dangerously_open_routes_are_told_as_open(stock: Path, audited: Audited) -> None:
    assert "BT801" in rules(audited[0])
    done = project.manage(stock, "bearer_routes", "--who")
    assert re.search(r"DELETE +/api/orders/<int:pk>/ +EVERYBODY ", done.stdout)


@pytest.mark.hard
def test_view_sets_and_included_routes(tmp_path: Path) -> None:
    views = project.VIEWS + (
        "\n\nfrom rest_framework.viewsets import ViewSet\n"
        "class Notes(ViewSet):\n"
        "    def list(self, request):\n        return Response([])\n"
        "    def destroy(self, request, pk):\n        return Response(status=204)\n"
    )
    urls = (
        "from django.urls import include, path, re_path\n"
        "from rest_framework.routers import DefaultRouter\n"
        "from shop import views\n"
        "router = DefaultRouter()\n"
        "for name in ['notes']:\n    router.register(name, getattr(views, name.title()), basename=name)\n"
        "urlpatterns = [path('v1/', include(router.urls)), re_path(r'^old/(?P<pk>\\d+)$', views.Orders.as_view())]\n"
    )
    done = project.manage(project.write(tmp_path / "shop", views=views, urls=urls), "bearer_routes", "--who")
    assert done.returncode == 0, done.stderr
    assert re.search(r"GET +/v1/notes/ +EVERYBODY +shop.views.Notes", done.stdout), done.stdout
    assert re.search(r"DELETE +/v1/notes/<pk>/ +EVERYBODY +shop.views.Notes", done.stdout), done.stdout
    assert re.search(r"DELETE +/old/<pk> +EVERYBODY +shop.views.Orders", done.stdout), done.stdout
    assert "format" not in done.stdout


def in_routes(folder: Path, *arguments: str) -> str:
    done = project.manage(folder, "bearer_routes", "--who", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


API_VIEW = """
from django.contrib.auth.models import User
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response


@api_view(["POST"])
@permission_classes([AllowAny])
def remove(request):
    User.objects.filter(pk=request.data["pk"]).delete()
    return Response(status=204)
"""


@pytest.mark.hard
def test_function_views_of_rest_framework_are_read_like_others(tmp_path: Path) -> None:
    """Running or read, the same finding at the same place."""
    urls = "from django.urls import path\nfrom shop.views import remove\nurlpatterns = [path('remove/', remove)]\n"
    folder = project.write(tmp_path / "shop", views=API_VIEW, urls=urls)
    read = {(f.rule, f.where.path, f.where.line_start) for f in audit(folder).findings}
    found = {(f["rule"], f["path"], f["line_start"]) for f in project.findings(folder)[0]}
    assert ("BT802", "shop/views.py", 9) in read & found
    assert "remove/" in in_routes(folder)
    assert "no route leads to it" not in in_routes(folder)


@pytest.mark.hard
def test_settings_that_lie_elsewhere_are_judged(tmp_path: Path) -> None:
    folder = project.write(tmp_path / "shop")
    outside = tmp_path / "etc"
    outside.mkdir()
    (folder / "shop" / "settings.py").rename(outside / "live_settings.py")
    path = os.pathsep.join([str(outside), os.environ.get("PYTHONPATH", "")])
    found, said = project.findings(folder, DJANGO_SETTINGS_MODULE="live_settings", PYTHONPATH=path)
    assert "BT801" in rules(found)
    assert "production settings: ../etc/live_settings.py (it is loaded)" in said


@pytest.mark.hard
def test_a_folder_that_is_not_there_and_a_report_without_a_place_are_wrong_use(stock: Path, tmp_path: Path) -> None:
    wrong = project.manage(stock, "bearer_audit", "nowhere")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "there is no folder nowhere" in wrong.stderr
    wrong = project.manage(stock, "bearer_audit", "--output", str(tmp_path / "no" / "report.json"))
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "cannot be written" in wrong.stderr
    assert "Traceback" not in wrong.stderr


@pytest.mark.hard
def test_routes_for_programs(stock: Path) -> None:
    told = json.loads(in_routes(stock, "--format", "json"))
    assert {(each["method"], each["route"], each["who"]) for each in told["routes"]} >= {
        ("DELETE", "/api/orders/<int:pk>/", "everybody"),
        ("GET", "/api/prices/<int:pk>/", "who is logged in"),
    }
    short = project.manage(stock, "bearer_routes", "--format", "json")
    assert {each["pattern"] for each in json.loads(short.stdout)["routes"]} == {
        "/api/orders/<int:pk>/",
        "/api/prices/<int:pk>/",
    }


def test_our_own_endpoints_and_the_admin_are_known(tmp_path: Path) -> None:
    urls = (
        "from django.contrib import admin\nfrom django.urls import include, path\n"
        "urlpatterns = [path('auth/', include('django_bearer.urls')), path('admin/', admin.site.urls),\n"
        "    path('.well-known/', include('django_bearer.urls.well_known'))]\n"
    )
    apps = '"django.contrib.admin", "django.contrib.messages", "django.contrib.sessions", "django.contrib.auth"'
    settings = project.SETTINGS.replace('"django.contrib.auth"', apps)
    told = in_routes(project.write(tmp_path / "shop", urls=urls, settings=settings))
    for method, path, who in (
        ("POST", "/auth/login/", "EVERYBODY"),
        ("ANY", "/auth/api-tokens/", "user"),
        ("ANY", "/auth/sessions/", "user"),
        ("ANY", "/admin/login/", "checked"),
        ("ANY", "/admin/auth/user/", "checked"),
        ("ANY", "/.well-known/jwks.json", "EVERYBODY"),
    ):
        assert re.search(rf"(?m)^(?:{method}|ANY) +{re.escape(path)} +{re.escape(who)} ", told), (path, told)
    assert not re.search(r"(?m)^\w+ +/\S+ +\? ", told), told


@pytest.mark.hard
def test_a_report_goes_where_the_caller_of_the_command_wants_it(stock: Path, tmp_path: Path) -> None:
    code = (
        "import io, os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'; django.setup()\n"
        "from django.core.management import call_command\n"
        "held = io.StringIO()\n"
        "call_command('bearer_audit', format='json', fail_on='never', stdout=held)\n"
        "assert held.getvalue().startswith('{'), held.getvalue()[:200]\n"
        "call_command('bearer_audit', '.', format='json', fail_on='never', output=os.environ['REPORT'])\n"
    )
    env = {**os.environ, "SHOP_SECRET_KEY": project.SECRET, "REPORT": str(tmp_path / "report.json")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=stock, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["findings"]


@pytest.mark.hard
def test_modules_of_one_name_are_told_apart_by_their_files(tmp_path: Path) -> None:
    """A copy of the project beside it is not what runs."""
    folder = project.write(tmp_path / "shop")
    project.write(folder / "archive")
    found, _ = project.findings(folder)
    told = [each["path"] for each in found if each["rule"] == "BT802"]
    assert "shop/views.py" in told
    served = json.loads(in_routes(folder, "--format", "json"))["routes"]
    assert {each["where"].partition(":")[0] for each in served if each["route"]} == {"shop/views.py"}
