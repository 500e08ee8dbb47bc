"""Dependency files in their many spellings become the same facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_bearer_audit.project import Project
from django_bearer_audit.project.dependencies import older, version


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "PyJWT[crypto]==2.3.0  # pinned\n"),
        ("requirements/base.in", "PyJWT == 2.3.0; python_version > '3'\n"),
        ("pyproject.toml", '[project]\ndependencies = ["PyJWT==2.3.0"]\n'),
        ("Pipfile", '[packages]\npyjwt = "==2.3.0"\n'),
        ("Pipfile.lock", '{\n  "default": {\n    "pyjwt": {\n "version": "==2.3.0"}}}\n'),
        ("poetry.lock", '[[package]]\nname = "pyjwt"\nversion = "2.3.0"\n'),
        ("uv.lock", '[[package]]\nname = "pyjwt"\nversion = "2.3.0"\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    PyJWT==2.3.0\n"),
    ],
)
def test_a_pin_is_read_wherever_it_stands(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    found = {(each.name, each.pinned) for each in Project(tmp_path).requirements}
    assert ("pyjwt", (2, 3, 0)) in found


def test_utf_16_and_broken_files_are_read_without_a_crash(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("PyJWT==1.0\n".encode("utf-16"))
    (tmp_path / "Pipfile.lock").write_text("[" * 9999)
    (tmp_path / "pyproject.toml").write_text("[[[")
    assert [each.name for each in Project(tmp_path).requirements] == ["pyjwt"]


def test_versions_compare_as_numbers() -> None:
    assert older(version("2.9"), version("2.10"))
    assert not older(version("2.10.0rc1"), version("2.10"))
    assert not older(version("5.5.1"), version("5.5.1.0"))


def test_versions_of_any_length() -> None:
    assert version("9" * 5000) == (10**18 - 1,)
    assert version("\u0663.1") == (0,)
    assert version("2.10.0rc1") == (2, 10, 0)
