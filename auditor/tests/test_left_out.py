"""A name leaves out what the program does not use, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from tests.hostile import FAULT, write


def unread(root: Path, *exclude: str) -> dict[str, str]:
    return {each.path: each.reason for each in audit(root, exclude=exclude).unread}


@pytest.mark.parametrize(
    ("hidden", "importer", "said"),
    [
        ("shop/tests/views.py", "shop/urls.py", "from shop.tests import views\n"),
        ("shop/tests/views.py", "shop/urls.py", "from .tests.views import read\n"),
        ("shop/tests/views.py", "shop/api/urls.py", "from ..tests import (\n    views,\n)\n"),
        ("shop/tests/__init__.py", "shop/urls.py", "from . import (  # all\n    tests\n)\n"),
        ("shop/tests/__init__.py", "shop/urls.py", "from shop import tests as api\n"),
        ("shop/test_views.py", "shop/urls.py", "import shop.test_views\n"),
        ("shop/views_test.py", "shop/urls.py", "from shop.views_test import read\n"),
        ("shop/tests.py", "shop/urls.py", "urlpatterns = [path('', include('shop.tests'))]\n"),
        ("shop/test_settings.py", "shop/wsgi.py", "os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.test_settings'\n"),
        ("build/apps.py", "shop/settings.py", "INSTALLED_APPS = ['build.apps.Shop']\n"),
        ("src/vendor/views.py", "manage.py", "import vendor.views\n"),
        ("shop/migrations/views.py", "shop/urls.py", "from shop.migrations.views import read\n"),
        ("venv/views.py", "urls.py", "from venv.views import read\n"),
    ],
)
def test_what_the_program_uses(
    tmp_path: Path, hidden: str, importer: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "htmlcov"))
    write(tmp_path, {hidden: FAULT, importer: said})
    reason = f"left out by its name, but used: {importer}"
    assert unread(tmp_path) == {hidden: reason}
    for _ in range(2):
        assert [each.reason for each in audit(tmp_path, remember=True).unread] == [reason]
    write(tmp_path, {importer: "x = 1\n"})
    assert audit(tmp_path, remember=True).unread == ()


@pytest.mark.parametrize("folder", ["apps/vendor", "vendor", "shop/build", "dist"])
def test_an_app_is_read_whatever_its_name(tmp_path: Path, folder: str) -> None:
    dotted = folder.replace("/", ".")
    write(tmp_path, {f"{folder}/__init__.py": "", f"{folder}/views.py": FAULT, "urls.py": f"import {dotted}.views\n"})
    report = audit(tmp_path)
    assert report.unread == ()
    assert {each.where.path for each in report.findings} == {f"{folder}/views.py"}


def test_what_is_vendored_is_no_app(tmp_path: Path) -> None:
    write(tmp_path, {"vendor/other/__init__.py": "", "vendor/other/views.py": FAULT, "vendor/__init__.py": ""})
    assert audit(tmp_path).findings == ()


def test_what_is_excluded_is_known(tmp_path: Path) -> None:
    write(tmp_path, {"shop/tests/views.py": FAULT, "shop/urls.py": "from shop.tests import views\n"})
    assert unread(tmp_path, "shop/tests") == {}


@pytest.mark.parametrize(
    ("importer", "said"),
    [
        ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'tests.settings')\n"),
        ("shop/management/commands/seed.py", "from tests.settings import x\n"),
        ("shop/settings.py", "TEST_RUNNER = 'tests.settings.Runner'\n"),
        ("tests/test_views.py", "from tests.settings import x\n"),
        ("shop/a.py", "x = 'tests settings'\ny = a.test('tests')\nfrom other.tests import settings\n"),
        ("shop/b.py", "from tests import nothing\n"),
    ],
)
def test_what_only_tests_use(tmp_path: Path, importer: str, said: str) -> None:
    write(tmp_path, {"tests/settings.py": FAULT, "tests/__init__.py": "", importer: said})
    assert unread(tmp_path) == {}
