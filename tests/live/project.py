"""A small project whose settings and routes only running it can tell, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = """
import os
from pathlib import Path
from shop.layers import computed

BASE_DIR = Path(__file__).parent.parent
SECRET_KEY = os.environ["SHOP_SECRET_KEY"]
DEBUG = os.environ.get("SHOP_DEBUG") == "yes"
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "django_bearer"]
MIDDLEWARE = ["django_bearer.BearerMiddleware", "django.middleware.security.SecurityMiddleware"]
BEARER = {"ISSUER": "https://shop.example", "AUDIENCE": "https://shop.example/api"}
BEARER["DANGEROUSLY_ALLOW_ANONYMOUS"] = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31536000
globals().update(computed())
"""
LAYERS = """
import importlib

def computed():
    return {"REST_FRAMEWORK": {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"]}}
"""
URLS = """
import importlib
from django.urls import path

urlpatterns = []
for name in ("Orders", "Prices"):
    view = getattr(importlib.import_module("shop.views"), name)
    urlpatterns.append(path(f"api/{name.lower()}/<int:pk>/", view.as_view()))
"""
VIEWS = """
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView


class Orders(APIView):
    def delete(self, request, pk):
        from django.contrib.auth.models import User

        User.objects.filter(pk=pk).delete()
        return Response(status=204)


class Prices(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request, pk):
        return Response({})
"""


def write(folder: Path, **replaced: str) -> Path:
    """The project; a keyword such as `settings` replaces one file."""
    files = {"settings": SETTINGS, "layers": LAYERS, "urls": URLS, "views": VIEWS} | replaced
    (folder / "shop").mkdir(parents=True)
    (folder / "manage.py").write_text(MANAGE)
    (folder / "shop" / "__init__.py").write_text("")
    for name, text in files.items():
        (folder / "shop" / f"{name}.py").write_text(text)
    return folder


def manage(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "SHOP_SECRET_KEY": SECRET}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    env |= environment
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def findings(folder: Path, **environment: str) -> tuple[list[dict[str, Any]], str]:
    """What `manage.py bearer_audit` finds, and all that it says."""
    done = manage(folder, "bearer_audit", "--format", "json", **environment)
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)["findings"], done.stdout + done.stderr


SECRET = "a-secret-that-only-the-environment-has-and-no-report-shows"
