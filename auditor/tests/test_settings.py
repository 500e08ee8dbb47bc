"""Effective settings: which module is production, and the values of its names."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from django_bearer_audit.project import Project
from django_bearer_audit.project.settings import Settings
from django_bearer_audit.project.values import show

Build = Callable[[dict[str, str]], Project]
APPS = "INSTALLED_APPS = []\n"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def write(files: dict[str, str]) -> Project:
        for path, text in files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return Project(tmp_path)

    return write


def only(project: Project) -> Settings:
    (settings,) = project.settings
    return settings


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("X = 'a' + 'b'", "'ab'"),
        ("X = os.environ['K']", "environment variable K"),
        ("X = os.environ.get('K')", "environment variable K (default None)"),
        ("X = os.getenv('K', 'd').upper()", "environment variable K (default 'D')"),
        ("X = os.environ.get('K') or 'd'", "environment variable K (default 'd')"),
        ("X = int(os.environ.get('K', '0')) == 1", "environment variable K (default False)"),
        ("X = config('K', default=True, cast=bool)", "environment variable K (default True)"),
        ("X = env.bool('K', False)", "environment variable K (default False)"),
        ("X = get_env_flag('K', True)", "environment variable K (default True)"),
        ("X = [1]\nX += [2]\nX.append(3)\nX.remove(1)", "[2, 3]"),
        ("X = {}\nX['a'] = {'b': 1}\nX['a']['b'] = 2\nX = X['a']['b']", "2"),
        ("D = dict(a=1)\nD.update(b=2)\nX = {**D, 'c': 3}['b']", "2"),
        ("X = 1\nif unknown():\n    X = 2", "1 or 2"),
        ("DEBUG = True\nif DEBUG:\n    X = 1\nelse:\n    X = 2", "2"),
        ("X = 1 if 'test' in sys.argv else 2", "2"),
        ("try:\n    from .local import *\nexcept ImportError:\n    pass\nX = 1", "1"),
        ("try:\n    import thing\n    X = 1\nexcept ImportError:\n    X = 2", "2 or 1"),
        ("from .other import Y as X", "'there'"),
        ("import shop.other\nX = shop.other.Y", "'there'"),
        ("X = f'{1}-{2}'", "'1-2'"),
        ("X = timedelta(days=1, hours=2)", "26 hours"),
        ("A, X = 1, 2", "2"),
        ("X = open('key').read()", "unknown"),
    ],
)
def test_values(build: Build, source: str, told: str) -> None:
    header = "import os, sys\nfrom datetime import timedelta\nfrom decouple import config\n"
    project = build({"shop/settings.py": APPS + header + source + "\n", "shop/other.py": "Y = 'there'\n"})
    assert show(only(project).get("X")) == told


OWN_READERS = {
    """flag('K', '1')
def flag(s, default):
    v = os.getenv(s, default=default)
    return v == "True"
""": "True",
    """flag('K')
def flag(s, d=False):
    return os.environ.get(s, str(d)).lower() in ("1", "true")
""": "False",
    """text('K', '-')
def text(s: str, default=None):
    if p := os.getenv(s + "_FILE"):
        return open(p).read()
    return os.getenv(s, default)
""": "'-'",
    """text('K', default='x')
def text(s, default=None):
    try:
        return os.environ[s]
    except KeyError:
        return default
""": "'x'",
    """text(other='y', s='K')
def text(s, other):
    return os.environ.get(s) or other
""": "'y'",
    """text('K')
def text(s):
    return os.environ[s]
""": "None",
}


@pytest.mark.parametrize(("code", "told"), OWN_READERS.items())
@pytest.mark.parametrize("aside", [False, True])
def test_readers_of_the_project(build: Build, code: str, told: str, aside: bool) -> None:
    call, _, function = code.partition("\n")
    files = {"shop/readers.py": f"import os\n{function}\n"}
    here = f"from shop.readers import {call.partition('(')[0]}" if aside else f"import os\n{function}"
    project = build({**files, "shop/settings.py": f"{APPS}{here}\nX = {call}\n"})
    assert show(only(project).get("X")) == f"environment variable K (default {told})"


def test_pydantic_settings(build: Build) -> None:
    source = "class Conf(BaseSettings):\n    KEY: str = 'default'\n\nconf = Conf()\nX = conf.KEY\n"
    project = build({"shop/settings.py": APPS + source})
    assert show(only(project).get("X")) == "environment variable KEY (default 'default')"


def test_split_settings(build: Build) -> None:
    project = build(
        {
            "shop/settings/__init__.py": "include('parts/a.py', scope=globals())\n",
            "shop/settings/parts/a.py": APPS + "X = 1\n",
            "shop/wsgi.py": "os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\n",
        }
    )
    found = {settings.site.production: show(settings.get("X")) for settings in project.settings}
    assert found["shop/settings/__init__.py"] == "1"


@pytest.mark.parametrize(
    ("files", "production"),
    [
        ({"s/settings.py": APPS}, "s/settings.py"),
        ({"s/settings.py": APPS, "s/settings_local.py": "from .settings import *"}, "s/settings.py"),
        (
            {"c/settings/base.py": APPS, "c/settings/prod.py": "from .base import *"},
            "c/settings/prod.py",
        ),
        (
            {
                "c/settings/base.py": APPS,
                "c/settings/local.py": "from .base import *",
                "c/settings/heroku.py": "from .base import *",
                "c/settings/cluster.py": "from .base import *",
                "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'c.settings.local')",
                "Dockerfile": "ENV DJANGO_SETTINGS_MODULE=c.settings.cluster",
            },
            "c/settings/cluster.py",
        ),
        ({"s/settings.py": APPS, "s/settings_example.py": APPS}, "s/settings.py"),
    ],
)
def test_production(build: Build, files: dict[str, str], production: str) -> None:
    assert only(build(files)).site.production == production


def test_a_setting_is_followed_into_other_files(build: Build) -> None:
    project = build(
        {
            "shop/settings.py": APPS + "KEY = 'k'\n",
            "shop/tokens.py": "from django.conf import settings as s\n\ndef f():\n    k = s.KEY\n    go(k)\n",
        }
    )
    module = project.python.module("shop/tokens.py")
    assert module is not None
    (call,) = module.nodes(ast.Call)
    value = project.value(module, call.args[0])
    assert (show(value), str(value.where)) == ("'k'", "shop/settings.py:2")


def test_settings_in_the_body_of_a_class(build: Build) -> None:
    project = build(
        {
            "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\n",
            "site/base.py": f"class Common:\n    {APPS}    X = 1\n    Y = 1\n",
            "site/settings.py": "from .base import Common\n\nclass Dev(Common):\n    X = 2\n\n"
            "class Production(Common):\n    X = 3\n",
        }
    )
    settings = only(project)
    assert (show(settings.get("X")), show(settings.get("Y"))) == ("3", "1")
    assert settings.get("Y").where.path == "site/base.py"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("X = timedelta(days=90)", "90 days"),
        ("X = timedelta(minutes=5)", "5 minutes"),
        ("X = timedelta(days=1)", "1 day"),
        ("X = timedelta(seconds=90)", "0:01:30"),
    ],
)
def test_durations_are_told_as_a_reader_says_them(build: Build, source: str, told: str) -> None:
    settings = only(build({"settings.py": f"from datetime import timedelta\n{APPS}{source}\n"}))
    assert show(settings.get("X")) == told


@pytest.mark.parametrize("name", ["dev", "local", "settings_ci"])
def test_settings_that_a_deployment_names_are_production_whatever_they_are_called(build: Build, name: str) -> None:
    named = f"os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.{name}')\n"
    assert only(build({f"shop/{name}.py": APPS, "shop/wsgi.py": named})).site.production == f"shop/{name}.py"


def test_settings_on_top_of_those_for_development_are_for_development(build: Build) -> None:
    layers = {"shop/settings/common.py": APPS, "shop/settings/dev.py": "from .common import *\nDEBUG = True\n"}
    more = {"shop/settings/docker.py": "from .dev import *\n", "shop/settings/prod.py": "from .common import *\n"}
    compose = "services:\n  web:\n    environment:\n      DJANGO_SETTINGS_MODULE: shop.settings.docker\n"
    assert only(build({**layers, **more, "docker-compose.yml": compose})).site.production == "shop/settings/prod.py"


def test_settings_for_development_that_only_manage_py_names_are_not(build: Build) -> None:
    named = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.dev')\n"
    assert build({"shop/dev.py": APPS, "manage.py": named}).settings == ()
