"""A second run says the same as a first one would, whatever changed in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from django_bearer.audit import memory
from django_bearer.audit.engine import audit
from django_bearer.audit.finding import Report

FILES = {
    "shop/settings.py": "INSTALLED_APPS = ['rest_framework']\nSECRET_KEY = 'in the source'\n",
    "shop/views.py": "def login(request):\n    response.set_cookie('access_token', token)\n",
    "shop/idle.py": "X = 1\n",
    "web/app.js": "localStorage.setItem('token', t);\n",
    "web/idle.js": "export const x = 1;\n",
    "requirements.txt": "django\n",
}
CHANGES = {
    "a rule's file": ("shop/views.py", "def login(request):\n    pass\n"),
    "the settings": ("shop/settings.py", "INSTALLED_APPS = []\nDEBUG = True\n"),
    "an idle file": ("shop/idle.py", "X = 2\n"),
    "an idle file that now matters": ("shop/idle.py", "response.set_cookie('access_token', token)\n"),
    "an idle file that no longer parses": ("shop/idle.py", "def (:\n"),
    "a script": ("web/app.js", "export const x = 1;\n"),
    "an idle script": ("web/idle.js", "export const x = 2;\n"),
    "an idle script that now matters": ("web/idle.js", "localStorage.setItem('jwt', t);\n"),
    "a suppression": ("web/app.js", "localStorage.setItem('token', t);  // bearer: ignore[BT304] -- demo\n"),
    "a new file": ("web/new.js", "localStorage.setItem('jwt', t);\n"),
    "the requirements": ("requirements.txt", "django==1.0\n"),
    "nothing": ("shop/idle.py", "X = 1\n"),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "project"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def again(root: Path) -> tuple[Report, bool]:
    """A remembered run, and whether the rules ran for it."""
    ran: list[int] = []
    report = audit(root, remember=True, on_step=lambda done, of, what: ran.append(done))
    return report, bool(ran)


@pytest.mark.parametrize("change", CHANGES)
def test_a_second_run_says_what_a_first_run_would(project: Path, change: str) -> None:
    first, _ = again(project)
    assert first == audit(project)
    path, text = CHANGES[change]
    (project / path).write_text(text)
    for _ in range(2):
        assert again(project)[0] == audit(project)


@pytest.mark.parametrize("change", ["nothing", "an idle file", "an idle script"])
def test_the_rules_do_not_run_for_what_they_cannot_see(project: Path, change: str) -> None:
    again(project)
    path, text = CHANGES[change]
    (project / path).write_text(text)
    assert not again(project)[1]
    assert not again(project)[1]


def test_a_removed_file_is_noticed(project: Path) -> None:
    again(project)
    (project / "web/app.js").unlink()
    assert again(project)[0] == audit(project)


@pytest.mark.parametrize("junk", ["", "[]", "{", '{"about": 1}', "\x80\x04K\x01."])
def test_a_broken_memory_is_forgotten(project: Path, junk: str) -> None:
    first, _ = again(project)
    (file,) = memory.folder().iterdir()
    file.write_text(junk)
    assert again(project)[0] == first


def test_the_memory_is_private_and_outside_the_tree(project: Path) -> None:
    before = sorted(project.rglob("*"))
    again(project)
    (file,) = memory.folder().iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert sorted(project.rglob("*")) == before


def test_a_cache_that_cannot_be_written_is_no_failure(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert again(project)[0] == audit(project)


def test_choices_of_the_run_are_part_of_the_key(project: Path) -> None:
    again(project)
    assert replace(audit(project, remember=True, exclude=("web",)), skipped=()).files == 4
