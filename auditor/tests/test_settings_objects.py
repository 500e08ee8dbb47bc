"""Settings that a reader or an object of settings answers, whatever a project calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.project import Project
from django_bearer_audit.project.values import show
from tests.hostile import write

PYDANTIC = "from pydantic import Field\nfrom pydantic_settings import BaseSettings\n"
MANAGE = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"


def held(root: Path, text: str, **files: str) -> str:
    write(root, {"manage.py": MANAGE, "shop/settings.py": text, **{f"shop/{n}.py": t for n, t in files.items()}})
    [settings] = Project(root).settings
    return show(settings.get("X"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            PYDANTIC + "class C(BaseSettings):\n    x: int = Field(default=7)\nc = C()\nX = c.x\n",
            "variable x (default 7)",
        ),
        (
            PYDANTIC + "class C(BaseSettings):\n    x: int = Field(7, alias='Y')\nX = C().x\n",
            "variable x (default 7)",
        ),
        (PYDANTIC + "class C(BaseSettings):\n    x: int = Field(...)\nX = C().x\n", "variable x"),
        (PYDANTIC + "class C(BaseSettings):\n    x: int\nX = C().x\n", "variable x"),
        (
            PYDANTIC + "class B(BaseSettings):\n    x: int = 7\nclass C(B):\n    y: int = 1\nX = C().x\n",
            "variable x (default 7)",
        ),
        (
            PYDANTIC + "class D(BaseSettings):\n    x: int = 7\nclass C(BaseSettings):\n"
            "    d: D = Field(default_factory=D)\nc = C()\nX = c.d.x\n",
            "variable x (default 7)",
        ),
        ("from environs import Env\nread = Env()\nX = read.int('x', 7)\n", "variable x (default 7)"),
        ("from environs import Env\nread = Env()\nX = read('X')\n", "variable X"),
        ("from environs import env as read\nX = read.int('X', 7)\n", "variable X (default 7)"),
        ("import environ\nread = environ.FileAwareEnv(X=(int, 7))\nX = read('X')\n", "variable X (default 7)"),
        (
            "from decouple import AutoConfig\nread = AutoConfig('.')\nX = read('X', default=7)\n",
            "variable X (default 7)",
        ),
        (
            "from decouple import Config, RepositoryEnv\nread = Config(RepositoryEnv('.env'))\nX = read('X', 7)\n",
            "variable X (default 7)",
        ),
        ("from .other import read\nX = read('X', default=7)\n", "variable X (default 7)"),
    ],
)
def test_what_the_environment_decides(tmp_path: Path, text: str, told: str) -> None:
    other = "import environ\nread = environ.Env()\n"
    assert held(tmp_path, "INSTALLED_APPS = []\n" + text, other=other) == f"environment {told}"


@pytest.mark.parametrize(
    "text",
    [
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 7\nX = C().x\n",
        "from dataclasses import field\nclass C:\n    x: int = field(default=7)\nX = C().x\n",
        "class C:\n    x = 7\nX = C.x\n",
        "class B:\n    x = 7\nclass C(B):\n    pass\nX = C.x\n",
    ],
)
def test_what_a_plain_class_says(tmp_path: Path, text: str) -> None:
    assert held(tmp_path, "INSTALLED_APPS = []\n" + text) == "7"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("values.IntegerValue(7)", "environment variable ? (default 7)"),
        ("values.Value(default=7, environ_name='Y')", "environment variable Y (default 7)"),
        ("values.Value(7, environ=False)", "7"),
        ("values.SecretValue()", "environment variable ?"),
    ],
)
def test_values_of_django_configurations(tmp_path: Path, value: str, told: str) -> None:
    text = "from configurations import Configuration, values\n\n\nclass Production(Configuration):\n"
    assert held(tmp_path, f"{text}    INSTALLED_APPS = []\n    X = {value}\n") == told


def test_fields_that_ask_for_one_another_come_to_an_end(tmp_path: Path) -> None:
    fields = "".join(f"    x{n} = C.x{n + 1} + C.x{n + 1}\n" for n in range(60))
    text = f"INSTALLED_APPS = []\nclass C:\n    y = C.y\n{fields}    x60 = C.x0\nY = C.y\nX = C.x0\n"
    assert held(tmp_path, text) == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        "from .conf import conf\nX = conf.X\n",
        "from shop import conf\nX = conf.conf.X\n",
        "from shop.conf import conf as c\nX = c.X\n",
    ],
)
def test_an_object_that_another_module_made(tmp_path: Path, text: str) -> None:
    made = PYDANTIC + "class C(BaseSettings):\n    X: str = 'there'\nconf = C()\n"
    assert held(tmp_path, "INSTALLED_APPS = []\n" + text, conf=made) == "environment variable X (default 'there')"
