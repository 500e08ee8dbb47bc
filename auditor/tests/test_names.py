"""Names mean to the auditor what they mean to Python, wherever they are bound."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.project import Project
from tests.hostile import FAULT, write

VIEW = """class Notes(APIView):
    permission_classes = []
    def post(self, request):
        Note.objects.create(text=request.data["text"])
"""
HEAD = "from rest_framework.views import APIView\nfrom shop.models import Note\n"
PROJECT: dict[str, str | bytes] = {
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\nclass Note(models.Model):\n    text = models.TextField()\n",
    "shop/settings.py": "INSTALLED_APPS = ['rest_framework', 'shop']\nROOT_URLCONF = 'shop.urls'\n",
    "shop/urls.py": (
        "from django.urls import path\nfrom shop import views\nurlpatterns = [path('n/', views.Notes.as_view())]\n"
    ),
    "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
}
AROUND = {
    "with": "with x:\n",
    "for": "for x in y:\n",
    "for, else": "for x in y:\n    pass\nelse:\n",
    "while": "while x:\n",
    "finally": "try:\n    pass\nfinally:\n",
    "try, star": "try:\n    pass\nexcept* E:\n",
    "match": "match x:\n  case 1:\n",
    "nested": "if x:\n  with y:\n",
}


def rules(root: Path) -> set[str]:
    return {finding.rule for finding in audit(root).findings}


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "passed_on",
    [
        "from django.conf import settings\n",
        "from .deeper import settings\n",
        "try:\n    from django.conf import settings\nexcept ImportError:\n    settings = None\n",
    ],
)
def test_a_name_that_a_module_only_passes_on(tmp_path: Path, passed_on: str) -> None:
    write(tmp_path, PROJECT)
    write(tmp_path, {"shop/conf.py": passed_on, "shop/deeper.py": "from django.conf import settings\n"})
    write(tmp_path, {"shop/tokens.py": "from shop.conf import settings\nkey = settings.SECRET_KEY\n"})
    project = Project(tmp_path)
    module = project.python.module("shop/tokens.py")
    assert module is not None
    (node,) = module.nodes(ast.Attribute)
    assert project.qualname(module, node) == "django.conf.settings.SECRET_KEY"


@pytest.mark.parametrize("around", AROUND)
def test_a_view_is_found_inside_any_statement(tmp_path: Path, around: str) -> None:
    write(tmp_path, PROJECT)
    write(tmp_path, {"shop/views.py": HEAD + AROUND[around] + indented(VIEW)})
    assert "BT804" in rules(tmp_path)


@pytest.mark.parametrize(
    "around",
    [
        "for x in [1]:\n",
        "while True:\n",
        "try:\n    pass\nfinally:\n",
        "try:\n    pass\nexcept* E:\n    raise\nelse:\n",
    ],
)
def test_a_setting_is_found_inside_any_statement(tmp_path: Path, around: str) -> None:
    write(tmp_path, PROJECT)
    said = f"{PROJECT['shop/settings.py']!s}{around}    SECRET_KEY = 'in the source'\n"
    write(tmp_path, {"shop/settings.py": said})
    assert "BT401" in rules(tmp_path)


def test_python_takes_the_package_of_two_of_one_name(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    write(tmp_path, {"shop/settings/__init__.py": f"{PROJECT['shop/settings.py']!s}SECRET_KEY = 'in the source'\n"})
    assert "BT401" in rules(tmp_path)


@pytest.mark.parametrize(
    "more",
    [
        "def other():\n    import math as jwt\n",
        "class Other:\n    from math import pi as jwt\n",
        "if 0:\n    import math as jwt\n",
        "def other():\n    from shop import crypto as jwt\n",
    ],
)
def test_no_other_import_hides_a_name(tmp_path: Path, more: str) -> None:
    write(tmp_path, {"a.py": FAULT + more})
    assert rules(tmp_path) == {"BT403"}


def test_an_import_within_a_function_is_what_its_name_means_there(tmp_path: Path) -> None:
    inside = FAULT.replace("import jwt\n", "import math as jwt\n").replace("    return", "    import jwt\n    return")
    write(tmp_path, {"a.py": inside})
    assert rules(tmp_path) == {"BT403"}
    write(tmp_path, {"a.py": FAULT.replace("    return", "    import home.made as jwt\n    return")})
    assert rules(tmp_path) == set()
