"""What is published: each distribution holds its own product and nothing else, and works with the others absent."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools.support.new_project import ROOT, NewProject
from tools.support.timeouts import HANG

PRODUCTS = {
    "library": "django_bearer",
    "auditor": "django_bearer_audit",
    "migrator": "django_bearer_migrate",
    "client-python": "django_bearer_client",
}


def run(*arguments: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A Python with these arguments."""
    command = [sys.executable, *arguments]
    environment = {**os.environ, **more}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=HANG)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheels and source distributions of the products."""
    folder = tmp_path_factory.mktemp("built")
    for product in PRODUCTS:
        done = run("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT / product), folder=folder)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


def wheel(built: Path, product: str) -> Path:
    (found,) = built.glob(f"{PRODUCTS[product]}-*.whl")
    return found


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_wheel_holds_its_own_package_and_nothing_else(built: Path, product: str) -> None:
    names = zipfile.ZipFile(wheel(built, product)).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {PRODUCTS[product]}
    assert [name for name in names if name.endswith("py.typed")]
    assert not [name for name in names if "tests/" in name or name.endswith((".pyc", ".sqlite3"))]


def test_the_library_carries_what_it_serves(built: Path) -> None:
    names = zipfile.ZipFile(wheel(built, "library")).namelist()
    assert "django_bearer/locale/de/LC_MESSAGES/django.mo" in names
    assert [name for name in names if name.startswith("django_bearer/templates/")]
    assert not [name for name in names if name.startswith("django_bearer_audit")]


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_source_distribution_names_its_licence(built: Path, product: str) -> None:
    (archive,) = built.glob(f"{PRODUCTS[product]}-*.tar.gz")
    with tarfile.open(archive) as found:
        names = {name.partition("/")[2] for name in found.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml"} <= names


def test_the_auditor_needs_nothing_but_python(built: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel(built, "auditor")).extractall(tmp_path / "alone")
    (tmp_path / "clean").mkdir()
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from django_bearer_audit.cli import main; main()"
    alone = ("-I", "-S", "-c", start, str(tmp_path / "alone"))
    rules = run(*alone, "rules", folder=tmp_path)
    assert rules.returncode == 0, rules.stderr
    assert "BT101" in rules.stdout
    done = run(*alone, str(tmp_path / "clean"), folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_library_says_what_to_install_where_the_auditor_is_missing(tmp_path: Path) -> None:
    project = NewProject.start(tmp_path)
    project.write("mysite/settings.py", 'INSTALLED_APPS += ["django_bearer"]\n', appended=True)
    start = "import sys; sys.modules['django_bearer_audit'] = None\n"
    project.write("manage.py", start + (tmp_path / "manage.py").read_text(), appended=False)
    for command in (["bearer_audit"], ["bearer_routes", "--who"]):
        assert 'pip install "django-bearer[audit]"' in project.manage(*command, fails=True)
