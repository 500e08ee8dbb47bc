"""Projects move from knox and from `authtoken`, old and new processes side by side on PostgreSQL, and back each time.

Clients keep calling while the deploys happen: apps with the keyword `Token`, machines whose key is years old, and
people with Django's own session. None is refused, and nobody logs in again.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import secrets
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from tools.support import servers
from tools.support.new_project import NewProject
from tools.support.timeouts import HANG

from . import last_step
from .test_from_simplejwt import SERVE, Refused

PASSWORD = "correct horse battery staple"
APPS = 4
BASE = """
import json, os
from mysite.settings import *
SECRET_KEY = os.environ["PROJECT_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": json.loads(os.environ["PROJECT_DATABASE"])}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "/accounts/login/"
INSTALLED_APPS += ["rest_framework", "rest_framework.authtoken", "knox"]
TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ][int("PACKAGE" != "knox"):],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
ROOT_URLCONF = "mysite.old_urls"
"""
ACCEPT = """
from datetime import date, timedelta
from mysite.old import *
INSTALLED_APPS += ["django_bearer", "django_bearer_migrate"]
MIDDLEWARE = ["django_bearer.BearerMiddleware", *MIDDLEWARE]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "django_bearer.integrations.drf.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
BEARER = {
    "ISSUER": "https://api.example.com",
    "AUDIENCE": "https://api.example.com/",
    "DANGEROUSLY_ALLOW_HTTP_FROM": ["127.0.0.1/32"],
    "PUBLIC_PATHS": ["/auth/login/", "/accounts/login/"],
    "CODE_RATE_LIMITS": {"address": "10000/hour", "account": "100/hour"},
    "LOGIN_RATE_LIMITS": {"address": "10000/hour"},
}
BEARER_MIGRATE = {"PACKAGE": {"UNTIL": (date.today() + timedelta(days=90)).isoformat(), "SCOPES": []}}
"""
NEW = """
from mysite.accept import *
ROOT_URLCONF = "mysite.new_urls"
"""
FINISHED = """
from mysite.accept import *
ROOT_URLCONF = "mysite.finished_urls"
INSTALLED_APPS.remove("django_bearer_migrate")
del BEARER_MIGRATE
"""
VIEWS = """
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from knox.views import LoginView as KnoxLoginView
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

class Notes(APIView):
    def get(self, request):
        return Response({"user": request.user.get_username()})

class Login(KnoxLoginView):
    permission_classes = [AllowAny]
    authentication_classes = []

    def post(self, request, format=None):
        serializer = AuthTokenSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        request.user = serializer.validated_data["user"]
        return super().post(request, format)

@login_required
def page(request):
    return HttpResponse(f"<p>{request.user.get_username()}</p>")
"""
URLS = """
from django.contrib.auth.views import LoginView
from django.urls import include, path
from rest_framework.authtoken.views import obtain_auth_token
from mysite.views import Login, Notes, page
urlpatterns = [
    path("notes/", Notes.as_view()),
    path("page/", page),
    path("accounts/login/", LoginView.as_view()),
    ROUTES
]
"""
OLD_ROUTES = {"knox": 'path("auth/login/", Login.as_view()),', "authtoken": 'path("auth/login/", obtain_auth_token),'}
NEW_ROUTES = {
    "knox": 'path("auth/", include("django_bearer_migrate.compat.knox")),',
    "authtoken": (
        'path("auth/login/", authtoken.obtain_auth_token),'
        ' path("auth/", include("django_bearer_migrate.compat.authtoken")),'
    ),
}
OURS = 'path("bearer/", include("django_bearer.urls")),'
FORM = '<form method="post">{% csrf_token %}{{ form }}</form>'
OLD_KEYS = """
from datetime import timedelta
from django.contrib.auth.models import User
from knox.models import AuthToken
from rest_framework.authtoken.models import Token
user = User.objects.create_user("ann", password=%r)
print(AuthToken.objects.create(user, expiry=None)[1], AuthToken.objects.create(user, expiry=timedelta(seconds=-5))[1])
print(Token.objects.create(user=user).key, "0" * 40)
"""


def ask(url: str, members: dict[str, str] | None = None, authorization: str = "") -> dict[str, Any]:
    body = None if members is None else json.dumps(members).encode()
    headers = {"Content-Type": "application/json", **({"Authorization": authorization} if authorization else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=HANG) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise Refused(f"{url}: {error.code} {error.read()[:200]!r}") from None


class App:
    """A client that keeps its token, whatever is deployed."""

    def __init__(self, token: str, scheme: str = "Token") -> None:
        self.header = f"{scheme} {token}"
        self.refresh = self.latest = ""

    def use(self, at: list[str]) -> None:
        for server in at:
            assert ask(f"{server}/notes/", authorization=self.header)["user"] == "ann"

    def update(self, server: str) -> None:
        """The app's next version trades its key for a session."""
        found = ask(f"{server}/auth/trade/", {}, self.header)
        self.header, self.refresh = f"Bearer {found['access_token']}", found["refresh_token"]


class Person:
    """Somebody at an HTML page, with Django's own session."""

    def __init__(self, server: str) -> None:
        self.jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.browser.open(f"{server}/accounts/login/", timeout=HANG).read()
        csrf = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        form = {"username": "ann", "password": PASSWORD, "csrfmiddlewaretoken": csrf, "next": "/page/"}
        self.browser.open(f"{server}/accounts/login/", urllib.parse.urlencode(form).encode(), timeout=HANG).read()
        self.use([server])

    def use(self, at: list[str]) -> None:
        for server in at:
            header = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
            asked = urllib.request.Request(f"{server}/page/", headers={"Cookie": header})
            with urllib.request.urlopen(asked, timeout=HANG) as answer:
                assert answer.read() == b"<p>ann</p>", answer.url


@contextmanager
def load(clients: list[Any], at: list[str]) -> Iterator[None]:
    """Every client calls every server, again and again, until the block ends; each at least once."""
    over = threading.Event()

    def go_on(client: Any) -> int:
        rounds = 0
        while True:
            client.use(at)
            rounds += 1
            if over.is_set():
                return rounds

    with ThreadPoolExecutor(len(clients)) as threads:
        running = [threads.submit(go_on, client) for client in clients]
        try:
            yield
        finally:
            over.set()
        assert all(each.result() >= 1 for each in running)


@pytest.fixture(params=["knox", "authtoken"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewProject]:
    folder, package = tmp_path_factory.mktemp("servers"), request.param
    before = os.environ.get(servers.RUN)
    os.environ[servers.RUN] = str(os.getpid())
    try:
        database = servers.ensure("postgres", folder)
        made = NewProject.start(tmp_path_factory.mktemp("moving"))
        made.env |= {
            "PROJECT_KEY": secrets.token_urlsafe(48),
            "PROJECT_DATABASE": json.dumps({**database, "NAME": "postgres", "CONN_MAX_AGE": 0}),
            "PROJECT_PACKAGE": package,
        }
        for name, code in {
            "old": BASE.replace("PACKAGE", package),
            "accept": ACCEPT.replace("PACKAGE", package),
            "new": NEW,
            "finished": FINISHED,
            "views": VIEWS,
            "old_urls": URLS.replace("ROUTES", OLD_ROUTES[package]),
            "new_urls": "from django_bearer_migrate.compat import authtoken"
            + URLS.replace("ROUTES", NEW_ROUTES[package] + OURS),
            "finished_urls": URLS.replace("ROUTES", OURS),
        }.items():
            made.write(f"mysite/{name}.py", code)
        made.write("serve.py", SERVE)
        made.write("templates/registration/login.html", FORM)
        yield made
    finally:
        servers.stop(folder)
        os.environ.pop(servers.RUN, None)
        if before is not None:
            os.environ[servers.RUN] = before


@pytest.mark.hard
def test_the_deploys(project: NewProject) -> None:
    knox = project.env["PROJECT_PACKAGE"] == "knox"

    def manage(settings: str, *arguments: str) -> str:
        return project.manage(*arguments, "--settings", f"mysite.{settings}")

    def serve(stack: ExitStack, settings: str) -> str:
        return stack.enter_context(project.serving("serve.py", f"mysite.{settings}"))

    def login(server: str) -> App:
        return App(ask(f"{server}/auth/login/", {"username": "ann", "password": PASSWORD})["token"])

    manage("old", "migrate", "--verbosity", "0")
    made = manage("old", "shell", "-v", "0", "-c", OLD_KEYS % PASSWORD).split()
    good, bad = made[:2] if knox else made[2:]
    with ExitStack() as first:
        old = serve(first, "old")
        clients: list[Any] = [*(login(old) for _ in range(APPS)), App(good), Person(old)]
        with load(clients, [old]):
            manage("accept", "migrate", "--verbosity", "0")
            assert "1 accounts were new" in manage("accept", "bearer_migrate", "start")
        with ExitStack() as second:
            accept = serve(second, "accept")
            with load(clients, [old, accept]):
                clients += [login(accept), login(old), Person(accept)]
                for server in (old, accept):
                    with pytest.raises(Refused, match="401"):
                        App(bad).use([server])
                assert "tokens were new" in manage("accept", "bearer_migrate", "tokens")
        with load(clients, [old]):  # back to the old version
            pass
    with ExitStack() as third:
        accept, new = serve(third, "accept"), serve(third, "new")
        with load(clients, [accept, new]):
            clients += [login(new), Person(new)]
        with load(clients, [accept]):  # back to the first step, with what the second one issued
            pass
        apps = [each for each in clients if isinstance(each, App)]
        for app in apps:
            kept = App(app.header.removeprefix("Token "))
            if "djb_" not in app.header:  # what is ours already needs no trade
                app.update(new)
                kept.use([new])
    with ExitStack() as fourth:
        new, finished = serve(fourth, "new"), serve(fourth, "finished")
        people = [each for each in clients if isinstance(each, Person)]
        moved = [app for app in apps if app.refresh]
        assert len(moved) == len(apps) - 1
        with load([*moved, *people], [new, finished]):
            told = manage("accept", "bearer_migrate", "status")
            assert "trade" in told
            assert "Python-urllib" in told
        for app in moved:
            found = ask(f"{finished}/bearer/refresh/", {"refresh_token": app.refresh})
            app.latest = found.get("refresh_token", app.refresh)
            App(found["access_token"], "Bearer").use([finished])
        with pytest.raises(Refused, match="401"):
            App(good).use([finished])
    package = project.env["PROJECT_PACKAGE"]
    statements = last_step.finish(project, ACCEPT.replace("PACKAGE", package), URLS.replace("ROUTES", OURS))
    last_step.drop(project, statements)
    with last_step.uninstalled(project), ExitStack() as fifth:
        last = serve(fifth, "last")
        for person in people:
            person.use([last])
        for app in moved:
            found = ask(f"{last}/bearer/refresh/", {"refresh_token": app.latest})
            App(found["access_token"], "Bearer").use([last])
        with pytest.raises(Refused, match="401"):
            App(good).use([last])
