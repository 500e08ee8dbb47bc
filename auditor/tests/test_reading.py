"""Files of the tree are regular files below its root, and what is written goes to the file that was named only."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from django_bearer_audit import reading
from django_bearer_audit.reading import read
from django_bearer_audit.writing import Ground, below, replace


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    found = tmp_path / "tree"
    (found / "a" / "b").mkdir(parents=True)
    (found / "a" / "b" / "c.py").write_bytes(b"x = 1\n")
    return found


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    found = tmp_path / "outside"
    found.mkdir()
    (found / "secret").write_text("precious")
    return found


@pytest.fixture(params=[True, False], ids=["by descriptor", "by path"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to reach a file, of which a system has one."""
    monkeypatch.setattr(reading, "BY_DESCRIPTOR", request.param)


@pytest.mark.usefixtures("way")
def test_a_regular_file_is_read(tree: Path) -> None:
    assert read(tree, "a/b/c.py") == b"x = 1\n"
    assert read(tree, "a/b/c.py", 6) == b"x = 1\n"
    assert read(tree / "a", "../a/b/c.py") == b"x = 1\n"
    (tree.parent / "link").symlink_to(tree)
    assert read(tree.parent / "link", "a/b/c.py") == b"x = 1\n", "the root is the caller's"


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("what", ["link", "broken link", "link to a device", "pipe", "socket", "folder", "large"])
def test_anything_else_is_not(tree: Path, outside: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tree / "x.py"
    if what == "socket":
        monkeypatch.chdir(tree)
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("x.py")
    else:
        {
            "link": lambda: place.symlink_to(outside / "secret"),
            "broken link": lambda: place.symlink_to(outside / "nothing"),
            "link to a device": lambda: place.symlink_to("/dev/zero"),
            "pipe": lambda: os.mkfifo(place),
            "folder": lambda: place.mkdir(),
            "large": lambda: place.write_bytes(bytes(1001)),
        }[what]()
    with pytest.raises(OSError, match=r"link|regular|folder|larger"):
        read(tree, "x.py", 1000)


@pytest.mark.usefixtures("way")
def test_a_folder_that_is_a_link_leads_nowhere(tree: Path, outside: Path) -> None:
    (tree / "state").symlink_to(outside)
    (tree / "a" / "up").symlink_to("..")
    for path in ("state/secret", "a/up/a/b/c.py"):
        with pytest.raises(OSError, match="symbolic link"):
            read(tree, path)
    with pytest.raises(OSError, match="symbolic link"):
        replace(tree, "state/secret", b"new")
    assert (outside / "secret").read_text() == "precious"


@pytest.mark.usefixtures("way")
def test_a_file_is_replaced_whole_and_keeps_its_mode(tree: Path, outside: Path) -> None:
    target = tree / "a" / "report"
    replace(tree, "a/report", b"one")
    target.chmod(0o4751)
    os.link(target, outside / "same")
    replace(tree, "a/report", b"two")
    assert (target.read_bytes(), (outside / "same").read_bytes()) == (b"two", b"one"), "a hard link keeps the old one"
    assert stat.S_IMODE(target.stat().st_mode) == 0o751
    assert sorted(path.name for path in (tree / "a").iterdir()) == ["b", "report"]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("made", ["link", "pipe", "folder"])
def test_nothing_is_written_over_what_is_no_file(tree: Path, outside: Path, made: str) -> None:
    target = tree / "report"
    {
        "link": lambda: target.symlink_to(outside / "secret"),
        "pipe": lambda: os.mkfifo(target),
        "folder": target.mkdir,
    }[made]()
    with pytest.raises(OSError, match=r"link|regular|folder"):
        replace(tree, "report", b"new")
    assert (outside / "secret").read_text() == "precious"
    assert sorted(path.name for path in tree.iterdir()) == ["a", "report"], "nothing is left behind"


def test_what_the_caller_names_outside_is_the_callers(tree: Path, outside: Path) -> None:
    (outside / "latest").symlink_to("secret")
    Ground(tree).write(outside / "latest", b"report")
    assert (outside / "secret").read_bytes() == b"report"
    assert Ground(tree).read(outside / "latest", 10) == b"report"
    with pytest.raises(OSError, match="larger"):
        Ground(tree).read(outside / "latest", 5)


@pytest.mark.parametrize("name", ["link", "state/file", "a/../link", "../tree/link", "a/b/../../state/file"])
@pytest.mark.parametrize("around", ["", "clone", "working folder"])
def test_what_lies_in_the_tree_is_written_through_no_link(
    tree: Path, outside: Path, name: str, around: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the tree is audited in parts: the report then lies beside the audited part."""
    (tree / "link").symlink_to(outside / "secret")
    (tree / "state").symlink_to(outside)
    (tree / "part").mkdir()
    if around == "clone":
        (tree / ".git").mkdir()
    monkeypatch.chdir(tree.parent if around == "clone" else tree)
    ground = Ground(Path("tree/part") if around == "clone" else Path("part" if around else "."))
    for named in (Path("tree") / name if around == "clone" else Path(name), tree / name):
        with pytest.raises(OSError, match="symbolic link"):
            ground.write(named, b"new")
        with pytest.raises(OSError, match="symbolic link"):
            ground.read(named, 100)
    assert [(file.name, file.read_text()) for file in outside.iterdir()] == [("secret", "precious")]


def test_a_link_of_the_caller_into_the_tree(tree: Path, outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder named may reach the tree in a way of its own; from there on no link is followed."""
    (tree / "link").symlink_to(outside / "secret")
    (outside / "way").symlink_to(tree)
    with pytest.raises(OSError, match="symbolic link"):
        Ground(tree).write(outside / "way" / "link", b"new")
    Ground(tree).write(outside / "way" / "new", b"new")
    assert (tree / "new").read_bytes() == b"new"


@pytest.mark.parametrize("path", ["state/accepted.json", ".bearer-baseline.json", "a.json"])
def test_what_the_tree_may_name(path: str) -> None:
    assert not below(path)


@pytest.mark.parametrize(
    "path",
    ["", "/x", "../x", "a/../../x", "a//b", "./a", "a/", "C:\\x", "C:x", "\\\\host\\x", ".git/hooks/x", "a/.GIT/x"],
)
def test_what_the_tree_may_not_name(path: str) -> None:
    assert below(path)
