"""Example and test projects inside a library's tree are audited apart, and count for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.engine import audit
from django_bearer_audit.project.examples import examples
from django_bearer_audit.report.text import render

LIBRARY = ("pyproject.toml", "thing/__init__.py", "thing/views.py")


@pytest.mark.parametrize(
    ("paths", "apart"),
    [
        ((*LIBRARY, "example/manage.py"), ("example/",)),
        ((*LIBRARY, "demo_project/site/settings.py"), ("demo_project/",)),
        ((*LIBRARY, "docs/tutorial/manage.py", "tests/app/settings.py"), ("docs/", "tests/")),
        ((*LIBRARY, "example/readme.txt"), ()),
        ((*LIBRARY, "manage.py", "example/manage.py"), ()),
        (("thing/views.py", "example/manage.py"), ()),
        ((*LIBRARY, "thing/demo/views.py"), ()),
    ],
)
def test_which_folders_are_examples(paths: tuple[str, ...], apart: tuple[str, ...]) -> None:
    assert examples(paths) == apart


@pytest.mark.parametrize(
    ("managed", "apart"),
    [
        ("devproject.settings", ("devproject/",)),
        ("example.settings", ("devproject/",)),
        ("thing.settings", ()),
        ("", ()),
    ],
)
def test_an_example_that_is_managed_from_the_top(managed: str, apart: tuple[str, ...]) -> None:
    assert examples((*LIBRARY, "manage.py", "devproject/settings.py"), managed) == apart


def test_findings_in_an_example_are_set_aside_and_counted(tmp_path: Path) -> None:
    for path, text in {
        "setup.py": "",
        "thing/__init__.py": "",
        "example/manage.py": "",
        "example/site/settings.py": "INSTALLED_APPS = []\nROOT_URLCONF = 'x'\nDEBUG = True\n",
    }.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    whole, alone = audit(tmp_path), audit(tmp_path / "example")
    assert not whole.findings
    assert {each.kind for each in whole.aside} == {"example"}
    assert "in example, demo or test projects" in render(whole)
    assert alone.findings
