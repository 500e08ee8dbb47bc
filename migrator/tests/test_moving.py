"""The steps that change a project: every setting answered, and `public` on what is open."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.views import View, generic
from knox import settings as knox_settings
from rest_framework_simplejwt import settings as simplejwt_settings

from django_bearer_migrate.moving import answers, codemod, open_views, steps, successors
from django_bearer_migrate.moving.changes import Changes, Unreadable, files
from tools.support.new_project import NewProject

ISSUER = "https://api.example.com"
VIEWS = """
import hmac
from django.http import JsonResponse
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticatedOrReadOnly
from rest_framework.response import Response
from rest_framework.views import APIView


class Notes(APIView):
    def get(self, request):
        return Response({})


class Prices(APIView):
    permission_classes = [AllowAny]

    def get(self, request):
        return Response({})


class Both(APIView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    def get(self, request):
        return Response({})

    def post(self, request):
        return Response({})


class Reads(BasePermission):
    def has_permission(self, request, view):
        return request.method == "GET" or request.user.is_authenticated


class Shared(APIView):
    permission_classes = [Reads]

    def get(self, request):
        return Response({})

    def post(self, request):
        return Response({})


@api_view(["GET"])
@permission_classes([AllowAny])
def hello(request):
    return Response({})


def health(request):
    return JsonResponse({})


def hook(request):
    if not hmac.compare_digest(request.headers.get("X-Sign", ""), "good"):
        return JsonResponse({}, status=402)
    return JsonResponse({})
"""
URLS = """
from django.contrib import admin
from django.urls import include, path
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView
from mysite import views
urlpatterns = [
    path("admin/", admin.site.urls),
    path("notes/", views.Notes.as_view()),
    path("prices/", views.Prices.as_view()),
    path("both/", views.Both.as_view()),
    path("shared/", views.Shared.as_view()),
    path("hello/", views.hello),
    path("health/", views.health),
    path("hook/", views.hook),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/token/", TokenObtainPairView.as_view()),
    path("api/token/refresh/", TokenRefreshView.as_view()),
]
"""
SETTINGS = """
INSTALLED_APPS += ["rest_framework", "rest_framework_simplejwt.token_blacklist"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
SIMPLE_JWT = {"ROTATE_REFRESH_TOKENS": True}
"""
OPEN = {
    "/prices/": 200,
    "/both/": 200,
    "/shared/": 200,
    "/hello/": 200,
    "/health/": 200,
    "/notes/": 401,
    "/hook/": 402,
    "/i18n/setlang/": 302,
}
ASK = """
import django; django.setup()
from django.test import Client
for path in %r:
    print(path, Client(headers={"Host": "localhost"}).get(path, secure=True).status_code)
print("POST", Client(headers={"Host": "localhost"}).post("/both/", secure=True).status_code)
"""


@pytest.mark.parametrize(
    ("setting", "keys"),
    [("SIMPLE_JWT", simplejwt_settings.DEFAULTS), ("REST_KNOX", knox_settings.DEFAULTS)],
)
def test_every_key_has_an_answer(setting: str, keys: dict[str, Any]) -> None:
    assert {key: answers.answer(setting, key) for key in keys if answers.answer(setting, key) is None} == {}
    assert answers.answer(setting, "NO_SUCH_KEY") is None


def test_an_answer_names_a_successor_or_says_why_there_is_none() -> None:
    assert str(answers.answer("REST_AUTH", "MFA_TOTP_DIGITS")).startswith("BEARER['SECOND_FACTOR']: ")
    assert str(answers.answer("OAUTH2_PROVIDER", "OIDC_ENABLED")).startswith("no counterpart, because ")


def test_lifetimes_are_kept_within_their_bounds() -> None:
    jwt = {"ACCESS_TOKEN_LIFETIME": timedelta(days=1), "REFRESH_TOKEN_LIFETIME": timedelta(days=7), "LEEWAY": 90}
    found = steps.bearer({"SIMPLE_JWT": jwt}, ISSUER)
    assert found == {
        "ISSUER": ISSUER,
        "AUDIENCE": f"{ISSUER}/",
        "ACCESS_TOKEN_LIFETIME": 3600,
        "SESSION_LIFETIME": 604_800,
        "SESSION_IDLE_LIFETIME": 604_800,
        "LEEWAY": 60,
    }
    knox = {"AUTO_REFRESH": True, "TOKEN_TTL": timedelta(hours=1), "AUTO_REFRESH_MAX_TTL": timedelta(hours=9)}
    found = steps.bearer({"REST_KNOX": knox}, ISSUER)
    assert (found["SESSION_IDLE_LIFETIME"], found["SESSION_LIFETIME"]) == (3600, 32_400)


def test_names_are_renamed_where_they_are_imported_used_and_written_as_strings() -> None:
    source = "from knox.auth import TokenAuthentication\n\nx = [TokenAuthentication]\n"
    source += "y = 'knox.auth.TokenAuthentication'\n"
    changed = codemod.rename(source, successors.ACCEPT)
    assert "knox" not in changed
    assert "[BearerAuthentication]" in changed
    assert codemod.rename(changed, successors.ACCEPT) == changed


LISTS = {"INSTALLED_APPS": steps._apps, "MIDDLEWARE": steps._middleware}


@pytest.mark.parametrize(
    "source",
    [
        'INSTALLED_APPS = ["a"]\nMIDDLEWARE = ["m"]\n',
        'from .base import *\nINSTALLED_APPS += ["a"]\nMIDDLEWARE = MIDDLEWARE + ["m"]\nX = 1\n',
        'A = ["a"]\nINSTALLED_APPS = A + ["b"]\nMIDDLEWARE: list[str] = ["m"]\n',
        'INSTALLED_APPS: list[str] = [\n    "a",\n]\nMIDDLEWARE: tuple[str, ...] = ("m",)\n',
        'if A:\n    INSTALLED_APPS = ["a"]\nelse:\n    INSTALLED_APPS = []\nMIDDLEWARE: list\nMIDDLEWARE = ["m"]\n',
        'if 0:\n    INSTALLED_APPS = ["a"]\nelse:\n    INSTALLED_APPS = ["b"]\nMIDDLEWARE = ["m"]\n',
        'INSTALLED_APPS = ["a"]\nINSTALLED_APPS = [*INSTALLED_APPS, "b"]\nMIDDLEWARE = ["m"]\n',
        'INSTALLED_APPS = ("a",)\nif True:\n    INSTALLED_APPS += ("b",)\nMIDDLEWARE = [*("m",)]\n',
        'INSTALLED_APPS = list(A)\nINSTALLED_APPS.append("b")\nMIDDLEWARE = ["m"]\nMIDDLEWARE.insert(0, "n")\n',
    ],
)
def test_lists_are_extended_however_they_are_written(source: str) -> None:
    changed = codemod.edit_lists(source, LISTS)
    names: dict[str, Any] = {"A": ["a"], "INSTALLED_APPS": [], "MIDDLEWARE": []}
    exec(changed.replace("from .base import *\n", ""), names)
    assert next(iter(names["INSTALLED_APPS"])) in "ab"
    assert set(names["INSTALLED_APPS"]) >= {"django_bearer", "django_bearer_migrate"}
    assert steps.MIDDLEWARE in names["MIDDLEWARE"]
    assert names["MIDDLEWARE"].index(steps.MIDDLEWARE) <= 1
    assert codemod.edit_lists(changed, LISTS) == changed
    assert len(names["INSTALLED_APPS"]) == len(set(names["INSTALLED_APPS"]))


def test_a_list_that_is_added_to_and_holds_ours_stays_as_it_is() -> None:
    source = 'INSTALLED_APPS = A\nINSTALLED_APPS += ["django_bearer", "django_bearer_migrate"]\n'
    assert codemod.edit_lists(source, LISTS) == source


def test_decorating_twice_changes_nothing_more() -> None:
    once, missing = codemod.decorate(
        "import os\n\n\n# Why.\n@other\ndef view(): ...\n", {"view": "open", "gone": "open"}
    )
    assert missing == ["gone"]
    assert "# Why.\n# Review: open\n@public\n@other\ndef view()" in once
    assert codemod.decorate(once, {"view": "open"})[0] == once


@pytest.mark.parametrize(
    "source",
    [
        'X = [\n    "rest_framework.authentication.SessionAuthentication",  # pages\n'
        '    "knox.auth.TokenAuthentication",\n]\n',
        "from knox.auth import TokenAuthentication\nfrom a import SessionAuthentication\n"
        "class V:\n    authentication_classes = (SessionAuthentication, TokenAuthentication)\n",
    ],
)
def test_ours_is_asked_before_the_session(source: str) -> None:
    """Else a session of Django's is taken for the request's login, and the token's scopes are not asked."""
    text = codemod.rename(source, successors.ACCEPT)
    held = text[text.index("X =" if "X =" in text else "class V") :]
    assert held.index("BearerAuthentication") < held.index("SessionAuthentication")
    assert codemod.rename(text, successors.ACCEPT) == text


def test_what_becomes_one_and_the_same_name_is_kept_once() -> None:
    source = (
        "X = ('dj_rest_auth.jwt_auth.JWTCookieAuthentication',"
        " 'rest_framework_simplejwt.authentication.JWTAuthentication', 'a', 'a')\n"
    )
    changed = codemod.rename(source, successors.ACCEPT)
    assert changed.count("BearerAuthentication") == 1
    assert changed.count("'a'") == 2
    compile(changed, "x", "exec")


def route(path: str, who: str, source: str = "the view", names: list[str] | None = None) -> dict[str, Any]:
    permission = {"names": names, "source": source}
    return {"route": path, "who": who, "permission": permission, "method": "GET", "view": "a.b"}


CHECKED = open_views.CHECKED


@pytest.mark.parametrize(
    ("who", "source", "names", "expected"),
    [
        ("everybody", "the package", None, True),
        (CHECKED, "the view's code", ["check_signature"], True),
        (CHECKED, "the package", None, True),  # such as a link that was mailed
        (CHECKED, "the package", ["admin"], False),
        (CHECKED, "a base class", ["django.contrib.auth.mixins.PermissionRequiredMixin"], False),
        ("who is logged in", "the settings", None, False),
        ("unknown", "the package", None, False),
    ],
)
def test_what_anybody_enters_today(who: str, source: str, names: Any, expected: bool) -> None:
    assert open_views.is_open(route("/x/", who, source, names)) is expected


def test_a_public_path_never_opens_what_lies_below_it() -> None:
    routes = [route("/todos/", "everybody"), route("/todos/<pk>/", "who is logged in"), route("/a/b/", "everybody")]
    found = open_views.public_paths(["/todos/", "/a/", "/login/?", "/b", "/x/<pk>/", "/", "/y/.*"], routes)
    assert found == (["/a/", "/login", "/login/", "/b"], ["/todos/", "/x/<pk>/", "/", "/y/.*"])


class Closed(View):
    """A view of the project."""


class RedirectView(generic.RedirectView):
    """Names the same page in another way, and changes nothing."""


class TemplateView(generic.TemplateView):
    """One of the project's own that the table names, and that is closed."""


def test_only_the_package_s_own_view_is_opened() -> None:
    module = SimpleNamespace(generic=generic, own=SimpleNamespace(TemplateView=TemplateView), Closed=Closed)
    module.RedirectView = RedirectView
    wanted = {"django.views.generic.base.TemplateView", "django.views.generic.base.RedirectView"}
    meant = partial(
        open_views.named, module=module, wanted=wanted, known={*wanted, f"{TemplateView.__module__}.TemplateView"}
    )
    source = """urlpatterns = [
    path("a/", generic.TemplateView.as_view(template_name="a.html")),
    path("b/", own.TemplateView.as_view()),
    path("c/", RedirectView.as_view()),
    path("d/", Closed.as_view()),
    path("e/", unknown.TemplateView.as_view()),
    path("f/", made().as_view()),
]
"""
    text, found = codemod.wrap_views(source, meant)
    assert found == wanted
    assert 'public(generic.TemplateView.as_view(template_name="a.html"))' in text
    assert "public(RedirectView.as_view())" in text
    assert text.count("public(") == 2


def test_a_package_s_view_that_is_closed_elsewhere_is_opened_by_its_paths(tmp_path: Path) -> None:
    view = "django.views.generic.base.TemplateView"
    routes = [{**route("/a/", "everybody"), "view": view}, {**route("/b/", "who is logged in"), "view": view}]
    found = open_views.find(routes, tmp_path)
    assert (found.mixed, found.paths) == ({view}, {view: ["/a/"]})
    found = open_views.find([routes[0], {**routes[1], "route": "/a/", "method": "POST"}], tmp_path)
    assert found.mixed == set()  # its other methods are refused by the view itself


def test_every_import_is_found_with_its_line() -> None:
    source = "import knox.auth\nfrom a.views import (\n    One,\n    Two as Other,  # why\n)\nfrom . import own\n"
    assert codemod.imports(source) == [(1, "knox.auth"), (3, "a.views.One"), (4, "a.views.Two")]
    assert codemod.imports("def f(:") == []


def test_an_assignment_is_written_as_one_would_write_it() -> None:
    given = {"A": 'x"', "B": ["a"], "C": {"D": 5}, "E": [], "F": None}
    text = steps.written("BEARER", given)
    names: dict[str, Any] = {}
    exec(text, names)
    assert names["BEARER"] == given
    assert '    "B": [\n        "a",\n    ],\n' in text


def test_links_and_packages_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "a.py").write_text("")
    (tmp_path / "own.py").write_text("")
    (tmp_path / "link.py").symlink_to(tmp_path / "own.py")
    assert [path.name for path in files(tmp_path, frozenset({".py"}))] == ["own.py"]


def test_a_change_is_shown_before_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    changes = Changes(tmp_path)
    changes.put(tmp_path / "a.py", changes.read(tmp_path / "a.py").replace("1", "2"))
    assert "+x = 2" in "".join(changes.diffs())
    changes.write()
    assert (tmp_path / "a.py").read_bytes() == b"x = 2\r\n"


LATIN = "# -*- coding: latin-1 -*-\nNAME = 'J\xfcrgen'\n"


def test_a_file_keeps_the_encoding_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(LATIN.encode("latin-1"))
    (tmp_path / "b.py").write_bytes(b"\xef\xbb\xbfNAME = 1\n")
    changes = Changes(tmp_path)
    for name in ("a.py", "b.py"):
        changes.put(tmp_path / name, changes.read(tmp_path / name).replace("NAME", "TITLE"))
    assert "+TITLE" in "".join(changes.diffs())
    changes.write()
    assert (tmp_path / "a.py").read_bytes() == LATIN.replace("NAME", "TITLE").encode("latin-1")
    assert (tmp_path / "b.py").read_bytes() == b"\xef\xbb\xbfTITLE = 1\n"


@pytest.mark.parametrize("raw", [b"x = '\xfc'\n", b"# coding: no-such\nx = 1\n", b"x = 1\n" * 9 + b"# \xfc\n"])
def test_a_file_that_python_cannot_read_is_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.py").write_bytes(raw)
    with pytest.raises(Unreadable):
        Changes(tmp_path).read(tmp_path / "a.py")


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_bytes(LATIN.encode("latin-1"))
    changes = Changes(tmp_path)
    changes.put(tmp_path / "a.py", "# coding: latin-1\n")
    changes.put(tmp_path / "b.py", "# \u20ac")
    with pytest.raises(UnicodeEncodeError):
        changes.write()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.py", "b.py"]
    assert (tmp_path / "a.py").read_bytes() == LATIN.encode("latin-1")


def test_lines_that_need_the_app_are_told_from_comments() -> None:
    source = '"""Of bridge.\n\nbridge"""\n# bridge\nimport bridge.compat\nx = include("bridge.y")  # bridge\n'
    assert [number for number, _ in codemod.mentions(source, ("bridge",), code_only=True)] == [5, 6]
    assert [number for number, _ in codemod.mentions(source, ("bridge",))] == [1, 3, 4, 5, 6]
    assert codemod.mentions("def (:\n bridge", ("bridge",), code_only=True) == [(2, "bridge")]


def asked(project: NewProject) -> list[str]:
    lines = project.run("-c", ASK % list(OPEN)).splitlines()
    return [line for line in lines if line.startswith(("/", "POST"))]


def test_the_bridge_is_taken_out_of_the_settings() -> None:
    source = 'INSTALLED_APPS = ["a", "django_bearer_migrate", "b"]\nBEARER_MIGRATE = {}\ny = 2\n'
    gone = frozenset({"django_bearer_migrate"})
    assert codemod.without(source, "BEARER_MIGRATE", gone) == 'INSTALLED_APPS = ["a", "b"]\ny = 2\n'
    annotated = "BEARER_MIGRATE: dict = {}\nBEARER_MIGRATE |= {}\ny = 2\n"
    assert codemod.without(annotated, "BEARER_MIGRATE", gone) == "y = 2\n"
    assert codemod.without("if x:\n  (", "BEARER_MIGRATE", gone) is None


def in_parts(folder: Path) -> None:
    """Settings in parts, with types: MIDDLEWARE in a package that is imported, INSTALLED_APPS in a file beside."""
    settings = (folder / "settings.py").read_text()
    start = settings.index("MIDDLEWARE = [")
    middleware = settings[start : settings.index("]", start) + 1]
    start = settings.index("INSTALLED_APPS = [")
    apps = settings[start : settings.index("]", start) + 1]
    (folder / "apps_settings.py").write_text(apps.replace(" = ", ": list[str] = "))
    (folder.parent / "components").mkdir()
    (folder.parent / "components" / "common.py").write_text(middleware.replace(" = ", ": list[str] = "))
    whole = settings.replace(middleware, "from components.common import *")
    (folder / "settings.py").write_text(whole.replace(apps, "from .apps_settings import *"))


def test_a_project_is_closed_and_what_was_open_stays_open(tmp_path: Path) -> None:
    project = NewProject.start(tmp_path)
    project.write("mysite/views.py", VIEWS)
    project.write("mysite/urls.py", URLS)
    project.write("mysite/settings.py", SETTINGS, appended=True)
    in_parts(tmp_path / "mysite")
    project.env["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    before = asked(project)
    assert "rest_framework_simplejwt.views.TokenRefreshView -> " in project.run("-m", "django_bearer_migrate", "plan")
    urls = (tmp_path / "mysite/urls.py").read_text()
    assert "+@public" in project.run("-m", "django_bearer_migrate", "code", "--dry-run")
    assert (tmp_path / "mysite/urls.py").read_text() == urls
    told = project.run("-m", "django_bearer_migrate", "code")
    assert [line.split()[1] for line in told.splitlines() if line.startswith("decide:")] == ["mysite.views.Shared"]
    project.run("-m", "django_bearer_migrate", "settings", "--issuer", ISSUER)
    assert asked(project) == before
    assert before == [*(f"{path} {status}" for path, status in OPEN.items()), "POST 401"]
    views = (tmp_path / "mysite/views.py").read_text()
    assert views.count("@public") == 6
    assert '"/i18n/setlang/"' in (tmp_path / "mysite/apps_settings.py").read_text()
    assert "public(TokenObtainPairView.as_view())" in (tmp_path / "mysite/urls.py").read_text()
    assert '"django_bearer.BearerMiddleware",' in (tmp_path / "components/common.py").read_text()
    assert '"django_bearer_migrate",' in (tmp_path / "mysite/apps_settings.py").read_text()
    assert "closed already" in project.manage("bearer_migrate", "code")
    assert (tmp_path / "mysite/views.py").read_text() == views


def test_what_else_logs_in_is_named() -> None:
    held = ["rest_framework.authentication.SessionAuthentication", "knox.auth.TokenAuthentication", "mysite.Own"]
    given = {"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": held}}
    (told,) = steps._other_logins(given, successors.ACCEPT)
    assert told.startswith("mysite.Own in DEFAULT_AUTHENTICATION_CLASSES: a closed route asks for ")
    assert list(steps._other_logins({}, successors.ACCEPT)) == []
