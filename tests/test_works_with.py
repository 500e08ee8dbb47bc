"""What projects put beside us and what stores rows of its own: django-axes, django-guardian, django-simple-history.

One project, one process: the README's project with these packages, and a script that says what became of each.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tools.support.new_project import INSTALL, ROOT, NewProject

PAGE = ROOT / "docs" / "reference" / "works-with.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text().splitlines()
    if line.startswith("| [")
]
SETTINGS = """
INSTALLED_APPS += ["axes", "guardian", "simple_history", "books"]
MIDDLEWARE += ["simple_history.middleware.HistoryRequestMiddleware", "axes.middleware.AxesMiddleware"]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AXES_FAILURE_LIMIT = 3
AXES_LOCKOUT_PARAMETERS = ["username"]
ALLOWED_HOSTS = ["testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
MODELS = """
from django.db import models
from simple_history.models import HistoricalRecords

from django_bearer import audit_user


def author(instance, request, **_):
    return audit_user(request.user) if request is not None else None


class Book(models.Model):
    title = models.CharField(max_length=50)
    history = HistoricalRecords(get_user=author)
"""
URLS = """
from django.http import JsonResponse

from books.models import Book


def add(request):
    book = Book.objects.create(title="x")
    return JsonResponse({"by": str(book.history.get().history_user)})


def read(request, pk):
    return JsonResponse({"may": request.user.has_perm("books.view_book", Book.objects.get(pk=pk))})


urlpatterns += [path("books/add/", add), path("books/<int:pk>/", read)]
"""
SCRIPT = """
import json

from django.contrib.auth import get_user_model
from django.test import Client
from guardian.shortcuts import assign_perm

from books.models import Book
from django_bearer import ServiceAccount, issue_api_token, issue_session

found = {}
user = get_user_model().objects.create_user("ann", password="correct horse")
bearer = lambda token: {"Authorization": f"Bearer {token}"}
own = bearer(issue_session(user).access_token)
service = ServiceAccount.objects.create(name="importer", created_at=1)
machine = bearer(issue_api_token(service, name="a", expires_in=3600).token)
found["history"] = [Client().get("/books/add/", headers=one).json()["by"] for one in (own, machine)]
mine, other = Book.objects.all()
assign_perm("books.view_book", user, mine)
asked = [(mine, own), (other, own), (mine, machine)]
found["guardian"] = [Client().get(f"/books/{book.pk}/", headers=one).json()["may"] for book, one in asked]
log_in = lambda password: Client().post(
    "/auth/login/", {"username": "ann", "password": password}, content_type="application/json"
).status_code
found["before"] = log_in("correct horse")
found["wrong"] = [log_in("wrong") for _ in range(3)]
found["locked"] = log_in("correct horse")
found["token"] = Client().get("/books/add/", headers=own).status_code
print("FOUND" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    project = NewProject.start(tmp_path_factory.mktemp("works")).follow(INSTALL)
    project.write("books/__init__.py", "")
    project.write("books/models.py", MODELS)
    project.write("mysite/settings.py", SETTINGS, appended=True)
    project.write("mysite/urls.py", URLS, appended=True)
    project.manage("migrate", "--run-syncdb", "--verbosity", "0")
    project.write("said.py", SCRIPT)
    said = project.manage("shell", "-c", "exec(open('said.py').read(), {})")
    result: dict[str, object] = json.loads(said.rpartition("FOUND")[2])
    return result


@pytest.mark.hard
def test_simple_history_names_the_user_and_the_service(found: dict[str, object]) -> None:
    assert found["history"] == ["ann", "service: importer"]


@pytest.mark.hard
def test_guardian_is_asked_for_the_user_of_the_token_and_gives_a_service_nothing(found: dict[str, object]) -> None:
    assert found["guardian"] == [True, False, False]


@pytest.mark.hard
def test_axes_locks_the_login_and_no_token(found: dict[str, object]) -> None:
    assert found["before"] == 200
    assert found["locked"] in (401, 403, 429)
    assert found["token"] == 200


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.findall(r"\[(.+?)\]", row[0])[0])
def test_each_row_of_the_page_has_a_test_with_the_real_package(row: list[str]) -> None:
    [name] = re.findall(r"\[(.+?)\]", row[0])
    [where] = re.findall(r"`(.+?)`", row[2])
    declared = re.findall(r'^  "([\w-]+)', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert name in declared
    module = MODULES.get(name, name.removeprefix("django-").replace("-", "_"))
    target = ROOT / where
    files = [target] if target.is_file() else list(target.rglob("*.py"))
    assert any(module in path.read_text() for path in files), f"{where} names no {module}"


def test_the_page_names_every_package_once() -> None:
    names = [re.findall(r"\[(.+?)\]", row[0])[0] for row in ROWS]
    assert names == sorted(set(names))
    assert set(MODULES) <= set(names)


MODULES = {
    "django-allauth": "allauth",
    "django-cors-headers": "corsheaders",
    "django-debug-toolbar": "debug_toolbar",
    "django-otp": "django_otp",
    "django-tenants": "django_tenants",
    "django-modern-rest": "dmr",
    "django-ninja": "ninja",
    "sentry-sdk": "sentry_sdk",
    "strawberry-graphql": "strawberry",
}
assert isinstance(PAGE, Path)
