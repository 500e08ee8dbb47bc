"""Which repository an audited folder belongs to: decided by where the folder lies, never by what lies in it.

Only a `.git` counts, which git takes into no commit: a repository without one, committed as plain files, is a part of
the tree. Where several lie around one another the outermost is the caller's; an inner one counts only as a work tree
that the outer one itself has registered.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from django_bearer_audit.git.objects import Objects
from django_bearer_audit.git.store import Unreadable
from django_bearer_audit.reading import not_regular, read

_POINTER = re.compile(r"gitdir: (.+?)\n*")
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository with a folder of files."""

    top: Path
    """The folder of its files."""
    own: Path
    """The git directory of this folder: where HEAD lies."""
    common: Path
    """The git directory that all its work trees share: objects and branches."""
    objects: Objects


def around(folder: Path) -> Repository | None:
    """The repository that a folder lies in; None when it lies in none. Raises `Unreadable`."""
    real = Path(os.path.realpath(folder))
    tops = [top for top in (*reversed(real.parents), real) if os.path.lexists(top / ".git") and _owned(top, real)]
    if not tops:
        return None
    found = at(tops[0] / ".git")
    for top in tops[1:]:
        if _registered(top, found):
            found = at(top / ".git")
    return found


def at(named: Path) -> Repository:
    """The repository whose `.git`, a folder or a file that points to one, is named. Raises `Unreadable`."""
    named = Path(os.path.abspath(named))
    own = _target(named)
    shared = _line(own, "commondir")
    common = Path(os.path.normpath(own / shared)) if shared else own
    if not (own / "HEAD").is_file() or not (common / "objects").is_dir():
        raise Unreadable(f"{named} is no git directory")
    if os.path.lexists(common / "objects" / "info" / "alternates"):
        raise Unreadable(f"{named} borrows objects from another repository; git repack -a -d ends that")
    return Repository(named.parent, own, common, Objects(common / "objects"))


def _target(named: Path) -> Path:
    """The git directory that a `.git` is or points to."""
    try:
        mode = os.lstat(named).st_mode
    except OSError as error:
        raise Unreadable(f"{named} cannot be read: {error.strerror}") from None
    why = not_regular(mode)
    if why == "a folder":
        return named
    pointer = None if why else _POINTER.fullmatch(_text(named.parent, named.name))
    if not pointer:
        raise Unreadable(f"{named} is {why or 'no pointer to a git directory'}")
    return Path(os.path.normpath(named.parent / pointer[1]))


def _registered(top: Path, outer: Repository) -> bool:
    """Whether a folder inside a repository is a work tree of it, by what that repository itself says."""
    try:
        own = _target(top / ".git")
    except Unreadable:
        return False
    listed = outer.common / "worktrees"
    if own.parent != listed or os.path.islink(listed) or os.path.islink(own):
        return False
    return os.path.realpath(own / _line(own, "gitdir")) == os.path.realpath(top / ".git")


def _owned(top: Path, folder: Path) -> bool:
    """Whether it belongs to who runs the audit or to whom the folder belongs: in /tmp anybody can make one."""
    if not hasattr(os, "geteuid"):
        return True
    return os.lstat(top / ".git").st_uid in {os.geteuid(), os.stat(folder).st_uid}


def _line(folder: Path, name: str) -> str:
    """The one line of a file of a git directory; empty when there is no such file."""
    return _text(folder, name).strip("\n")


def _text(folder: Path, name: str) -> str:
    try:
        return os.fsdecode(read(folder, name, _MOST))
    except OSError:
        return ""
