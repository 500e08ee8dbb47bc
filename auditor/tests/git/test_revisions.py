"""A revision means what git means by it, and a name that means two things is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from django_bearer_audit.git import repository as repositories
from django_bearer_audit.git.files import Files
from django_bearer_audit.git.revisions import tree_of
from django_bearer_audit.git.store import Unreadable
from tests.hostile import commit, git, repository, write

NAMES = [
    *["HEAD", "@", "main", "refs/heads/main", "heads/main", "side/way", "light", "heavy", "tags/heavy"],
    *["origin/main", "origin", "remotes/origin/main", "HEAD~", "HEAD^", "HEAD^2", "HEAD^1~2", "HEAD^^", "main~3"],
    *["HEAD^0", "HEAD~0", "heavy^{commit}", "heavy^{}"],
]
NO_NAMES = [
    *["nowhere", "--output=x", "../HEAD", "refs/../HEAD", "HEAD~99", "HEAD^9", "main:a.py", ":/one", "HEAD@{1}"],
    *["config", "refs/heads"],
]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    found = repository(tmp_path / "clone", {"a.py": "1"})
    for number in range(3):
        write(found, {"a.py": f"{number}", f"d/{number}.py": "x"})
        commit(found)
    git(found, "tag", "light", "HEAD~1")
    git(found, "tag", "-a", "-m", "t", "heavy", "HEAD~2")
    git(found, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    git(found, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    git(found, "checkout", "-q", "-b", "side/way", "HEAD~2")
    write(found, {"side.py": "x"})
    commit(found)
    git(found, "checkout", "-q", "main")
    git(found, "merge", "-q", "--no-edit", "side/way")
    return found


def tree(clone: Path, revision: str) -> str:
    found = repositories.around(clone)
    assert found
    return tree_of(found, revision)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "revision",
    [
        "HEAD",
        "@",
        "main",
        "refs/heads/main",
        "heads/main",
        "side/way",
        "light",
        "heavy",
        "tags/heavy",
        "origin/main",
        "origin",
        "remotes/origin/main",
        "HEAD~",
        "HEAD^",
        "HEAD^2",
        "HEAD^1~2",
        "HEAD^^",
        "main~3",
        "HEAD^0",
        "heavy^{commit}",
        "heavy^{}",
        "HEAD~0",
    ],
)
def test_what_git_says(clone: Path, packed: bool, revision: str) -> None:
    if packed:
        git(clone, "pack-refs", "--all")
        git(clone, "gc", "-q")
    assert tree(clone, revision) == git(clone, "rev-parse", f"{revision}^{{commit}}^{{tree}}")


@pytest.mark.parametrize("length", [40, 12, 7])
def test_a_commit_by_its_id(clone: Path, length: int) -> None:
    name = git(clone, "rev-parse", "HEAD~1")
    assert tree(clone, name[:length]) == git(clone, "rev-parse", "HEAD~1^{tree}")


@pytest.mark.parametrize(
    "revision",
    [
        *[
            "nowhere",
            "--output=x",
            "../HEAD",
            "refs/../HEAD",
            "HEAD~99",
            "HEAD^9",
            "main:a.py",
            ":/one",
            "HEAD@{1}",
            "config",
            "refs/heads",
        ],
        *("", "a b", "a\nb", "0" * 40, "HEAD~1000000000", "objects", "/etc/passwd", "ma*"),
    ],
)
def test_what_is_no_revision(clone: Path, revision: str) -> None:
    with pytest.raises(Unreadable):
        tree(clone, revision)


@pytest.mark.parametrize(
    "reference",
    ["refs/heads/origin/main", "refs/tags/origin/main", "refs/origin/main", "refs/remotes/origin/main/HEAD"],
)
def test_a_branch_named_like_the_one_to_compare_with(clone: Path, reference: str) -> None:
    """Whoever pushes a branch chooses its name, and git takes the first that fits."""
    right = tree(clone, "origin/main")
    if reference.endswith("/HEAD"):
        (clone / ".git" / "packed-refs").write_text(f"{git(clone, 'rev-parse', 'HEAD')} {reference}\n")
    else:
        git(clone, "update-ref", reference, "HEAD")
    with pytest.raises(Unreadable, match="may mean"):
        tree(clone, "origin/main")
    assert tree(clone, "refs/remotes/origin/main") == right
    if not reference.endswith("/HEAD"):
        git(clone, "update-ref", reference, "refs/remotes/origin/main")
        assert tree(clone, "origin/main") == right


def test_a_branch_named_like_the_beginning_of_an_id(clone: Path) -> None:
    name = git(clone, "rev-parse", "HEAD~1")
    git(clone, "update-ref", f"refs/heads/{name[:8]}", "HEAD")
    with pytest.raises(Unreadable, match="may mean"):
        tree(clone, name[:8])
    assert tree(clone, name) == git(clone, "rev-parse", "HEAD~1^{tree}")


def test_replaced_objects_are_not_obeyed(clone: Path) -> None:
    right = tree(clone, "HEAD~1")
    git(clone, "replace", git(clone, "rev-parse", "HEAD~1"), git(clone, "rev-parse", "HEAD"))
    assert tree(clone, "HEAD~1") == right


def test_a_circle_of_references(clone: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (clone / ".git" / "refs" / "heads" / name).write_text(f"ref: refs/heads/{other}\n")
    with pytest.raises(Unreadable):
        tree(clone, "a")


def test_files_of_a_revision(clone: Path) -> None:
    found = repositories.around(clone)
    assert found
    files = Files(found.objects, tree_of(found, "HEAD"))
    for path in git(clone, "ls-files").splitlines():
        wanted = subprocess.run(["git", "show", f"HEAD:{path}"], cwd=clone, check=True, capture_output=True).stdout
        assert files.get(path) == wanted
    assert [files.get(path) for path in ("d", "d/no.py", "a.py/b", "no/no", "", "/", "../a.py")] == [None] * 7


def test_links_and_other_repositories_are_no_files(clone: Path) -> None:
    (clone / "link.py").symlink_to("a.py")
    git(clone, "update-index", "--add", "--cacheinfo", f"160000,{git(clone, 'rev-parse', 'HEAD')},sub.py")
    git(clone, "add", "link.py")
    git(clone, "commit", "-q", "-m", "links")
    found = repositories.around(clone)
    assert found
    files = Files(found.objects, tree_of(found, "HEAD"))
    assert files.get("link.py") is files.get("sub.py") is None
