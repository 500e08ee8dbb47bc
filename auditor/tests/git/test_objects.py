"""Objects are what git says they are, packed or not, and a damaged repository is a refusal, never a guess."""

from __future__ import annotations

import random
import subprocess
import zlib
from pathlib import Path

import pytest

from django_bearer_audit.git.objects import Objects
from django_bearer_audit.git.packs import patched
from django_bearer_audit.git.store import Allowance, Unreadable
from tests.hostile import commit, git, repository, write


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A history with a large file that grows, so that its versions are packed as differences."""
    chance = random.Random(5)
    lines = [f"line {chance.random()}" for _ in range(3000)]
    found = repository(tmp_path / "clone", {"big.txt": "\n".join(lines), "empty": "", "a/b/c.txt": "c"})
    for number in range(12):
        lines[chance.randrange(3000)] = f"changed {number}"
        write(found, {"big.txt": "\n".join(lines)})
        commit(found)
    git(found, "tag", "-a", "-m", "a tag", "v1")
    return found


def names(clone: Path) -> list[tuple[str, str]]:
    listed = git(clone, "cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    return [(name, kind) for name, kind in (line.split() for line in listed.splitlines())]


def content(clone: Path, name: str, kind: str) -> bytes:
    return subprocess.run(["git", "cat-file", kind, name], cwd=clone, check=True, capture_output=True).stdout


@pytest.mark.parametrize("packed", ["", "gc -q", "repack -q -a -d --depth=50 --window=50"])
def test_every_object_is_read(clone: Path, packed: str) -> None:
    if packed:
        git(clone, *packed.split())
    objects = Objects(clone / ".git" / "objects")
    found = names(clone)
    assert {kind for _, kind in found} == {"blob", "commit", "tag", "tree"}
    for name, kind in found:
        assert objects.get(name) == (kind, content(clone, name, kind))
        assert name in objects.named(name[:7])
    assert objects.get("0" * 40) is None


def test_names_of_sha256(tmp_path: Path) -> None:
    clone = repository(tmp_path / "clone", {"a.txt": "a\n" * 2000, "b.txt": "a\n" * 2001}, "--object-format=sha256")
    for packed in (False, True):
        if packed:
            git(clone, "gc", "-q")
        objects = Objects(clone / ".git" / "objects")
        assert all(objects.get(name) == (kind, content(clone, name, kind)) for name, kind in names(clone))


def test_an_object_that_is_not_what_its_name_says(clone: Path) -> None:
    name = git(clone, "rev-parse", "HEAD")
    file = clone / ".git" / "objects" / name[:2] / name[2:]
    file.unlink()
    file.write_bytes(zlib.compress(b"commit 4\0evil"))
    with pytest.raises(Unreadable, match="damaged"):
        Objects(clone / ".git" / "objects").get(name)


@pytest.mark.parametrize(
    "data", [b"", b"x", zlib.compress(b"blob 9\0x"), zlib.compress(b"blob x"), zlib.compress(b"blob 3\0abc")[:-6]]
)
def test_a_broken_loose_object(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "aa").mkdir()
    (tmp_path / "aa" / ("b" * 38)).write_bytes(data)
    with pytest.raises(Unreadable):
        Objects(tmp_path).get("aa" + "b" * 38)


def test_a_small_object_that_unpacks_to_a_large_one(tmp_path: Path) -> None:
    (tmp_path / "aa").mkdir()
    squeezed = zlib.compressobj(9)
    data = squeezed.compress(b"blob 500000000\0") + b"".join(squeezed.compress(bytes(10**7)) for _ in range(50))
    (tmp_path / "aa" / ("b" * 38)).write_bytes(data + squeezed.flush())
    with pytest.raises(Unreadable):
        Objects(tmp_path).get("aa" + "b" * 38)


def test_any_byte_of_a_pack_may_be_wrong(clone: Path) -> None:
    """What is read is right or refused; nothing else is raised, and nothing is read for ever."""
    git(clone, "gc", "-q")
    folder = clone / ".git" / "objects" / "pack"
    known = {name: content(clone, name, kind) for name, kind in names(clone)}
    chance = random.Random(7)
    for suffix in ("idx", "pack"):
        (file,) = folder.glob(f"*.{suffix}")
        whole = file.read_bytes()
        for _ in range(60):
            broken = bytearray(whole)
            for _ in range(chance.choice([1, 1, 4])):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            file.unlink()
            file.write_bytes(broken[: chance.choice([len(broken), len(broken), chance.randrange(len(broken))])])
            objects = Objects(clone / ".git" / "objects")
            for name, right in known.items():
                try:
                    found = objects.get(name)
                except Unreadable:
                    continue
                assert found is None or found.data == right
        file.unlink()
        file.write_bytes(whole)


def test_differences() -> None:
    allowed = Allowance()
    copy = bytes([4, 6, 0x91, 1, 2, 2]) + b"xy" + bytes([0x90, 2])
    assert patched(b"abcd", copy, allowed) == b"bcxyab"
    for broken in (copy[:-1], copy + b"\0", b"\5" + copy[1:], bytes([4, 9, *copy[2:]]), bytes([4, 2, 0x90, 9]), b""):
        with pytest.raises((ValueError, IndexError)):
            patched(b"abcd", broken, allowed)
    with pytest.raises(Unreadable):
        patched(b"abcd", bytes([4, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]), allowed)
