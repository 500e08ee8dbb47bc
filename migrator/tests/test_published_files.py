"""A key that others can read in the repository is refused, wherever it lies."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

from django_bearer_migrate import published_files


def new_key() -> bytes:
    return secrets.token_urlsafe(40).encode()


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("name", [".env", "deploy/compose.yml", "notes.txt", "a/b/c/values.yaml", "x" * 200])
@pytest.mark.parametrize("version", ["2", "3"])
def test_a_tracked_file_that_holds_the_key(tmp_path: Path, name: str, version: str) -> None:
    folder, key = tmp_path / "project", new_key()
    (path := tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    path.write_bytes(b"KEY=" + key)
    (tmp_path / "other.txt").write_bytes(b"nothing")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "other.txt")
    published_files.holds.cache_clear()
    git(tmp_path, "add", "--intent-to-add" if version == "3" else "--verbose", name)
    assert published_files.holds(folder, key) == path
    assert published_files.holds(folder, key[::-1]) is None


def test_without_a_repository_shared_files_are_read_and_a_plain_env_is_not(tmp_path: Path) -> None:
    key = new_key()
    for own in (".env", ".env.production", "prod.env"):
        (tmp_path / own).write_bytes(key)
    assert published_files.holds(tmp_path, key) is None
    for name in (".env.example", "docker-compose.prod.yml"):
        (tmp_path / name).write_bytes(b"- KEY=" + key)
        published_files.holds.cache_clear()
        assert published_files.holds(tmp_path, key) == tmp_path / name
        (tmp_path / name).unlink()


def test_a_second_checkout_of_a_repository(tmp_path: Path) -> None:
    (first := tmp_path / "first").mkdir()
    key = new_key()
    (first / "notes.txt").write_bytes(key)
    git(first, "init", "-q")
    git(first, "add", "notes.txt")
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    git(first, *who, "commit", "-qm", "one")
    git(first, "worktree", "add", "-q", str(tmp_path / "second"))
    assert published_files.holds(tmp_path / "second", key) == tmp_path / "second" / "notes.txt"


@pytest.mark.parametrize(
    "raw", [b"", b"DIRC", b"DIRC\0\0\0\4\0\0\0\1", b"DIRC\0\0\0\2\0\0\0\5" + b"x" * 70, b"x" * 99]
)
def test_an_index_that_cannot_be_read_names_nothing(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "index").write_bytes(raw)
    assert list(published_files.tracked(tmp_path / "index")) == []
    assert list(published_files.tracked(tmp_path / "gone")) == []


def test_the_bridge_does_not_start_with_such_a_key(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django_bearer_migrate import settings as ours

    monkeypatch.setattr(ours, "_folder", lambda: tmp_path)
    key = new_key()
    (tmp_path / "compose.yaml").write_bytes(key)
    settings.SIMPLE_JWT = {"SIGNING_KEY": key.decode()}
    assert ours.current().simplejwt is None
    (fault,) = ours.current().faults
    assert "compose.yaml" in fault
    assert key.decode() not in fault
    (tmp_path / "compose.yaml").unlink()
    ours.forget()
    published_files.holds.cache_clear()
    assert ours.current().simplejwt is not None
