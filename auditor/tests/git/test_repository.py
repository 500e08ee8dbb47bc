"""The repository is the one around the folder: nothing that lies in the tree takes its place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from django_bearer_audit.git.repository import Repository, around, at
from django_bearer_audit.git.store import Unreadable
from tests.hostile import git, repository


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return repository(tmp_path / "clone", {"backend/a.py": "1", "b.py": "1"})


def found(folder: Path) -> Repository:
    repository = around(folder)
    assert repository
    return repository


def test_the_one_around(clone: Path) -> None:
    assert found(clone) != found(clone / "backend")
    assert found(clone / "backend").own == found(clone).own == clone / ".git"
    assert found(clone / "backend").top == clone
    assert around(clone.parent) is None


def test_a_repository_as_plain_files_is_none(clone: Path) -> None:
    for name in ("HEAD", "config", "objects", "refs"):
        source, target = clone / ".git" / name, clone / "backend" / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    assert found(clone / "backend").own == clone / ".git"


def test_a_repository_inside_is_not_the_one(clone: Path) -> None:
    repository(clone / "backend", {"a.py": "2"})
    assert found(clone / "backend").own == clone / ".git"
    assert at(clone / "backend" / ".git").own == clone / "backend" / ".git"


def test_a_pointer_inside_is_not_the_one(clone: Path, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", {"a.py": "2"})
    (clone / "backend" / ".git").write_text(f"gitdir: {other}/.git\n")
    assert found(clone / "backend").own == clone / ".git"


def test_a_work_tree_beside_and_inside(clone: Path, tmp_path: Path) -> None:
    for place in (tmp_path / "beside", clone / "inside"):
        git(clone, "worktree", "add", "-q", str(place))
        assert found(place).top == place
        assert found(place).common == clone / ".git"


def test_a_pointer_to_the_work_tree_of_another_folder(clone: Path, tmp_path: Path) -> None:
    git(clone, "worktree", "add", "-q", str(tmp_path / "beside"))
    shutil.copy(tmp_path / "beside" / ".git", clone / "backend" / ".git")
    assert found(clone / "backend").own == clone / ".git"


@pytest.mark.parametrize("what", ["link", "pipe", "empty", "text", "alternates"])
def test_what_is_refused(clone: Path, tmp_path: Path, what: str) -> None:
    real = clone.parent / "real"
    if what == "alternates":
        (clone / ".git" / "objects" / "info").mkdir(exist_ok=True)
        (clone / ".git" / "objects" / "info" / "alternates").write_text(f"{tmp_path}/elsewhere\n")
    else:
        (clone / ".git").rename(real)
        made = {"link": lambda file: file.symlink_to(real), "pipe": os.mkfifo, "empty": Path.mkdir}
        made.get(what, lambda file: file.write_text("no pointer"))(clone / ".git")
    with pytest.raises(Unreadable):
        around(clone)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_somebody_else_above(clone: Path) -> None:
    os.chown(clone / ".git", 12345, -1)
    assert around(clone / "backend") is None
    os.chown(clone / "backend", 12345, -1)
    assert found(clone / "backend").top == clone
