"""Which commit a revision means: a name of a branch or tag, an id, and steps back from it.

The name of a branch is chosen by whoever pushes it. So a name that fits several references which are not one commit
is refused, where git would take the first.
"""

from __future__ import annotations

import re

from django_bearer_audit.git.repository import Repository
from django_bearer_audit.git.store import Unreadable
from django_bearer_audit.reading import read

_REVISION = re.compile(
    r"(?P<name>[^~^:?*\[\\\s{}\x00-\x20\x7f]+)(?P<steps>(?:~\d{0,9}|\^\d{0,3}|\^\{(?:commit)?\})*)"
)
_STEP = re.compile(r"~(\d*)|\^\{(?:commit)?\}|\^(\d*)")
_SPECIAL = re.compile(r"(?:[A-Z]+_)?HEAD")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHORT = re.compile(r"[0-9a-f]{4,63}")
_PLACES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_PARENT = re.compile(rb"^parent ([0-9a-f]+)$", re.M)
_TREE = re.compile(rb"tree ([0-9a-f]+)\n")
_TAGGED = re.compile(rb"object ([0-9a-f]+)\n")
_MOST_STEPS = 10_000
_MOST_LINKS = 5
_MOST_BYTES = 64_000_000


def tree_of(repository: Repository, revision: str) -> str:
    """The name of the tree of files at a revision. Raises `Unreadable`, whose text says why there is none."""
    parts = _REVISION.fullmatch(revision)
    if parts is None:
        raise Unreadable("a revision is a branch, a tag or a commit, with ~2 or ^ behind it")
    data = _commit(repository, _start(repository, parts["name"]))[1]
    steps = 0
    for step in _STEP.finditer(parts["steps"]):
        for parent in [0] * int(step[1] or 1) if step[0][0] == "~" else _chosen(step[2]):
            steps += 1
            if steps > _MOST_STEPS:
                raise Unreadable(f"more than {_MOST_STEPS} steps back")
            parents = _PARENT.findall(data.partition(b"\n\n")[0])
            if parent >= len(parents):
                raise Unreadable("its history here does not go back as far; a shallow clone holds the newest only")
            data = _commit(repository, parents[parent].decode())[1]
    found = _TREE.match(data)
    if found is None:
        raise Unreadable("the commit has no tree")
    return found[1].decode()


def _chosen(number: str | None) -> list[int]:
    """The parent that `^2` means; `^0` and `^{commit}` are the commit itself."""
    if number is None or number == "0":
        return []
    return [int(number or 1) - 1]


def _start(repository: Repository, name: str) -> str:
    """The one commit that a name means."""
    name = "HEAD" if name == "@" else name
    if _ID.fullmatch(name):
        return _commit(repository, name)[0]
    found = {
        place: _commit(repository, target)[0] for place in _places(name) if (target := _target(repository, place))
    }
    if _SHORT.fullmatch(name):
        found |= {each: each for each in repository.objects.named(name) if _is_commit(repository, each)}
    if not found:
        raise Unreadable("there is no such branch, tag or commit here")
    if len(set(found.values())) > 1:
        raise Unreadable(f"it may mean {' or '.join(sorted(found))}: give the full name")
    return next(iter(found.values()))


def _places(name: str) -> list[str]:
    """The references that a name may mean."""
    parts = name.split("/")
    if any(not part or part.startswith(".") or part.endswith((".lock", ".")) or ".." in part for part in parts):
        return []
    first = [name] if _SPECIAL.fullmatch(name) or name.startswith("refs/") else []
    return first + [place.format(name) for place in _PLACES]


def _target(repository: Repository, reference: str) -> str:
    """The name of the object that a reference means, also through others; empty when there is none."""
    for _ in range(_MOST_LINKS):
        line = _loose(repository, reference) or _packed(repository).get(reference, "")
        if not line.startswith("ref: "):
            return line if _ID.fullmatch(line) else ""
        reference = line[5:].strip()
        if not reference.startswith("refs/") or not _places(reference):
            return ""
    return ""


def _loose(repository: Repository, reference: str) -> str:
    folder = repository.common if reference.startswith("refs/") else repository.own
    try:
        return read(folder, reference, 4096).decode("utf-8", "surrogateescape").strip()
    except (OSError, ValueError):
        return ""


def _packed(repository: Repository) -> dict[str, str]:
    """The references of `packed-refs`, by name."""
    try:
        text = read(repository.common, "packed-refs", _MOST_BYTES).decode("utf-8", "surrogateescape")
    except OSError:
        return {}
    lines = (line.partition(" ") for line in text.split("\n") if line[:1] not in {"#", "^"})
    return {name: target for target, _, name in lines}


def _commit(repository: Repository, name: str) -> tuple[str, bytes]:
    """The commit of a name, or the one that a tag of this name stands for."""
    for _ in range(_MOST_LINKS):
        found = repository.objects.get(name)
        if found is None:
            raise Unreadable(f"object {name} is not here; a shallow or partial clone holds a part only")
        if found.kind == "commit":
            return name, found.data
        tagged = _TAGGED.match(found.data) if found.kind == "tag" else None
        if tagged is None:
            break
        name = tagged[1].decode()
    raise Unreadable("it is no commit")


def _is_commit(repository: Repository, name: str) -> bool:
    found = repository.objects.get(name)
    return found is not None and found.kind == "commit"
