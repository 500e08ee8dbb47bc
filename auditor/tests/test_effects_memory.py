"""What code does in one file may be decided in another: a remembered run follows every edit of either."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from django_bearer_audit.engine import audit

SETTINGS = """
INSTALLED_APPS = ["django.contrib.auth", "shop"]
ROOT_URLCONF = "shop.urls"
AUTH_USER_MODEL = "shop.Member"
"""
URLS = """
from django.urls import path
from shop import more, other, views
urlpatterns = [path("a/", views.one), path("b/", views.Two.as_view())]
urlpatterns += [path("c/", views.three), path("d/", other.four)]
urlpatterns += [path("e/", more.Five.as_view()), path("f/", more.Six.as_view())]
"""
OTHER = """
from django.http import JsonResponse
from shop.chance import draw
from shop.models import Member
def four(request):
    token = draw()
    Member.objects.filter(pk=request.POST["id"]).update(token=token)
    return JsonResponse({"token": token})
"""
MORE = """
from shop.base import Base
from shop.views import Two
class Five(Two):
    name = "five"
class Six(Two):
    name = "six"
"""
VARIANTS = {
    "shop/chance.py": [
        "import random\ndef draw():\n    return str(random.randint(100000, 999999))\n",
        "import secrets\ndef draw():\n    return secrets.token_urlsafe(32)\n",
        "import hashlib\nfrom shop.known import told\ndef draw():\n    return hashlib.md5(told()).hexdigest()\n",
    ],
    "shop/known.py": [
        "def told(user=None):\n    return b'fixed'\n",
        "import time\ndef told(user=None):\n    return str(time.time()).encode()\n",
        "import os\ndef told(user=None):\n    return os.urandom(16)\n",
        "def told(user=None)\n",
    ],
    "shop/checks.py": [
        "def right(user, given):\n    return user.code == given\n",
        "def right(user, given):\n    return user.check_password(given)\n",
        "from shop.chance import draw\ndef right(user, given):\n    return draw() == given\n",
        "from shop.checks import right as again\ndef right(user, given):\n    return again(user, given)\n",
    ],
    "shop/base.py": [
        "from django.views import View\nclass Base(View):\n    def told(self, user):\n"
        "        return {'id': user.pk}\n",
        "from django.views import View\nfrom shop.chance import draw\nclass Base(View):\n    def told(self, user):\n"
        "        user.token = draw()\n        user.save()\n        return {'token': user.token}\n",
        "from django.views import View\nfrom shop.models import Member\nclass Base(View):\n    model = Member\n"
        "    def told(self, user):\n        user.set_password(self.request.POST['password'])\n"
        "        user.save()\n        return {}\n",
    ],
    "shop/models.py": [
        "from django.contrib.auth.models import AbstractUser\nfrom django.db import models\n"
        "class Member(AbstractUser):\n    code = models.CharField(max_length=6)\n"
        "    token = models.CharField(max_length=64)\n",
        "from django.db import models\nclass Member(models.Model):\n    code = models.CharField(max_length=6)\n",
    ],
    "shop/views.py": [
        "from django.http import JsonResponse\nfrom django.contrib.auth import login\nfrom shop.base import Base\n"
        "from shop.checks import right\nfrom shop.chance import draw\nfrom shop.models import Member\n"
        "def one(request):\n    user = Member.objects.get(email=request.POST['email'])\n"
        "    if right(user, request.POST['code']):\n        login(request, user)\n    return JsonResponse({})\n"
        "class Two(Base):\n    def post(self, request):\n"
        "        return JsonResponse(self.told(Member.objects.get(pk=request.POST['id'])))\n"
        "def three(request):\n    token = draw()\n"
        "    Member.objects.filter(pk=request.POST['id']).update(token=token)\n"
        "    return JsonResponse({'token': token})\n",
    ],
    "shop/more.py": [
        MORE,
        MORE + "    def told(self, user):\n        return {'code': user.code}\n",
        MORE + "    model = None\n    def told(self, user):\n        return super().told(user)\n",
        MORE.replace("(Two)", "(Two, Base)") + "    def get(self, request):\n        return self.post(request)\n",
    ],
}


@pytest.mark.parametrize("seed", [1, 3, *(pytest.param(each, marks=pytest.mark.hard) for each in range(4, 40))])
def test_effects_of_several_files_follow_any_edit(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    drawn = random.Random(seed)
    root = tmp_path / "project"
    fixed = {"shop/settings.py": SETTINGS, "shop/urls.py": URLS, "shop/other.py": OTHER, "shop/__init__.py": ""}
    for path, text in fixed.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for path, variants in VARIANTS.items():
        (root / path).write_text(variants[0])
    seen = set()
    for _ in range(10):
        remembered, fresh = audit(root, remember=True), audit(root)
        assert remembered == fresh
        seen.add(tuple((finding.rule, finding.where) for finding in fresh.findings))
        path = drawn.choice(sorted(VARIANTS))
        (root / path).write_text(drawn.choice(VARIANTS[path]) + "\n" * drawn.randint(0, 1))
    assert seed > 3 or len(seen) > 1, "the edits make no difference"
