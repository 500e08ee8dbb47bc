"""A project moves from simplejwt, old and new processes side by side on PostgreSQL: nobody has to log in again."""

from __future__ import annotations

import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from tools.support import servers
from tools.support.new_project import NewProject
from tools.support.timeouts import HANG

from . import last_step

CLIENTS = 4
ROUNDS = 4
PASSWORD = "correct horse battery staple"

BASE = """
import json, os
from mysite.settings import *
SECRET_KEY = os.environ["PROJECT_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": json.loads(os.environ["PROJECT_DATABASE"])}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS += ["rest_framework", "rest_framework_simplejwt.token_blacklist"]
SIMPLE_JWT = {"ROTATE_REFRESH_TOKENS": True, "BLACKLIST_AFTER_ROTATION": True}
"""
OLD = """
from mysite.base import *
ROOT_URLCONF = "mysite.old_urls"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
"""
ACCEPT = """
from datetime import date, timedelta
from mysite.base import *
INSTALLED_APPS += ["django_bearer", "django_bearer_migrate"]
MIDDLEWARE = ["django_bearer.BearerMiddleware", *MIDDLEWARE]
ROOT_URLCONF = "mysite.accept_urls"
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["django_bearer.integrations.drf.BearerAuthentication"]}
BEARER = {
    "ISSUER": "https://api.example.com",
    "AUDIENCE": "https://api.example.com/",
    "DANGEROUSLY_ALLOW_HTTP_FROM": ["127.0.0.1/32"],
    "PUBLIC_PATHS": ["/api/token/"],
}
BEARER_MIGRATE = {"simplejwt": {"UNTIL": (date.today() + timedelta(days=90)).isoformat(), "SCOPES": []}}
"""
TRADE = """
from mysite.accept import *
ROOT_URLCONF = "mysite.trade_urls"
BEARER_MIGRATE["simplejwt"]["TRADE"] = True
"""
VIEWS = """
from rest_framework.response import Response
from rest_framework.views import APIView

class Notes(APIView):
    def get(self, request):
        return Response({"user": request.user.get_username()})
"""
OLD_URLS = """
from django.urls import path
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView
from mysite.views import Notes
urlpatterns = [
    path("notes/", Notes.as_view()),
    path("api/token/", TokenObtainPairView.as_view()),
    path("api/token/refresh/", TokenRefreshView.as_view()),
]
"""
ACCEPT_URLS = OLD_URLS.replace(
    "import TokenObtainPairView, TokenRefreshView",
    "import TokenObtainPairView\nfrom django_bearer_migrate.compat.simplejwt import TokenRefreshView",
)
TRADE_URLS = """
from django.urls import include, path
from mysite.views import Notes
urlpatterns = [path("notes/", Notes.as_view()), path("api/", include("django_bearer_migrate.compat.simplejwt"))]
"""
LAST_URLS = """
from django.urls import include, path
from mysite.views import Notes
urlpatterns = [path("notes/", Notes.as_view()), path("bearer/", include("django_bearer.urls"))]
"""
LAST_OLD = """
from django.contrib.auth.models import User
from rest_framework_simplejwt.tokens import AccessToken
print(AccessToken.for_user(User.objects.get()))
"""
SERVE = """
import os, sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
os.environ["DJANGO_SETTINGS_MODULE"] = sys.argv[1]
from django.core.wsgi import get_wsgi_application

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass

server = Server(("127.0.0.1", 0), Quiet)
server.set_app(get_wsgi_application())
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"""


class Refused(Exception):
    """An answer that an honest client must not get."""


def ask(url: str, members: dict[str, str] | None = None, access: str = "") -> dict[str, Any]:
    body = None if members is None else json.dumps(members).encode()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {access}"} if access else {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=HANG) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        raise Refused(f"{url}: {error.code} {error.read()[:200]!r}") from None


class App:
    """A client in the field: it calls, it refreshes, and it keeps what it is given."""

    def __init__(self, tokens: dict[str, Any]) -> None:
        self.access, self.refresh = tokens["access"], tokens["refresh"]

    def use(self, servers: list[str], rounds: int) -> None:
        """Each request may meet another process."""
        for number in range(rounds):
            for server in servers:
                assert ask(f"{server}/notes/", access=self.access)["user"] == "ann"
            found = ask(f"{servers[number % len(servers)]}/api/token/refresh/", {"refresh": self.refresh})
            self.access, self.refresh = found["access"], found.get("refresh", self.refresh)

    def at_ours(self, server: str) -> None:
        """The app's next version asks our own endpoint."""
        found = ask(f"{server}/bearer/refresh/", {"refresh_token": self.refresh})
        self.access, self.refresh = found["access_token"], found.get("refresh_token", self.refresh)
        assert ask(f"{server}/notes/", access=self.access)["user"] == "ann"

    def is_ours(self) -> bool:
        return self.refresh.count(".") != 2


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewProject]:
    folder = tmp_path_factory.mktemp("servers")
    before = os.environ.get(servers.RUN)
    os.environ[servers.RUN] = str(os.getpid())
    try:
        database = servers.ensure("postgres", folder)
        made = NewProject.start(tmp_path_factory.mktemp("moving"))
        made.env |= {
            "PROJECT_KEY": secrets.token_urlsafe(48),
            "PROJECT_DATABASE": json.dumps({**database, "NAME": "postgres"}),
        }
        for name, code in {
            "base": BASE,
            "old": OLD,
            "accept": ACCEPT,
            "trade": TRADE,
            "views": VIEWS,
            "old_urls": OLD_URLS,
            "accept_urls": ACCEPT_URLS,
            "trade_urls": TRADE_URLS,
        }.items():
            made.write(f"mysite/{name}.py", code)
        made.write("serve.py", SERVE)
        yield made
    finally:
        servers.stop(folder)
        os.environ.pop(servers.RUN, None)
        if before is not None:
            os.environ[servers.RUN] = before


def all_at_once(apps: list[App], at: list[str]) -> None:
    with ThreadPoolExecutor(len(apps)) as threads:
        list(threads.map(lambda app: app.use(at, ROUNDS), apps))


@pytest.mark.hard
def test_the_deploys(project: NewProject) -> None:
    def manage(settings: str, *arguments: str) -> str:
        return project.manage(*arguments, "--settings", f"mysite.{settings}")

    def serve(stack: ExitStack, settings: str) -> str:
        return stack.enter_context(project.serving("serve.py", f"mysite.{settings}"))

    def login(server: str) -> App:
        return App(ask(f"{server}/api/token/", {"username": "ann", "password": PASSWORD}))

    manage("old", "migrate", "--verbosity", "0")
    code = f"from django.contrib.auth.models import User; User.objects.create_user('ann', password={PASSWORD!r})"
    manage("old", "shell", "-v", "0", "-c", code)
    with ExitStack() as old_version:
        old = serve(old_version, "old")
        apps = [login(old) for _ in range(CLIENTS)]
        all_at_once(apps, [old])
        manage("accept", "migrate", "--verbosity", "0")
        assert "1 accounts were new" in manage("accept", "bearer_migrate", "start")
        with ExitStack() as first:
            accept = serve(first, "accept")
            apps += [login(accept), login(old)]
            all_at_once(apps, [old, accept])
        all_at_once(apps, [old])  # back to the old version
    with ExitStack() as second:
        accept, trade = serve(second, "accept"), serve(second, "trade")
        all_at_once(apps, [accept, trade])
        assert all(app.is_ours() for app in apps)
        apps += [login(trade)]
        all_at_once(apps, [trade, accept])  # and back to the first step
    status = manage("trade", "bearer_migrate", "status")
    assert f"{CLIENTS + 2} refresh tokens that were traded" in status
    assert "Python-urllib" in status
    spent = manage("old", "shell", "-v", "0", "-c", LAST_OLD).strip()
    with ExitStack() as third:
        trade = serve(third, "trade")
        all_at_once(apps, [trade])  # it has loaded its files, which are of another folder in a real deploy
        statements = last_step.finish(project, ACCEPT, LAST_URLS)
        last = serve(third, "last")
        for app in apps:  # the process of the version before still serves, and both know every session
            app.use([trade], 1)
            app.at_ours(last)
        for server, path in ((trade, "api/token/refresh/"), (last, "bearer/refresh/")):
            with pytest.raises(Refused, match="40"):
                ask(f"{server}/{path}", {"refresh": "x", "refresh_token": "x"})
    last_step.drop(project, statements)
    with last_step.uninstalled(project), ExitStack() as fourth:
        last = serve(fourth, "last")
        for app in apps:
            app.at_ours(last)
        with pytest.raises(Refused, match="401"):
            ask(f"{last}/notes/", access=spent)
        new = ask(f"{last}/bearer/login/", {"username": "ann", "password": PASSWORD})
        assert ask(f"{last}/notes/", access=new["access_token"])["user"] == "ann"
