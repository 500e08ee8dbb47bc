"""A project under `mypy --strict` sees the types of the public API; `test_public_api.py` reads them in the source."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import griffe
import pytest

from tools.support import annotation_rules, public_api

ROOT = Path(__file__).parents[2]
MODULES = {
    "urls",
    "urls.without_login",
    "urls.well_known",
    "integrations.drf.urls",
    "integrations.drf.urls_without_login",
}
"""Names of the public API that are modules for `include()`."""


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("def f(a: int, *b: str, **c: str) -> None: ...", []),
        ("def f(a, *, b: int = 0) -> None: ...", ["parameter a"]),
        ("def f(*a) -> None: ...", ["parameter a"]),
        ("async def f(a: int): ...", ["what it returns"]),
        (
            "class C:\n    def f(self) -> None: ...\n    @staticmethod\n    def g(a): ...",
            ["parameter a", "what it returns"],
        ),
        ("class C:\n    def __init__(self, a): ...", ["parameter a", "what it returns"]),
        ("class C:\n    def _f(self): ...", []),
        ("class C:\n    @property\n    def p(self): ...", ["its type"]),
        ("class C:\n    a: int\n    b = 'text'\n    c = str()", []),
        ("class C:\n    a = []\n    b = None", ["its type", "its type"]),
        ("class C(Base):\n    a = []", []),
        ("f = {}", ["its type"]),
    ],
)
def test_what_has_no_type_is_named(source: str, faults: list[str]) -> None:
    module = griffe.visit("m", filepath=Path("m.py"), code=dedent(source))
    said = [fault for item in module.members.values() for fault in annotation_rules.faults(item)]
    assert [fault.partition(": ")[2] for fault in said] == faults


@pytest.mark.hard  # a type checker reads Django and its stubs
def test_a_strict_project_sees_the_types(tmp_path: Path) -> None:
    """Each name, imported as a project does; a type that the checker does not know is `Any` to that project."""
    names = [name for name in public_api.names() if name.removeprefix("django_bearer.") not in MODULES]
    lines = [
        f"from {name.rpartition('.')[0]} import {name.rpartition('.')[2]} as n{n}" for n, name in enumerate(names)
    ]
    lines += [f"reveal_type(n{n})" for n in range(len(names))]
    lines += [
        *(
            "from django.http import HttpRequest, HttpResponse",
            "from django_bearer.integrations.django import bearer_required",
        ),
        *("@bearer_required(scopes=['notes:read'])", "def view(request: HttpRequest) -> HttpResponse: ..."),
        "reveal_type(view)",
    ]
    (tmp_path / "project.py").write_text("\n".join(lines) + "\n")
    told = ["--strict", "--config-file", "pyproject.toml", "--disable-error-code", "empty-body"]
    cache = ["--cache-dir", str(ROOT / "library" / ".mypy_cache")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *told, *cache, str(tmp_path / "project.py")],
        cwd=ROOT / "library",
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    revealed = re.findall(r'Revealed type is "(.*)"$', done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stdout
    assert len(revealed) == len(names) + 1
    assert [name for name, kind in zip(names, revealed, strict=False) if kind == "Any"] == []
    assert revealed[-1].startswith(
        "def (request: django.http.request.HttpRequest) -> django.http.response.HttpResponse"
    )
